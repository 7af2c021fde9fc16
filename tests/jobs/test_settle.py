"""What is tried again, when, and what is given up."""

from datetime import datetime, timedelta
from typing import Any

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
    ReconnectRequired,
    Refused,
    Unreachable,
)
from jobs.settle import GiveUp, NotThereYet, PauseUntil, RetryAt, give_time_to_show, settle_failure

ASKED = "POST /rest/api/3/issue/BURN-1/comment"
DOWN = Unreachable(ASKED, "no answer", maybe_executed=False)
UNCERTAIN = Unreachable(ASKED, "no answer", maybe_executed=True)


def decide(
    error: Exception, failures: int, now: datetime, *, jitter: float = 1, give_up_at: datetime | None = None
) -> object:
    return settle_failure(error, failures=failures, now=now, give_up_at=give_up_at, jitter=jitter)


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        RateLimited(ASKED, reason="jira-per-issue-on-write"),
        PagingStuck(ASKED, "again"),
        Refused(ASKED, status=409, messages=["The issue was changed by somebody else."]),
        StoreUnavailable("gone"),
    ],
)
def test_trouble_that_passes_is_tried_again(error: Exception, now: datetime) -> None:
    decision = decide(error, 1, now)
    assert decision == RetryAt(now + timedelta(seconds=2), str(error))


@pytest.mark.parametrize(
    "error",
    [
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
    decision = decide(error, 1, now)
    assert isinstance(decision, GiveUp)
    assert str(error) in decision.reason
    assert decision.reason


@pytest.mark.parametrize("error", [NotAuthenticated(ASKED), ReconnectRequired(ASKED)])
def test_credentials_that_jira_refuses_pause_the_site_however_old_the_work_is(
    error: Exception, now: datetime
) -> None:
    decision = decide(error, 9, now, give_up_at=now - timedelta(days=3))
    assert isinstance(decision, PauseUntil)
    assert decision.mending
    assert decision.at == now + timedelta(minutes=10)
    assert "Mend the credentials of the site, then `burnish sites resume`" in decision.reason


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 512), (10, 600), (11, 600)]
)
def test_the_wait_doubles_up_to_ten_minutes(now: datetime, failures: int, seconds: int) -> None:
    decision = decide(DOWN, failures, now)
    assert decision == RetryAt(now + timedelta(seconds=seconds), str(DOWN))


@pytest.mark.parametrize("failures", [1, 40, 5000])
def test_it_is_given_up_when_its_time_is_over_however_often_it_was_tried(
    now: datetime, failures: int
) -> None:
    assert isinstance(decide(DOWN, failures, now, give_up_at=now + timedelta(minutes=11)), RetryAt)
    decision = decide(DOWN, failures, now, give_up_at=now + timedelta(seconds=1))
    assert decision == GiveUp(f"Still failing after {failures} attempts, the last of them: {DOWN}")


def test_a_quota_that_is_used_up_pauses_the_site_for_as_long_as_jira_says(now: datetime) -> None:
    hour = RateLimited(ASKED, retry_after=timedelta(hours=1), reason="jira-quota-global-based")
    assert decide(hour, 1, now) == PauseUntil(now + timedelta(hours=1), str(hour))
    untold = RateLimited(ASKED)
    assert decide(untold, 9, now) == PauseUntil(now + timedelta(minutes=1), str(untold))


def test_the_limit_of_one_issue_holds_up_that_issue_only_and_its_wait_is_kept(now: datetime) -> None:
    one = RateLimited(ASKED, retry_after=timedelta(minutes=3), reason="jira-per-issue-on-write")
    assert decide(one, 1, now, jitter=0.7) == RetryAt(now + timedelta(minutes=3), str(one))
    assert decide(one, 8, now) == RetryAt(now + timedelta(seconds=256), str(one))


@pytest.mark.parametrize(("failures", "seconds"), [(1, 120), (6, 120), (7, 128), (10, 600)])
def test_a_write_that_may_be_under_way_in_jira_gets_two_minutes_to_show(
    now: datetime, failures: int, seconds: int
) -> None:
    """Whoever looks too early finds nothing, and writes it a second time."""
    for jitter in (0.7, 1):
        decision = decide(UNCERTAIN, failures, now, jitter=jitter)
        assert isinstance(decision, RetryAt)
        assert decision.at >= now + timedelta(minutes=2)
    assert decision.at == now + timedelta(seconds=seconds)


def test_a_write_answered_by_somebody_else_is_looked_after_and_not_given_up(now: datetime) -> None:
    """A proxy may have mangled Jira's answer to a write that Jira carried out."""
    mangled = NotJira(ASKED, "a page", maybe_executed=True)
    assert not mangled.retryable
    assert decide(mangled, 1, now) == RetryAt(now + timedelta(minutes=2), str(mangled))
    last = decide(mangled, 3, now, give_up_at=now)
    assert isinstance(last, GiveUp)


def test_what_a_database_refuses_is_given_up_without_its_values(now: datetime) -> None:
    error = IntegrityError("INSERT INTO issues …", {"summary": "planted"}, Exception("no such column"))
    decision = decide(error, 1, now)
    assert decision == GiveUp("Exception: no such column")


def test_after_every_death_of_a_worker_what_it_may_have_sent_is_looked_for_once_more(now: datetime) -> None:
    row: dict[str, Any] = {"deaths": 0, "reason": None}
    give_time_to_show(row)
    for deaths in (1, 2):
        row["deaths"] = deaths
        with pytest.raises(NotThereYet) as found:
            give_time_to_show(row)
        decision = settle_failure(found.value, failures=1, now=now, give_up_at=None, jitter=1)
        assert decision == RetryAt(now + timedelta(seconds=5), str(found.value))
        row["reason"] = decision.reason
        give_time_to_show(row)
