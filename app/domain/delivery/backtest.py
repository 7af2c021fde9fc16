"""How good such forecasts were: scopes that are closed, each forecast half-way from what was known then.

What they teach is by how many working days it takes longer than is forecast. The next forecast learns that;
so do the ones that are scored here, each from the scopes that had ended before it was made.

They also judge between two ways to tell a version's day: by the work that it has left, or by the fixed days
on which versions went out so far (see `rhythm`). Fixed days are told where they came much nearer to what
happened. Then what was cut off by them says nothing of how long the work would have taken, and is learnt from
no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from statistics import fmean
from typing import NamedTuple

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.outlook import CONFIDENCES, NOBODY, Dates, Delay, Outlook, outlook
from app.domain.delivery.rhythm import Rhythm, Train, rhythm_of
from app.domain.delivery.scopes import Scope

MOST_SCORED = 12
FEWEST_SCORED = 3
FEWEST_DAYS = 4
"""Working days below which a scope has no middle to speak of."""
BLIND_TRIALS = 300
MUCH_NEARER = 0.5
"""Fixed days are told where they were off by less than this part of what the work left was off by: chance
alone makes one of two a little nearer."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A forecast that was made without knowing the end, and the end.

    Attributes:
        told_at: half-way between the beginning of work and the end.
        ended: the day on which it was done; where it was told by fixed days, on which it went out.
        off: working days by which the middle of the forecast lay before the end; negative: after it. None
            where it lay beyond the horizon.
        fixed: told by fixed days.
    """

    scope: Scope
    told_at: datetime
    by: Mapping[int, date | None]
    ended: date
    off: int | None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """How blind forecasts came out.

    Attributes:
        blind: the forecasts, oldest first.
        coverage: by percent, the share of scopes that were done by the day told with that confidence.
        error: mean distance of the middle from the end, in working days; None where no middle was told.
    """

    blind: tuple[Blind, ...]
    coverage: Mapping[int, float]
    error: float | None


def deliver(
    ledger: Ledger, *, at: datetime, away: Mapping[date, float] = NOBODY, seed: int = 0
) -> tuple[Outlook, Score | None]:
    """Say when each open scope is done, and how good that was for those that were closed by an instant.

    Args:
        ledger: scopes with all that happened to them.
        at: the instant.
        away: share of the team, from 0 to 1, that is absent on a date.
        seed: with the same data it gives the same dates.

    Returns:
        The outlook, and the score where at least three closed scopes could be forecast.
    """
    tried = _Tried(ledger, away, seed)
    ended = [(ledger.ended(scope), scope) for scope in ledger.scopes.values() if scope.closed_by(at)]
    for end, _, scope in sorted((end, one.id, one) for end, one in ended if end is not None)[-MOST_SCORED:]:
        tried.look_back(scope, end)
    score = _score(tried.told) if len(tried.told) >= FEWEST_SCORED else None
    train = tried.train(at)
    delays = [] if train is not None else [delay for _, delay in tried.lessons]
    return outlook(ledger, at=at, away=away, seed=seed, delays=delays, train=train), score


class _Race(NamedTuple):
    """A version of which both ways told the day: how far each was off, in working days, and when we knew."""

    known: datetime
    queue: int
    train: int
    slip: int


@dataclass(slots=True)
class _Tried:
    """Forecasts of closed scopes, made one after the other."""

    ledger: Ledger
    away: Mapping[date, float]
    seed: int
    told: list[Blind] = field(default_factory=list)
    lessons: list[tuple[datetime, Delay]] = field(default_factory=list)
    races: list[_Race] = field(default_factory=list)

    def look_back(self, scope: Scope, end: datetime) -> None:
        """Forecast a scope half-way, see how it ended, and learn."""
        half = _half(self.ledger, scope, end)
        if half is None:
            return
        blindly = partial(
            outlook, self.ledger, at=half, away=self.away, seed=self.seed, trials=BLIND_TRIALS, advise=False
        )
        plain = blindly()
        learnt = [delay for known, delay in self.lessons if known <= half]
        dates, before = _of(blindly(delays=learnt) if learnt else plain, scope), _of(plain, scope)
        if dates is None or before is None:
            return
        by_work = _compared(self.ledger, scope, half, dates.by, end)
        by_train = self._by_train(scope, half, plain, by_work)
        self.told.append(by_train or by_work)
        if (middle := before.by[50]) is not None:
            calendar = self.ledger.calendar
            off = calendar.days_between(middle, calendar.day_of(end))
            ahead = calendar.days_between(calendar.day_of(half), middle)
            self.lessons.append((end, Delay(off, max(ahead, 1))))

    def train(self, at: datetime) -> Train | None:
        """The fixed days, where versions that went out by an instant say that they tell more."""
        rhythm, known = self._rhythm(at), [one for one in self.races if one.known <= at]
        if rhythm is None or len(known) < FEWEST_SCORED:
            return None
        train, queue = (
            fmean(map(abs, off)) for off in zip(*((one.train, one.queue) for one in known), strict=True)
        )
        if train >= queue * MUCH_NEARER:
            return None
        return Train(rhythm, tuple(one.slip for one in known), train, queue)

    def _rhythm(self, at: datetime) -> Rhythm | None:
        """What went out before its day did so on a day that Jira does not tell."""
        today = self.ledger.calendar.day_of(at)
        closed = (scope for scope in self.ledger.scopes.values() if scope.closed_by(at))
        out = (self.ledger.went_out(scope) for scope in closed if scope.due is None or scope.due <= today)
        return rhythm_of([day for day in out if day is not None])

    def _by_train(self, scope: Scope, half: datetime, plain: Outlook, by_work: Blind) -> Blind | None:
        """What fixed days say of the same version; None where they are not yet known, or not yet trusted."""
        rhythm, out = self._rhythm(half), self.ledger.went_out(scope)
        if rhythm is None or out is None or scope.closed_at is None:
            return None
        calendar, train = self.ledger.calendar, self.train(half)
        place = next(number for number, one in enumerate(plain.deliveries, 1) if one.scope.id == scope.id)
        day = rhythm.after(self._left_behind(half, rhythm), place)
        off = calendar.days_between(day, out)
        if by_work.off is not None:
            self.races.append(_Race(scope.closed_at, by_work.off, off, rhythm.steps(day, out)))
        if train is None:
            return None
        return Blind(scope, half, train.by(day, CONFIDENCES), out, off, fixed=True)

    def _left_behind(self, at: datetime, rhythm: Rhythm) -> date:
        """After which day the next fixed one comes: yesterday, or later where a version went out early."""
        out = (self.ledger.went_out(scope) for scope in self.ledger.scopes.values() if scope.closed_by(at))
        last = max(day for day in out if day is not None)
        return max(last + rhythm.slack, self.ledger.calendar.day_of(at) - timedelta(days=1))


def _half(ledger: Ledger, scope: Scope, end: datetime) -> datetime | None:
    calendar, begun = ledger.calendar, ledger.begun.get(scope.id)
    if begun is None or calendar.working_days(begun, end) < FEWEST_DAYS:
        return None
    return calendar.before(end, calendar.working_time(begun, end) / 2, start=begun)


def _of(told: Outlook, scope: Scope) -> Dates | None:
    return next((one.dates for one in told.deliveries if one.scope.id == scope.id), None)


def _compared(
    ledger: Ledger, scope: Scope, half: datetime, by: Mapping[int, date | None], end: datetime
) -> Blind:
    ended, middle = ledger.calendar.day_of(end), by[50]
    off = None if middle is None else ledger.calendar.days_between(middle, ended)
    return Blind(scope, half, by, ended, off)


def _score(blind: Sequence[Blind]) -> Score:
    coverage = {
        percent: fmean((day := one.by[percent]) is None or one.ended <= day for one in blind)
        for percent in CONFIDENCES
    }
    off = [abs(one.off) for one in blind if one.off is not None]
    return Score(tuple(blind), coverage, fmean(off) if off else None)
