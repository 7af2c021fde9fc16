"""Release trains: versions that go out on fixed days, every second Thursday say, with what is ready.

The days on which versions went out tell it: nearly all of them lie on fixed days, and nearly all fixed days
since the first of them were used. That a team has such days is no reason to believe in them; see `backtest`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = (1, 2, 3, 4, 6, 8, 12, 13)
"""Between two fixed days, where they are not monthly."""
MOST_DAYS, FEWEST_DAYS = 8, 5
"""Days on which versions went out: so many are looked at, and below so many nothing is said."""
USUAL = 0.8
"""Share of these days that lie on fixed ones, and of fixed ones that were used, at least."""
EXPECTED_SLIPS = (0, 1)
"""What stands beside the fixed days that were kept and missed: the rule of succession."""
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_FURTHEST = 104 * _WEEK
"""Ahead: what is due later is told by the work that is left."""
_LAST_OF_MONTH = 5
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Fixed days.

    Attributes:
        anchor: one of them, which says the day of the week.
        weeks: from one to the next; None: they are once a month.
        nth: which of these days of the week in a month, from 1; 5: the last. 0 where they are not monthly.
    """

    anchor: date
    weeks: int | None = None
    nth: int = 0

    @property
    def slack(self) -> timedelta:
        """How far from a fixed day a version may go out and still count for it: there are holidays."""
        return _DAY if self.weeks == 1 else 2 * _DAY

    def between(self, first: date, last: date) -> list[date]:
        """All from one day up to another, both included."""
        return [day for day in self._around(first, last) if first <= day <= last]

    def after(self, day: date, number: int = 1) -> date:
        """So many fixed days after a day, counted from 1."""
        reach = (self.weeks or 5) * _WEEK * (number + 1)
        return self.between(day + _DAY, day + reach)[number - 1]

    def is_one(self, day: date) -> bool:
        """Whether a day is a fixed one, or near enough."""
        return bool(self.between(day - self.slack, day + self.slack))

    def steps(self, told: date, came: date) -> int:
        """By how many fixed days something came later than told; 0 where it came in time, or nearly."""
        if came <= told + self.slack:
            return 0
        return max(len(self.between(told + _DAY, came + self.slack)), 1)

    def _around(self, first: date, last: date) -> list[date]:
        if self.weeks is None:
            months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
            return [self._of_month(*divmod(month, _DECEMBER)) for month in months]
        every = self.weeks * _WEEK
        start = self.anchor + -((self.anchor - first) // every) * every
        return [start + number * every for number in range((last - start) // every + 1)]

    def _of_month(self, year: int, month: int) -> date:
        """`month` from 0."""
        first = date(year, month + 1, 1)
        day = first + (self.anchor.weekday() - first.weekday()) % 7 * _DAY + (self.nth - 1) * _WEEK
        return day if day.month == month + 1 else day - _WEEK


@dataclass(frozen=True, slots=True)
class Train:
    """Fixed days that told nearer days than the work that is left did, of versions that are out.

    Attributes:
        slips: of each blind forecast, by how many fixed days the version went out later; oldest first.
        error: mean distance of these forecasts from the days on which the versions went out, in working days.
        queue_error: that of forecasts by the work that was left, of the same versions.
    """

    rhythm: Rhythm
    slips: tuple[int, ...]
    error: float
    queue_error: float

    def takes(self, due: date | None, today: date) -> bool:
        """Whether a version that is due on a day goes out with it."""
        return due is not None and today <= due <= today + _FURTHEST and self.rhythm.is_one(due)

    def by(self, day: date, confidences: Sequence[int]) -> Mapping[int, date]:
        """By percent, the day by which a version is out that is meant for a fixed day."""
        slips = sorted((*EXPECTED_SLIPS, *self.slips))
        return {each: self._later(day, slips[-(-each * len(slips) // 100) - 1]) for each in confidences}

    def following(self, day: date) -> date:
        """The fixed day after a fixed one."""
        return self.rhythm.after(day + self.rhythm.slack)

    def _later(self, day: date, slip: int) -> date:
        return self.rhythm.after(day + self.rhythm.slack, slip) if slip else day


def rhythm_of(went_out: Sequence[date]) -> Rhythm | None:
    """The fixed days by which versions went out; None where they did not, or too few did.

    Args:
        went_out: their days, in any order.
    """
    days = sorted(set(went_out))[-MOST_DAYS:]
    if len(days) < FEWEST_DAYS:
        return None
    newest_first = days[::-1]
    found = [Rhythm(day, weeks) for weeks in WEEKS for day in newest_first]
    found += [Rhythm(day, nth=nth) for day in newest_first for nth in _nths(day)]
    judged = [(fit, rhythm) for rhythm in found if (fit := _fit(rhythm, days)) is not None]
    return max(judged, key=lambda one: one[0])[1] if judged else None


def _nths(day: date) -> list[int]:
    """Which it is in its month; the last one of four is the last, too."""
    nth = (day.day - 1) // 7 + 1
    return [nth] if (day + _WEEK).month == day.month else sorted({nth, _LAST_OF_MONTH})


def _fit(rhythm: Rhythm, days: Sequence[date]) -> tuple[float, int] | None:
    """How well it explains these days, in ascending order; None where it does not."""
    slack = rhythm.slack
    fixed = rhythm.between(days[0] - slack, days[-1] + slack)
    hit = [day for day in days if _near(fixed, day, slack)]
    used = sum(bisect_right(days, day + slack) > bisect_left(days, day - slack) for day in fixed)
    shares = len(hit) / len(days), used / len(fixed) if fixed else 0.0
    if min(shares) < USUAL:
        return None
    return sum(shares), sum(day in fixed for day in days)


def _near(fixed: Sequence[date], day: date, slack: timedelta) -> bool:
    return bisect_right(fixed, day + slack) > bisect_left(fixed, day - slack)
