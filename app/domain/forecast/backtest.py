"""How good the forecast is on a team's own closed sprints, at four points of their time.

Each sprint is forecast from nothing but what was known then. The peer is what a team says without any tool:
"it will be like the median of our sprints".
"""

from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.forecast.forecast import NOBODY, Score, blind_forecasts, score
from app.domain.forecast.record import SprintRecord

SHARES = (0.0, 0.3, 0.5, 0.8)
"""Of the planned working time, as in Choetkiertikul et al., IEEE TSE 2017."""


def backtest(
    past: Sequence[SprintRecord], *, away: Mapping[date, float] = NOBODY, seed: int = 0
) -> Mapping[float, Score | None]:
    """By share of time gone, the score over all closed sprints that had enough others before them."""
    from app.domain.forecast import trials  # noqa: PLC0415

    closed = sorted(
        (each for each in past if each.closed_at is not None),
        key=lambda each: (each.closed_at, each.sprint_id),
    )
    scores: dict[float, Score | None] = {}
    for share in SHARES:
        chance = trials.Trials(seed)
        scores[share] = score(blind_forecasts(closed, closed, None, chance, elapsed=share, away=away)[0])
    return scores
