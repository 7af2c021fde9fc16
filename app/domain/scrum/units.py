"""What a board counts: issues, points, or hours where it estimates in time.

Jira keeps time in seconds. They become hours once, where an estimate is read, so that all sums, charts and
documents are in the unit that people plan with. Twelve decimals keep sums of thousands of them exact in 28
digits; a second is a periodic fraction of an hour, so a sum is off by less than a millionth of a second.
"""

from decimal import ROUND_HALF_EVEN, Decimal

ISSUES, POINTS, HOURS = "issues", "points", "hours"
TIME_FIELDS = frozenset({"timeoriginalestimate", "timeestimate"})
"""Fields that hold seconds."""
SECONDS = Decimal(3600)
"""Of an hour."""
_FINEST = Decimal("1e-12")


def unit_of(estimation_field: str | None) -> str:
    """What a board counts, by the field that it estimates with."""
    if estimation_field is None:
        return ISSUES
    return HOURS if estimation_field in TIME_FIELDS else POINTS


def in_unit(value: Decimal, estimation_field: str | None) -> Decimal:
    """A value of the field as the board counts it: seconds as hours, all else as it is."""
    if estimation_field not in TIME_FIELDS:
        return value
    return (value / SECONDS).quantize(_FINEST, rounding=ROUND_HALF_EVEN).normalize()
