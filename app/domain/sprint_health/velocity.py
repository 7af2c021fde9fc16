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

from app.domain.scrum.board import Board
from app.domain.scrum.history import Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import RESTRICTED
from app.domain.scrum.scope import NOTHING, issue_order, replays_of, stream
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.jira_report import JiraReport, report
from app.domain.sprint_health.ledger import Figure, Ledger, keep_ledger

JIRAS_SPRINTS = 7


@dataclass(frozen=True, slots=True)
class SprintResult:
    """What one closed sprint came to.

    Attributes:
        commitment, completed: of the ledger: as promised at the start, as burned.
        added, removed, carried_over: likewise.
        completed_in_jira: Jira's sum, which uses the estimates at the close.
        issues: how many were completed; sub-tasks are not counted.
        say_do: share of the commitment that was kept; None without a commitment.
        left_over: keys of what was carried over, as far as everybody may see it.
        incomplete: part of its data is missing, so it counts in no figure.
        started_at: None where it is not known; then it ran after the one that was closed before it.
    """

    sprint_id: int
    name: str
    closed_at: datetime
    commitment: Decimal
    completed: Decimal
    added: Decimal
    removed: Decimal
    carried_over: Decimal
    completed_in_jira: Decimal
    issues: int
    say_do: Decimal | None
    left_over: tuple[str, ...]
    incomplete: bool
    started_at: datetime | None = None

    def follows(self, other: "SprintResult") -> bool:
        """Whether it ran after the other one and not beside it: most of it lies behind the other's close."""
        if self.started_at is None:
            return True
        return self.started_at + (self.closed_at - self.started_at) / 4 >= other.closed_at


@dataclass(frozen=True, slots=True)
class Velocity:
    """Completed points of the last closed sprints.

    Attributes:
        sprints: the receipts, oldest first, those that are left out included.
        mean: as Jira has it, of Jira's sums.
        median, lowest, highest: of the ledger's; None where no sprint counts.
        say_do: the median share of commitments kept.
        streaks: unfinished issue to how many closed sprints in a row, up to the last, ended without it done;
            sprints that ran beside these, of another team on the board, count for nothing.
    """

    sprints: tuple[SprintResult, ...]
    mean: Decimal | None
    median: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    say_do: Decimal | None
    streaks: tuple[tuple[str, int], ...]

    @property
    def carry_over(self) -> Decimal | None:
        """The median share of commitments that was carried over."""
        shares = [one.carried_over / one.commitment for one in self.counted if one.commitment > 0]
        return median(shares) if shares else None

    @property
    def counted(self) -> tuple[SprintResult, ...]:
        """Sprints that the figures are made of."""
        return tuple(sprint for sprint in self.sprints if not sprint.incomplete)


def read_result(
    sprint: Sprint, board: Board, issues: Sequence[Issue], *, sprint_field: str, histories: Histories
) -> SprintResult | None:
    """A closed sprint's line in the velocity chart, from every issue that ever was in it.

    None where its dates are unusable, or the board's last column is not known.
    """
    start, end = sprint.started_at, sprint.completed
    if start is None or end is None or end < start or not board.done_status_ids:
        return None
    replays = replays_of(issues, board, sprint.id, sprint_field, start=start, end=end, histories=histories)
    return _result(
        sprint.id,
        sprint.name,
        (start, end),
        keep_ledger(stream(replays)),
        report(replays, board),
        incomplete=not all(issue.history_complete for issue in issues),
    )


def _result(
    sprint_id: int,
    name: str,
    ran: tuple[datetime, datetime],
    ledger: Ledger,
    jira: JiraReport,
    *,
    incomplete: bool,
) -> SprintResult:
    burned, left_over = _standing(ledger.burned), _standing(ledger.remaining)
    promised = ledger.commitment.receipts
    kept = sum((each.points for each in promised if each.event.issue_id in burned), start=NOTHING)
    commitment = ledger.commitment.points
    return SprintResult(
        sprint_id=sprint_id,
        name=name,
        closed_at=ran[1],
        commitment=commitment,
        completed=ledger.burned.points,
        added=ledger.added.points,
        removed=ledger.removed.points,
        carried_over=ledger.remaining.points,
        completed_in_jira=jira.completed,
        issues=ledger.burned.issues,
        say_do=kept / commitment if commitment > 0 else None,
        left_over=tuple(sorted({*left_over.values()} - {RESTRICTED}, key=issue_order)),
        incomplete=incomplete,
        started_at=ran[0],
    )


def _standing(figure: Figure) -> dict[str, str]:
    """Issues that are on a line in the end: id to key."""
    counts: Counter[str] = Counter()
    for each in figure.receipts:
        counts[each.event.issue_id] += each.issues
    keys = {each.event.issue_id: each.event.key for each in figure.receipts}
    return {issue: key for issue, key in keys.items() if counts[issue] > 0}


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
    counts = {key: _streak(key, results) for key in {key for one in results for key in one.left_over}}
    going = ((key, length) for key, length in counts.items() if length)
    return tuple(sorted(going, key=lambda each: (-each[1], issue_order(each[0]))))


def _streak(key: str, results: Sequence[SprintResult]) -> int:
    """How many sprints left it over, going back until one that stands between them did not."""
    length, newer, without = 0, None, list[SprintResult]()
    for one in reversed(results):
        if key not in one.left_over:
            without.append(one)
        elif any(each.follows(one) and (newer is None or newer.follows(each)) for each in without):
            break
        else:
            length, newer, without = length + 1, one, []
    return length
