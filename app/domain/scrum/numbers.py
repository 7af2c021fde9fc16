"""The number that a text says, as people and Jira write numbers."""

from decimal import Decimal, InvalidOperation

_MOST_EXPONENT = 300
"""Jira's numbers are those of JSON, which end at about 1e308; neither do floats nor databases hold more."""


def number_said(text: str) -> Decimal | None:
    """The number; None where the text is none, such as `nan`, `inf` and `1_000`, which are words."""
    said = text.strip()
    if not said.isascii() or "_" in said:
        return None
    try:
        found = Decimal(said)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _MOST_EXPONENT else None
