"""What a rule's texts can say: Jira's smart values, from what the store knows of the instant of the event."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.memory import Facts
from app.domain.rules.event import Event, Happened, first_key
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.texts import readable_text

_PART = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LETTERS: Mapping[str, Callable[[datetime], str]] = {
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
_OF_A_CHANGE = ("field", "from", "fromString", "to", "toString")
_ALIASES = {"type": "issuetype", "due": "duedate", "dueDate": "duedate", "issueType": "issuetype"}


@dataclass(frozen=True, slots=True)
class When:
    """An instant that can be moved and written; Jira's names."""

    at: datetime

    def plusDays(self, days: int) -> "When":  # noqa: N802 - Jira's name
        """So many days later."""
        return When(self.at + timedelta(days=_bounded(days)))

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
        return When(moved)

    def isBefore(self, other: "When") -> bool:  # noqa: N802
        """Whether it is earlier."""
        return self.at < other.at

    def isAfter(self, other: "When") -> bool:  # noqa: N802
        """Whether it is later."""
        return self.at > other.at

    def format(self, pattern: str) -> str:
        """Written by a pattern such as `yyyy-MM-dd HH:mm`, `EEE d MMM yyyy` or `HH 'o''clock'`.

        Raises:
            ValueError: it has letters that mean nothing, so that no text is wrong in silence.
        """
        return "".join(self._part(found[0], found[1]) for found in _PART.finditer(pattern))

    def _part(self, said: str, letter: str | None) -> str:
        if letter is None:
            return said[1:-1].replace("''", "'") or "'" if said.startswith("'") else said
        if said not in _LETTERS:
            known = ", ".join(_LETTERS)
            message = (
                f"{said!r} means nothing in a date pattern; there are {known}, and text in single quotes"
            )
            raise ValueError(message)
        return _LETTERS[said](self.at)

    def diff(self, other: "When") -> "Span":
        """How long it is from this instant to the other; less than nothing if that is earlier."""
        return Span(other.at - self.at)

    def _business(self, days: int) -> "When":
        step = 1 if days > 0 else -1
        weeks = max(abs(days) - 1, 0) // 5  # whole ones are the same for each day of the week
        moved = self.at + timedelta(weeks=weeks * step)
        for _ in range(abs(days) - 5 * weeks):
            moved += timedelta(days=step)
            while not Calendar().is_working_day(moved.date()):
                moved += timedelta(days=step)
        return When(moved)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}"


def _bounded(number: int) -> int:
    if abs(number) > _FARTHEST:
        message = f"{number} is too far; at most {_FARTHEST}"
        raise ValueError(message)
    return int(number)


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


class Shown(Mapping[str, Any]):
    """A thing with a name, such as a status or a person: it writes itself by its name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def __getitem__(self, name: str) -> Any:
        return shown(self._document[name])

    def __iter__(self) -> Any:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __str__(self) -> str:
        names = (self._document.get(each) for each in ("displayName", "name", "value", "key", "id"))
        return str(next((name for name in names if name), ""))


def shown(value: Any) -> Any:
    """A value of a document as templates see it; what is empty is an empty text."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return Shown(value)
    if isinstance(value, datetime):
        return When(value)
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    return value


class IssueValues(Mapping[str, Any]):
    """An issue: fields by id, by name without spaces, or by Jira's smart-value names."""

    def __init__(self, issue: Facts, catalogue: Catalogue, base_url: str) -> None:
        self._issue = issue
        self._catalogue = catalogue
        self._own: dict[str, Callable[[], Any]] = {
            "key": lambda: issue.key,
            "id": lambda: issue.id,
            "summary": lambda: issue.summary,
            "created": lambda: When(issue.created),
            "updated": lambda: When(issue.updated),
            "url": lambda: f"{base_url}/browse/{issue.key}",
            "project": lambda: Shown({"key": issue.project_key, "name": issue.project_key}),
        }

    def __getitem__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]()
        wanted = _ALIASES.get(name, name)
        if wanted in self._issue.fields:
            return shown(self._issue.fields[wanted])
        found = find_subjects(wanted, self._catalogue) or [
            subject
            for field in self._catalogue.fields
            if field.name.replace(" ", "").lower() == wanted.lower()
            for subject in find_subjects(field.id, self._catalogue)
        ]
        if not found:
            raise KeyError(name)
        return shown(self._issue.fields.get(found[0].field))

    def __iter__(self) -> Any:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __str__(self) -> str:
        return self._issue.key


NAMES = (  # of all values that a text can name from the beginning
    "issue",
    "triggerIssue",
    "initiator",
    "now",
    "rule",
    "changelog",
    "fieldChange",
    "comment",
    "sprint",
    "version",
    "board",
    "webhook",
    "metric",
    "createdIssue",
)
CREATED = "createdIssue"
"""In a branch to created issues the one at hand, also where another branch stands in it."""
LOOKED_UP = "lookupIssues"
"""What a `lookup_issues` found."""
WEB_RESPONSE = "webResponse"
"""What a server answered, in the `then` of a `web_request`."""


def values_of(
    event: Event,
    trigger_issue: Facts,
    issue: Facts,
    catalogue: Catalogue,
    *,
    rule_name: str,
    people: Mapping[str, str],
    base_url: str,
) -> dict[str, Any]:
    """All that a text of a rule can name.

    Args:
        event: what happened.
        trigger_issue: the issue that it happened to.
        issue: the issue at hand; another one in a branch.
        catalogue: of the site.
        rule_name: for texts that say who speaks.
        people: names by account id.
        base_url: of the site, for addresses.
    """
    changes = [_change(event, place) for place in range(len(event.changes))]
    brought = event.data
    return {
        "webhook": shown(brought) if event.happened is Happened.WEBHOOK else "",
        "metric": shown(brought) if event.happened is Happened.METRIC_CROSSED else "",
        "version": _about(event, "version_", trigger_issue.fields.get("fixVersions")),
        "sprint": _about(event, "sprint_", trigger_issue.fields.get(catalogue.sprint_field or "")),
        "board": _about(event, "board_", None),
        "issue": IssueValues(issue, catalogue, base_url),
        "triggerIssue": IssueValues(trigger_issue, catalogue, base_url),
        "initiator": _person(event.author, people),
        "now": When(event.at.astimezone(UTC)),
        "rule": Shown({"name": rule_name}),
        "changelog": changes,
        # Empty where the event is none of a change or a comment: a rule may be carried out by hand, too.
        "fieldChange": changes[0] if changes else Shown(dict.fromkeys(_OF_A_CHANGE)),
        "comment": _comment(event.comment or {}, people),
        CREATED: Shown({"id": None, "key": None}),
    }


def _about(event: Event, kind: str, held: Any) -> Any:
    """What the event is about, as it says itself or as the issue holds it; empty for other events."""
    if not event.happened.value.startswith(kind):
        return Shown({"id": None, "name": None})
    if event.data is not None:
        return shown(event.data)
    number = first_key(event.key).rpartition(":")[2]
    found = [each for each in held or () if isinstance(each, Mapping) and str(each.get("id")) == number]
    return shown(found[0]) if found else Shown({"id": number, "name": None})


def _comment(comment: Mapping[str, Any], people: Mapping[str, str]) -> Shown:
    return Shown(
        {
            "id": comment.get("id"),
            "author": _person(comment.get("author"), people),
            "body": readable_text(comment.get("body")),
            "limited": bool(comment.get("limited")),
        }
    )


def _person(account: str | None, people: Mapping[str, str]) -> Shown:
    name = people.get(account or "", account or "")
    return Shown({"accountId": account or "", "displayName": name})


def _change(event: Event, place: int) -> Shown:
    change = event.changes[place]
    told = (change.field, change.before, change.before_text, change.after, change.after_text)
    return Shown(dict(zip(_OF_A_CHANGE, told, strict=True)))
