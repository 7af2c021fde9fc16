"""How patient one call is. Nothing here sleeps."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    ConnectorError,
    Missing,
    NotAllowed,
    NotAuthenticated,
    NotJira,
    PagingStuck,
    RateLimited,
    Refused,
    Unreachable,
)
from connectors.retry import JITTER, Retry
from tests.connectors.jira.site import ADF, PATIENT, Site, ok

COMMENTS = "/rest/api/3/issue/BURN-1/comment"
GET = "GET /x"
DOWN = Unreachable(GET, "HTTP 503", maybe_executed=False)


@pytest.mark.parametrize(
    ("error", "attempt", "jitter", "seconds"),
    [
        (DOWN, 1, 1.0, 2),
        (DOWN, 2, 1.0, 4),
        (DOWN, 3, 0.7, 5.6),
        (DOWN, 4, 1.3, 20.8),
        (DOWN, 5, 1.0, None),
        (RateLimited(GET), 1, 1.0, 2),
        (RateLimited(GET, retry_after=timedelta(seconds=10)), 1, 0.7, 10),
        (RateLimited(GET, retry_after=timedelta(seconds=10)), 1, 1.3, 13),
        (RateLimited(GET, retry_after=timedelta(seconds=10)), 5, 1.0, None),
        (RateLimited(GET, retry_after=timedelta(minutes=20)), 1, 1.0, None),
        (Missing(GET), 1, 1.0, None),
        (NotAllowed(GET), 1, 1.0, None),
        (NotAuthenticated(GET), 1, 1.0, None),
        (NotJira(GET, "HTML"), 1, 1.0, None),
        (Refused(GET, status=400), 1, 1.0, None),
    ],
)
def test_the_wait_is_what_jira_asked_for_else_doubles_and_some_errors_are_final(
    error: ConnectorError, attempt: int, jitter: float, seconds: float | None
) -> None:
    delay = Retry().delay(error, attempt=attempt, jitter=jitter)
    assert (None if delay is None else delay.total_seconds()) == seconds


@given(asked=st.floats(0, 600), jitter=st.floats(*JITTER), attempt=st.integers(1, 4))
@PATIENT
def test_chance_neither_undercuts_what_jira_asked_for_nor_exceeds_our_patience(
    asked: float, jitter: float, attempt: int
) -> None:
    wait, patience = timedelta(seconds=asked), Retry().longest
    delay = Retry().delay(RateLimited(GET, retry_after=wait), attempt=attempt, jitter=jitter)
    assert (delay is None) is (wait > patience)
    assert delay is None or wait <= delay <= patience


@given(jitter=st.floats(*JITTER), attempt=st.integers(1, 40))
@PATIENT
def test_left_to_ourselves_we_wait_at_most_thirty_seconds_give_or_take_chance(
    jitter: float, attempt: int
) -> None:
    delay = Retry(retries=40).delay(DOWN, attempt=attempt, jitter=jitter)
    assert delay is not None
    assert 2 * 0.7 <= delay.total_seconds() <= 30 * 1.3


def test_the_wait_stops_growing_at_thirty_seconds() -> None:
    assert Retry(retries=20).delay(DOWN, attempt=20, jitter=1.0) == timedelta(seconds=30)


async def test_a_read_that_is_rate_limited_waits_as_asked_and_then_succeeds(site: Site) -> None:
    site.answers(
        "GET", "/rest/api/3/myself", httpx.Response(429, headers={"Retry-After": "7"}), ok({"active": True})
    )
    assert await site.jira.myself() == {"active": True}
    assert 7 <= sum(site.pauses) <= 7 * 1.3


async def test_a_search_is_repeated_although_it_is_a_post_because_it_changes_nothing(site: Site) -> None:
    site.answers(
        "POST", "/rest/api/3/search/jql", httpx.ReadTimeout("slow"), ok({"issues": [], "isLast": True})
    )
    assert (await site.jira.search_page("project = A", fields=["id"])).issues == []
    assert len(site.requests) == 2


async def test_a_site_that_stays_down_is_asked_five_times_and_then_reported(site: Site) -> None:
    site.answers("GET", "/rest/api/3/field", *[httpx.Response(502)] * 9)
    with pytest.raises(Unreachable, match="HTTP 502") as caught:
        await site.jira.fields()
    assert not caught.value.maybe_executed
    assert len(site.requests) == 5
    assert all(low * 0.7 <= pause <= low * 1.3 for low, pause in zip([2, 4, 8, 16], site.pauses, strict=True))


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("server disconnected"),
        httpx.WriteTimeout("slow"),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
async def test_a_comment_that_may_have_been_written_is_not_posted_again(
    site: Site, failure: httpx.Response | Exception
) -> None:
    site.answers("POST", COMMENTS, failure, ok({"id": "2"}, 201))
    with pytest.raises(Unreachable) as caught:
        await site.jira.add_comment("BURN-1", ADF)
    assert caught.value.retryable
    assert caught.value.maybe_executed
    assert len(site.requests) == 1
    assert site.pauses == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.Response(429, headers={"Retry-After": "3"}),
    ],
)
async def test_a_comment_that_was_certainly_not_written_is_posted_again_after_a_while(
    site: Site, failure: httpx.Response | Exception
) -> None:
    site.answers("POST", COMMENTS, failure, ok({"id": "2"}, 201))
    assert (await site.jira.add_comment("BURN-1", ADF))["id"] == "2"
    assert len(site.requests) == 2
    assert sum(site.pauses) >= 1.4


async def test_a_write_that_is_never_let_in_is_given_up_and_was_not_executed(site: Site) -> None:
    site.answers("POST", COMMENTS, *[httpx.Response(429)] * 9)
    with pytest.raises(RateLimited) as caught:
        await site.jira.add_comment("BURN-1", ADF)
    assert not caught.value.maybe_executed
    assert len(site.requests) == 5


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.Response(502)])
async def test_an_edit_that_may_have_been_made_is_not_made_again(
    site: Site, failure: httpx.Response | Exception
) -> None:
    site.answers("PUT", "/rest/api/3/issue/BURN-1/comment/7", failure, ok({"id": "7"}))
    with pytest.raises(Unreachable) as caught:
        await site.jira.edit_comment("BURN-1", "7", ADF)
    assert caught.value.maybe_executed
    assert len(site.requests) == 1


def test_a_stuck_list_may_be_read_again_later_but_a_read_is_never_maybe_executed() -> None:
    assert PagingStuck(GET, "why").retryable
    assert not PagingStuck(GET, "why").maybe_executed
