"""When each scope is done: days to come are drawn from the team's own earlier days.

Each trial goes from day to day. Each day is one of the last working days, drawn with replacement and taken
whole: what was finished on it for scopes in work (see `Ledger.pace`) is taken from what is left, and what was
added on it to each scope in work, on average, is added to each that work has begun on. What the team finishes
for other work stays there. Which scopes a day's work goes into says `course`: one after the other, or side by
side, as the team worked so far. A day on which people are away counts that share less; what is left of today
counts as that part of a day.

The last issue takes its time, and no order is kept strictly. So it is done later than that, in equal
parts of the trials, by as many working days as earlier scopes were done after what was forecast half-way (see
`backtest`; some were done before it), and by EXPECTED_DELAYS, so that few of them say little. What is nearer
than half of what those had ahead when they were told has less of such a delay ahead, too, in proportion.

A version that goes out on a fixed day with what is ready (see `rhythm`) is told by that day. What is said of
the work left is then how much of it is done by the day, and to that nothing is added.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from app.domain.delivery.course import (
    LEAST_IN_LINE,
    Course,
    ToCome,
    Waiting,
    in_line,
    share_within,
    side_by_side,
)
from app.domain.delivery.ledger import Ledger, Pace, Standing
from app.domain.delivery.precedence import precedence
from app.domain.delivery.rhythm import Train
from app.domain.delivery.scopes import Scope
from app.domain.scrum.calendar import Calendar

CONFIDENCES = (50, 85, 95)
TRIALS = 1000
HORIZON = timedelta(days=730)
"""Nothing is said of days after it."""
FEWEST_DAYS, FEWEST_FINISHED = 15, 10
"""Working days, and issues finished on them, below which nothing is said."""
SURE = 85
"""Percent of the trials that "in time" means, where something is to be taken out."""
DAY = timedelta(days=1)
NOBODY: Mapping[date, float] = MappingProxyType({})
WHOLE_FROM = 0.5
"""Of what was ahead when a delay was learnt: what has less ahead is late by less."""


class Delay(NamedTuple):
    """By how many working days a scope was done later than told, and how many ahead that day was."""

    days: int
    ahead: int

    def places_before(self, count: int) -> float:
        """Below which place of a day to come something is done within so many days, this delay included.

        Its place counts from 0, and it is later by `days` times its part of `whole`, at most by all of them.
        """
        whole = max(self.ahead * WHOLE_FROM, 1.0)
        if count - self.days >= whole - 1:
            return count - self.days
        part = self.days / whole
        return round((count - part) / (1 + part), 9)


EXPECTED_DELAYS = tuple(Delay(days, 20) for days in (0, 5, 10, 20))
"""Before earlier scopes are there to tell; chosen on simulated teams, never on scored ones."""


@dataclass(frozen=True, slots=True)
class Dates:
    """When a scope is done.

    Attributes:
        by: percent of the trials and the day by whose end it is done in as many; None: after the horizon.
        chance: from 0 to 1, that it is done by the day that it is due; None where none is set.
        take_out: so much less, and it is done by that day in 85 % of the trials; 0 where nothing need go.
            All that it has left where even that is not enough. None where no day is set, or nobody asked.
        before: what is left of the scopes that have to be done first.
        following: of a version that goes out on a fixed day with what is ready, the next fixed day; `by` are
            then fixed days, while `chance` and `take_out` go on to speak of all that it has left.
    """

    by: Mapping[int, date | None]
    chance: float | None
    take_out: float | None
    before: float
    following: date | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A scope, how far it is, and when it is done; without dates where it is done, empty or not told."""

    scope: Scope
    standing: Standing
    dates: Dates | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Open scopes in the order in which they are worked off, or begun.

    Attributes:
        in_line: of what was finished for scopes, the share that went to the first in line; None where nothing
            was. Where it is little, they are told side by side.
        pace: what the forecast is drawn from.
        usual: what an issue without an estimate counts.
        refused: why nothing is said, in a sentence without its end; empty where something is.
        train: the fixed days on which versions go out; None where they go out when they are done.
    """

    deliveries: tuple[Delivery, ...]
    pace: Pace
    usual: float
    trials: int
    seed: int
    refused: str = ""
    train: Train | None = None
    in_line: float | None = None

    @property
    def side_by_side(self) -> bool:
        """Whether they are told side by side, since the first in line has no precedence."""
        return self.in_line is not None and self.in_line < LEAST_IN_LINE


def outlook(
    ledger: Ledger,
    *,
    at: datetime,
    away: Mapping[date, float] = NOBODY,
    delays: Sequence[Delay] = (),
    train: Train | None = None,
    seed: int = 0,
    trials: int = TRIALS,
    advise: bool = True,
) -> Outlook:
    """Say when each open scope is done, seen from an instant; what happened later is not looked at.

    Args:
        ledger: scopes with all that happened to them.
        at: the instant.
        away: share of the team, from 0 to 1, that is absent on a date.
        delays: by which earlier scopes were done later than was forecast.
        train: the fixed days on which versions go out with what is ready.
        seed: with the same data it gives the same dates.
        trials: how often the days to come are drawn.
        advise: say what is to be taken out; where much is late, that takes most of the time.
    """
    from app.domain.forecast import trials as chance  # noqa: PLC0415

    there = [scope for scope in ledger.scopes.values() if _is_there(ledger, scope, at)]
    ordered = sorted(there, key=lambda scope: scope.place)
    standings = [ledger.standing(scope.id, at) for scope in ordered]
    pace, usual = ledger.pace(at), ledger.usual(at)
    days, shares = _ahead(ledger.calendar, at, away)
    if refused := _refused(pace, days):
        found = tuple(map(Delivery, ordered, standings))
        return Outlook(found, pace, usual, trials, seed, refused)
    went, late = precedence(ledger, at), (*EXPECTED_DELAYS, *delays)
    still = [(scope, one) for scope, one in zip(ordered, standings, strict=True) if one.open_issues]
    begun = [usual if ledger.is_begun(scope.id, at) else 0.0 for scope, _ in still]
    waiting = [
        Waiting(one.left, own and own + went.finished.get(scope.id, 0.0))
        for (scope, one), own in zip(still, begun, strict=True)
    ]
    asked = [_Asked(scope, days, late, advise).on(train, ledger.calendar.day_of(at)) for scope, _ in still]
    told = Outlook((), pace, usual, trials, seed, train=train, in_line=went.to_the_first)
    finished, added = [day.finished for day in pace.days], [day.added_to_each for day in pace.days]
    to_come, drawn = ToCome(finished, added, shares, trials), chance.Trials(seed)
    if told.side_by_side:
        courses = side_by_side(waiting, to_come, drawn, [one.bounds for one in asked])
    else:
        courses = in_line(waiting, to_come, drawn)
    dates = {one.scope.id: one.dates(course) for one, course in zip(asked, courses, strict=True)}
    pairs = zip(ordered, standings, strict=True)
    return replace(told, deliveries=tuple(Delivery(*pair, dates.get(pair[0].id)) for pair in pairs))


def _is_there(ledger: Ledger, scope: Scope, at: datetime) -> bool:
    """Whether it is open; one that got its first issue later was not there, as far as we know."""
    if scope.closed_by(at):
        return False
    first = ledger.first.get(scope.id)
    return first is None or first <= at


def _refused(pace: Pace, ahead: Sequence[date]) -> str:
    if len(pace.days) < FEWEST_DAYS:
        days = f"{len(pace.days)} whole working days have passed since work on the first of them began"
        return f"{days}, a forecast needs {FEWEST_DAYS}"
    if pace.issues < FEWEST_FINISHED:
        issues = f"{pace.issues} of their issues were finished in the last {len(pace.days)} working days"
        return f"{issues}, a forecast needs {FEWEST_FINISHED}"
    return (
        "" if ahead else f"no working day lies ahead, by the team's calendar of the next {HORIZON.days} days"
    )


def _ahead(
    calendar: Calendar, at: datetime, away: Mapping[date, float]
) -> tuple[Sequence[date], Sequence[tuple[float, float]]]:
    """Working days to come, with which share of an earlier day fits into each, and how much of it is left."""
    parts = calendar.parts(at, at + HORIZON)
    lengths = [min((until - since) / DAY, 1.0) for _, since, until in parts]
    days = [day for day, *_ in parts]
    pairs = zip(days, lengths, strict=True)
    return days, [(length * (1 - away.get(day, 0.0)), length) for day, length in pairs]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a scope that is open.

    Attributes:
        days: working days to come.
        delays: by how many of them it takes longer than its work says.
        advise: say what is to be taken out.
        train: of a version that goes out on a fixed day with what is ready.
    """

    scope: Scope
    days: Sequence[date]
    delays: Sequence[Delay]
    advise: bool
    train: Train | None = None

    def on(self, train: Train | None, today: date) -> "_Asked":
        """By the fixed days where they take it: what of it is ready then, nothing is added to."""
        if train is None or not train.takes(self.scope.due, today):
            return self
        return replace(self, delays=(Delay(0, 1),), advise=True, train=train)

    @property
    def bounds(self) -> Sequence[float]:
        """Below which place of a day it has to be done to be in time, for each delay."""
        return () if self.scope.due is None else self._bounds(bisect_right(self.days, self.scope.due))

    def dates(self, course: Course) -> Dates:
        """When it is done, or goes out."""
        due, following, take_out = self.scope.due, None, None
        by: Mapping[int, date | None]
        by = {percent: self._day(course.places, percent / 100) for percent in CONFIDENCES}
        if due is None:
            return Dates(by, None, None, course.before)
        if self.train is not None:
            by, following = self.train.by(due, CONFIDENCES), self.train.following(due)
        bounds = self.bounds
        chance = share_within(course.places, bounds)
        if self.advise:
            take_out = 0.0 if chance >= SURE / 100 else course.take_out(bounds, SURE / 100)
        return Dates(by, chance, take_out, course.before, following)

    def _bounds(self, count: int) -> Sequence[float]:
        return [delay.places_before(count) for delay in self.delays] if count > 0 else ()

    def _day(self, places: Sequence[int], share: float) -> date | None:
        """The first day by whose end it is done in such a share of the trials."""
        counts = range(len(self.days) + 1)
        count = bisect_right(counts, False, key=lambda n: share_within(places, self._bounds(n)) >= share)
        return self.days[count - 1] if count <= len(self.days) else None
