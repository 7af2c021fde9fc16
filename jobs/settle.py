"""What to do about a failure. Pure: the policy is a table that tests can read without waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import StoreUnavailable
from app.store.database import describe
from connectors.errors import ConnectorError

MOST_ATTEMPTS = 12
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=10)
_SETTLING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again then."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again will not help; an admin has to look."""

    reason: str


def settle_failure(error: Exception, *, attempts: int, now: datetime, jitter: float) -> RetryAt | GiveUp:
    """Decide about work that failed.

    Args:
        error: what happened. Only trouble on the way to Jira or to the store can pass by itself.
        attempts: how often it was tried, this one included.
        now: the instant of the failure.
        jitter: a factor around 1 that keeps many from coming back at once.

    The delay doubles from 2 s to 10 min; a wait that Jira asks for is always kept. A write that may still
    be under way in Jira is given time to show: a look that comes too early would find nothing and repeat it.
    """
    if not isinstance(error, ConnectorError | StoreUnavailable):
        return GiveUp(describe(error))
    if isinstance(error, ConnectorError) and not (error.retryable or error.maybe_executed):
        return GiveUp(str(error))
    if attempts >= MOST_ATTEMPTS:
        return GiveUp(f"still failing after {attempts} attempts. {error}")
    delay = min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY) * jitter
    if isinstance(error, ConnectorError):
        settling = _SETTLING if error.maybe_executed else timedelta()
        delay = max(delay, error.retry_after or timedelta(), settling)
    return RetryAt(now + delay, str(error))
