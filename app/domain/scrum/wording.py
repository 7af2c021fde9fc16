"""How numbers, counts and days are written in sentences."""

from datetime import date
from decimal import Decimal

from app.domain.scrum.units import HOURS

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


MOST_DECIMALS = 4
"""Nobody types more; what has more is a quotient, such as 20 minutes in hours."""
SHOWN_DECIMALS = 2
"""Of a quotient."""


def number(value: Decimal) -> str:
    """A number without superfluous zeros: 3, 0.5, 12; a third is 0.33."""
    shown = value.normalize()
    exponent = shown.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
        shown = round(shown, SHOWN_DECIMALS).normalize()
    return format(shown, "f") if shown else "0"


def sized(value: Decimal, unit: str) -> str:
    """A sum or an estimate where its unit does not stand beside it: hours say what they are."""
    return f"{number(value)} h" if unit == HOURS else number(value)


def measured(value: Decimal, unit: str) -> str:
    """A sum with its unit: 1 point, 3.5 hours."""
    told = number(value)
    return f"{told} {unit[:-1] if told == '1' else unit}"


def counted(count: int, noun: str, many: str = "") -> str:
    """A count with its noun: 1 issue, 2 issues; `many` where that is not the noun with an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or f'{noun}s'}"


def written(day: date) -> str:
    """A day with its year: 6 Mar 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def and_more(count: int, most: int) -> str:
    """What follows the first ones of many: " and 3 more"; nothing where all of them were named."""
    return f" and {count - most} more" if count > most else ""
