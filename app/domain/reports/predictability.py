"""How good forecasts of a team's own closed sprints would have been, each made blind."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.domain.forecast.forecast import Score
from app.domain.reports.document import Block, Heading, Paragraph, Table, say
from app.domain.reports.words import percent

SHOWN_RANGE = 85


def predictability(scores: Mapping[float, Score | None], unit: str) -> Iterator[Block]:
    """A table by share of time gone; nothing where too few sprints could be forecast."""
    known = {share: score for share, score in scores.items() if score is not None}
    if not known:
        return
    yield Heading(3, say("Predictability"))
    yield Paragraph(
        say(
            "Each of these sprints, forecast from nothing but what was known then and the sprints closed "
            f'before it. "Off by" is the mean distance in {unit} to what was done in the end.'
        )
    )
    header = (
        "Time gone",
        "Sprints",
        f"Ended in the {SHOWN_RANGE} % range",
        "Off by",
        "Like the median sprint",
        "Brier score of the issues",
    )
    yield Table(header, tuple(_row(share, score) for share, score in known.items()))


def _row(share: float, score: Score) -> tuple[Any, ...]:
    brier = "" if score.brier is None else f"{score.brier:.2f}"
    cells = (
        percent(Decimal(share)),
        str(len(score.blind)),
        percent(Decimal(score.coverage[SHOWN_RANGE])),
        f"{score.error:.1f}",
        f"{score.median_error:.1f}",
        brier,
    )
    return tuple(say(cell) for cell in cells)


def predictability_as_json(scores: Mapping[float, Score | None]) -> list[dict[str, Any]]:
    """Shares are rounded to four decimals; sprints that could not be forecast are left out."""
    return [
        {
            "elapsed": share,
            "sprints": len(score.blind),
            "coverage": {str(percent): round(value, 4) for percent, value in score.coverage.items()},
            "error": round(score.error, 4),
            "median_error": round(score.median_error, 4),
            "brier": None if score.brier is None else round(score.brier, 4),
        }
        for share, score in scores.items()
        if score is not None
    ]
