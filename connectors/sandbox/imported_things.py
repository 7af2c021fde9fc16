"""What imported issues mention: people, statuses, types, sprints, boards. Each is made once, with its id."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from .catalogue import LINK_TYPES, RESOLUTIONS, TASK, TO_DO
from .model import (
    Board,
    Column,
    Component,
    IssueType,
    Named,
    Person,
    Project,
    Sprint,
    Status,
    Version,
)
from .site import Site

Document = dict[str, Any]
_STRING = re.compile(r"\[(.*)\]$", re.DOTALL)
_PAIR = re.compile(
    r",(?=(?:id|rapidViewId|state|name|startDate|endDate|completeDate|activatedDate|sequence|goal|autoStartStop"
    r"|synced|incompleteIssuesDestinationId)=)"
)
_NEW = re.compile(r"to ?do|open|backlog|new|selected", re.IGNORECASE)
_DONE = re.compile(r"done|closed|resolved|released|won'?t|cancel", re.IGNORECASE)
_CATEGORIES = {"new", "indeterminate", "done"}


def instant(value: object) -> datetime | None:
    """ISO 8601 in any of Jira's forms, or epoch milliseconds."""
    if value in (None, "", "<null>"):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC)
    return datetime.fromisoformat(str(value)).astimezone(UTC)


def number_of(value: object) -> int | None:
    return int(str(value)) if str(value).isdecimal() else None


class Things:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._catalogue = site.catalogue
        self._boards: dict[int, set[str]] = {}
        self._biggest: dict[str, int] = {}

    def mention(self, document: Document) -> None:
        """Note what one issue speaks of, its history included."""
        fields = document["fields"]
        project = self.project_of(document)
        self._count("issue", number_of(document.get("id")))
        self.status(fields.get("status"))
        self.type(fields.get("issuetype"))
        self.priority(fields.get("priority"))
        self.resolution(fields.get("resolution"))
        for one in (fields.get("comment") or {}).get("comments") or ():
            self._count("comment", number_of(one.get("id")))
        for one in (fields.get("worklog") or {}).get("worklogs") or ():
            self._count("worklog", number_of(one.get("id")))
        for one in fields.get("issuelinks") or ():
            self._count("link", number_of(one.get("id")))
        if field := self._catalogue.role("sprint"):
            for number in self.sprints(fields.get(field)):
                board = self._site.sprints[number].board_id
                self._boards.setdefault(board, set()).add(project.id)
        for entry in (document.get("changelog") or {}).get("histories") or ():
            self._count("history", number_of(entry.get("id")))
            for item in entry.get("items") or ():
                self._mention_item(item, project)

    def _count(self, kind: str, number: int | None) -> None:
        self._biggest[kind] = max(self._biggest.get(kind, 0), number or 0)

    def _mention_item(self, item: Document, project: Project) -> None:
        """Statuses and sprints that no issue has any more are known from histories."""
        for side in ("from", "to"):
            given, text = item.get(side), item.get(f"{side}String")
            if item.get("field") == "status" and given:
                self.status({"id": given, "name": text or given})
            elif item.get("field") == "Sprint" and given:
                numbers = re.findall(r"\d+", str(given))
                names = (
                    str(text or "").split(", ")
                    if len(str(text or "").split(", ")) == len(numbers)
                    else numbers
                )
                for number, name in zip(numbers, names, strict=True):
                    self._sprint({"id": int(number), "name": name, "state": "closed"})
                    self._boards.setdefault(self._site.sprints[int(number)].board_id, set()).add(project.id)

    def finish(self) -> None:
        """Boards with a column for each category, and numbers that nobody has yet."""
        site, catalogue = self._site, self._catalogue
        if not catalogue.statuses:
            self.status(None)
        for project in site.projects.values():
            if not any(project.id in projects for projects in self._boards.values()):
                self._boards.setdefault(1, set()).add(project.id)
        for number, projects in sorted(self._boards.items()):
            keys = ", ".join(sorted(site.projects[one].key for one in projects))
            site.boards[number] = Board(
                number,
                f"{keys} board",
                "scrum",
                str(10_000 + number),
                self._columns(),
                tuple(sorted(projects)),
            )
        catalogue.resolutions = catalogue.resolutions or dict(RESOLUTIONS)
        catalogue.link_types = catalogue.link_types or {kind.id: kind for kind in LINK_TYPES}
        for kind in ("issue", "history", "comment", "link", "worklog"):
            counter = f"next_{kind}"
            first = max(self._biggest.get(kind, 0) + 1, next(getattr(site, counter)))
            setattr(site, counter, _from(first))
        site.next_sprint = _from(max(site.sprints, default=0) + 1)
        site.next_board = _from(max(site.boards, default=0) + 1)

    def _columns(self) -> tuple[Column, ...]:
        statuses = self._catalogue.statuses.values()
        names = (("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done"))
        return tuple(
            Column(name, tuple(one.id for one in statuses if one.category == category))
            for name, category in names
        )

    def project_of(self, document: Document) -> Project:
        given = document["fields"].get("project") or {}
        key = str(given.get("key") or document["key"].rpartition("-")[0])
        known = self._site.find_project(given.get("id") or key) or self._site.find_project(key)
        number = str(given["id"]) if given.get("id") else None
        return known or self._site.add_project(key, str(given.get("name") or key), number=number)

    def status(self, given: Document | None) -> Status:
        given = given or {"id": TO_DO.id, "name": TO_DO.name}
        number, name = str(given.get("id") or given.get("name")), str(given.get("name") or given.get("id"))
        category = (given.get("statusCategory") or {}).get("key")
        known = self._catalogue.statuses.get(number)
        if known is None or (category in _CATEGORIES and known.category != category):
            guess = "done" if _DONE.search(name) else "new" if _NEW.search(name) else "indeterminate"
            known = Status(number, name, category if category in _CATEGORIES else guess)
            self._catalogue.statuses[number] = known
        return known

    def type(self, given: Document | None) -> IssueType:
        given = given or {"id": TASK.id, "name": TASK.name}
        number, name = str(given.get("id") or given.get("name")), str(given.get("name"))
        level = given.get("hierarchyLevel")
        if level is None:
            level = -1 if given.get("subtask") else 1 if name.lower() == "epic" else 0
        kind = IssueType(number, name, str(given.get("description") or ""), int(level))
        return self._catalogue.types.setdefault(number, kind)

    def priority(self, given: Document | None) -> Named | None:
        return self._named(self._catalogue.priorities, given)

    def resolution(self, given: Document | None) -> Named | None:
        return self._named(self._catalogue.resolutions, given)

    def _named(self, known: dict[str, Named], given: Document | None) -> Named | None:
        if not given:
            return None
        number = str(given.get("id") or given.get("name"))
        return known.setdefault(
            number, Named(number, str(given.get("name")), str(given.get("description") or ""))
        )

    def person(self, given: Document | None) -> Person | None:
        """By account id, key or name; e-mail and zone are often not told."""
        if not given:
            return None
        number = str(
            given.get("accountId") or given.get("key") or given.get("name") or given.get("displayName")
        )
        known = self._site.people.get(number)
        if known is None:
            name = str(given.get("displayName") or given.get("name") or number)
            known = self._site.people[number] = Person(
                number,
                name,
                str(given.get("timeZone") or "Etc/UTC"),
                given.get("emailAddress"),
                str(given.get("accountType") or "atlassian"),
                user_name=str(given.get("name") or number),
                key=str(given.get("key") or number),
                active=given.get("active") is not False,
            )
        return known

    def component(self, project: Project, given: Document) -> Component:
        number = str(given.get("id") or given.get("name"))
        return project.components.setdefault(number, Component(number, str(given.get("name")), project.id))

    def version(self, project: Project, given: Document) -> Version:
        number = str(given.get("id") or given.get("name"))
        version = Version(number, str(given.get("name")), project.id, released=bool(given.get("released")))
        return project.versions.setdefault(number, version)

    def sprints(self, value: object) -> Iterator[int]:
        for one in value if isinstance(value, list) else ():
            given = _parsed(one) if isinstance(one, str) else one
            if isinstance(given, dict) and number_of(given.get("id")) is not None:
                yield self._sprint(given).id

    def _sprint(self, given: Document) -> Sprint:
        number = int(given["id"])
        known = self._site.sprints.get(number)
        board = number_of(given.get("boardId") or given.get("rapidViewId") or given.get("originBoardId"))
        start, completed = instant(given.get("startDate")), instant(given.get("completeDate"))
        if (
            known is None
            or (known.start is None and start is not None)
            or (board and known.board_id != board)
        ):
            self._site.sprints[number] = Sprint(
                number,
                str(given.get("name") or number),
                board or 1,
                start or self._site.clock.now(),
                str(given.get("state") or "future").lower(),
                str(given.get("goal") or ""),
                start,
                instant(given.get("endDate")),
                instant(given.get("activatedDate")) or start,
                completed,
            )
            self._site.members.setdefault(number, {})
        return self._site.sprints[number]


def _parsed(text: str) -> Document:
    """`…Sprint@…[k=v,…]`; names and goals may hold commas and brackets."""
    match = _STRING.search(text)
    pairs = (part.partition("=") for part in _PAIR.split(match[1])) if match else ()
    return {name: None if value in {"", "<null>"} else value for name, _, value in pairs}


def _from(first: int) -> Any:
    return iter(range(first, 1 << 62))
