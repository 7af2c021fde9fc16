"""What size is too large, in the unit that a board estimates with."""

from decimal import Decimal

from app.domain.scrum.wording import number

TIME_FIELDS = frozenset({"timeoriginalestimate", "timeestimate"})
"""Fields that hold seconds."""
MOST_POINTS, MOST_SECONDS = Decimal(13), Decimal(40 * 3600)
"""The next step of the usual scale above 8; a working week."""


def most(field: str, wanted: float | None) -> Decimal:
    """The largest estimate that is fine; what a team wants, or the usual."""
    if wanted is not None:
        return Decimal(str(wanted))
    return MOST_SECONDS if field in TIME_FIELDS else MOST_POINTS


def shown(field: str, value: Decimal) -> str:
    """An estimate as people read it."""
    return f"{number(round(value / 3600, 1))} hours" if field in TIME_FIELDS else number(value)
