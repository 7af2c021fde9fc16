"""Instants as JQL writes them (jira-facts.md 6.2 and 6.4)."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MOST_CHARACTERS = 100
"""Longer ones are no dates; Python does not read numbers of thousands of digits."""
_MOST_MINUTES = 9
"""Digits; a longer number is no distance whatever its quotes say."""
_NUMBER = re.compile(r"-?[0-9]++")
_ABSOLUTE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:\s+(\d{1,2}):(\d{2}))?")
# Nothing is given back: digits could be cut in two in ever more ways, each of which would be tried.
_RELATIVE = re.compile(r"\s*([+-]?)\s*((?:\d++\s*+[wdhm]?+\s*+)++)", re.IGNORECASE)
_PART = re.compile(r"(\d+)\s*([wdhm]?)", re.IGNORECASE)
_INCREMENT = re.compile(r"\s*([+-]?)\s*(\d+)\s*([yMwdhm]?)\s*")
_UNIT = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "": timedelta(minutes=1),
}
_MONTHS_OF_A_YEAR = 12
PERIODS = {"day": "d", "week": "w", "month": "M", "year": "y"}


def read_instant(text: str, *, now: datetime, zone: ZoneInfo, is_quoted: bool = False) -> datetime | None:
    """An instant or a distance from now; None for what is neither.

    A bare number is epoch milliseconds; in quotes, minutes from now (Atlassian's page on fields). A distance
    of whole days or weeks counts from the start of today, one of hours or minutes from now.
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
    parts = [(int(number), unit.lower()) for number, unit in _PART.findall(said)]
    try:
        distance = sum((number * _UNIT[unit] for number, unit in parts), timedelta())
        distance = -distance if sign == "-" else distance
        if {unit for _, unit in parts} <= {"w", "d"}:
            today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return (today.replace(tzinfo=None) + distance).replace(tzinfo=zone).astimezone(UTC)
        return now.astimezone(UTC) + distance
    except OverflowError:
        return None


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
    """A duration of work such as "2h 30m", in seconds; days of 8 hours and weeks of 5 days, as Jira ships."""
    parts = _PART.findall(text) if len(text) <= _MOST_CHARACTERS else []
    if not parts or _PART.sub("", text).strip():
        return None
    seconds = {"w": 144_000, "d": 28_800, "h": 3_600, "m": 60, "": 60}
    return sum(int(number) * seconds[unit.lower()] for number, unit in parts)


def period(name: str, increment: str, *, now: datetime, zone: ZoneInfo, ends: bool) -> datetime | None:
    """`startOfMonth("+1")`, `endOfDay(-1d)`: None where the increment cannot be read. Weeks begin on Sunday,
    as Jira's in English. The end is the last millisecond.

    An increment in the function's own unit tells which period; any other is added to its start or end, so
    `startOfMonth("+14d")` is the fifteenth, and `startOfWeek("+1d")` Monday (Atlassian's page on functions).
    """
    unit = PERIODS[name]
    local = now.astimezone(zone).replace(tzinfo=None)
    hit = _INCREMENT.fullmatch(increment.strip() or "0")
    if hit is None or len(increment) > _MOST_CHARACTERS:
        return None
    number, of = (-int(hit[2]) if hit[1] == "-" else int(hit[2])), hit[3] or unit
    try:
        start = _start(_moved(local, number, unit) if of == unit else local, unit)
        found = _moved(start, 1, unit) - timedelta(milliseconds=1) if ends else start
        if of != unit:
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
