"""What a caller may write into an issue, and what Jira says when it is wrong."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from . import adf
from .answers import Context, JiraError, as_list, as_object
from .changes import Draft
from .model import Component, Issue, IssueType, Named, Person, Text, Version

Reader = Callable[[Any], Any]

SUMMARY_LIMIT = 255
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."

ATTRIBUTES = {
    "summary": "summary",
    "description": "description",
    "environment": "environment",
    "labels": "labels",
    "assignee": "assignee",
    "reporter": "reporter",
    "priority": "priority",
    "duedate": "due",
    "parent": "parent",
    "issuetype": "type",
    "components": "components",
    "fixVersions": "fix_versions",
    "versions": "versions",
    "timetracking": "estimate",
}
"""REST field id to attribute of `Issue`: what stands on the edit screen."""
ROLES = {
    "sprint": "sprints",
    "points": "points",
    "flagged": "flagged",
    "epic": "parent",
    "epic name": "epic_name",
}
"""The same for fields of the site's own, by what they are for."""
TEXT_LIMIT = 32_767
NOT_A_STRING = "Operation value must be a string"
_SPENT = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhm])")
_SECONDS = {"w": 144_000, "d": 28_800, "h": 3600, "m": 60}


def checked_text(version: str, value: object, field: str) -> Text:
    """A text that Jira takes: ADF in v3, a string of wiki markup in v2."""
    return checked_document(value, field) if version == "3" else checked_markup(value, field)


def checked_markup(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise JiraError(400, **{field: NOT_A_STRING})
    if len(value) > TEXT_LIMIT:
        raise JiraError(400, **{field: TOO_LONG})
    if field == "comment" and not value.strip():
        raise JiraError(400, comment="Comment body can not be empty!")
    return value


def checked_document(value: object, field: str) -> Text:
    """ADF: valid, not empty, within the limit."""
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


def seconds_of(value: object, field: str) -> int:
    """`1d 2h`, or a number of minutes."""
    text = str(value).strip()
    if re.fullmatch(r"\d+", text):
        return int(text) * 60
    found = _SPENT.findall(text)
    if not found or _SPENT.sub("", text).strip():
        raise JiraError(400, **{field: f"'{text}' is not a valid duration."})
    return round(sum(float(amount) * _SECONDS[unit] for amount, unit in found))


class Edits:
    """Reads `fields` and `update` of a request into new values of an issue."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._version = context.docs.version

    def draft(self, fields: dict[str, Any]) -> Draft:
        given = as_object(fields.pop("project", None))
        if (given.get("key"), given.get("id")) == (None, None):
            raise JiraError(400, project="Specify a valid project ID or key")
        project = self._site.find_project(given.get("key") or given.get("id"))
        if project is None:
            raise JiraError(400, project="valid project is required")
        for name, message in (
            ("issuetype", "Specify an issue type"),
            ("summary", "You must specify a summary."),
        ):
            if not fields.get(name):
                raise JiraError(400, **{name: message})
        fields = {name: value for name, value in fields.items() if value is not None}
        attributes = {name: self._attribute(name) for name in fields}
        values = {attributes[name]: self._value(name, value, ()) for name, value in fields.items()}
        return Draft(**self._checked(values, fields), project=project)

    def _checked(self, values: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        values.pop("epic_name", None)
        if values["type"].subtask and values.get("parent") is None:
            raise JiraError(400, parent="Issue type is a sub-task but parent issue key or id not specified.")
        if not values["type"].subtask and "parent" in fields and not self._context.cloud:
            raise JiraError(400, issuetype="The issue type selected is not a sub-task.")
        if values["type"].subtask and values.get("sprints"):
            raise JiraError(400, **{self._id_of("sprint"): "Sub-tasks cannot be associated to a sprint."})
        return values

    def values(self, issue: Issue, body: dict[str, Any]) -> dict[str, Any]:
        """A field may stand in `fields` or in `update`, never in both."""
        fields, update = dict(as_object(body.get("fields"))), dict(as_object(body.get("update")))
        update.pop("comment", None)
        if not fields and not update and not body.get("properties") and not body.get("update"):
            raise JiraError(400, "One of 'fields' or 'update' required")
        for name in fields.keys() & update.keys():
            message = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            raise JiraError(400, **{name: message})
        attributes = {name: self._attribute(name) for name in (*fields, *update)}
        values = {attributes[name]: self._value(name, value, issue.sprints) for name, value in fields.items()}
        for name, verbs in update.items():
            values[attributes[name]] = self._after_verbs(issue, name, as_list(verbs))
        if issue.type.subtask and "sprints" in values:
            raise JiraError(400, **{self._id_of("sprint"): "Sub-tasks cannot be associated to a sprint."})
        values.pop("epic_name", None)
        return values

    def _id_of(self, role: str) -> str:
        return self._site.catalogue.role(role) or role

    def _attribute(self, name: str) -> str:
        custom = self._site.catalogue.fields.get(name)
        found = ROLES.get(custom.role) if custom else ATTRIBUTES.get(name)
        if found is None:
            message = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            raise JiraError(400, **{name: message})
        return found

    def _after_verbs(self, issue: Issue, name: str, verbs: list[Any]) -> Any:
        value: Any = getattr(issue, self._attribute(name), None)
        many = name in {"labels", "components", "fixVersions", "versions"}
        for verb in verbs:
            if not isinstance(verb, dict) or len(verb) != 1:
                raise JiraError(400, **{name: "Exactly one operation must be given at a time."})
            ((operation, operand),) = verb.items()
            if operation in {"set", "edit"}:
                value = self._value(name, operand, issue.sprints)
            elif many and operation == "add":
                value = tuple(dict.fromkeys((*value, *self._value(name, [operand], ()))))
            elif many and operation == "remove":
                gone = self._value(name, [operand], ())
                value = tuple(one for one in value if one not in gone)
            else:
                raise JiraError(400, **{name: f"Field '{name}' does not support operation '{operation}'"})
        return value

    def _value(self, name: str, value: Any, sprints: tuple[int, ...]) -> Any:
        readers: dict[str, Reader] = {
            "summary": _summary,
            "description": lambda given: self._text(given, "description"),
            "environment": lambda given: self._text(given, "environment"),
            "labels": lambda given: _labels(as_list(given)),
            "assignee": lambda given: self.person("assignee", given),
            "reporter": lambda given: self.person("reporter", given),
            "priority": lambda given: (
                one_of(self._site.catalogue.priorities, given, "priority")
                or self._site.catalogue.usual_priority
            ),
            "issuetype": self._issue_type,
            "duedate": _date,
            "parent": self._parent,
            "components": self._components,
            "fixVersions": lambda given: self._versions("fixVersions", given),
            "versions": lambda given: self._versions("versions", given),
            "timetracking": _estimate,
        }
        return readers[name](value) if name in readers else self._custom(name, value, sprints)

    def _text(self, value: Any, field: str) -> Text | None:
        return None if value is None else checked_text(self._version, value, field)

    def _custom(self, name: str, value: Any, sprints: tuple[int, ...]) -> Any:
        role = self._site.catalogue.fields[name].role
        if role == "sprint":
            return self._sprints(name, value, sprints)
        if role == "flagged":
            return bool(value)
        if role == "epic":
            return None if value is None else self._parent({"key": value})
        if role == "epic name":
            return value
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise JiraError(400, **{name: "Operation value must be a number"})
        return None if value is None else float(value)

    def person(self, field: str, value: Any) -> Person | None:
        edition = self._site.edition
        given = value if value is None else edition.named_in(as_object(value))
        if given is None or given == "":
            return None
        person = edition.find(self._site.people.values(), given)
        if person is None:
            raise JiraError(400, **{field: f"Specify a valid value for {field}"})
        return person

    def resolution(self, value: Any) -> Named | None:
        return one_of(self._site.catalogue.resolutions, value, "resolution")

    def _issue_type(self, value: Any) -> IssueType:
        given = as_object(value)
        for kind in self._site.catalogue.types.values():
            if str(given.get("id")) == kind.id or given.get("name") == kind.name:
                return kind
        raise JiraError(400, issuetype="Specify a valid issue type")

    def _parent(self, value: Any) -> int | None:
        given = as_object(value)
        if not given:
            return None
        parent = self._site.find(str(given.get("key") or given.get("id")))
        if parent is None:
            raise JiraError(400, parent="Could not find issue by id or key.")
        return parent.id

    def _components(self, value: Any) -> tuple[Component, ...]:
        known = {
            one.id: one for project in self._site.projects.values() for one in project.components.values()
        }
        return tuple(_named_in(known, each, "components") for each in as_list(value))

    def _versions(self, field: str, value: Any) -> tuple[Version, ...]:
        known = {one.id: one for project in self._site.projects.values() for one in project.versions.values()}
        return tuple(_named_in(known, each, field) for each in as_list(value))

    def _sprints(self, name: str, value: Any, before: tuple[int, ...]) -> tuple[int, ...]:
        """Written as one number; closed sprints stay, as with a move."""
        closed = tuple(number for number in before if self._site.sprints[number].state == "closed")
        if value is None:
            return closed
        if isinstance(value, bool) or not str(value).isdecimal():
            raise JiraError(400, **{name: "Number value expected as the Sprint id."})
        sprint = self._site.sprints.get(int(value))
        if sprint is None or sprint.state == "closed":
            raise JiraError(400, **{name: "Issue can be assigned only active or future sprints."})
        return (*closed, sprint.id)


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise JiraError(400, summary="You must specify a summary of the issue.")
    if "\n" in value:
        raise JiraError(400, summary="The summary is invalid because it contains newline characters.")
    if len(value) > SUMMARY_LIMIT:
        raise JiraError(400, summary=f"Summary must be less than {SUMMARY_LIMIT} characters.")
    return value


def _labels(values: list[Any]) -> tuple[str, ...]:
    for label in values:
        if not isinstance(label, str) or not label or " " in label:
            raise JiraError(400, labels=f"The label '{label}' contains spaces which is invalid.")
    return tuple(dict.fromkeys(values))


def _estimate(value: Any) -> int | None:
    given = as_object(value).get("originalEstimate")
    return None if given is None else seconds_of(given, "timetracking")


def _named_in(known: dict[str, Any], value: Any, field: str) -> Any:
    given = as_object(value)
    for one in known.values():
        if str(given.get("id")) == one.id or given.get("name") == one.name:
            return one
    wanted = given.get("name") or given.get("id")
    raise JiraError(400, **{field: f"{field[:-1].capitalize()} name '{wanted}' is not valid"})


def one_of(known: dict[str, Named], value: Any, field: str) -> Named | None:
    """The priority or resolution that is named by id or name."""
    given = as_object(value)
    if not given:
        return None
    for one in known.values():
        if str(given.get("id")) == one.id or given.get("name") == one.name:
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
