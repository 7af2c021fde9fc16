"""What to do about a failure. Pure: the policy is a table that tests can read without waiting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from app.errors import StoreUnavailable
from app.store.sites import MEND
from app.store.store_faults import describe
from connectors.errors import ConnectorError, NotAuthenticated, RateLimited, Refused

MOST_DEATHS = 10
"""A row at which so many workers died is not handed to another one."""
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=10)
SETTLING = timedelta(minutes=2)
"""So long Jira may be at a write whose answer we did not see."""
_AFTER_A_DEATH = timedelta(seconds=5)
_UNTOLD_PAUSE = timedelta(minutes=1)
_MENDING = timedelta(minutes=10)
_ONE_ISSUE = "per-issue"


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again then."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PauseUntil:
    """Jira grants the whole site nothing before then; asking for it was no failure.

    Attributes:
        mending: whether an admin has to do something first; until then nothing gets too old.
    """

    at: datetime
    reason: str
    mending: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again will not help; an admin has to look."""

    reason: str


class NotThereYet(Exception):
    """What an earlier attempt may have written is not there, and may still come."""


def give_time_to_show(row: Mapping[str, Any]) -> None:
    """Asked before something is written that a worker who died may have sent a moment before.

    Its process may be back while Jira is still at the request: so after every death the first look that
    finds nothing is not believed.

    Raises:
        NotThereYet: look once more, later.
    """
    why = (
        f"It is not in Jira, but its worker died ({row['deaths']}) and may have sent it: Jira gets "
        f"{_AFTER_A_DEATH.total_seconds():.0f} s to show it."
    )
    if row["deaths"] and row["reason"] != why:
        raise NotThereYet(why)


def settle_failure(
    error: Exception, *, failures: int, now: datetime, give_up_at: datetime | None, jitter: float
) -> RetryAt | PauseUntil | GiveUp:
    """Decide about work that failed.

    Args:
        error: what happened. Only trouble on the way to Jira or to the store can pass by itself.
        failures: how often it failed, this time included.
        now: the instant of the failure.
        give_up_at: it is not tried after that instant; always again where there is none.
        jitter: a factor around 1 that keeps many from coming back at once.

    The delay doubles from 2 s to 10 min; a wait that Jira asks for is always kept. A write that may still
    be under way in Jira is given time to show: a look that comes too early would find nothing and repeat it.
    """
    if isinstance(error, NotThereYet):
        return RetryAt(now + _AFTER_A_DEATH, str(error))
    pause = pause_of(error, now)
    if pause is not None and pause.mending:
        return pause
    if not isinstance(error, ConnectorError | StoreUnavailable):
        return GiveUp(describe(error))
    if isinstance(error, ConnectorError) and not _may_pass(error):
        return GiveUp(str(error))
    decision = _again(error, failures=failures, now=now, jitter=jitter)
    if give_up_at is not None and decision.at > give_up_at:
        return GiveUp(f"Still failing after {failures} attempts, the last of them: {error}")
    return decision


def _may_pass(error: ConnectorError) -> bool:
    """A conflict too: somebody else changed the issue in the same moment, and nothing was done."""
    is_conflict = isinstance(error, Refused) and error.status == HTTPStatus.CONFLICT
    return error.retryable or error.maybe_executed or is_conflict


def pause_of(error: Exception, now: datetime) -> PauseUntil | None:
    """How long the whole site has to rest, whatever becomes of the work; None where it need not.

    Credentials that Jira does not accept are no fault of the work: all of it waits until they are mended.
    """
    if isinstance(error, NotAuthenticated):
        minutes = round(_MENDING.total_seconds() / 60)
        reason = (
            f"{error} {MEND}, then `burnish sites resume`; it is also tried again every {minutes} minutes, "
            "and nothing is lost meanwhile."
        )
        return PauseUntil(now + _MENDING, reason, mending=True)
    if isinstance(error, RateLimited) and _ONE_ISSUE not in (error.reason or ""):
        return PauseUntil(now + (error.retry_after or _UNTOLD_PAUSE), str(error))
    return None


def _again(
    error: ConnectorError | StoreUnavailable, *, failures: int, now: datetime, jitter: float
) -> RetryAt | PauseUntil:
    pause = pause_of(error, now)
    if pause is not None:
        return pause
    # No more doublings than reach the longest delay: after days of failing, powers get large.
    delay = min(_FIRST_DELAY * 2 ** min(failures - 1, 10), _LONGEST_DELAY) * jitter
    if isinstance(error, ConnectorError):
        settling = SETTLING if error.maybe_executed else timedelta()
        delay = max(delay, error.retry_after or timedelta(), settling)
    return RetryAt(now + delay, str(error))
