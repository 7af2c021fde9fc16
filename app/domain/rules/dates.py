"""Instants, days and spans in texts of rules, with the words that Jira has for moving and writing them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue_columns import day_of, instant_of
from app.domain.scrum.numbers import number_said

_PART = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PATTERNS: Mapping[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "yy": lambda at: f"{at.year % 100:02}",
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: str(at.day),
    "EEEE": lambda at: _DAYS[at.weekday()],
    "EEE": lambda at: _DAYS[at.weekday()][:3],
    "EE": lambda at: _DAYS[at.weekday()][:3],
    "E": lambda at: _DAYS[at.weekday()][:3],
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "h": lambda at: str(at.hour % 12 or 12),
    "a": lambda at: "AM" if at.hour < 12 else "PM",  # noqa: PLR2004 - noon
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
}
"""Of Java's date patterns, which Jira uses, those that we know; in English, whatever machine it is."""
_FARTHEST = 36_500


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """An instant that can be moved and written; Jira's names.

    Attributes:
        at: the instant; of a day its midnight in UTC.
        is_day: whether it is a day, which has no hour: it writes itself without one.
    """

    at: datetime
    is_day: bool = False

    def plusDays(self, days: int) -> "When":  # noqa: N802 - Jira's name
        """So many days later."""
        return replace(self, at=self.at + timedelta(days=_bounded(days)))

    def minusDays(self, days: int) -> "When":  # noqa: N802
        """So many days earlier."""
        return self.plusDays(-_bounded(days))

    def plusHours(self, hours: int) -> "When":  # noqa: N802
        """So many hours later."""
        return When(self.at + timedelta(hours=_bounded(hours)))

    def minusHours(self, hours: int) -> "When":  # noqa: N802
        """So many hours earlier."""
        return self.plusHours(-_bounded(hours))

    def plusBusinessDays(self, days: int) -> "When":  # noqa: N802
        """So many days from Monday to Friday later."""
        return self._business(_bounded(days))

    def minusBusinessDays(self, days: int) -> "When":  # noqa: N802
        """So many days from Monday to Friday earlier."""
        return self._business(-_bounded(days))

    def toBusinessDay(self) -> "When":  # noqa: N802
        """This day, or the next Monday."""
        moved = self.at
        while not Calendar().is_working_day(moved.date()):
            moved += timedelta(days=1)
        return replace(self, at=moved)

    def isBefore(self, other: "When") -> bool:  # noqa: N802
        """Whether it is earlier than another date, or a text that is one; not where that is empty."""
        return self._is_before(_date(other, "isBefore"))

    def isAfter(self, other: "When") -> bool:  # noqa: N802
        """Whether it is later than another date, or a text that is one; not where that is empty."""
        return self._is_after(_date(other, "isAfter"))

    def format(self, pattern: str) -> str:
        """Written by a pattern such as `yyyy-MM-dd HH:mm`, `EEE d MMM yyyy` or `HH 'o''clock'`.

        Raises:
            ValueError: it has letters that mean nothing, so that no text is wrong in silence.
        """
        return "".join(self._part(found[0], found[1]) for found in _PART.finditer(pattern))

    def _part(self, said: str, letter: str | None) -> str:
        if letter is None:
            return said[1:-1].replace("''", "'") or "'" if said.startswith("'") else said
        if said not in PATTERNS:
            known = ", ".join(PATTERNS)
            message = (
                f"{said!r} means nothing in a date pattern; there are {known}, and text in single quotes"
            )
            raise ValueError(message)
        return PATTERNS[said](self.at)

    def diff(self, other: "When") -> "Span":
        """How long it is from this instant to the other; less than nothing if that is earlier."""
        found = _date(other, "diff")
        if not isinstance(found, When):
            message = f"diff needs a date; {other!s:.50} is empty"
            raise ValueError(message)  # noqa: TRY004 - what a text says, not what a programmer wrote
        return Span(found.at - self.at)

    def _business(self, days: int) -> "When":
        step = 1 if days > 0 else -1
        weeks = max(abs(days) - 1, 0) // 5  # whole ones are the same for each day of the week
        moved = self.at + timedelta(weeks=weeks * step)
        for _ in range(abs(days) - 5 * weeks):
            moved += timedelta(days=step)
            while not Calendar().is_working_day(moved.date()):
                moved += timedelta(days=step)
        return replace(self, at=moved)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}" if self.is_day else f"{self.at:%Y-%m-%dT%H:%M:%SZ}"

    def __eq__(self, other: object) -> bool:
        """The same instant; or a text that says so as this one does."""
        return (
            str(self) == other if isinstance(other, str) else isinstance(other, When) and self.at == other.at
        )

    def __hash__(self) -> int:
        return hash(self.at)

    def __lt__(self, other: object) -> bool:
        return self._is_before(other)

    def __le__(self, other: object) -> bool:
        return self == other or self._is_before(other)

    def __gt__(self, other: object) -> bool:
        return self._is_after(other)

    def __ge__(self, other: object) -> bool:
        return self == other or self._is_after(other)

    def _is_before(self, other: object) -> bool:
        """Of a text letter by letter; what is empty is neither before nor after."""
        return str(self) < other if isinstance(other, str) else isinstance(other, When) and self.at < other.at

    def _is_after(self, other: object) -> bool:
        return str(self) > other if isinstance(other, str) else isinstance(other, When) and self.at > other.at


def _bounded(number: Any) -> int:
    """A whole number, also one that is told as 3.0 or "3".

    Raises:
        ValueError: it is none, or too far. As Jira's words take whole ones alone, nothing is rounded.
    """
    told = number_said(str(number)) if not isinstance(number, bool) else None
    if told is None or told != told.to_integral_value():
        way_out = "move by hours, or round it: `| int`" if told is not None else "give it a value"
        message = f"{str(number)[:50]!r} is no whole number; {way_out}"
        raise ValueError(message)
    if abs(told) > _FARTHEST:
        message = f"{number} is too far; at most {_FARTHEST}"
        raise ValueError(message)
    return int(told)


def _date(other: Any, method: str) -> Any:
    """A date, or what is empty.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(other, When) or other is None or other == "":
        return other
    if isinstance(other, str) and (at := instant_of(other)) is not None:
        return When(at.astimezone(UTC))
    if isinstance(other, str) and day_of(other) is not None:
        return day(other)
    message = f"{method} takes a date, such as `now` or '2026-03-01'; {str(other)[:50]!r} is none"
    raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Span:
    """A time from one instant to another; Jira's names. Whole ones, without what is begun."""

    length: timedelta

    def _whole(self, unit: timedelta) -> int:
        return int(self.length / unit)

    @property
    def weeks(self) -> int:
        """Of seven times 24 hours."""
        return self._whole(timedelta(weeks=1))

    @property
    def days(self) -> int:
        """Of 24 hours."""
        return self._whole(timedelta(days=1))

    @property
    def hours(self) -> int:
        """Whole hours."""
        return self._whole(timedelta(hours=1))

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return self._whole(timedelta(minutes=1))

    def __str__(self) -> str:
        return f"{self.days} days"


def moment(value: Any) -> Any:
    """An instant that a document tells, in UTC; None for nothing, and as it is where it is none."""
    if value is None or value == "":
        return None
    at = instant_of(value)
    return value if at is None else When(at.astimezone(UTC))


def day(value: Any) -> Any:
    """Likewise a day."""
    if value is None or value == "":
        return None
    said = day_of(value)
    return value if said is None else When(datetime.fromisoformat(said).replace(tzinfo=UTC), is_day=True)
