"""What fields of issues name, with the parts that a site's lists know of it.

An issue's document and its changelog tell of the same status in different words, and older documents than
newer ones. So texts of rules see neither, but what the lists say of its id: whoever told it, live or
replayed, it has the same parts. What a list does not have keeps its name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.jql.catalogue import Catalogue, CustomField, Named, Release
from app.domain.jql.then import state_at
from app.domain.rules.dates import day, moment
from app.domain.scrum.from_jira import parts_of_sprint
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.person import Person
from app.domain.scrum.sprint import Sprint

Document = Mapping[str, Any]
PARTS: Mapping[str, tuple[str, ...]] = {
    "status": ("id", "name", "statusCategory"),
    "statusCategory": ("id", "key", "name"),
    "issuetype": ("id", "name", "subtask", "hierarchyLevel"),
    "priority": ("id", "name"),
    "resolution": ("id", "name"),
    "security": ("id", "name"),
    "component": ("id", "name"),
    "version": ("id", "name", "description", "released", "archived", "startDate", "releaseDate"),
    "sprint": ("id", "name", "state", "goal", "startDate", "endDate", "completeDate", "boardId"),
    "person": ("accountId", "displayName", "active", "accountType", "key", "name"),
    "project": ("id", "key", "name", "projectTypeKey", "lead"),
    "option": ("id", "value", "child"),
    "group": ("name",),
    "change": ("field", "from", "fromString", "to", "toString"),
    "comment": ("id", "author", "body", "limited"),
    "worklog": ("id", "author", "timeSpent", "timeSpentSeconds", "started", "comment", "created", "updated"),
    "attachment": ("id", "filename", "author", "size", "mimeType", "created"),
    "rule": ("name",),
}
"""By the kind of a thing, what can be said of it."""
_BY_FIELD = {
    **{name: name for name in ("status", "issuetype", "priority", "resolution", "security")},
    **dict.fromkeys(("assignee", "reporter", "creator"), "person"),
    **dict.fromkeys(("fixVersions", "versions"), "version"),
    "components": "component",
}
_SEVERAL = frozenset({"fixVersions", "versions", "components"})
_BY_TYPE = {
    "user": "person",
    "version": "version",
    "option": "option",
    "option-with-child": "option",
    "group": "group",
}
_BY_ENDING = (
    ((":multiuserpicker", ":people"), "person"),
    ((":multiversion",), "version"),
    ((":multigrouppicker",), "group"),
    ((":multiselect", ":multicheckboxes"), "option"),
)
_CATEGORIES = {"undefined": (1, "No Category"), "new": (2, "To Do"), "done": (3, "Done")}
_IN_PROGRESS = "indeterminate"
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Things:
    """A site's lists at an instant.

    Attributes:
        catalogue: its `now` is the instant.
        sprints: all of the site, by id.
        people: by account id.
    """

    catalogue: Catalogue
    sprints: Mapping[int, Sprint] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)

    def person(self, account: str | None, said: Document | None = None) -> Document:
        """Somebody by account id (Data Center: by key); `said` is what a document has of them."""
        said = said or {}
        known = self.people.get(account or "")
        if known is None:
            # A history has no more of people, and a replay is to say what the live rule said.
            nothing = dict.fromkeys(PARTS["person"])
            shown = said.get("displayName") or said.get("name") or account
            return {**nothing, "accountId": account, "displayName": shown}
        is_cloud = known.username is None
        return {
            "accountId": known.account_id,
            "displayName": known.name,
            "active": known.active,
            "accountType": known.account_type,
            "key": None if is_cloud else known.account_id,
            "name": known.username,
        }

    def status(self, said: Document) -> Document:
        known = _among(self.catalogue.statuses, said)
        inner = said.get("statusCategory")
        told = inner.get("key") if isinstance(inner, Mapping) else None
        return {
            "id": said.get("id"),
            "name": known.name if known else said.get("name"),
            "statusCategory": self._category(known.group if known and known.group else told),
        }

    def _category(self, key: str | None) -> Document | None:
        if not key:
            return None
        number, name = _CATEGORIES.get(key, (4, "In Progress") if key == _IN_PROGRESS else (None, key))
        return {"id": number, "key": key, "name": name}

    def sprint(self, said: Any) -> Document:
        """A sprint in whatever form a document has it: an object, Data Center's text, or its id."""
        parts = said if isinstance(said, Mapping) else parts_of_sprint(str(said))
        number = str(parts.get("id") or "")
        known = self.sprints.get(int(number)) if number.isdecimal() else None
        if known is None:
            dates = {name: moment(parts.get(name)) for name in ("startDate", "endDate", "completeDate")}
            state = str(parts.get("state") or "").lower() or None
            board = parts.get("boardId") or parts.get("rapidViewId")
            named = {name: parts.get(name) for name in ("name", "goal")}
            return {"id": parts.get("id"), **named, "state": state, **dates, "boardId": board}
        at = self.catalogue.now
        closed = known.completed if known.completed is not None and known.completed <= at else None
        return {
            "id": known.id,
            "name": known.name,
            "state": state_at(known, at),
            "goal": known.goal,
            "startDate": moment(known.start),
            "endDate": moment(known.end),
            "completeDate": moment(closed),
            "boardId": known.board_id,
        }

    def version(self, said: Document) -> Document:
        known = _among(self.catalogue.releases, said)
        if known is None:
            dates = {name: day(said.get(name)) for name in ("startDate", "releaseDate")}
            return {**{name: said.get(name) for name in PARTS["version"]}, **dates}
        return {
            "id": known.id,
            "name": known.name,
            "description": known.description,
            "released": known.is_released,
            "archived": known.is_archived,
            "startDate": day(known.start_on),
            "releaseDate": day(known.released_on),
        }

    def issue_type(self, said: Document) -> Document:
        known = _among(self.catalogue.issue_types, said)
        if known is None:
            return {name: said.get(name) for name in PARTS["issuetype"]}
        name = known.name or said.get("name")
        return {"id": known.id, "name": name, "subtask": known.is_subtask, "hierarchyLevel": known.level}

    def project(self, key: str, project_id: str | None) -> Document:
        """A project by the key that the issue had then."""
        projects = self.catalogue.projects
        known = next((each for each in projects if each.id == project_id or each.key == key), None)
        if known is None:
            return {**dict.fromkeys(PARTS["project"]), "id": project_id, "key": key, "name": key}
        lead = self.person(known.lead) if known.lead else None
        return {
            "id": known.id,
            "key": key,
            "name": known.name,
            "projectTypeKey": known.group,
            "lead": lead,
        }

    def named(self, kind: str, said: Document) -> Document:
        """What has an id and a name, and no more."""
        lists: Mapping[str, Sequence[Named] | None] = {
            "priority": self.catalogue.priorities,
            "resolution": self.catalogue.resolutions,
            "component": self.catalogue.components,
        }
        known = _among(lists.get(kind) or (), said)
        return {"id": said.get("id"), "name": known.name if known else said.get("name")}


Kind = str


def kind_of(field_id: str, custom: CustomField | None, sprint_field: str | None) -> tuple[Kind, bool]:
    """The kind of the things that a field names, and whether it names several; empty where there is none."""
    if field_id == sprint_field:
        return "sprint", True
    if custom is None:
        return _BY_FIELD.get(field_id, ""), field_id in _SEVERAL
    if custom.type == "array":
        ending = custom.custom or ""
        return next((kind for ends, kind in _BY_ENDING if ending.endswith(ends)), ""), True
    return _BY_TYPE.get(custom.type or "", ""), False


def thing(things: Things, kind: Kind, said: Any) -> Any:
    """One thing with its parts; what is of another shape than such things are stays as it is."""
    if kind == "sprint":
        return things.sprint(said)
    if not isinstance(said, Mapping):
        return said
    made: Mapping[str, Callable[[Document], Document]] = {
        "person": lambda said: things.person(account_of(said), said),
        "status": things.status,
        "version": things.version,
        "issuetype": things.issue_type,
        "option": _option,
        "group": lambda said: {"name": said.get("name")},
    }
    return made[kind](said) if kind in made else things.named(kind, said)


def _option(said: Document) -> Document:
    child = said.get("child")
    inner = _option(child) if isinstance(child, Mapping) else None
    return {"id": said.get("id"), "value": said.get("value") or said.get("name"), "child": inner}


def _among(listed: Sequence[Any], said: Document) -> Any:
    number = str(said.get("id") or "")
    return next((each for each in listed if each.id == number), None)


def in_order(kind: Kind, found: Sequence[Any], things: Things) -> list[Any]:
    """As Jira lists them: versions in the order of their project, components by name, sprints by id."""
    if kind == "version":
        places = {each.id: _place(each) for each in things.catalogue.releases}
        return sorted(found, key=lambda each: (places.get(str(each["id"]), 0), _number(each)))
    if kind == "component":
        return sorted(found, key=lambda each: str(each["name"]).casefold())
    return sorted(found, key=_number) if kind in {"sprint", "option"} else list(found)


def _place(release: Release) -> int:
    return -1 if release.position is None else release.position


def _number(document: Document) -> int:
    number = str(document.get("id") or "")
    return int(number) if _NUMBER.fullmatch(number) else 0
