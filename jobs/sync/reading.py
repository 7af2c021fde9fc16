"""What a sync has read, what it could not read, and how long it will take."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app import log
from app.domain.scrum.from_jira import NotReadable
from app.store import runs
from app.store.claim import Claimed, note
from connectors.errors import HistoryIncomplete, Missing, NotAllowed, Refused
from jobs.context import Context
from jobs.lease import ClaimLostError

Report = Callable[[Mapping[str, Any]], Awaitable[None]]
_log = log.get(__name__)

# One thing is gone, hidden or odd: no reason not to read the others. All else is trouble with the site.
LOCAL = (Missing, NotAllowed, Refused, NotReadable, HistoryIncomplete)


@dataclass(slots=True)
class Backfill:
    """How far the first reading of projects is.

    Attributes:
        expected: issues that Jira counts; on Cloud about so many.
        before: how many were read before `began_at`.
        read: how many are read.
        seconds_left: at the pace since then; None at the very start.
    """

    expected: int
    before: int
    read: int
    began_at: datetime
    seconds_left: float | None = None

    def note(self, issues: int, at: datetime) -> None:
        """Some more were read."""
        self.read += issues
        here, spent = self.read - self.before, (at - self.began_at).total_seconds()
        self.seconds_left = max(self.expected - self.read, 0) * spent / here if here else None


@dataclass(slots=True)
class Reading:
    """What a sync has read so far, and what it could not read.

    Attributes:
        heard_at: when it began, by Jira's clock; ours may differ.
        counts: by kind.
        failures: what could not be read, with the reason; the rest was.
        backfill: how far the first reading is; None where there is none.
    """

    heard_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    backfill: Backfill | None = None

    @property
    def progress(self) -> dict[str, Any]:
        """For whoever watches the run."""
        shown: dict[str, Any] = dict(self.counts)
        if self.backfill is not None:
            left = self.backfill.seconds_left
            shown |= {
                "expected": self.backfill.expected,
                "read": min(self.backfill.read, self.backfill.expected),
            }
            shown |= {} if left is None else {"seconds_left": round(left)}
        return {**shown, "failures": self.failures} if self.failures else shown

    def note(self, issues: int, failures: Mapping[str, Exception]) -> None:
        """A page was saved; failures are of issues, by key."""
        self.counts["issues"] = self.counts.get("issues", 0) + issues
        for key, error in failures.items():
            self.fail(f"issue {key}", error)

    def fail(self, what: str, error: Exception) -> None:
        """Go on without it, and say so."""
        self.failures[what] = str(error)
        _log.error("sync.not_read", what=what, reason=str(error))


async def note_progress(context: Context, work: Claimed, progress: Mapping[str, Any]) -> None:
    """Show how far a run is. A first reading that came further has its whole patience again.

    Only what it read for good counts: a catch-up reads some pages anew at each attempt, so one that always
    fails at the same page would never be given up.

    Raises:
        ClaimLostError: it was called off, or taken over while we were frozen; it is not ours to say any more.
    """

    def write(connection: Connection) -> bool:
        told: dict[str, Any] = {"progress": dict(progress)}
        before = runs.progress(connection, work.id).get("read", 0)
        if progress.get("read", 0) > before:
            told["give_up_at"] = context.store_now(connection) + runs.PATIENCE
        return note(connection, work, **told)

    if not await context.database.call_write(write):
        raise ClaimLostError
