"""How numbers, counts and days are written in sentences."""

from datetime import date
from decimal import Decimal

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number(value: Decimal) -> str:
    """A number without superfluous zeros: 3, 0.5, 12."""
    return format(value.normalize(), "f") if value else "0"


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 issue, 2 issues."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def written(day: date) -> str:
    """A day with its year: 6 Mar 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
