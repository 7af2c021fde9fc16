"""Instants in JQL: absolute in the caller's zone, relative (`-7d`), epoch milliseconds, or by function."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .jql_tokens import JqlNotUnderstoodError, Value

_FORMS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_PERIOD = re.compile(r"^([+-]?)((?:\d+[wdhm]\s*)+)$|^([+-]?\d+)$")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_EDGE = re.compile(r"^(startof|endof)(day|week|month|year)$")
_STEP = re.compile(r"^([+-]?\d+)([yMwdhm]?)$")
_MONTHS = 12


def instant(field: str, value: Value, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant that a value stands for."""
    if value.arguments is not None:
        return _function(value, zone, now)
    if not value.quoted and value.text.isdecimal():
        return datetime.fromtimestamp(int(value.text) / 1000, UTC)
    for form in _FORMS:
        try:
            return datetime.strptime(value.text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    if period := _PERIOD.match(value.text.strip()):
        return _ago(period, zone, now)
    message = (
        f"Date value '{value.text}' for field '{field}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
        "e.g. '-5d', '4w 2d'."
    )
    raise JqlNotUnderstoodError(message)


def _ago(period: re.Match[str], zone: ZoneInfo, now: datetime) -> datetime:
    """A period from now; whole days and weeks begin at midnight, hours and minutes roll."""
    if period[3]:
        return now + timedelta(minutes=int(period[3]))
    parts = re.findall(r"(\d+)([wdhm])", period[2])
    step = sum((timedelta(**{_UNITS[unit]: int(amount)}) for amount, unit in parts), timedelta())
    at = now - step if period[1] == "-" else now + step
    if {unit for _, unit in parts} <= {"w", "d"}:
        at = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return at


def _function(value: Value, zone: ZoneInfo, now: datetime) -> datetime:
    name, arguments = value.text.lower(), value.arguments or ()
    if name in {"now", "currentlogin", "lastlogin"}:
        return now
    edge = _EDGE.match(name)
    if edge is None:
        message = f"Unable to find JQL function '{value.text}()'."
        raise JqlNotUnderstoodError(message)
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start = _floor(start, edge[2])
    if edge[1] == "endof":
        start = _moved(start, 1, edge[2]) - timedelta(milliseconds=1)
    return _incremented(start, arguments[0], edge[2]) if arguments else start


def _floor(at: datetime, unit: str) -> datetime:
    match unit:
        case "week":
            return at - timedelta(days=at.weekday())
        case "month":
            return at.replace(day=1)
        case "year":
            return at.replace(month=1, day=1)
        case _:
            return at


def _moved(at: datetime, amount: int, unit: str) -> datetime:
    if unit in {"month", "year"}:
        months = at.year * _MONTHS + at.month - 1 + amount * (_MONTHS if unit == "year" else 1)
        return at.replace(year=months // _MONTHS, month=months % _MONTHS + 1, day=min(at.day, 28))
    return at + timedelta(**{f"{unit}s": amount})


def _incremented(at: datetime, text: str, unit: str) -> datetime:
    step = _STEP.match(text)
    if step is None:
        message = f"The increment '{text}' is invalid."
        raise JqlNotUnderstoodError(message)
    units = {"y": "year", "M": "month", "w": "week", "d": "day", "h": "hour", "m": "minute", "": unit}
    return _moved(at, int(step[1]), units[step[2]])
