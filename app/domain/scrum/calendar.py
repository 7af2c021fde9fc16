"""When a team works: weekdays, holidays and the time zone that says when its days begin.

A working day counts whole, from midnight to midnight where the team is: Jira's own charts know no office
hours either. On the day when clocks change it has 23 or 25 hours.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate

MONDAY_TO_FRIDAY = frozenset(range(5))
_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Calendar:
    """A team's working days.

    Attributes:
        zone: where the team's days begin, from its IANA name (`ZoneInfo("Europe/Berlin")`).
        weekdays: worked days of the week, Monday is 0.
        holidays: dates on which nobody works.
    """

    zone: tzinfo = UTC
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether the team works on a date."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Time within working days between two instants; zero where the end comes first."""
        return sum((until - since for _, since, until in _spans(self, start, end)), start=_NO_TIME)

    def working_days(self, start: datetime, end: datetime) -> int:
        """How many working days have any time between two instants."""
        return len(_spans(self, start, end))

    def before(self, end: datetime, left: timedelta, *, start: datetime) -> datetime:
        """The last instant from which so much working time is left until an end; not before a start."""
        for _, since, until in reversed(_spans(self, start, end)):
            if until - since >= left:
                return until - left
            left -= until - since
        return start

    def parts(self, start: datetime, end: datetime) -> tuple[tuple[date, datetime, datetime], ...]:
        """Each working day between two instants with the part of it that lies between them, in UTC."""
        return _spans(self, start, end)

    def days_left(self, now: datetime, end: datetime) -> int:
        """Working days until an end, today included if work is left in it; 0 once the end has passed."""
        return self.working_days(now, end)

    def days_between(self, first: date, last: date) -> int:
        """Working days after one day up to another; negative where the other comes first."""
        if last < first:
            return -self.days_between(last, first)
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, days))

    def day_of(self, instant: datetime) -> date:
        """The date that the team's wall calendar shows."""
        return instant.astimezone(self.zone).date()

    def day_ends(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Ends of the working days between two instants, in UTC; the last is cut at the end."""
        return tuple(until for _, _, until in _spans(self, start, end))


_ASKED = 16
"""Stretches of time that are remembered: the figures of a sprint ask for the same few."""


@lru_cache(_ASKED)
def _spans(calendar: Calendar, start: datetime, end: datetime) -> tuple[tuple[date, datetime, datetime], ...]:
    """Each working day between two instants with the part of it that lies between them, in UTC."""
    if end <= start:
        return ()
    found = []
    day, last = calendar.day_of(start), calendar.day_of(end)
    while day <= last:
        following = day + timedelta(days=1)
        if calendar.is_working_day(day):
            since = max(_midnight(day, calendar.zone), start.astimezone(UTC))
            until = min(_midnight(following, calendar.zone), end.astimezone(UTC))
            if since < until:
                found.append((day, since, until))
        day = following
    return tuple(found)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Differences between instants of one zone ignore clock changes; UTC does not.
    return datetime.combine(day, time(), zone).astimezone(UTC)


class WorkingClock:
    """Working time between instants of one stretch of time, found by halving: for thousands of questions.

    Before its beginning and after its end no time passes.
    """

    def __init__(self, calendar: Calendar, start: datetime, end: datetime) -> None:
        parts = calendar.parts(start, end)
        self._begins = [since for _, since, _ in parts]
        self._lengths = [until - since for _, since, until in parts]
        self._before = list(accumulate(self._lengths, initial=_NO_TIME))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two instants; zero where the end comes first."""
        return self._passed(end) - self._passed(start) if start < end else _NO_TIME

    def left(self, instant: datetime) -> timedelta:
        """Working time from an instant to the end."""
        return self._before[-1] - self._passed(instant)

    def _passed(self, instant: datetime) -> timedelta:
        number = bisect_right(self._begins, instant) - 1
        if number < 0:
            return _NO_TIME
        since = instant - self._begins[number]
        return self._before[number] + since if since < self._lengths[number] else self._before[number + 1]
