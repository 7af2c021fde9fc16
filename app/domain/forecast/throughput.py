"""How many issues a board will finish, and when so many are finished: from its own working days.

The coming working days are drawn from those that lie behind, in stretches of as many neighbours as a week
has: what a week brought, brings another one, with its slow Monday and its Friday on which much is closed.
Each trial remembers but a random choice of the weeks behind, since these are few, and their mean is not known
as well as it seems. Nothing is asked of the issues themselves, so what is said holds for issues of the usual
mix, worked on by as many people as before.

The same drawing is tried blind: at earlier instants, from the days before them only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from app.domain.forecast.forecast import NoForecast
from app.domain.scrum.calendar import Calendar

if TYPE_CHECKING:
    from app.domain.forecast.trials import Trials

DAY = timedelta(days=1)
TRIALS = 2000
PERCENTS = (50, 85, 95)
SHOWN_PERCENT = 85
FEWEST_DAYS, FEWEST_FINISHED = 20, 10
"""Working days, and issues finished in them, below which nothing is said."""
AHEAD = (2, 4)
"""Weeks."""
LONGEST = 260
"""Working days, about a year, beyond which no date is told."""
SPARE_DAYS = 60
"""For holidays among the days ahead."""
BLIND_WEEKS = 2
"""A blind forecast is about so many; one is made every week."""
FEWEST_BLIND = 3
STEADY, ERRATIC = 60, 40
"""Predictability from which and below which what is forecast says much and little; Lighthouse's limits."""


@dataclass(frozen=True, slots=True)
class HowMany:
    """What is finished within so many weeks.

    Attributes:
        until: the last day.
        working_days: up to then.
        issues: by percent, at least so many are finished in so many percent of the trials.
    """

    weeks: int
    until: date
    working_days: int
    issues: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class When:
    """When so many issues are finished.

    Attributes:
        by: by percent, the day by which they are in so many percent of the trials; None: not within a year.
    """

    issues: int
    by: Mapping[int, date | None]


@dataclass(frozen=True, slots=True)
class Blind:
    """Forecasts that were made without knowing the end: how many, and how many of them held at 85 %."""

    tried: int
    held: int


@dataclass(frozen=True, slots=True)
class ThroughputForecast:
    """What a board will finish.

    Attributes:
        days: working days that it was learnt from.
        finished: issues finished in them.
        when: None where nobody asked about any issues.
        seed: with the same days it gives the same forecast.
        blind: None where too few forecasts could be tried.
    """

    days: int
    finished: int
    how_many: tuple[HowMany, ...]
    when: When | None
    trials: int
    seed: int
    blind: Blind | None

    @property
    def predictability(self) -> int | None:
        """From 0 to 100: what is nearly sure in the longest stretch ahead, beside what is as likely as not.

        Lighthouse's predictability score: issues at 95 % per hundred at 50 %. None where it is likely that
        none are finished.
        """
        longest = self.how_many[-1].issues
        return round(100 * longest[95] / longest[50]) if longest[50] else None


def forecast_throughput(
    finished: Sequence[int], *, at: datetime, calendar: Calendar, issues: int, seed: int
) -> ThroughputForecast | NoForecast:
    """Say what is finished in the next weeks, and when so many issues are.

    Args:
        finished: issues by working day, oldest first; whole days only.
        at: the instant from which on is told.
        calendar: the team's working days.
        issues: as many; 0 asks about none.
        seed: of the random numbers.
    """
    if len(finished) < FEWEST_DAYS or sum(finished) < FEWEST_FINISHED:
        return NoForecast(
            f"{sum(finished)} issues were finished on {len(finished)} working days; a forecast needs "
            f"{FEWEST_FINISHED} on {FEWEST_DAYS}."
        )
    from app.domain.forecast import trials  # noqa: PLC0415

    draw = _Draw(trials.Trials(seed), max(len(calendar.weekdays), 1))
    return ThroughputForecast(
        days=len(finished),
        finished=sum(finished),
        how_many=tuple(_how_many(finished, weeks, at, calendar, draw) for weeks in AHEAD),
        when=_when(finished, issues, at, calendar, draw) if issues else None,
        trials=TRIALS,
        seed=seed,
        blind=_blind(finished, draw),
    )


class _Draw:
    """Draws the coming working days; `week` is how many of them a week has."""

    def __init__(self, chance: "Trials", week: int) -> None:
        self._chance = chance
        self.week = week

    def sums(self, finished: Sequence[int], days: int) -> list[int]:
        return self._chance.sums(finished, days, TRIALS, block=self.week)

    def lengths(self, finished: Sequence[int], issues: int) -> list[int]:
        return self._chance.lengths(finished, issues, LONGEST, TRIALS, block=self.week)


def _how_many(finished: Sequence[int], weeks: int, at: datetime, calendar: Calendar, draw: _Draw) -> HowMany:
    end = at + timedelta(weeks=weeks)
    days = round(calendar.working_time(at, end) / DAY)
    sums = draw.sums(finished, days)
    return HowMany(weeks, calendar.day_of(end), days, {each: _at_least(sums, each) for each in PERCENTS})


def _at_least(ascending: Sequence[int], percent: int) -> int:
    """The largest number that so many percent reach."""
    return ascending[len(ascending) - ceil(len(ascending) * percent / 100)]


def _when(finished: Sequence[int], issues: int, at: datetime, calendar: Calendar, draw: _Draw) -> When:
    lengths = draw.lengths(finished, issues)
    needed = {each: lengths[ceil(len(lengths) * each / 100) - 1] for each in PERCENTS}
    days = _days_ahead(at, calendar, max((one for one in needed.values() if one <= LONGEST), default=1))
    return When(
        issues,
        {each: days[number - 1] if number <= len(days) else None for each, number in needed.items()},
    )


def _days_ahead(at: datetime, calendar: Calendar, number: int) -> Sequence[date]:
    """The next working days; what is left of this one is one of them if it is half of it or more."""
    longest = (number + 1) * 7 / len(calendar.weekdays) + SPARE_DAYS if calendar.weekdays else 0
    parts = calendar.parts(at, at + longest * DAY)
    is_over = bool(parts) and 2 * (parts[0][2] - parts[0][1]) < DAY
    return [day for day, *_ in parts[is_over:]][:number]


def _blind(finished: Sequence[int], draw: _Draw) -> Blind | None:
    """At the end of every earlier week with enough behind it, about the two weeks that followed."""
    held, days = [], BLIND_WEEKS * draw.week
    for place in range(FEWEST_DAYS, len(finished) - days + 1, draw.week):
        known, came = finished[:place], sum(finished[place : place + days])
        if sum(known) >= FEWEST_FINISHED:
            held.append(came >= _at_least(draw.sums(known, days), SHOWN_PERCENT))
    return Blind(len(held), sum(held)) if len(held) >= FEWEST_BLIND else None
