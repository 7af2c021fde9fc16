"""What an export of issues tells of its site: fields, statuses, projects, sprints; and boards made of them.

Jira's search answers carry issues only. What else reports need is gathered from what the issues mention, and
where an export comes with Jira's own lists, those count more.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.scrum.board import Board, Column
from app.domain.scrum.from_jira import NotReadable, find_fields, instant, read_sprint, sprint_documents
from app.domain.scrum.sprint import Sprint

Document = Mapping[str, Any]

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_FLAGGED = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"
_NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
# By the name that histories give a field: what `GET /field` would say of it.
_BY_NAME: Mapping[str, tuple[str, str]] = {
    "Sprint": ("array", _SPRINT),
    "Flagged": ("array", _FLAGGED),
    "Story Points": ("number", _NUMBER),
    "Story point estimate": ("number", _POINTS),
    "Epic Link": ("any", "com.pyxis.greenhopper.jira:gh-epic-link"),
    "Rank": ("any", "com.pyxis.greenhopper.jira:gh-lexo-rank"),
}
_COLUMNS = {"new": "To Do", "indeterminate": "In Progress", "done": "Done"}
_REST = re.compile(r"/rest/(api|agile)/")


@dataclass(slots=True)
class Survey:
    """What the issues of an export mention.

    Attributes:
        statuses: as Jira's list has them, by id; those that only histories name have no category.
        sprints: with the newest `updated` of the issues that show them: the word of that day.
        board_ids: how often the sprints of a project's issues name a board, by project key.
        newest: the newest `updated` of all.
    """

    base_url: str = ""
    is_cloud: bool = False
    issues: int = 0
    newest: datetime | None = None
    projects: dict[str, Document] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses_of: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    sprints: dict[int, tuple[Sprint, datetime]] = field(default_factory=dict)
    sprints_of: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    board_ids: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    only_named: dict[int, str] = field(default_factory=dict)
    _described: dict[str, dict[str, Any]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _sprint_like: Counter[str] = field(default_factory=Counter)
    _flag_like: Counter[str] = field(default_factory=Counter)
    _fits: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _misfits: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def describe(self, answer: Document) -> None:
        """`names` and `schema` of a search answer or of an issue: Jira's own word on its fields."""
        schemas = answer.get("schema") or {}
        for name, shown in (answer.get("names") or {}).items():
            known = self._described.setdefault(str(name), {"id": str(name)})
            known |= {"name": str(shown), "custom": str(name).startswith("customfield_")}
            known["schema"] = schemas.get(name) or known.get("schema") or {}

    def mention(self, document: Document) -> None:
        """Look at an issue; what is odd in it is left to the mapping to refuse."""
        fields = document.get("fields")
        if not isinstance(fields, Mapping):
            return
        self.issues += 1
        self.describe(document)
        updated = _instant_or_none(fields.get("updated"))
        if updated is not None and (self.newest is None or updated > self.newest):
            self.newest = updated
        key = _project_key(document, fields)
        project = fields.get("project")
        project = project if isinstance(project, Mapping) else {}
        self.projects[key] = {
            "id": project.get("id") or key,
            "key": key,
            "name": project.get("name") or key,
        }
        if not self.base_url and (found := _REST.search(str(document.get("self") or ""))):
            self.base_url = str(document["self"])[: found.start()]
        self._mention_status(key, fields.get("status"))
        self._mention_people(fields)
        for name, value in fields.items():
            if name.startswith("customfield_") and value is not None:
                self._mention_custom(key, name, value, updated)
        self._mention_history(key, document, fields)

    def _mention_people(self, fields: Document) -> None:
        for name in ("reporter", "creator", "assignee"):
            if isinstance(fields.get(name), Mapping) and fields[name].get("accountId"):
                self.is_cloud = True

    def _mention_status(self, project_key: str, status: object) -> None:
        if isinstance(status, Mapping) and status.get("id"):
            self.statuses[str(status["id"])] = dict(status)
            self.statuses_of[project_key].add(str(status["id"]))

    def _mention_custom(self, project_key: str, name: str, value: object, updated: datetime | None) -> None:
        if not isinstance(value, list):
            return
        found = sprint_documents(value)
        if found:
            self._sprint_like[name] += 1
        elif any(isinstance(one, Mapping) and one.get("value") == "Impediment" for one in value):
            self._flag_like[name] += 1
        for document in found:
            try:
                sprint = read_sprint(document)
            except NotReadable:
                continue
            if updated is not None:
                self._mention_sprint(project_key, sprint, updated)

    def _mention_sprint(self, project_key: str, sprint: Sprint, updated: datetime) -> None:
        known = self.sprints.get(sprint.id)
        if known is None or known[1] <= updated:
            self.sprints[sprint.id] = (sprint, updated)
        self.sprints_of[project_key].add(sprint.id)
        if sprint.board_id is not None:
            self.board_ids[project_key][sprint.board_id] += 1

    def _mention_history(self, project_key: str, document: Document, fields: Document) -> None:
        """Names of fields, statuses of former days, sprints that no issue is in any more."""
        last: dict[str, str] = {}
        for entry in _histories(document):
            for item in entry.get("items") or ():
                name = str(item.get("field") or "")
                if item.get("fieldId"):
                    if str(item["fieldId"]).startswith("customfield_"):
                        self._names[str(item["fieldId"])] = name
                elif name in _BY_NAME and item.get("fieldtype") == "custom":
                    last[name] = str(item.get("toString") or "")
                if name == "status":
                    self._mention_former_statuses(project_key, item)
                elif name == "Sprint":
                    self._mention_former_sprints(item)
        # Data Center's histories give no field id: the field is the one that holds what the last entry says.
        for name in ("Story Points", "Story point estimate"):
            if name in last:
                self._compare(name, last[name], fields)

    def _mention_former_statuses(self, project_key: str, item: Document) -> None:
        for side in ("from", "to"):
            if item.get(side):
                number = str(item[side])
                self.statuses.setdefault(number, {"id": number, "name": item.get(f"{side}String") or number})
                self.statuses_of[project_key].add(number)

    def _mention_former_sprints(self, item: Document) -> None:
        for side in ("from", "to"):
            numbers = [one.strip() for one in str(item.get(side) or "").split(",")]
            for number in numbers:
                if number.isdecimal():
                    name = str(item.get(f"{side}String") or number) if len(numbers) == 1 else number
                    self.only_named.setdefault(int(number), name)

    def _compare(self, name: str, said: str, fields: Document) -> None:
        for field_id, value in fields.items():
            if field_id.startswith("customfield_") and (isinstance(value, int | float) or value is None):
                same = _number(said) == (None if value is None else float(value))
                if not same:
                    self._misfits[name][field_id] += 1
                elif value is not None:
                    self._fits[name][field_id] += 1

    def fields(self) -> list[Document]:
        """The site's fields as `GET /field` would list them, as far as the export shows."""
        documents = dict(self._described)
        for field_id, name in self._names.items():
            documents.setdefault(field_id, _field(field_id, name))
        known = find_fields(documents.values())
        if known.sprint is None and self._sprint_like:
            likely = self._sprint_like.most_common(1)[0][0]
            documents[likely] = _field(likely, "Sprint")
        if known.flagged is None and self._flag_like:
            likely = self._flag_like.most_common(1)[0][0]
            documents[likely] = _field(likely, "Flagged")
        for name, fits in self._fits.items():
            sure = [one for one in fits if not self._misfits[name][one]]
            if len(sure) == 1 and not known.story_points:
                documents[sure[0]] = _field(sure[0], name)
        return list(documents.values())

    def undated_sprints(self) -> dict[int, str]:
        """Sprints that only histories name: without dates no report can be made of them."""
        return {number: name for number, name in self.only_named.items() if number not in self.sprints}


def _histories(document: Document) -> Iterable[Document]:
    changelog = document.get("changelog")
    histories = changelog.get("histories") if isinstance(changelog, Mapping) else None
    entries = [one for one in histories or () if isinstance(one, Mapping)]
    return sorted(entries, key=lambda one: str(one.get("created") or ""))


def _field(field_id: str, name: str) -> dict[str, Any]:
    kind, custom = _BY_NAME.get(name, ("any", "unknown"))
    return {"id": field_id, "name": name, "custom": True, "schema": {"type": kind, "custom": custom}}


def _instant_or_none(value: object) -> datetime | None:
    try:
        return instant(value)
    except NotReadable:
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _project_key(document: Document, fields: Document) -> str:
    project = fields.get("project")
    key = project.get("key") if isinstance(project, Mapping) else None
    return str(key or str(document.get("key") or "").rpartition("-")[0])


def derive_board(
    survey: Survey, project_key: str, board_id: int, statuses: Mapping[str, str], points: tuple[str, ...]
) -> Board:
    """A board of a project in place of its own: one column for each category, estimated in story points.

    Args:
        survey: what the issues mention.
        project_key: whose board.
        board_id: its number.
        statuses: category by status id; those without one are on no column.
        points: fields that hold story points; only of a single one is it clear that it is meant.
    """
    of_project = sorted(survey.statuses_of[project_key], key=lambda one: (len(one), one))
    return Board(
        id=board_id,
        name=f"{project_key} (made by the import)",
        kind="scrum",
        columns=tuple(
            Column(name, tuple(one for one in of_project if statuses.get(one) == category))
            for category, name in _COLUMNS.items()
        ),
        estimation_field=points[0] if len(points) == 1 else None,
        estimation_name="Story Points" if len(points) == 1 else "",
    )


def board_numbers(survey: Survey, *, known: Mapping[str, int], taken: Iterable[int]) -> dict[str, int]:
    """A number for the board of each project: the stored one, else the one its sprints name, else a free one.

    Args:
        survey: what the issues mention.
        known: boards that an earlier import made, by project key.
        taken: numbers of all boards there are.
    """
    numbers = {key: known[key] for key in survey.projects if key in known}
    used = {*taken, *numbers.values()}
    for key in sorted(survey.projects.keys() - numbers.keys()):
        named = [one for one, _ in survey.board_ids[key].most_common() if one not in used]
        numbers[key] = named[0] if named else max(used, default=0) + 1
        used.add(numbers[key])
    return numbers
