"""Figures of a flow as a whole: how old all that is in progress is together, and who has how much of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.flow.flow import Aging, Flow
from app.domain.scrum.calendar import Calendar, WorkingClock

DAY = timedelta(days=1)
NOTICED = 0.25
"""Share by which the total age must differ from before to be called more or less."""


@dataclass(frozen=True, slots=True)
class Having:
    """What somebody has in progress.

    Attributes:
        person: by name; None for nobody.
        keys: the oldest first.
        age: working days, of all together.
        blocked: how many of them something stops.
    """

    person: str | None
    keys: tuple[str, ...]
    age: float
    blocked: int


def total_age(flow: Flow, calendar: Calendar, *, at: datetime | None = None) -> float:
    """Working days since work on each issue in progress began, added up; of now, or of an instant before.

    Of then those count that are in progress now or were finished since: what was taken back is not known.
    """
    at = at or flow.at
    begun = [since for since in _in_progress(flow, at) if since < at]
    if not begun:
        return 0.0
    clock = WorkingClock(calendar, min(begun), at)
    return sum((clock.between(since, at) for since in begun), start=timedelta()) / DAY


def _in_progress(flow: Flow, at: datetime) -> Iterator[datetime]:
    yield from (one.since for one in flow.aging)
    for path in flow.finished:
        if path.started_at is not None and path.done_at is not None and path.done_at > at:
            yield path.started_at


def having(flow: Flow) -> tuple[Having, ...]:
    """By person, whoever has the oldest work first; nobody last."""
    stopped = {one.key for one in flow.blocked}
    theirs: dict[str, list[Aging]] = defaultdict(list)
    for one in flow.aging:
        theirs[one.assignee or ""].append(one)
    found = [
        Having(
            person=name or None,
            keys=tuple(one.key for one in mine),
            age=sum(one.age for one in mine),
            blocked=sum(one.key in stopped for one in mine),
        )
        for name, mine in theirs.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.person is None, -one.age, one.person or "")))
