"""How reports write values for machines: numbers that add up, shares to four decimals, instants in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.scrum.board import Board

Json = dict[str, Any]
MOST_DECIMALS = 8


def instant(at: datetime) -> str:
    """An instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def optional_instant(at: datetime | None) -> str | None:
    """The same, or null."""
    return None if at is None else instant(at)


def plain_number(value: Decimal | None) -> int | float | None:
    """A JSON number of at most eight decimals; a whole one without a fraction.

    The ninth decimal of a point or an hour is nothing that anybody estimated.
    """
    if value is None:
        return None
    value = round(value, MOST_DECIMALS)
    return int(value) if value == value.to_integral_value() else float(value)


def share(value: Decimal | None) -> int | float | None:
    """A share, rounded to four decimals."""
    return None if value is None else plain_number(round(value, 4))


def estimating_board(board: Board, unit: str) -> Json:
    """A board with what it counts by."""
    return {
        "id": board.id,
        "name": board.name,
        "estimation_field": board.estimation_field,
        "estimation_name": board.estimation_name,
        "unit": unit,
    }
