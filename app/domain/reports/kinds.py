"""The reports that a sprint gets, and when each is due: every day, at its start, half-way, after its end."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.reports import sprint_end, sprint_health, sprint_middle, sprint_start
from app.domain.reports.document import Report
from app.domain.reports.since import Before
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.health import SprintHealth


class Kind(StrEnum):
    """Which report of a sprint."""

    DAILY = "daily"
    START = "start"
    MIDDLE = "middle"
    END = "end"


DOCUMENTS: Mapping[Kind, Callable[[SprintHealth, Before | None], Report]] = {
    Kind.DAILY: sprint_health.report,
    Kind.START: sprint_start.report,
    Kind.MIDDLE: sprint_middle.report,
    Kind.END: sprint_end.report,
}

SETTLES = timedelta(hours=1)
"""What is put right in the first hour of a sprint still belongs to its planning."""
LATEST = timedelta(days=3)
"""So long after its moment a report of the start or of the end is still worth posting."""
HALF, TOO_LATE = 0.5, 0.8
"""Shares of the planned working time between which the report of the middle is."""


def due(sprint: Sprint, calendar: Calendar, now: datetime) -> frozenset[Kind]:
    """Which reports a sprint should have by now that are posted once."""
    started, completed = sprint.started_at, sprint.completed
    if started is None or started > now:
        return frozenset()
    if completed is not None and completed <= now:
        return frozenset({Kind.END} if now - completed <= LATEST else ())
    share = elapsed(sprint, calendar, now)
    found = set()
    if SETTLES <= now - started <= LATEST and (share is None or share < HALF):
        found.add(Kind.START)
    if share is not None and HALF <= share < TOO_LATE:
        found.add(Kind.MIDDLE)
    return frozenset(found)


def elapsed(sprint: Sprint, calendar: Calendar, now: datetime) -> float | None:
    """Share of the planned working time that has passed; None without a planned end."""
    started, end = sprint.started_at, sprint.end
    if started is None or end is None:
        return None
    whole = calendar.working_time(started, end)
    return calendar.working_time(started, min(now, end)) / whole if whole else None


def instant_of(kind: Kind, sprint: Sprint, calendar: Calendar, asked: datetime) -> datetime:
    """The instant that a report speaks about: its moment, or what was asked for where that came first.

    Args:
        kind: which report.
        sprint: of this sprint.
        calendar: the team's working days.
        asked: now, or the instant that somebody wants to go back to.
    """
    started, end = sprint.started_at, sprint.end
    if started is None or kind in {Kind.DAILY, Kind.END}:
        return asked
    if kind is Kind.START:
        return min(asked, started + SETTLES)
    if end is None or not (whole := calendar.working_time(started, end)):
        return asked
    return min(asked, calendar.before(end, whole * (1 - HALF), start=started))
