"""Burndown and burn-up: what remained, and what was done of how much, after each event.

Beside them the straight line through working time. Both count the board's points, or issues. Of what is
restricted the steps would tell which day saw what, so that stands there as it is at the end, all along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import NOTHING, Committed, ScopeEvent
from app.domain.sprint_health.ledger import NO_LEDGER, Ledger, Line, entries, remaining_change

HUNDREDTH = Decimal("0.01")
_REMAINING, _DONE = Line.REMAINING, frozenset({Line.BURNED, Line.COMPLETED_THEN_REMOVED})


@dataclass(frozen=True, slots=True)
class BurndownPoint:
    """What remained from an instant on.

    Attributes:
        event: what changed it; None at the start and at the end of the line.
    """

    at: datetime
    remaining: Decimal
    event: ScopeEvent | None


@dataclass(frozen=True, slots=True)
class IdealPoint:
    """Where an even pace would be at an instant, rounded to hundredths of a point."""

    at: datetime
    remaining: Decimal


def burndown(
    events: Iterable[ScopeEvent], *, start: datetime, end: datetime, beside: Ledger = NO_LEDGER
) -> tuple[BurndownPoint, ...]:
    """The steps of what remains, from the start to the last value at the end; `beside` has no steps."""
    left = beside.remaining.points
    points: list[BurndownPoint] = []
    for event in events:
        change = remaining_change(event)
        left += change
        if change and not isinstance(event, Committed):
            points.append(BurndownPoint(event.at, left, event))
    committed = points[0].remaining - remaining_change(_event(points[0])) if points else left
    return (BurndownPoint(start, committed, None), *points, BurndownPoint(end, left, None))


@dataclass(frozen=True, slots=True)
class BurnupPoint:
    """From an instant on: what the sprint had taken on, and what of it was done.

    Attributes:
        done: completed in this sprint, also what was taken out afterwards: the work was done here.
        done_issues: how many issues that was.
        event: what changed it; None at the start and at the end of the line.
    """

    at: datetime
    scope: Decimal
    done: Decimal
    scope_issues: int
    done_issues: int
    event: ScopeEvent | None


def burnup(
    events: Iterable[ScopeEvent], *, start: datetime, end: datetime, beside: Ledger = NO_LEDGER
) -> tuple[BurnupPoint, ...]:
    """The steps of scope and of work done; at every instant scope - done is what remains.

    What stands `beside` has no steps.
    """
    done = (beside.burned, beside.completed_then_removed)
    done_issues = sum(one.issues for one in done)
    now = BurnupPoint(
        at=start,
        scope=beside.accounted_for,
        done=sum((one.points for one in done), start=NOTHING),
        scope_issues=beside.remaining.issues + done_issues,
        done_issues=done_issues,
        event=None,
    )
    line: list[BurnupPoint] = []
    for event in events:
        after = _after(now, event)
        counts = (after.scope, after.done, after.scope_issues, after.done_issues)
        changed = counts != (now.scope, now.done, now.scope_issues, now.done_issues)
        if changed and not isinstance(event, Committed):
            line = line or [replace(now, at=start, event=None)]
            line.append(after)
        now = after
    first = line or [replace(now, at=start, event=None)]
    return (*first, replace(now, at=end, event=None))


def _after(now: BurnupPoint, event: ScopeEvent) -> BurnupPoint:
    remaining = done = NOTHING
    remaining_issues = done_issues = 0
    for line, points, issues in entries(event):
        if line is _REMAINING:
            remaining += points
            remaining_issues += issues
        elif line in _DONE:
            done += points
            done_issues += issues
    return BurnupPoint(
        at=event.at,
        scope=now.scope + remaining + done,
        done=now.done + done,
        scope_issues=now.scope_issues + remaining_issues + done_issues,
        done_issues=now.done_issues + done_issues,
        event=event,
    )


def issues_remaining(line: Iterable[BurnupPoint]) -> tuple[BurndownPoint, ...]:
    """The burndown by count: how many issues remained, from a burn-up; sub-tasks are not counted."""
    steps: list[BurndownPoint] = []
    points = tuple(line)
    for number, point in enumerate(points):
        left = Decimal(point.scope_issues - point.done_issues)
        if not steps or number == len(points) - 1 or left != steps[-1].remaining:
            steps.append(BurndownPoint(point.at, left, point.event))
    return tuple(steps)


def remaining_at(line: Iterable[BurndownPoint], at: datetime) -> Decimal:
    """What remained at an instant, all that happened at exactly that instant included."""
    return next((point.remaining for point in reversed(tuple(line)) if point.at <= at), NOTHING)


def burnup_at(line: Sequence[BurnupPoint], at: datetime) -> BurnupPoint:
    """Where the burn-up stood at an instant; its first point before its start."""
    return next((point for point in reversed(line) if point.at <= at), line[0])


def ideal_line(
    commitment: Decimal, *, start: datetime, planned_end: datetime | None, calendar: Calendar
) -> tuple[IdealPoint, ...]:
    """From the commitment at the start to nothing at the planned end, at the end of each working day.

    Empty where no working time is planned.
    """
    total = calendar.working_time(start, planned_end) if planned_end else timedelta()
    if planned_end is None or not total:
        return ()
    line = [IdealPoint(start, commitment)]
    rest = total
    for _, since, until in calendar.parts(start, planned_end):
        rest -= until - since
        left = commitment * share(rest, total)
        line.append(IdealPoint(until, left.quantize(HUNDREDTH, rounding=ROUND_HALF_EVEN)))
    return tuple(line)


def share(part: timedelta, whole: timedelta) -> Decimal:
    """A part of a time, from 0 to 1; exact in microseconds."""
    tick = timedelta(microseconds=1)
    return Decimal(part // tick) / Decimal(whole // tick)


def _event(point: BurndownPoint) -> ScopeEvent:
    assert point.event is not None
    return point.event
