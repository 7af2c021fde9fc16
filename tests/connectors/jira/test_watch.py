"""What an onlooker is told: endpoints and never ids, every attempt, every wait."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from connectors.errors import Missing, Unreachable
from connectors.jira.auth import ApiToken
from connectors.jira.client import JiraClient, connect
from connectors.jira.deployment import Deployment
from connectors.limits import Limiter, Limits, Request
from connectors.watch import Everybody, Why
from tests.connectors.jira.site import ADF, BASE, EMAIL, TOKEN, FakeClock, ok

COMMENT = "/rest/api/3/issue/{}/comment"
EDIT = Request("PUT", "/rest/api/3/issue/{}", issue="BURN-1")


class Notes:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str, str]] = []
        self.waits: list[tuple[str, Why, float]] = []

    def answered(self, method: str, template: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.answers.append((method, template, outcome))

    def waited(self, method: str, template: str, why: Why, seconds: float) -> None:
        self.waits.append((f"{method} {template}", why, round(seconds, 3)))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def scripted() -> list[httpx.Response | Exception]:
    return []


@pytest.fixture
async def jira(notes: Notes, scripted: list[httpx.Response | Exception]) -> AsyncIterator[JiraClient]:
    def answer(_: httpx.Request) -> httpx.Response:
        one = scripted.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    async with connect(
        BASE,
        ApiToken(EMAIL, TOKEN),
        deployment=Deployment.CLOUD,
        transport=httpx.MockTransport(answer),
        clock=FakeClock(),
        watch=notes,
    ) as client:
        yield client


async def test_every_attempt_is_told_with_its_endpoint_and_never_with_an_id(
    jira: JiraClient, notes: Notes, scripted: list[httpx.Response | Exception]
) -> None:
    scripted += [
        httpx.Response(429, headers={"Retry-After": "7"}),
        ok({"id": "1"}, 201),
        httpx.Response(404, json={}),
        httpx.ReadTimeout("slow"),
    ]
    await jira.add_comment("BURN-1", ADF)
    with pytest.raises(Missing):
        await jira.add_comment("SECRET-2", ADF)
    with pytest.raises(Unreachable):
        await jira.add_comment("SECRET-3", ADF)
    assert notes.answers == [("POST", COMMENT, outcome) for outcome in ("429", "201", "404", "ReadTimeout")]


async def test_a_pause_that_jira_asked_for_is_told_as_one(
    jira: JiraClient, notes: Notes, scripted: list[httpx.Response | Exception]
) -> None:
    scripted += [httpx.Response(429, headers={"Retry-After": "7"}), ok({"active": True})]
    await jira.myself()
    ((asked, why, seconds),) = notes.waits
    assert (asked, why) == ("GET /rest/api/3/myself", "pause")
    assert 7 <= seconds <= 7 * 1.3


async def test_who_need_not_wait_is_not_told_of(notes: Notes) -> None:
    limiter = Limiter(clock=FakeClock(), watch=notes)
    async with limiter.turn(EDIT):
        pass
    assert notes.waits == []


async def test_a_rate_that_is_used_up_is_told_as_one(notes: Notes) -> None:
    limiter = Limiter(Limits(methods={"GET": 2}), clock=FakeClock(), watch=notes)
    for _ in range(3):
        async with limiter.turn(Request("GET", "/rest/api/3/field")):
            pass
    assert notes.waits == [("GET /rest/api/3/field", "rate", pytest.approx(0.5))]


async def test_the_limit_of_writes_to_one_issue_is_told_as_one(notes: Notes) -> None:
    limiter = Limiter(Limits(issue_writes=((1, 2),)), clock=FakeClock(), watch=notes)
    for _ in range(2):
        async with limiter.turn(EDIT):
            pass
    assert notes.waits == [("PUT /rest/api/3/issue/{}", "issue", pytest.approx(2))]


@pytest.mark.parametrize(
    ("request_", "limits", "why"),
    [(EDIT, Limits(), "issue"), (Request("GET", "/rest/api/3/field"), Limits(at_once=1), "slot")],
)
async def test_waiting_for_another_request_is_told(
    notes: Notes, request_: Request, limits: Limits, why: Why
) -> None:
    limiter = Limiter(limits, watch=notes)

    asked = asyncio.Event()

    async def hold() -> None:
        async with limiter.turn(request_):
            await asked.wait()
            await asyncio.sleep(0.02)

    async def wait() -> None:
        asked.set()
        async with limiter.turn(request_):
            pass

    await asyncio.gather(hold(), wait())
    assert [(reason, seconds > 0.015) for _, reason, seconds in notes.waits] == [(why, True)]


async def test_several_can_look_on() -> None:
    one, other = Notes(), Notes()
    both = Everybody(one, other)
    both.answered("GET", "/x", "200", 0.1)
    both.waited("GET", "/x", "slot", 0.1)
    assert one.answers == other.answers == [("GET", "/x", "200")]
    assert one.waits == other.waits == [("GET /x", "slot", 0.1)]
