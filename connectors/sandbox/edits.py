"""What a caller may write into an issue, and what Jira says when it is wrong."""

from collections.abc import Callable
from datetime import date
from typing import Any

from . import adf
from .answers import JiraError
from .catalogue import (
    FLAGGED_FIELD,
    ISSUE_TYPES,
    MEDIUM,
    POINTS_FIELD,
    PRIORITIES,
    RESOLUTIONS,
    SPRINT_FIELD,
)
from .changes import Draft
from .model import Adf, Issue, IssueType, Named, Person
from .site import Site

Reader = Callable[[Any], Any]

SUMMARY_LIMIT = 255
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."

ATTRIBUTES = {
    "summary": "summary",
    "description": "description",
    "labels": "labels",
    "assignee": "assignee",
    "reporter": "reporter",
    "priority": "priority",
    "duedate": "due",
    "parent": "parent",
    "issuetype": "type",
    SPRINT_FIELD: "sprints",
    POINTS_FIELD: "points",
    FLAGGED_FIELD: "flagged",
}
"""REST field id to attribute of `Issue`: what stands on the edit screen."""


def checked_document(value: object, field: str) -> Adf:
    """A text that Jira takes: ADF, valid, not empty, within the limit."""
    if isinstance(value, str) or value is None:
        raise JiraError(
            400, **{field: "Comment body is not valid!" if field == "comment" else NOT_A_DOCUMENT}
        )
    if not isinstance(value, dict) or not adf.is_valid(value):
        raise JiraError(400, "INVALID_INPUT")
    if adf.is_too_long(value):
        raise JiraError(400, **{field: TOO_LONG})
    if field == "comment" and adf.is_empty(value):
        raise JiraError(400, comment="Comment body can not be empty!")
    return value


class Edits:
    """Reads `fields` and `update` of a request into new values of an issue."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def draft(self, fields: dict[str, Any]) -> Draft:
        project = fields.pop("project", None) or {}
        if (project.get("key"), project.get("id")) == (None, None):
            raise JiraError(400, project="Specify a valid project ID or key")
        if self._site.project.key != project.get("key") and self._site.project.id != project.get("id"):
            raise JiraError(400, project="valid project is required")
        for name, message in (
            ("issuetype", "Specify an issue type"),
            ("summary", "You must specify a summary."),
        ):
            if not fields.get(name):
                raise JiraError(400, **{name: message})
        values = {ATTRIBUTES[name]: self._value(name, value, ()) for name, value in self._known(fields)}
        if values["type"].subtask and values.get("parent") is None:
            raise JiraError(400, parent="Issue type is a sub-task but parent issue key or id not specified.")
        if values["type"].subtask and values.get("sprints"):
            raise JiraError(400, **{SPRINT_FIELD: "Sub-tasks cannot be associated to a sprint."})
        return Draft(**values)

    def values(self, issue: Issue, body: dict[str, Any]) -> dict[str, Any]:
        """A field may stand in `fields` or in `update`, never in both."""
        fields, update = body.get("fields") or {}, body.get("update") or {}
        if not fields and not update and not body.get("properties"):
            raise JiraError(400, "One of 'fields' or 'update' required")
        for name in fields.keys() & update.keys():
            message = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            raise JiraError(400, **{name: message})
        values = {}
        for name, value in self._known(fields):
            values[ATTRIBUTES[name]] = self._value(name, value, issue.sprints)
        for name, verbs in self._known(update):
            values[ATTRIBUTES[name]] = self._after_verbs(issue, name, verbs)
        if issue.type.subtask and "sprints" in values:
            raise JiraError(400, **{SPRINT_FIELD: "Sub-tasks cannot be associated to a sprint."})
        return values

    def _known(self, fields: dict[str, Any]) -> list[tuple[str, Any]]:
        for name in fields:
            if name not in ATTRIBUTES:
                message = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
                raise JiraError(400, **{name: message})
        return list(fields.items())

    def _after_verbs(self, issue: Issue, name: str, verbs: list[dict[str, Any]]) -> Any:
        value = getattr(issue, ATTRIBUTES[name])
        for verb in verbs:
            ((operation, operand),) = verb.items()
            if operation == "set":
                value = self._value(name, operand, issue.sprints)
            elif name == "labels" and operation == "add":
                added = self._labels([operand])
                value = value if operand in value else (*value, *added)
            elif name == "labels" and operation == "remove":
                value = tuple(label for label in value if label != operand)
            else:
                raise JiraError(400, **{name: f"Field '{name}' does not support operation '{operation}'"})
        return value

    def _value(self, name: str, value: Any, sprints: tuple[int, ...]) -> Any:
        readers: dict[str, Reader] = {
            "summary": self._summary,
            "description": _description,
            "labels": lambda given: self._labels(given or []),
            "assignee": lambda given: self.person("assignee", given),
            "reporter": lambda given: self.person("reporter", given),
            "priority": lambda given: _one_of(PRIORITIES, given, "priority") or MEDIUM,
            "issuetype": self._issue_type,
            "duedate": _date,
            "parent": self._parent,
        }
        return readers[name](value) if name in readers else self._custom(name, value, sprints)

    def _custom(self, name: str, value: Any, sprints: tuple[int, ...]) -> Any:
        if name == SPRINT_FIELD:
            return self._sprints(value, sprints)
        if name == FLAGGED_FIELD:
            return bool(value)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise JiraError(400, **{name: "Operation value must be a number"})
        return None if value is None else float(value)

    def _summary(self, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise JiraError(400, summary="You must specify a summary of the issue.")
        if "\n" in value:
            raise JiraError(400, summary="The summary is invalid because it contains newline characters.")
        if len(value) > SUMMARY_LIMIT:
            raise JiraError(400, summary=f"Summary must be less than {SUMMARY_LIMIT} characters.")
        return value

    def _labels(self, values: list[Any]) -> tuple[str, ...]:
        for label in values:
            if not isinstance(label, str) or not label or " " in label:
                raise JiraError(400, labels=f"The label '{label}' contains spaces which is invalid.")
        return tuple(dict.fromkeys(values))

    def person(self, field: str, value: Any) -> Person | None:
        number = (value or {}).get("accountId", (value or {}).get("id"))
        if number is None:
            return None
        if number not in self._site.people:
            raise JiraError(400, **{field: f"Specify a valid value for {field}"})
        return self._site.people[number]

    def resolution(self, value: Any) -> Named | None:
        return _one_of(RESOLUTIONS, value, "resolution")

    def _issue_type(self, value: Any) -> IssueType:
        for kind in ISSUE_TYPES.values():
            if (value or {}).get("id") == kind.id or (value or {}).get("name") == kind.name:
                return kind
        raise JiraError(400, issuetype="Specify a valid issue type")

    def _parent(self, value: Any) -> int | None:
        if not value:
            return None
        parent = self._site.find(str(value.get("key") or value.get("id")))
        if parent is None:
            raise JiraError(400, parent="Could not find issue by id or key.")
        return parent.id

    def _sprints(self, value: Any, before: tuple[int, ...]) -> tuple[int, ...]:
        """Written as one number; closed sprints stay, as with a move."""
        closed = tuple(number for number in before if self._site.sprints[number].state == "closed")
        if value is None:
            return closed
        if not isinstance(value, int):
            raise JiraError(400, **{SPRINT_FIELD: "Number value expected as the Sprint id."})
        sprint = self._site.sprints.get(value)
        if sprint is None or sprint.state == "closed":
            raise JiraError(400, **{SPRINT_FIELD: "Issue can be assigned only active or future sprints."})
        return (*closed, value)


def _description(value: Any) -> Adf | None:
    return None if value is None else checked_document(value, "description")


def _one_of(known: dict[str, Named], value: Any, field: str) -> Named | None:
    if not value:
        return None
    for one in known.values():
        if value.get("id") == one.id or value.get("name") == one.name:
            return one
    raise JiraError(400, **{field: f"Specify a valid value for {field}"})


def _date(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"Error parsing date string: {value}"
        raise JiraError(400, duedate=message) from None
