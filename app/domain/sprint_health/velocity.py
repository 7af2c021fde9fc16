"""What a team gets done in a sprint, over its last closed sprints, and what keeps being carried over.

Jira's velocity chart shows the mean of the completed points of up to seven closed sprints. A mean hides how
far the sprints lie apart, so the median and the range stand beside it. Sprints whose data is incomplete
are told, and left out of every figure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median

from app.domain.scrum.scope import NOTHING, issue_order
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.health import SprintHealth

JIRAS_SPRINTS = 7


@dataclass(frozen=True, slots=True)
class SprintResult:
    """What one closed sprint came to.

    Attributes:
        commitment, completed: of the ledger: as promised at the start, as burned.
        completed_in_jira: Jira's sum, which uses the estimates at the close.
        issues: how many were completed; sub-tasks are not counted.
        say_do: share of the commitment that was kept; None without a commitment.
        left_over: keys of what was carried over.
        incomplete: part of its data is missing, so it counts in no figure.
    """

    sprint_id: int
    name: str
    closed_at: datetime
    commitment: Decimal
    completed: Decimal
    completed_in_jira: Decimal
    issues: int
    say_do: Decimal | None
    left_over: tuple[str, ...]
    incomplete: bool


@dataclass(frozen=True, slots=True)
class Velocity:
    """Completed points of the last closed sprints.

    Attributes:
        sprints: the receipts, oldest first, those that are left out included.
        mean: as Jira has it, of Jira's sums.
        median, lowest, highest: of the ledger's; None where no sprint counts.
        say_do: the median share of commitments kept.
        streaks: unfinished issue to how many closed sprints in a row, up to the last, ended without it done.
    """

    sprints: tuple[SprintResult, ...]
    mean: Decimal | None
    median: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    say_do: Decimal | None
    streaks: tuple[tuple[str, int], ...]

    @property
    def counted(self) -> tuple[SprintResult, ...]:
        """Sprints that the figures are made of."""
        return tuple(sprint for sprint in self.sprints if not sprint.incomplete)


def result_of(health: SprintHealth) -> SprintResult:
    """A closed sprint's line in the velocity chart.

    Raises:
        ValueError: the sprint still ran.
    """
    if health.timing.closed_at is None:
        message = f"Sprint {health.sprint_name!r} was not closed, so it has no result yet."
        raise ValueError(message)
    return SprintResult(
        sprint_id=health.sprint_id,
        name=health.sprint_name,
        closed_at=health.timing.closed_at,
        commitment=health.ledger.commitment.points,
        completed=health.ledger.burned.points,
        completed_in_jira=health.jira.completed,
        issues=health.ledger.burned.issues,
        say_do=health.ratios.say_do,
        left_over=tuple(issue.key for issue in health.carry_over if not issue.is_subtask),
        incomplete=any(note.flaw is Flaw.HISTORY_INCOMPLETE for note in health.notes),
    )


def velocity(results: Iterable[SprintResult], *, last: int = JIRAS_SPRINTS) -> Velocity:
    """Figures over the last sprints that were closed."""
    every = sorted(results, key=lambda one: (one.closed_at, one.sprint_id))
    shown = every[-last:] if last > 0 else []
    counted = [one for one in shown if not one.incomplete]
    done = [one.completed for one in counted]
    kept = [one.say_do for one in counted if one.say_do is not None]
    jiras = sum((one.completed_in_jira for one in counted), start=NOTHING)
    return Velocity(
        sprints=tuple(shown),
        mean=jiras / len(counted) if counted else None,
        median=median(done) if done else None,
        lowest=min(done, default=None),
        highest=max(done, default=None),
        say_do=median(kept) if kept else None,
        streaks=streaks(every),
    )


def streaks(results: Sequence[SprintResult]) -> tuple[tuple[str, int], ...]:
    """Issues that the last closed sprint left over, longest streak first; sprints oldest first."""
    counts: Counter[str] = Counter()
    going = set(results[-1].left_over) if results else set()
    for result in reversed(results):
        going &= set(result.left_over)
        counts.update(going)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], issue_order(each[0]))))
