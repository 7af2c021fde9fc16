"""How a running sprint will end: from the team's own earlier sprints, with how far such forecasts were off.

Two witnesses are heard in each trial, both drawn from earlier sprints when as much working time was left:
    1. throughput: what was completed from then on in one of these sprints, its working days taken as one
       block, so that the rush before the end and the slow Monday stay where they were;
    2. issues: which of the open ones become done, each by its own chance (see `chances`), and what came of
       work that was added or re-estimated later in one of these sprints.
Their quantiles are averaged, and issues say most of it (`ISSUES_PART`).

Where people are away, both count what those can do who are there; see `capacity`.

The spread is then widened or narrowed by how far blind forecasts of the earlier sprints were off, each made
only from sprints that were closed before it began. The same blind forecasts are the score that is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from statistics import fmean, median
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.domain.forecast.capacity import Crew, by_fewer, presence
from app.domain.forecast.record import Moment, SprintRecord

if TYPE_CHECKING:
    from app.domain.forecast.trials import Trials

TRIALS, BLIND_TRIALS = 500, 200
FEWEST_SPRINTS = 5
"""Closed sprints below which nothing is said."""
MOST_SPRINTS = 20
"""Older sprints say little about the team of today."""
ISSUES_PART = 0.85
"""What they say of each, the rest by throughput. Chosen on simulated teams, as what `chances` believes."""
CONFIDENCES = (50, 85, 95)
EXPECTED_EXCESS, EXCESS_WEIGHT = 1.5, 4.0
"""Before blind forecasts are there to tell, squared errors are taken for half as large again as the spread
says, with the weight of four sprints: a forecast from few sprints is surer of itself than it should be."""
BLIND_FROM = 3
"""Earlier sprints that a blind forecast needs for the calibration; scored are those with FEWEST_SPRINTS."""


NOBODY: Mapping[date, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ItemChance:
    """The chance, from 0 to 1, that an open issue is done when the sprint closes."""

    key: str
    chance: float


@dataclass(frozen=True, slots=True)
class Range:
    """The middle part of the outcomes that holds `percent` of them."""

    percent: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BlindForecast:
    """A forecast that was made without knowing the end, and the end."""

    sprint_id: int
    name: str
    expected: float
    ranges: tuple[Range, ...]
    actual: float
    median_before: float
    item_chances: tuple[tuple[float, bool], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How good blind forecasts of earlier sprints were with as much working time left.

    Attributes:
        coverage: by percent, the share of sprints that ended within that range.
        error: mean distance of the expected outcome from the real one, in points.
        median_error: the same for "like the median of the sprints before".
        brier: mean squared error of the issues' chances; 0 is perfect, 0.25 is a coin. None without issues.
    """

    blind: tuple[BlindForecast, ...]
    coverage: Mapping[int, float]
    error: float
    median_error: float
    brier: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a sprint will end.

    Attributes:
        days_left: working days until the planned end, less what the absent would have worked.
        expected: points completed at its close: the median of the outcomes.
        ranges: the middle 50, 85 and 95 % of the outcomes.
        chance_of_all: that everything that is in it now becomes done.
        chance_of_commitment: that at least what was committed is completed.
        items: the least likely first.
        sprints: names of the sprints that it was learnt from, oldest first.
        seed: with the same data it gives the same forecast.
        score: None where too few sprints could be forecast blind.
    """

    at: datetime
    days_left: float
    expected: float
    ranges: tuple[Range, ...]
    chance_of_all: float
    chance_of_commitment: float | None
    items: tuple[ItemChance, ...]
    sprints: tuple[str, ...]
    trials: int
    seed: int
    score: Score | None


@dataclass(frozen=True, slots=True)
class NoForecast:
    """Why nothing is said."""

    reason: str


def forecast(
    current: SprintRecord,
    past: Sequence[SprintRecord],
    *,
    at: datetime,
    commitment: float = 0.0,
    away: Mapping[date, float] | None = None,
    seed: int | None = None,
) -> Forecast | NoForecast:
    """Say how a sprint will end, seen from an instant while it runs.

    Args:
        current: the sprint; what happened in it after `at` is not looked at.
        past: closed sprints of the board, any order; those not closed at `at` are left out.
        at: the instant.
        commitment: points; with it comes the chance to complete as much.
        away: share of the team, from 0 to 1, that is absent on a date, or was; holidays are the calendar's.
        seed: of the random numbers; the sprint's id unless given.
    """
    from app.domain.forecast import trials  # noqa: PLC0415

    ordered = closed_before(past, at, current.sprint_id)
    if len(ordered) < FEWEST_SPRINTS:
        return NoForecast(
            f"{len(ordered)} closed sprints with dates and work are known, a forecast needs {FEWEST_SPRINTS}."
        )
    if not current.start <= at < current.planned_end:
        return NoForecast("The sprint is not within its planned time, so nothing tells when it will close.")
    seed = current.sprint_id if seed is None else seed
    chance, away = trials.Trials(seed), away or {}
    now = current.at(at)
    told, surprises = blind_forecasts(ordered[-MOST_SPRINTS:], ordered, now.days_left, chance, away=away)
    there = presence(current, at, away)
    thrown = _throw(now, ordered[-MOST_SPRINTS:], chance, Crew(there, away) if away else None)
    outcomes = _widen(thrown, _excess(surprises))
    items = sorted(zip(thrown.moment.items, thrown.chances, strict=True), key=lambda e: (e[1], e[0].key))
    return Forecast(
        at=at,
        days_left=there.days,
        expected=median(outcomes),
        ranges=_ranges(outcomes),
        chance_of_all=thrown.all_done,
        chance_of_commitment=_share_from(outcomes, commitment) if commitment > 0 else None,
        items=tuple(ItemChance(item.key, odd) for item, odd in items),
        sprints=tuple(each.name for each in ordered[-MOST_SPRINTS:]),
        trials=TRIALS,
        seed=seed,
        score=score(told),
    )


@dataclass(frozen=True, slots=True)
class _Thrown:
    """What came of the trials.

    Attributes:
        outcomes: ascending.
        everybody: the same trials, had nobody been away.
        least: what is done by now, less what was ever reopened with as much time left.
        ratio: how many are there, measured by earlier sprints; at most 1.
    """

    outcomes: list[float]
    everybody: list[float]
    chances: list[float]
    all_done: float
    moment: Moment
    least: float
    ratio: float = 1.0


def closed_before(past: Sequence[SprintRecord], at: datetime, sprint_id: int) -> list[SprintRecord]:
    """Other sprints that were closed at an instant, oldest first."""
    closed = [(each.closed_at, each.sprint_id, each) for each in past if each.closed_at]
    known = [one for one in closed if one[0] <= at and one[1] != sprint_id]
    return [each for *_, each in sorted(known, key=lambda one: one[:2])]


def _throw(
    now: Moment,
    past: Sequence[SprintRecord],
    chance: "Trials",
    crew: Crew | None = None,
    *,
    trials: int = TRIALS,
) -> _Thrown:
    from app.domain.forecast.chances import chances  # noqa: PLC0415

    then = [(each, each.with_days_left(now.days_left)) for each in past]
    rest = [each.final - moment.done for each, moment in then]
    unseen = [
        more - sum(item.points for item in moment.items if item.becomes_done)
        for more, (_, moment) in zip(rest, then, strict=True)
    ]
    odds = chances(now.items, now.days_left, past)
    sizes = [item.points for item in now.items]
    thrown = chance.twice() if crew else chance
    outcomes, complete = _trials(now.done, (odds, sizes, unseen, rest), thrown, trials)
    everybody, ratio, least = outcomes, 1.0, now.done + min(0.0, *rest)
    if crew:
        ratio = crew.ratio(*then)
        odds = [by_fewer(odd, ratio) for odd in odds]
        unseen = [
            more * crew.ratio(one) if more > 0 else more for more, one in zip(unseen, then, strict=True)
        ]
        rest = [crew.rest(*one) for one in then]
        outcomes, complete = _trials(now.done, (odds, sizes, unseen, rest), chance, trials)
    return _Thrown(outcomes, everybody, odds, complete, now, least, min(ratio, 1.0))


def _trials(
    done: float,
    witnesses: tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]],
    chance: "Trials",
    trials: int,
) -> tuple[list[float], float]:
    """Outcomes in ascending order, and the share of trials in which all became done."""
    odds, sizes, unseen, rest = witnesses
    by_items, complete = chance.by_items(odds, sizes, unseen, trials)
    by_rest = chance.drawn(rest, trials)
    pairs = zip(by_items, by_rest, strict=True)
    return [done + ISSUES_PART * one + (1 - ISSUES_PART) * other for one, other in pairs], complete


def blind_forecasts(
    wanted: Sequence[SprintRecord],
    every: Sequence[SprintRecord],
    days_left: float | None,
    chance: "Trials",
    *,
    elapsed: float = 0.0,
    away: Mapping[date, float] = NOBODY,
) -> tuple[list[BlindForecast], list[float]]:
    """Forecast closed sprints without knowing their end, each only from what was closed by then.

    Args:
        wanted: sprints to forecast, oldest first.
        every: where earlier ones are taken from, oldest first.
        days_left: working days left at the instant of each forecast; None takes `elapsed`.
        chance: of the trials.
        elapsed: share of the planned working time that had passed.
        away: share of the team that was absent, by date; who is away is known beforehand.

    Returns:
        Forecasts from at least FEWEST_SPRINTS, each as wide as the ones before it taught; and by how many
        standard deviations each end surprised, for the next one to learn from.
    """
    told: list[BlindForecast] = []
    surprises: list[float] = []
    for each in wanted:
        left = each.planned_days * (1 - elapsed) if days_left is None else days_left
        now = each.with_days_left(left)
        before = closed_before(every, now.at, each.sprint_id)[-MOST_SPRINTS:]
        if len(before) < BLIND_FROM:
            continue
        crew = Crew(presence(each, now.at, away), away) if away else None
        thrown = _throw(now, before, chance, crew, trials=BLIND_TRIALS)
        if len(before) >= FEWEST_SPRINTS:
            told.append(_told(each, before, thrown, _excess(surprises[-MOST_SPRINTS:])))
        surprises.append(_surprise(thrown, each.final))
    return told, surprises[-MOST_SPRINTS:]


def _told(
    each: SprintRecord, before: Sequence[SprintRecord], thrown: _Thrown, excess: float
) -> BlindForecast:
    outcomes = _widen(thrown, excess)
    return BlindForecast(
        sprint_id=each.sprint_id,
        name=each.name,
        expected=median(outcomes),
        ranges=_ranges(outcomes),
        actual=each.final,
        median_before=median(one.final for one in before),
        item_chances=tuple(
            (odd, item.becomes_done) for odd, item in zip(thrown.chances, thrown.moment.items, strict=True)
        ),
    )


def _surprise(thrown: _Thrown, actual: float) -> float:
    """By how many standard deviations the end lay away from the middle."""
    middle = median(thrown.outcomes)
    spread = sqrt(fmean((outcome - middle) ** 2 for outcome in thrown.outcomes))
    return (actual - middle) / spread if spread > 0 else 0.0


def _excess(surprises: Sequence[float]) -> float:
    squares = sum(one * one for one in surprises) + EXPECTED_EXCESS * EXCESS_WEIGHT
    return sqrt(squares / (len(surprises) + EXCESS_WEIGHT))


def _widen(thrown: _Thrown, by: float) -> list[float]:
    """What is done stays done, however unsure the rest is.

    What is added to the spread is that of everybody; of what lies above the middle, as much of it as those
    who are there can do.
    """
    middle, least = median(thrown.everybody), max(thrown.least, 0.0)
    added = [(by - 1) * (outcome - middle) for outcome in thrown.everybody]
    there = [more * thrown.ratio if more > 0 else more for more in added]
    return sorted(max(one + more, least) for one, more in zip(thrown.outcomes, there, strict=True))


def _ranges(outcomes: Sequence[float]) -> tuple[Range, ...]:
    def quantile(share: float) -> float:
        return outcomes[min(int(share * len(outcomes)), len(outcomes) - 1)]

    tails = [(percent, (1 - percent / 100) / 2) for percent in CONFIDENCES]
    return tuple(Range(percent, quantile(tail), quantile(1 - tail)) for percent, tail in tails)


def _share_from(outcomes: Sequence[float], least: float) -> float:
    return sum(outcome >= least for outcome in outcomes) / len(outcomes)


def score(told: Sequence[BlindForecast]) -> Score | None:
    """Add up blind forecasts; None where there are fewer than three."""
    if len(told) < 3:  # noqa: PLR2004 - shares of one or two sprints say nothing
        return None
    items = [each for one in told for each in one.item_chances]
    return Score(
        blind=tuple(told),
        coverage={
            percent: fmean(
                each.low <= one.actual <= each.high
                for one in told
                for each in one.ranges
                if each.percent == percent
            )
            for percent in CONFIDENCES
        },
        error=fmean(abs(one.expected - one.actual) for one in told),
        median_error=fmean(abs(one.median_before - one.actual) for one in told),
        brier=fmean((odd - done) ** 2 for odd, done in items) if items else None,
    )
