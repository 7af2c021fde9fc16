"""The forecast on simulated teams, each closed sprint forecast blind: its ranges, and how far it is off.

One team's thirty sprints say little: the share of 25 that end within a range is off by 7 % by chance alone.
So many teams are asked. None of them was looked at when the forecast's weights were chosen.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt
from statistics import fmean, median

from app.domain.forecast.backtest import backtest
from app.domain.forecast.forecast import BlindForecast
from tests.benchmarks.lines import Line
from tests.domain.forecast_team import each_team

TEAMS = range(501, 581)


def on_simulated_teams() -> Iterator[Line]:
    """By share of the planned time that had passed."""
    told: dict[float, list[BlindForecast]] = defaultdict(list)
    for past in each_team(TEAMS):
        for share, score in backtest(past).items():
            assert score is not None
            told[share] += score.blind
    for share, every in told.items():
        yield from scored(f"backtest_{share * 100:.0f}", every)


def scored(name: str, told: Sequence[BlindForecast]) -> Iterator[Line]:
    """Sprints, the share of them within the 85 % range with its standard error, and the error in points."""
    if not told:
        return
    inside = [
        each.low <= one.actual <= each.high for one in told for each in one.ranges if each.percent == 85
    ]
    held = fmean(inside)
    error = fmean(abs(one.expected - one.actual) for one in told)
    like_before = fmean(abs(one.median_before - one.actual) for one in told)
    yield Line(f"{name}_scored", len(told), "sprints")
    yield Line(f"{name}_in_85_range", held * 100, "%")
    yield Line(f"{name}_in_85_range_standard_error", sqrt(held * (1 - held) / len(told)) * 100, "%")
    yield Line(f"{name}_error", error, "points", error / like_before, "median_sprint")
    middle = median(abs(one.expected - one.actual) for one in told)
    yield Line(f"{name}_median_error", middle, "points")
