"""Little's law: issues in progress on average, by those finished a day, are the days that one takes.

It is about means, and holds where as much is begun as is finished and what is in progress grows no older
(J. D. C. Little, "A proof for the queuing formula L = λW", 1961; for a stretch of time, J. D. C. Little and
S. C. Graves, "Little's law", 2008). Elsewhere what it says is wrong, so then it says nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from app.domain.flow.flow import FEWEST, Flow
from app.domain.flow.totals import total_age
from app.domain.scrum.calendar import Calendar

STABLE = 0.1
"""Share of what is finished by which what is begun may differ, and of all time in progress by which it may
have aged."""


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """What the law says of a flow's whole working days.

    Attributes:
        in_progress: issues, on average as a working day ended.
        begun, finished: issues on which work began, and those that ended; those of whose work both is known.
        working_days: how many.
        aged: working days by which what is in progress is older than at first, all of it together.
        days: working days from the start of work to its end on average; None where the law does not hold.
    """

    in_progress: float
    begun: int
    finished: int
    working_days: int
    aged: float
    days: float | None


def littles_law(flow: Flow, calendar: Calendar, *, since: datetime) -> LittlesLaw | None:
    """Of the whole days from `since` on, which begins a day; None without a working day among them."""
    today = calendar.day_of(flow.at)
    until = datetime(today.year, today.month, today.day, tzinfo=calendar.zone)
    counts = [one.in_progress for one in flow.days if one.day < today]
    if not counts:
        return None
    taken = [(one.started_at, one.done_at) for one in flow.finished if one.started_at and one.done_at]
    starts = [start for start, _ in taken] + [one.since for one in flow.aging]
    begun = sum(since <= start < until for start in starts)
    finished = sum(since <= end < until for _, end in taken)
    aged = total_age(flow, calendar, at=until) - total_age(flow, calendar, at=since)
    together = float(sum(counts))
    holds = (
        finished >= FEWEST and abs(begun - finished) <= STABLE * finished and abs(aged) <= STABLE * together
    )
    days = together / finished if holds else None
    return LittlesLaw(fmean(counts), begun, finished, len(counts), aged, days)
