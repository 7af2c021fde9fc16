"""What size is too large, in the unit that a board estimates with."""

from decimal import Decimal
from typing import Annotated

import msgspec

from app.domain.scrum.units import HOURS, in_unit, unit_of
from app.domain.scrum.wording import number

MOST_POINTS, MOST_HOURS = Decimal(13), Decimal(40)
"""The next step of the usual scale above 8; a working week."""

Size = Annotated[float, msgspec.Meta(gt=0, le=10**9)]
"""An estimate as a team writes it."""


def most(field: str, wanted: float | None) -> Decimal:
    """The largest estimate that is fine: what a team wants, or the usual.

    Teams want it in Jira's own unit, which is seconds for time.
    """
    if wanted is not None:
        return in_unit(Decimal(str(wanted)), field)
    return MOST_HOURS if unit_of(field) == HOURS else MOST_POINTS


def shown(field: str, value: Decimal) -> str:
    """An estimate as people read it."""
    return f"{number(round(value, 1))} hours" if unit_of(field) == HOURS else number(value)
