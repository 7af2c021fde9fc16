"""What a rule's texts can say: Jira's smart values, from what the store knows of the instant of the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.memory import Facts
from app.domain.rules.event import Event, Happened
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.texts import readable_text

_PATTERN = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
"""Of Java's date patterns, which Jira uses, what has a counterpart."""
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
        """Written by a pattern such as `yyyy-MM-dd HH:mm`."""
        escaped = pattern.replace("%", "%%")
        for java, python in _PATTERN:
            escaped = escaped.replace(java, python)
        return self.at.strftime(escaped)

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
        "issue": IssueValues(issue, catalogue, base_url),
        "triggerIssue": IssueValues(trigger_issue, catalogue, base_url),
        "initiator": _person(event.author, people),
        "now": When(event.at.astimezone(UTC)),
        "rule": Shown({"name": rule_name}),
        "changelog": changes,
        # Empty where the event is none of a change or a comment: a rule may be carried out by hand, too.
        "fieldChange": changes[0] if changes else Shown(dict.fromkeys(_OF_A_CHANGE)),
        "comment": _comment(event.comment or {}, people),
    }


def _comment(comment: Mapping[str, Any], people: Mapping[str, str]) -> Shown:
    return Shown(
        {
            "id": comment.get("id"),
            "author": _person(comment.get("author"), people),
            "body": readable_text(comment.get("body")),
        }
    )


def _person(account: str | None, people: Mapping[str, str]) -> Shown:
    name = people.get(account or "", account or "")
    return Shown({"accountId": account or "", "displayName": name})


def _change(event: Event, place: int) -> Shown:
    change = event.changes[place]
    told = (change.field, change.before, change.before_text, change.after, change.after_text)
    return Shown(dict(zip(_OF_A_CHANGE, told, strict=True)))
