"""How fast we ask. The clock is a fake one: nothing here waits."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from connectors.errors import RateLimited
from connectors.limits import Limiter, Limits, Request
from tests.connectors.jira.site import ADF, FakeClock, Site, ok

SEARCH = Request("POST", "/rest/api/3/search/jql")
COMMENT = Request("POST", "/rest/api/3/issue/{}/comment", issue="BURN-1")
EDIT = Request("PUT", "/rest/api/3/issue/{}", issue="BURN-1")
OTHER = Request("PUT", "/rest/api/3/issue/{}", issue="BURN-2")


async def times(limiter: Limiter, clock: FakeClock, request: Request, count: int) -> list[float]:
    """When each of so many requests was let go, from now."""
    start, went = clock.now(), []
    for _ in range(count):
        async with limiter.turn(request):
            went.append(clock.now() - start)
    return went


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def limiter(clock: FakeClock) -> Limiter:
    return Limiter(clock=clock)


@pytest.mark.parametrize(
    ("method", "template", "rate"),
    [
        ("GET", "/rest/api/3/field", 100),
        ("POST", "/rest/api/3/search/jql", 100),
        ("PUT", "/rest/agile/1.0/issue/rank", 50),
        ("DELETE", "/rest/api/3/webhook", 50),
        ("GET", "/rest/api/3/issue/{}", 150),
        ("GET", "/rest/api/3/issue/{}/changelog", 200),
        ("GET", "/rest/api/3/attachment/content/{}", 300),
    ],
)
async def test_an_endpoint_is_asked_no_faster_than_jira_allows(
    limiter: Limiter, clock: FakeClock, method: str, template: str, rate: int
) -> None:
    went = await times(limiter, clock, Request(method, template), 3 * rate)
    for at in went:
        assert (
            sum(at <= other < at + 1 for other in went) <= 2 * rate
        )  # a full bucket, and what a second adds
    assert went[-1] == pytest.approx(2, abs=0.02)


async def test_one_issue_is_written_at_most_twenty_times_in_two_seconds_and_a_hundred_in_thirty(
    limiter: Limiter, clock: FakeClock
) -> None:
    went = await times(limiter, clock, EDIT, 150)
    for at in went:
        assert sum(at <= other < at + 2 for other in went) <= 20
        assert sum(at <= other < at + 30 for other in went) <= 100


async def test_writes_to_an_issue_go_one_after_the_other_and_others_need_not_wait() -> None:
    limiter, running, most = Limiter(), {"BURN-1": 0, "BURN-2": 0}, {"BURN-1": 0, "both": 0}

    async def write(request: Request) -> None:
        async with limiter.turn(request):
            assert request.issue is not None
            running[request.issue] += 1
            most["BURN-1"] = max(most["BURN-1"], running["BURN-1"])
            most["both"] = max(most["both"], sum(running.values()))
            await asyncio.sleep(0)
            running[request.issue] -= 1

    await asyncio.gather(*(write(each) for each in (COMMENT, OTHER, EDIT, OTHER, COMMENT)))
    assert most == {"BURN-1": 1, "both": 2}


async def test_only_so_many_requests_are_on_their_way_at_once() -> None:
    limiter, running, most = Limiter(Limits(at_once=3)), 0, 0

    async def ask() -> None:
        nonlocal running, most
        async with limiter.turn(SEARCH):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(ask() for _ in range(20)))
    assert most == 3


@pytest.mark.parametrize(
    ("reason", "paused", "free"),
    [
        ("jira-burst-based", [EDIT, OTHER], [SEARCH, COMMENT]),
        ("jira-per-issue-on-write", [EDIT, COMMENT], [SEARCH, OTHER]),
        ("jira-quota-tenant-based", [EDIT, COMMENT, OTHER, SEARCH], []),
        ("jira-quota-global-based", [SEARCH], []),
        (None, [EDIT, COMMENT, OTHER, SEARCH], []),
    ],
)
async def test_a_pause_is_of_what_its_reason_says(
    limiter: Limiter, clock: FakeClock, reason: str | None, paused: list[Request], free: list[Request]
) -> None:
    limiter.pause(EDIT, timedelta(seconds=9), reason)
    for request in free:
        assert await times(limiter, clock, request, 1) == [0]
    assert await times(limiter, clock, paused[0], 1) == [9]
    for request in paused[1:]:
        limiter.pause(EDIT, timedelta(seconds=9), reason)
        assert await times(limiter, clock, request, 1) == [9]


async def test_near_its_limit_an_endpoint_is_asked_half_as_fast_until_it_is_not(
    limiter: Limiter, clock: FakeClock
) -> None:
    limiter.learn(SEARCH, {"x-ratelimit-nearlimit": "true"})
    assert (await times(limiter, clock, SEARCH, 151))[-1] == pytest.approx(2, abs=0.05)
    limiter.learn(SEARCH, {"x-ratelimit-nearlimit": "false"})
    assert (await times(limiter, clock, SEARCH, 201))[-1] == pytest.approx(2, abs=0.05)


async def test_an_empty_bucket_of_data_center_is_left_to_fill(limiter: Limiter, clock: FakeClock) -> None:
    limiter.learn(SEARCH, {"x-ratelimit-remaining": "0", "x-ratelimit-interval-seconds": "5"})
    assert await times(limiter, clock, OTHER, 1) == [5]


async def test_a_pause_that_is_too_long_is_told_at_once_and_does_not_grow(
    limiter: Limiter, clock: FakeClock
) -> None:
    limiter.pause(SEARCH, timedelta(minutes=20), "jira-quota-tenant-based")
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            await times(limiter, clock, EDIT, 1)
        assert caught.value.retry_after == timedelta(minutes=20)
    assert clock.pauses == []


async def test_a_pause_that_is_taken_back_holds_up_nobody(limiter: Limiter, clock: FakeClock) -> None:
    for reason in ("jira-quota-tenant-based", "jira-burst-based"):
        limiter.pause(EDIT, timedelta(minutes=20), reason)
        limiter.resume()
        assert await times(limiter, clock, EDIT, 1) == [0]


async def test_while_one_call_waits_no_other_runs_into_the_same_limit(site: Site) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "7"}), *[ok({"active": True})] * 5]
    site.answers("GET", "/rest/api/3/myself", *answers)
    await site.jira.myself()
    start = site.clock.now()
    await asyncio.gather(*(site.jira.myself() for _ in range(4)))
    assert site.clock.now() == start
    assert len(site.requests) == 6


async def test_a_call_that_would_have_to_wait_too_long_is_not_sent_and_pauses_nobody_else(site: Site) -> None:
    answer = httpx.Response(429, headers={"Retry-After": "1200", "RateLimit-Reason": "jira-burst-based"})
    site.answers("GET", "/rest/api/3/myself", answer)
    site.answers("GET", "/rest/api/3/field", ok([]))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            await site.jira.myself()
        assert caught.value.retry_after == timedelta(minutes=20)
    assert await site.jira.fields() == []
    assert len(site.requests) == 2
    assert site.pauses == []


class Storm:
    """Answers every second call with 429, and notes when it was called too early."""

    def __init__(self, site: Site, total: int) -> None:
        self.site, self.total, self.calls, self.not_before = site, total, 0, 0.0
        self.early: list[float] = []
        self.written: list[bytes] = []

    def turned_away(self) -> httpx.Response | None:
        self.calls += 1
        if self.site.clock.now() < self.not_before:
            self.early.append(self.site.clock.now())
        if self.calls % 2:
            return None
        self.not_before = self.site.clock.now() + 3
        return httpx.Response(429, headers={"Retry-After": "3", "RateLimit-Reason": "jira-burst-based"})

    def search(self, request: httpx.Request) -> httpx.Response:
        if refusal := self.turned_away():
            return refusal
        token = int(httpx.Response(200, content=request.content).json().get("nextPageToken", 0))
        found = [{"id": str(number)} for number in range(token, min(token + 100, self.total))]
        after = token + len(found)
        more = {"nextPageToken": str(after)} if after < self.total else {}
        return ok({"issues": found, "isLast": not more, **more})

    def comment(self, request: httpx.Request) -> httpx.Response:
        if refusal := self.turned_away():
            return refusal
        self.written.append(request.content)
        return ok({"id": str(len(self.written))}, 201)


async def test_in_a_storm_of_429_two_thousand_issues_are_read_and_no_call_comes_too_early(site: Site) -> None:
    storm = Storm(site, 2000)
    site.serves("POST", "/rest/api/3/search/jql", storm.search)
    found = [issue["id"] async for issue in site.jira.search("project = BURN", fields=["summary"])]
    assert found == [str(number) for number in range(2000)]
    assert storm.early == []
    assert storm.calls == 39


async def test_in_a_storm_of_429_nothing_is_written_twice(site: Site) -> None:
    storm = Storm(site, 0)
    site.serves("POST", "/rest/api/3/issue/BURN-1/comment", storm.comment)
    bodies = [
        {**ADF, "content": [{"type": "paragraph", "attrs": {"localId": str(number)}}]} for number in range(30)
    ]
    await asyncio.gather(*(site.jira.add_comment("BURN-1", body) for body in bodies))
    assert len(storm.written) == 30
    assert len(set(storm.written)) == 30
    assert storm.early == []
