"""Work by week of the team's calendar: what arrived, what was finished, and whether that changes.

Numbers of a few weeks jump about by chance alone. What is called a change here is one that two counts without
any change would show in one of ten cases at most (counts taken for Poisson's).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise, takewhile
from math import sqrt
from statistics import fmean

from app.domain.flow.path import Path
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.scrum.scope import issue_order

RECENT = 4
"""Whole weeks that are compared with those before them."""
WHEELERS = 2.66
"""Times the mean difference of neighbours, within which single values lie by chance: 3 / 1.128."""
FEWEST_A_WEEK = 1.0
"""On average: below it counts take so few values that such limits say nothing."""
RUN = 8
"""Values in succession on one side of the middle, which chance alone hardly makes."""
BY_CHANCE = 1.645
"""Standard deviations within which nine of ten differences lie that mean nothing."""


class Direction(StrEnum):
    """Whether there is more of something than before."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class Week:
    """From a Monday to a Sunday, where the team is.

    Attributes:
        arrived: keys of issues that were created in it.
        finished: keys of issues that were finished in it.
        whole: it is over; the running one is not.
    """

    monday: date
    arrived: tuple[str, ...]
    finished: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """Issues finished a week: in the last whole weeks, and in those before."""

    recent: float
    before: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class Balance:
    """What came in against what went out; rising is a backlog that grows."""

    arrived: int
    finished: int
    direction: Direction

    @property
    def net(self) -> int:
        """By so many issues the backlog grew; negative where it shrank."""
        return self.arrived - self.finished


@dataclass(frozen=True, slots=True)
class NaturalLimits:
    """Between which the issues finished in a week lie by chance alone: natural process limits (XmR chart).

    Signals are two of those by which D. J. Wheeler reads such a chart ("Making Sense of Data", 2003): a value
    beyond the limits, and eight in succession on one side of the middle.

    Attributes:
        weeks: the whole ones that they are of, oldest first.
        mean: issues finished in one.
        outside: weeks that lie beyond the limits, the oldest first: something was different then.
        middle: the mean of the weeks within the limits: those beyond had a reason of their own.
        run: the last weeks, RUN or more, where they all lie above the middle, or all below it; else none.
    """

    weeks: tuple[Week, ...]
    mean: float
    low: float
    high: float
    outside: tuple[Week, ...]
    middle: float
    run: tuple[Week, ...]

    @property
    def odd(self) -> tuple[Week, ...]:
        """Of the last RECENT weeks those beyond the limits."""
        return tuple(week for week in self.outside if week in self.weeks[-RECENT:])

    @property
    def is_signal(self) -> bool:
        """Something changed lately; else the last weeks differ by chance alone."""
        return bool(self.odd or self.run)


def window(at: datetime, calendar: Calendar, weeks: int) -> datetime:
    """The Monday, where the team is, from which on so many whole weeks lie before the one of an instant."""
    today = calendar.day_of(at)
    monday = today - timedelta(days=today.weekday(), weeks=weeks)
    return datetime(monday.year, monday.month, monday.day, tzinfo=calendar.zone)


def first_day(issues: Iterable[Issue], *, since: datetime, at: datetime, calendar: Calendar) -> datetime:
    """The beginning of the day on which the first of these issues was created, and never before `since`.

    Before there was any, nothing was in progress, which tells nothing of what is usual.
    """
    day = calendar.day_of(min((issue.created for issue in issues if issue.created <= at), default=at))
    return max(since, datetime(day.year, day.month, day.day, tzinfo=calendar.zone))


def by_week(
    issues: Iterable[Issue], finished: Iterable[Path], *, since: datetime, at: datetime, calendar: Calendar
) -> tuple[Week, ...]:
    """Weeks from `since` (see `window`) up to an instant, oldest first; sub-tasks are left out.

    They begin with the first in which there is any of these issues: before, there was no board.
    """
    standard = [issue for issue in issues if not issue.is_subtask and issue.created <= at]
    first = min((issue.created for issue in standard), default=at)
    monday, last = _monday(max(since, first), calendar), _monday(at, calendar)
    came: dict[date, list[str]] = {}
    went: dict[date, list[str]] = {}
    for issue in standard:
        came.setdefault(_monday(issue.created, calendar), []).append(issue.key)
    for path in finished:
        if path.done_at is not None:
            went.setdefault(_monday(path.done_at, calendar), []).append(path.issue.key)
    number = (last - monday).days // 7 + 1
    mondays = [monday + timedelta(weeks=place) for place in range(number)]
    return tuple(
        Week(one, _ordered(came.get(one, [])), _ordered(went.get(one, [])), whole=one < last)
        for one in mondays
    )


def _monday(at: datetime, calendar: Calendar) -> date:
    day = calendar.day_of(at)
    return day - timedelta(days=day.weekday())


def _ordered(keys: list[str]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=issue_order))


def trend(weeks: Sequence[Week]) -> Trend | None:
    """None with fewer than two times RECENT whole weeks."""
    counts = [len(week.finished) for week in weeks if week.whole]
    recent, before = counts[-RECENT:], counts[:-RECENT]
    if len(before) < RECENT:
        return None
    now, then = sum(recent) / len(recent), sum(before) / len(before)
    spread = sqrt(now / len(recent) + then / len(before))
    return Trend(now, then, _direction(now - then, spread))


def natural_limits(weeks: Sequence[Week]) -> NaturalLimits | None:
    """Wheeler's for single values: the mean, and 2.66 times the mean difference of neighbours to both sides.

    None with fewer than two times RECENT whole weeks, or FEWEST_A_WEEK finished in them.
    """
    whole = [week for week in weeks if week.whole]
    counts = [len(week.finished) for week in whole]
    if len(whole) < 2 * RECENT or fmean(counts) < FEWEST_A_WEEK:
        return None
    mean, reach = fmean(counts), WHEELERS * fmean(abs(one - other) for one, other in pairwise(counts))
    low, high = max(mean - reach, 0.0), mean + reach
    outside = tuple(week for week in whole if not low <= len(week.finished) <= high)
    middle = fmean(one for one in counts if low <= one <= high)
    return NaturalLimits(tuple(whole), mean, low, high, outside, middle, _run(whole, middle))


def _run(weeks: Sequence[Week], middle: float) -> tuple[Week, ...]:
    side = 1 if len(weeks[-1].finished) > middle else -1
    last = takewhile(lambda week: (len(week.finished) - middle) * side > 0, reversed(weeks))
    run = tuple(last)[::-1]
    return run if len(run) >= RUN else ()


def balance(weeks: Sequence[Week]) -> Balance:
    """Of all these weeks together."""
    arrived = sum(len(week.arrived) for week in weeks)
    finished = sum(len(week.finished) for week in weeks)
    return Balance(arrived, finished, _direction(arrived - finished, sqrt(arrived + finished)))


def _direction(difference: float, spread: float) -> Direction:
    if abs(difference) <= BY_CHANCE * spread:
        return Direction.STEADY
    return Direction.RISING if difference > 0 else Direction.FALLING
