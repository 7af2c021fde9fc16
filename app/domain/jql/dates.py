"""Instants as JQL writes them (jira-facts.md 6.2 and 6.4)."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

_MOST_CHARACTERS = 100
"""Longer ones are no dates; Python does not read numbers of thousands of digits."""
_MOST_MINUTES = 9
"""Digits; a longer number is no distance whatever its quotes say."""
_NUMBER = re.compile(r"-?[0-9]++")
_ABSOLUTE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:\s+(\d{1,2}):(\d{1,2}))?")
# Nothing is given back: digits could be cut in two in ever more ways, each of which would be tried.
_AMOUNT = r"(\d++(?:\.\d++)?+|\.\d++)\s*+(weeks?+|days?+|hours?+|minutes?+|[wdhm]?+)"
_RELATIVE = re.compile(rf"\s*([+-]?)\s*((?:{_AMOUNT}[\s,]*+)++)", re.IGNORECASE)
_PART = re.compile(_AMOUNT, re.IGNORECASE)
_INCREMENT = re.compile(r"\s*([+-]?)\s*(\d+)\s*([yMwdhm]?)\s*")
_UNIT = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
_WORK_SECONDS = {"w": 144_000, "d": 28_800, "h": 3_600, "m": 60}
_WHOLE_DAYS = frozenset({"w", "d"})
_MONTHS_OF_A_YEAR = 12
_LONG = frozenset({"y", "M"})
PERIODS = {"day": "d", "week": "w", "month": "M", "year": "y"}


def read_instant(text: str, *, now: datetime, zone: ZoneInfo, is_quoted: bool = False) -> datetime | None:
    """An instant or a distance from now; None for what is neither.

    A bare number is epoch milliseconds; in quotes, minutes from now (Atlassian's page on fields). A distance
    of whole days or weeks counts from the start of today, one of hours or minutes from now; units may be
    written out: "-10weeks, 2d".
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    if _NUMBER.fullmatch(text) and not (is_quoted and len(text) <= _MOST_MINUTES):
        return _of_milliseconds(int(text))
    if hit := _ABSOLUTE.fullmatch(text.strip()):
        return _absolute(*(int(each or 0) for each in hit.groups()), zone=zone)
    hit = _RELATIVE.fullmatch(text)
    return _relative(hit[1], hit[2], now=now, zone=zone) if hit else None


def _relative(sign: str, said: str, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    parts = _amounts(said)
    try:
        distance = sum((_UNIT[unit] * number for number, unit in parts), timedelta())
        distance = -distance if sign == "-" else distance
        if all(unit in _WHOLE_DAYS and number.is_integer() for number, unit in parts):
            today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return (today.replace(tzinfo=None) + distance).replace(tzinfo=zone).astimezone(UTC)
        return now.astimezone(UTC) + distance
    except OverflowError:
        return None


def _amounts(said: str) -> list[tuple[float, str]]:
    """Numbers and the letters of their units; without a unit they are minutes."""
    return [(float(number), unit[:1].lower() or "m") for number, unit in _PART.findall(said)]


def span_of(text: str, instant: datetime, *, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """What a date of a history means, from its begin up to its end: the day, hour or minute that was written.

    `AFTER "2026-03-08"` is after that day, `ON "-24h"` within that hour: the smallest unit counts.

    Args:
        text: as `read_instant` read it.
        instant: that it read.
        zone: in which days begin.

    Returns:
        None where nothing that `read_instant` knows was written: such is an instant and no more.
    """
    if hit := _ABSOLUTE.fullmatch(text.strip()):
        unit = "m" if hit[4] else "d"
    elif hit := _RELATIVE.fullmatch(text):
        units = {each for _, each in _amounts(hit[2])}
        unit = next(each for each in "mhd" if each in units or each == "d")
    else:
        return None
    local = instant.astimezone(zone)
    minute = local.replace(second=0, microsecond=0)
    if unit == "d":
        day = minute.replace(hour=0, minute=0)
        return day, (day.replace(tzinfo=None) + _UNIT["d"]).replace(tzinfo=zone)
    begin = minute if unit == "m" else minute.replace(minute=0)
    return begin, (begin.astimezone(UTC) + _UNIT[unit]).astimezone(zone)


def _of_milliseconds(number: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
    except OverflowError:
        return None


def _absolute(year: int, month: int, day: int, hour: int, minute: int, *, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_seconds(text: str) -> int | None:
    """A duration of work such as "2h 30m" or "1.5h", in seconds; days of 8 hours and weeks of 5 days, as Jira
    ships. None for what is none, or no whole number of minutes.
    """
    hit = _RELATIVE.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    if hit is None or hit[1] == "-":
        return None
    # 1.1 times 3,600 is not 3,960 to a float.
    seconds = sum(Fraction(str(number)) * _WORK_SECONDS[unit] for number, unit in _amounts(hit[2]))
    return int(seconds) if seconds % _WORK_SECONDS["m"] == 0 else None


def period(name: str, increment: str, *, now: datetime, zone: ZoneInfo, ends: bool) -> datetime | None:
    """`startOfMonth("+1")`, `endOfDay(-1d)`: None where the increment cannot be read. Weeks begin on Sunday,
    as Jira's in English. The end is the last millisecond.

    An increment in the function's own unit, in months or years tells which period; any other is added to its
    start or end, so `startOfMonth("+14d")` is the fifteenth, `startOfWeek("+1d")` Monday, and
    `startOfWeek("-1M")` the Sunday of the week a month ago (Atlassian's page on functions).
    """
    unit = PERIODS[name]
    local = now.astimezone(zone).replace(tzinfo=None)
    hit = _INCREMENT.fullmatch(increment.strip() or "0")
    if hit is None or len(increment) > _MOST_CHARACTERS:
        return None
    number, of = (-int(hit[2]) if hit[1] == "-" else int(hit[2])), hit[3] or unit
    try:
        is_of_periods = of == unit or (of in _LONG and unit != "y")
        start = _start(_moved(local, number, of) if is_of_periods else local, unit)
        found = _moved(start, 1, unit) - timedelta(milliseconds=1) if ends else start
        if not is_of_periods:
            found = _moved(found, number, of)
        return found.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _start(local: datetime, unit: str) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "w":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if unit == "M":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "y" else day


def _moved(local: datetime, number: int, unit: str) -> datetime:
    if unit not in {"y", "M"}:
        return local + number * _UNIT[unit]
    months = local.year * _MONTHS_OF_A_YEAR + local.month - 1
    months += number * (_MONTHS_OF_A_YEAR if unit == "y" else 1)
    year, month = divmod(months, _MONTHS_OF_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))
