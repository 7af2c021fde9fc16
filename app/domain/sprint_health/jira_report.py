"""Jira's own sprint report, and where its sums differ from the ledger.

The four sets follow what Jira's report was observed to do, so that a team finds its numbers again:
    1. done at the start, and neither finished nor reopened up to the end: completed elsewhere, even where it
       was added or removed afterwards;
    2. else in the sprint at the end: completed or not completed, by its status at the end. Finished inside
       the window but before it was added still counts as completed;
    3. else removed.
`added` marks what was not in the sprint at its start. The initial estimate is the one at the start or on
being added, the final one that at the end. Jira's commitment adds up the initial estimates of all that was
not added, issues already done included; its completed work the final estimates of what is completed.

Jira's sums and the ledger are two results, each right by its own definition. `compare` names every
difference by issue and gives the reason, so neither is ever passed off as the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.scrum.board import Board
from app.domain.scrum.restricted import public, put_aside
from app.domain.scrum.scope import NOTHING, Entered, Replay, issue_order, points_of
from app.domain.sprint_health.ledger import Ledger


class Outcome(StrEnum):
    """Jira's four sets."""

    COMPLETED = "completed"
    NOT_COMPLETED = "not completed"
    REMOVED = "removed"
    COMPLETED_ELSEWHERE = "completed elsewhere"


@dataclass(frozen=True, slots=True)
class ReportedIssue:
    """A row of Jira's report.

    Attributes:
        added: when it came into the sprint; None where it was there at the start.
        initial_estimate: at the start or on being added; None is unestimated.
        final_estimate: at the end.
        initial: what the initial estimate counts: 0 for sub-tasks and unestimated ones, 1 where the board
            counts issues.
        final: the same for the final estimate.
    """

    issue_id: str
    key: str
    outcome: Outcome
    added: datetime | None
    initial_estimate: Decimal | None
    final_estimate: Decimal | None
    initial: Decimal
    final: Decimal
    is_subtask: bool


@dataclass(frozen=True, slots=True)
class JiraReport:
    """Jira's sprint report: every issue that was in the sprint, in exactly one set.

    Attributes:
        restricted: those that are in the sums only.
    """

    issues: tuple[ReportedIssue, ...]
    restricted: tuple[ReportedIssue, ...] = ()

    def of(self, outcome: Outcome) -> tuple[ReportedIssue, ...]:
        """One of the four sets, by key."""
        return tuple(issue for issue in self.issues if issue.outcome is outcome)

    @property
    def commitment(self) -> Decimal:
        """Initial estimates of all that was not added, removed and already done issues included."""
        return sum((issue.initial for issue in self._every if issue.added is None), start=NOTHING)

    @property
    def completed(self) -> Decimal:
        """Final estimates of what was completed; what Jira's velocity chart shows as completed."""
        return self._final(Outcome.COMPLETED)

    @property
    def not_completed(self) -> Decimal:
        """Final estimates of what was not completed."""
        return self._final(Outcome.NOT_COMPLETED)

    @property
    def _every(self) -> tuple[ReportedIssue, ...]:
        return (*self.issues, *self.restricted)

    def _final(self, outcome: Outcome) -> Decimal:
        return sum((issue.final for issue in self._every if issue.outcome is outcome), start=NOTHING)

    def told(self) -> "JiraReport":
        """The same sums, without those issues in the sets that may not be told one by one."""
        return JiraReport(tuple(public(self.issues)), tuple(put_aside(self.issues)))


@dataclass(frozen=True, slots=True)
class Difference:
    """One issue that Jira's sum and the ledger value differently.

    Attributes:
        figure: `commitment` or `completed`. What remains never differs.
        jira: points in Jira's sum.
        ledger: points in ours.
        why: the reason, a sentence.
    """

    figure: str
    key: str
    jira: Decimal
    ledger: Decimal
    why: str


def report(replays: Iterable[Replay], board: Board) -> JiraReport:
    """Sort every issue that touched the sprint into its set."""
    rows = [_row(each, board) for each in replays if each.touched]
    return JiraReport(tuple(sorted(rows, key=lambda row: issue_order(row.key, row.issue_id))))


def compare(jira: JiraReport, ledgers: Mapping[str, Ledger]) -> tuple[Difference, ...]:
    """Every issue that Jira's commitment or completed points value otherwise than its own ledger, by id."""
    found: list[Difference] = []
    for row in jira.issues:
        ours = ledgers[row.issue_id]
        theirs = row.initial if row.added is None else NOTHING
        if theirs != ours.commitment.points:
            why = "already done when the sprint started: it promised nothing"
            found.append(Difference("commitment", row.key, theirs, ours.commitment.points, why))
        theirs = row.final if row.outcome is Outcome.COMPLETED else NOTHING
        if theirs != ours.burned.points:
            found.append(Difference("completed", row.key, theirs, ours.burned.points, _why(ours)))
    return tuple(found)


def _row(each: Replay, board: Board) -> ReportedIssue:
    issue = each.issue
    first = each.events[0]
    added = first.at if isinstance(first, Entered) else None
    initial = each.on_entry.estimate if each.on_entry else None
    final = each.at_end.estimate
    return ReportedIssue(
        issue_id=issue.id,
        key=issue.key,
        outcome=_outcome(each),
        added=added,
        initial_estimate=initial,
        final_estimate=final,
        initial=points_of(issue, initial, board),
        final=points_of(issue, final, board),
        is_subtask=issue.is_subtask,
    )


def _outcome(each: Replay) -> Outcome:
    if each.done_at_start and not each.finished and not each.reopened:
        return Outcome.COMPLETED_ELSEWHERE
    if not each.in_at_end:
        return Outcome.REMOVED
    return Outcome.COMPLETED if each.done_at_end else Outcome.NOT_COMPLETED


def _why(ours: Ledger) -> str:
    if ours.burned.issues:
        return "its estimate was changed after it was done"
    return "finished while it was outside this sprint"
