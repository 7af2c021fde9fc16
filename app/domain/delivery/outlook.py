"""When each scope is done: days to come are drawn from the team's own earlier days.

Scopes are worked off one after the other, by what the team usually finishes for them in a day; what it
finishes for other work stays there. Each trial goes from day to day. Each day is one of the last working
days, drawn with replacement and taken whole: what was finished on it for scopes in work (see `Ledger.pace`)
is taken from the first one that is left, and goes on with the next where it is more than that. What was
added on it to each scope in work, on average, is added to each that work has begun on, and to the first one.
So with F finished and G added to each from today up to a day, scope k is done on the first day on which

    F - G  >=  left of k + all that the scopes before it came to - G up to its turn, if work began then

A day on which people are away counts that share less; what is left of today counts as that part of a day.

The last issue takes its time, and nobody works strictly in order. So it is done later than that, in equal
parts of the trials, by as many working days as earlier scopes were done after what was forecast half-way (see
`backtest`; some were done before it), and by EXPECTED_DELAYS, so that few of them say little. What is nearer
than half of what those had ahead when they were told has less of such a delay ahead, too, in proportion.

A version that goes out on a fixed day with what is ready (see `rhythm`) is told by that day. What is said of
the work left is then how much of it is done by the day, and to that nothing is added.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from app.domain.delivery.ledger import Ledger, Pace, Standing
from app.domain.delivery.rhythm import Train
from app.domain.delivery.scopes import Scope
from app.domain.scrum.calendar import Calendar

if TYPE_CHECKING:
    from app.domain.forecast.trials import Turn, Walks

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
_STEPS = 24
"""Of halving, until what is to be taken out is known to a ten-millionth."""


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
        before: what is left of the scopes that come before it.
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
    """Open scopes in the order in which they are worked off.

    Attributes:
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
    finished, added = [day.finished for day in pace.days], [day.added_to_each for day in pace.days]
    ahead = _Ahead(
        days, chance.Trials(seed).walks(finished, added, shares, trials), (*EXPECTED_DELAYS, *delays)
    )
    turn, before, deliveries = ahead.walks.first(), 0.0, list[Delivery]()
    for scope, standing in zip(ordered, standings, strict=True):
        dates = None
        if standing.open_issues:
            waits = _Waits(standing.left, before, turn, ledger.is_begun(scope.id, at))
            dates = ahead.dates(scope, waits, advise=advise)
            if train is not None and train.takes(scope.due, ledger.calendar.day_of(at)):
                dates = ahead.on_train(scope, waits, train)
            turn = ahead.walks.after(standing.left, turn, begun=waits.begun)
        deliveries.append(Delivery(scope, standing, dates))
        before += standing.left
    return Outlook(tuple(deliveries), pace, usual, trials, seed, train=train)


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


class _Waits(NamedTuple):
    """A scope in the order of work: what it has left, what comes before it, and since when it grows."""

    left: float
    before: float
    turn: "Turn"
    begun: bool


@dataclass(frozen=True, slots=True)
class _Ahead:
    """Working days to come, how much is done by each, and by how many it takes longer than that says."""

    days: Sequence[date]
    walks: "Walks"
    delays: Sequence[Delay]

    def dates(self, scope: Scope, one: _Waits, *, advise: bool) -> Dates:
        """When a scope is done."""

        def places(less: float = 0.0) -> list[int]:
            return self.walks.days_for(one.left - less, one.turn, begun=one.begun)

        now = places()
        by = {percent: self._day(now, percent / 100) for percent in CONFIDENCES}
        if scope.due is None:
            return Dates(by, None, None, one.before)
        in_time = bisect_right(self.days, scope.due)
        chance, sure = self._chance(now, in_time), SURE / 100
        if not advise:
            return Dates(by, chance, None, one.before)
        take_out = 0.0
        if chance < sure:
            take_out = _least(lambda less: self._chance(places(less), in_time) >= sure, one.left)
        return Dates(by, chance, take_out, one.before)

    def on_train(self, scope: Scope, one: _Waits, train: Train) -> Dates:
        """When a version goes out on a fixed day, and what of it is ready then."""
        assert scope.due is not None
        ready = replace(self, delays=(Delay(0, 1),)).dates(scope, one, advise=True)
        return replace(ready, by=train.by(scope.due, CONFIDENCES), following=train.following(scope.due))

    def _chance(self, places: Sequence[int], count: int) -> float:
        """Share of the trials in which it is done within so many days to come."""
        bounds = [delay.places_before(count) for delay in self.delays] if count > 0 else []
        within = sum(bisect_left(places, bound) for bound in bounds)
        return within / len(places) / len(self.delays)

    def _day(self, places: Sequence[int], share: float) -> date | None:
        """The first day by whose end it is done in such a share of the trials."""
        count = bisect_right(range(len(self.days) + 1), False, key=lambda n: self._chance(places, n) >= share)
        return self.days[count - 1] if count <= len(self.days) else None


def _least(is_enough: Callable[[float], bool], most: float) -> float:
    """The smallest amount that is enough, up to `most`, to which all that is less adds nothing."""
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
