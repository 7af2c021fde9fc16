"""How good such forecasts were: scopes that are closed, each forecast half-way from what was known then.

What they teach is by how many working days it takes longer than is forecast. The next forecast learns that;
so do the ones that are scored here, each from the scopes that had ended before it was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from statistics import fmean

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.outlook import CONFIDENCES, NOBODY, Dates, Outlook, outlook
from app.domain.delivery.scopes import Scope

MOST_SCORED = 12
FEWEST_SCORED = 3
FEWEST_DAYS = 4
"""Working days below which a scope has no middle to speak of."""
BLIND_TRIALS = 300


@dataclass(frozen=True, slots=True)
class Blind:
    """A forecast that was made without knowing the end, and the end.

    Attributes:
        told_at: half-way between the beginning of work and the end.
        off: working days by which the middle of the forecast lay before the end; negative: after it. None
            where it lay beyond the horizon.
    """

    scope: Scope
    told_at: datetime
    by: Mapping[int, date | None]
    ended: date
    off: int | None


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
    foretell = partial(outlook, ledger, away=away, seed=seed)
    blindly = partial(foretell, trials=BLIND_TRIALS, advise=False)
    ended = [(ledger.ended(scope), scope) for scope in ledger.scopes.values() if scope.closed_by(at)]
    last = sorted((end, scope.id, scope) for end, scope in ended if end is not None)[-MOST_SCORED:]
    told: list[Blind] = []
    lessons: list[tuple[datetime, int]] = []
    for end, _, scope in last:
        half = _half(ledger, scope, end)
        if half is None:
            continue
        plain = blindly(at=half)
        learnt = [days for known, days in lessons if known <= half]
        guess = blindly(at=half, delays=learnt) if learnt else plain
        dates, before = _of(guess, scope), _of(plain, scope)
        if dates is None or before is None:
            continue
        told.append(_compared(ledger, scope, half, dates, end))
        if (middle := before.by[50]) is not None:
            lessons.append((end, ledger.calendar.days_between(middle, ledger.calendar.day_of(end))))
    score = _score(told) if len(told) >= FEWEST_SCORED else None
    return foretell(at=at, delays=[days for _, days in lessons]), score


def _half(ledger: Ledger, scope: Scope, end: datetime) -> datetime | None:
    calendar, begun = ledger.calendar, ledger.begun.get(scope.id)
    if begun is None or calendar.working_days(begun, end) < FEWEST_DAYS:
        return None
    return calendar.before(end, calendar.working_time(begun, end) / 2, start=begun)


def _of(told: Outlook, scope: Scope) -> Dates | None:
    return next((one.dates for one in told.deliveries if one.scope.id == scope.id), None)


def _compared(ledger: Ledger, scope: Scope, half: datetime, dates: Dates, end: datetime) -> Blind:
    ended, middle = ledger.calendar.day_of(end), dates.by[50]
    off = None if middle is None else ledger.calendar.days_between(middle, ended)
    return Blind(scope, half, dates.by, ended, off)


def _score(blind: Sequence[Blind]) -> Score:
    coverage = {
        percent: fmean((day := one.by[percent]) is None or one.ended <= day for one in blind)
        for percent in CONFIDENCES
    }
    off = [abs(one.off) for one in blind if one.off is not None]
    return Score(tuple(blind), coverage, fmean(off) if off else None)
