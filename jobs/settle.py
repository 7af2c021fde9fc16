"""What to do about a failure. Pure: the policy is a table that tests can read without waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import StoreUnavailable
from connectors.errors import ConnectorError

MOST_ATTEMPTS = 12
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=10)


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

    The delay doubles from 2 s to 10 min; a wait that Jira asks for is always kept.
    """
    if not isinstance(error, ConnectorError | StoreUnavailable):
        return GiveUp(f"{type(error).__name__}: {error}")
    if isinstance(error, ConnectorError) and not error.retryable:
        return GiveUp(str(error))
    if attempts >= MOST_ATTEMPTS:
        return GiveUp(f"still failing after {attempts} attempts. {error}")
    delay = min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY) * jitter
    asked = error.retry_after if isinstance(error, ConnectorError) else None
    return RetryAt(now + max(delay, asked or timedelta()), str(error))
