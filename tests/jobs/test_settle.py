"""What is tried again, when, and what is given up."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import NotFound, StoreUnavailable
from connectors.errors import (
    Missing,
    NotAllowed,
    NotAuthenticated,
    NotJira,
    PagingStuck,
    RateLimited,
    Refused,
    Unreachable,
)
from jobs.settle import MOST_ATTEMPTS, GiveUp, RetryAt, settle_failure

ASKED = "POST /rest/api/3/issue/BURN-1/comment"
DOWN = Unreachable(ASKED, "no answer", maybe_executed=False)
UNCERTAIN = Unreachable(ASKED, "no answer", maybe_executed=True)


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        RateLimited(ASKED),
        PagingStuck(ASKED, "again"),
        StoreUnavailable("gone"),
    ],
)
def test_trouble_that_passes_is_tried_again(error: Exception, now: datetime) -> None:
    decision = settle_failure(error, attempts=1, now=now, jitter=1)
    assert decision == RetryAt(now + timedelta(seconds=2), str(error))


@pytest.mark.parametrize(
    "error",
    [
        NotAuthenticated(ASKED),
        NotAllowed(ASKED),
        Missing(ASKED),
        Refused(ASKED, status=400, messages=["No."]),
        NotJira(ASKED, "a login page"),
        NotFound("board", 1),
        KeyError("fields"),
        ValueError(),
    ],
)
def test_what_another_try_does_not_mend_is_given_up_with_its_reason(error: Exception, now: datetime) -> None:
    decision = settle_failure(error, attempts=1, now=now, jitter=1)
    assert isinstance(decision, GiveUp)
    assert str(error) in decision.reason
    assert decision.reason


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 512), (10, 600), (11, 600)]
)
def test_the_wait_doubles_up_to_ten_minutes(now: datetime, attempts: int, seconds: int) -> None:
    decision = settle_failure(DOWN, attempts=attempts, now=now, jitter=1)
    assert decision == RetryAt(now + timedelta(seconds=seconds), str(DOWN))


def test_in_the_end_it_is_given_up(now: datetime) -> None:
    decision = settle_failure(DOWN, attempts=MOST_ATTEMPTS, now=now, jitter=1)
    assert isinstance(decision, GiveUp)
    assert "after 12 attempts" in decision.reason


def test_a_wait_that_jira_asks_for_is_kept_and_a_longer_one_of_ours_too(now: datetime) -> None:
    long = RateLimited(ASKED, retry_after=timedelta(hours=2))
    assert settle_failure(long, attempts=1, now=now, jitter=0.7) == RetryAt(
        now + timedelta(hours=2), str(long)
    )
    short = RateLimited(ASKED, retry_after=timedelta(seconds=1))
    assert settle_failure(short, attempts=4, now=now, jitter=1) == RetryAt(
        now + timedelta(seconds=16), str(short)
    )


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 120), (6, 120), (7, 128), (10, 600)])
def test_a_write_that_may_be_under_way_in_jira_gets_two_minutes_to_show(
    now: datetime, attempts: int, seconds: int
) -> None:
    """Whoever looks too early finds nothing, and writes it a second time."""
    for jitter in (0.7, 1):
        decision = settle_failure(UNCERTAIN, attempts=attempts, now=now, jitter=jitter)
        assert isinstance(decision, RetryAt)
        assert decision.at >= now + timedelta(minutes=2)
    assert decision.at == now + timedelta(seconds=seconds)


def test_a_write_answered_by_somebody_else_is_looked_after_and_not_given_up(now: datetime) -> None:
    """A proxy may have mangled Jira's answer to a write that Jira carried out."""
    mangled = NotJira(ASKED, "a page", maybe_executed=True)
    assert not mangled.retryable
    assert settle_failure(mangled, attempts=1, now=now, jitter=1) == RetryAt(
        now + timedelta(minutes=2), str(mangled)
    )
    last = settle_failure(mangled, attempts=MOST_ATTEMPTS, now=now, jitter=1)
    assert isinstance(last, GiveUp)


def test_what_a_database_refuses_is_given_up_without_its_values(now: datetime) -> None:
    error = IntegrityError("INSERT INTO issues …", {"summary": "planted"}, Exception("no such column"))
    decision = settle_failure(error, attempts=1, now=now, jitter=1)
    assert decision == GiveUp("Exception: no such column")
