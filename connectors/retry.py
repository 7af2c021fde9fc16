"""When to repeat a request within one call.

Figures: Atlassian's rate-limiting page (honour Retry-After; else 2 s, doubled, at most 30 s, jitter 0.7 to
1.3, at most 4 retries). A write that may have been carried out is never repeated here: whoever keeps the
record of what was written decides about it, with `retryable` and `maybe_executed` of the error.
"""

from dataclasses import dataclass
from datetime import timedelta

from connectors.errors import ConnectorError

JITTER = (0.7, 1.3)
"""The range that `jitter` is drawn from, evenly."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How patient one call is. The defaults are Atlassian's; `longest` is ours."""

    retries: int = 4
    first: timedelta = timedelta(seconds=2)
    most: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(seconds=60)
    """Asked to wait longer than this, the call gives up, so that its caller can do other work meanwhile."""

    def delay(self, error: ConnectorError, *, attempt: int, jitter: float) -> timedelta | None:
        """How long to wait before asking again; None means: do not.

        Args:
            error: what became of the attempt.
            attempt: 1 for the first.
            jitter: a number out of `JITTER`. It spreads out callers who failed together, but never undercuts
                what Jira asked for.
        """
        if not error.retryable or error.maybe_executed or attempt > self.retries:
            return None
        if error.retry_after is None:
            return min(self.first * (1 << (attempt - 1)), self.most) * jitter
        if error.retry_after > self.longest:
            return None
        return max(error.retry_after, min(error.retry_after * jitter, self.longest))
