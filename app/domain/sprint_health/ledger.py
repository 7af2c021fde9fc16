"""The ledger of a sprint: where every point came from and where it went.

    commitment + added - removed + re-estimated = burned + remaining + completed then removed

Each event is posted as in double-entry bookkeeping: what it adds to the left it adds to the right. So the
ledger closes for every history, at every instant and for every issue alone, and each line's receipts are
its postings.

The lines, in points of the board's estimate:
    commitment              in the sprint at its start and not yet done, at the estimate it had then.
                            An issue already done when the sprint started promises nothing and is left out
                            (Jira's sprint report counts it in; `jira_report` names each such difference).
                            An issue whose status the board does not show is in the sprint and counts.
    added                   entered later and not done, at the estimate on entering; also reopened here after
                            having been finished before the start or elsewhere: new work for the sprint.
    removed                 left while not done, at the estimate on leaving; coming back is added again. An
                            issue completed here, taken out and then reopened moves here from the last line.
    re-estimated            changes of estimate while in the sprint and not done. A change made while it is
                            done is booked here when it is reopened: only then does it change the work.
    burned                  completed here and still here, at the estimate when it was last completed. An
                            estimate edited afterwards is no work (Jira's sum uses it; difference named).
    remaining               in the sprint and not done.
    completed then removed  completed here, then taken out: the work was done, but Jira gives no credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum

from app.domain.scrum.restricted import RESTRICTED
from app.domain.scrum.scope import (
    NOTHING,
    Committed,
    Completed,
    Entered,
    Left,
    Reestimated,
    Reopened,
    ScopeEvent,
)


class Line(StrEnum):
    """A line of the ledger."""

    COMMITMENT = "commitment"
    ADDED = "added"
    REMOVED = "removed"
    RE_ESTIMATED = "re-estimated"
    BURNED = "burned"
    REMAINING = "remaining"
    COMPLETED_THEN_REMOVED = "completed then removed"


_LINES = tuple(Line)
_COMMITMENT, _ADDED, _REMOVED, _RE_ESTIMATED, _BURNED, _REMAINING, _COMPLETED_THEN_REMOVED = _LINES
"""To look a member of an enumeration up takes longer than to make a posting of it."""
STANDING = frozenset({Line.BURNED, Line.REMAINING, Line.COMPLETED_THEN_REMOVED})
"""Lines that say where issues are; the others say what happened to them."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What one event does to one line: the receipt of a number.

    Attributes:
        points: added to the line; negative takes away.
        issues: 1 where the issue comes to the line, -1 where it leaves it, 0 where only its points change.
    """

    line: Line
    points: Decimal
    issues: int
    event: ScopeEvent


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it is made of.

    Attributes:
        points: sum of the receipts' points.
        issues: for a standing line, issues there now; for a flow, issues that it happened to.
        gross: sum of the receipts' absolute points; two re-estimates of +3 and -3 are 6 here and 0 above.
        receipts: oldest first.
    """

    points: Decimal
    issues: int
    gross: Decimal
    receipts: tuple[Posting, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the issues in the receipts, in order of first appearance."""
        return tuple(dict.fromkeys(posting.event.key for posting in self.receipts))

    def told(self) -> "Figure":
        """The same number, without the receipts of restricted issues."""
        receipts = tuple(one for one in self.receipts if one.event.key != RESTRICTED)
        return self if len(receipts) == len(self.receipts) else replace(self, receipts=receipts)


EMPTY = Figure(NOTHING, 0, NOTHING, ())
"""Of a line to which nothing was posted: most lines of an issue's own ledger."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines; see the module's text for what each means."""

    commitment: Figure
    added: Figure
    removed: Figure
    re_estimated: Figure
    burned: Figure
    remaining: Figure
    completed_then_removed: Figure

    @property
    def scope(self) -> Decimal:
        """Left side: all points that the sprint has taken on."""
        taken_on = self.commitment.points + self.added.points
        return taken_on - self.removed.points + self.re_estimated.points

    @property
    def is_smaller(self) -> bool:
        """Whether less is in the sprint than was committed, so that nobody can complete as much."""
        return self.scope < self.commitment.points

    @property
    def accounted_for(self) -> Decimal:
        """Right side: where those points are."""
        return self.burned.points + self.remaining.points + self.completed_then_removed.points

    @property
    def closes(self) -> bool:
        """Whether both sides are equal; a history for which they are not is a fault of Burnish."""
        return self.scope == self.accounted_for

    def told(self) -> "Ledger":
        """The same numbers, with the receipts of those issues only that may be told one by one."""
        return Ledger(*[getattr(self, one.name).told() for one in fields(self)])


NO_LEDGER = Ledger(*[EMPTY] * len(_LINES))
"""Of no issue."""


def keep_ledger(events: Iterable[ScopeEvent]) -> Ledger:
    """Post all events and add up."""
    by_line: dict[Line, list[Posting]] = {}
    for event in events:
        for line, points, issues in entries(event):
            by_line.setdefault(line, []).append(Posting(line, points, issues, event))
    return Ledger(*[_figure(by_line[line]) if line in by_line else EMPTY for line in _LINES])


def postings(event: ScopeEvent) -> tuple[Posting, ...]:
    """What an event does to the ledger; nothing for sub-tasks, whose parents count."""
    return tuple([Posting(line, points, issues, event) for line, points, issues in entries(event)])


def remaining_change(event: ScopeEvent) -> Decimal:
    """By how much an event moves the burndown."""
    return sum([points for line, points, _ in entries(event) if line is _REMAINING], start=NOTHING)


Entry = tuple[Line, Decimal, int]
"""Line, points and issues of a posting, for those who need no receipt."""


def entries(event: ScopeEvent) -> tuple[Entry, ...]:
    """What an event does to the ledger; nothing for sub-tasks, whose parents count."""
    found: tuple[Entry, ...] = ()
    if event.is_subtask:
        return found
    match event:
        case Committed(done=False, points=points):
            found = _taken_on(_COMMITMENT, points)
        case Completed(points=points):
            found = _moved(_REMAINING, _BURNED, points)
        case Entered(done=False, points=points):
            found = _taken_on(_ADDED, points)
        case Entered(credit=Decimal() as credit):
            found = _moved(_COMPLETED_THEN_REMOVED, _BURNED, credit)
        case Left(done=False, points=points):
            found = (_REMOVED, points, 1), (_REMAINING, -points, -1)
        case Left(credit=Decimal() as credit):
            found = _moved(_BURNED, _COMPLETED_THEN_REMOVED, credit)
        case Reestimated(while_done=False, by=by):
            found = (_RE_ESTIMATED, by, 0), (_REMAINING, by, 0)
        case Reopened():
            found = _reopened(event)
    return found


def _taken_on(line: Line, points: Decimal) -> tuple[Entry, ...]:
    return (line, points, 1), (_REMAINING, points, 1)


def _moved(source: Line, to: Line, points: Decimal) -> tuple[Entry, ...]:
    return (source, -points, -1), (to, points, 1)


def _reopened(event: Reopened) -> tuple[Entry, ...]:
    points, credit = event.points, event.credit
    if credit is None:
        return _taken_on(_ADDED, points)
    if not event.in_sprint:
        return (_COMPLETED_THEN_REMOVED, -credit, -1), (_REMOVED, credit, 1)
    back = (_BURNED, -credit, -1), (_REMAINING, points, 1)
    return back if points == credit else (*back, (_RE_ESTIMATED, points - credit, 0))


def _figure(receipts: list[Posting]) -> Figure:
    standing = receipts[0].line in STANDING
    if len(receipts) == 1:  # most of an issue's own
        (only,) = receipts
        points = NOTHING + only.points
        return Figure(points, only.issues if standing else 1, abs(points), (only,))
    happened_to = len({posting.event.issue_id for posting in receipts})
    return Figure(
        points=sum([posting.points for posting in receipts], start=NOTHING),
        issues=sum([posting.issues for posting in receipts]) if standing else happened_to,
        gross=sum([abs(posting.points) for posting in receipts], start=NOTHING),
        receipts=tuple(receipts),
    )
