"""Figures of a running sprint that rules can wait for, and how far a sprint is. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.health import SprintHealth


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else share * 100


DECIMALS = 4
"""Of a sum in hours: three times 20 minutes are not below 1."""
METRICS: Mapping[str, Callable[[SprintHealth], Decimal | int | None]] = {
    "remaining": lambda health: round(health.ledger.remaining.points, DECIMALS),
    "work_done_percent": lambda health: _percent(health.ratios.work_done),
    "scope_change_percent": lambda health: _percent(health.ratios.scope_change),
    "time_elapsed_percent": lambda health: _percent(health.timing.elapsed),
    "blocked_issues": lambda health: len(health.blocked),
    "unestimated_issues": lambda health: len(health.unestimated),
    "open_issues": lambda health: len(health.carry_over),
}
"""By the name that a rule gives, what remains in the board's unit; see `app.domain.sprint_health`."""


def instant_at(sprint: Sprint, percent: int, *, calendar: Calendar | None) -> datetime | None:
    """When so much of the planned time of a sprint is over; None where it has no dates.

    Args:
        sprint: that was started.
        percent: of its time.
        calendar: count its working days only; None counts every day.
    """
    start, end = sprint.started_at, sprint.end
    if start is None or end is None or end <= start:
        return None
    if calendar is None:
        return start + (end - start) * percent / 100
    whole = calendar.working_time(start, end)
    if whole <= timedelta():
        return None
    return calendar.before(end, whole * (100 - percent) / 100, start=start)
