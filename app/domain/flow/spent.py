"""Where the time goes: how finished issues spent the way from the start of work to its end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.flow.path import Path, time_in_status
from app.domain.scrum.calendar import Calendar, WorkingClock

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """Working days of a finished issue, on average.

    Attributes:
        whole: from the start of work on it to its end.
        statuses: by name, the longest first; together they are the whole.
        blocked: of the whole, while something stopped it.
        sample: how many issues were begun and finished.
    """

    whole: float
    statuses: Mapping[str, float]
    blocked: float
    sample: int


def where_time_goes(finished: Sequence[Path], calendar: Calendar) -> Spent | None:
    """Of issues that were begun and finished; None where there are none, or none took any time."""
    walked = [(path, path.started_at, path.done_at) for path in finished]
    begun = [(path, start, end) for path, start, end in walked if start and end and start < end]
    if not begun:
        return None
    first, last = min(start for _, start, _ in begun), max(end for *_, end in begun)
    clock = WorkingClock(calendar, first, last)
    sums: dict[str, timedelta] = defaultdict(timedelta)
    for path, start, end in begun:
        for status, time in time_in_status(path, since=start, at=end, clock=clock).items():
            sums[status] += time
    number = len(begun)
    days = {status: time / DAY / number for status, time in sums.items() if time}
    whole = sum(days.values())
    if not whole:
        return None
    blocked = sum((path.blocked_time for path, *_ in begun), start=timedelta()) / DAY / number
    return Spent(whole, dict(sorted(days.items(), key=lambda one: (-one[1], one[0]))), blocked, number)
