"""What a site has, as far as the store knows it: what names in a query can mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.jql.plan import Kind, Subject, folded


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field: `type` is Jira's schema type, `custom` the key of its kind."""

    id: str
    name: str
    type: str | None
    custom: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """A status, a sprint, a project, a component.

    Attributes:
        group: a status's category, a sprint's state, a project's type ("software").
        lead: account id of who leads a project or a component.
    """

    id: str
    name: str
    group: str = ""
    key: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A version; `position` is its place among those of the project, None where that is not known."""

    id: str
    project_id: str
    is_released: bool
    is_archived: bool
    position: int | None


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type; `level` is None where Jira does not say it (Data Center)."""

    id: str
    is_subtask: bool
    level: int | None


@dataclass(frozen=True, slots=True)
class LinkType:
    """A type of links: "source blocks target", "target is blocked by source"."""

    id: str
    outward: str
    inward: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that checking needs besides the query.

    Attributes:
        now: the instant of the question.
        zone: in which dates of the query are read.
        account: ids of who asks, for currentUser(); None where nobody is signed in.
        sprint_field: id of the site's Sprint field.
        rank_field: id of its Rank field.
        priorities: from the lowest to the highest; None where the order is not known.
        users: by name and by login name, folded, the account ids, folded.
        links: by key or id, as a query names an issue: of each of its links the mark (see `link_marks`) and
            the id of the issue at the other end; None where links are not followed.
        has_surroundings: whether comments, worklogs, files and links may be asked for: `Facts` have them.
    """

    now: datetime
    zone: ZoneInfo
    fields: tuple[CustomField, ...] = ()
    statuses: tuple[Named, ...] = ()
    sprints: tuple[Named, ...] = ()
    projects: tuple[Named, ...] = ()
    account: str | None = None
    sprint_field: str | None = None
    rank_field: str | None = None
    priorities: tuple[Named, ...] | None = None
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
    components: tuple[Named, ...] = ()
    issue_types: tuple[IssueType, ...] = ()
    link_types: tuple[LinkType, ...] = ()
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    links: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    has_surroundings: bool = False

    def accounts(self, given: str) -> frozenset[str]:
        """Whom a name or an account id means; folded."""
        return self.users.get(folded(given), frozenset()) | {folded(given)}

    def link_marks(self, described: str, *, is_folded: bool) -> list[str]:
        """`out:<type id>` for links that an issue is the source of, `in:<type id>` for the others.

        Args:
            described: how the link reads from the issue: "blocks", "is blocked by".
            is_folded: whether case does not matter.
        """
        same = folded if is_folded else str
        sides = [(f"out:{each.id}", each.outward) for each in self.link_types]
        sides += [(f"in:{each.id}", each.inward) for each in self.link_types]
        return [mark for mark, said in sides if same(said) == same(described)]


def _system(field_id: str, kind: Kind, *names: str, listed: str = "") -> Subject:
    return Subject(field_id, kind, frozenset({field_id, *names}), listed)


STATUS_CATEGORY = Subject("status", Kind.KEYED, frozenset({"statusCategory"}))
"""The status, by its category."""
CATEGORIES = {"to do": "new", "in progress": "indeterminate", "2": "new", "4": "indeterminate", "3": "done"}
"""Jira's names and ids of the categories that it ships, by their keys."""

_KEYED: dict[str, Subject] = {
    "project": _system("project", Kind.KEYED),
    "status": _system("status", Kind.KEYED),
    "statuscategory": STATUS_CATEGORY,
    "resolution": _system("resolution", Kind.KEYED),
    "priority": _system("priority", Kind.KEYED),
    "issuetype type": _system("issuetype", Kind.KEYED),
    "labels": _system("labels", Kind.KEYED, listed=" "),
    "component components": _system("components", Kind.KEYED, "Component"),
    "fixversion": _system("fixVersions", Kind.KEYED, "Fix Version"),
    "affectedversion": _system("versions", Kind.KEYED, "Version"),
    "assignee": _system("assignee", Kind.KEYED),
    "reporter": _system("reporter", Kind.KEYED),
    "creator": _system("creator", Kind.KEYED),
    "level": _system("security", Kind.KEYED),
}
_OTHERS: dict[str, Subject] = {
    "issuekey key issue id workitem workitemkey": _system("key", Kind.ISSUE, "Key"),
    "parent": _system("parent", Kind.PARENT, "Parent"),
    "summary": _system("summary", Kind.TEXT),
    "description": _system("description", Kind.TEXT),
    "environment": _system("environment", Kind.TEXT),
    "created createddate": _system("created", Kind.INSTANT),
    "updated updateddate": _system("updated", Kind.INSTANT),
    "resolved resolutiondate": _system("resolutiondate", Kind.INSTANT),
    "due duedate": _system("duedate", Kind.DATE),
    "originalestimate timeoriginalestimate": _system("timeoriginalestimate", Kind.NUMBER),
    "remainingestimate timeestimate": _system("timeestimate", Kind.NUMBER),
    "timespent": _system("timespent", Kind.NUMBER),
    "workratio": _system("workratio", Kind.NUMBER),
}
SYSTEM: dict[str, Subject] = {
    name: subject for names, subject in {**_KEYED, **_OTHERS}.items() for name in names.split()
}
AROUND = {
    "comment": _system("comment", Kind.TEXT),
    "worklogcomment": _system("worklogComment", Kind.TEXT),
    "worklogauthor": _system("worklogAuthor", Kind.KEYED),
    "worklogdate": _system("worklogDate", Kind.DATE),
    "attachments": _system("attachment", Kind.KEYED),
    "issuelinktype": _system("issuelinks", Kind.KEYED),
}
"""What is held beside issues, and has no history."""
DURATIONS = frozenset({"timeoriginalestimate", "timeestimate", "timespent"})

_BY_TYPE = {
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "datetime": Kind.INSTANT,
    **dict.fromkeys(
        ("option", "array", "user", "version", "project", "group", "option-with-child"), Kind.KEYED
    ),
}
_KEYED_STRINGS = (":select", ":radiobuttons", ":url", "gh-epic-link", "gh-epic-label")
NOT_HELD = {
    "votes": "votes",
    "voter": "votes",
    "watcher": "watchers",
    "watchers": "watchers",
    "lastviewed": "what somebody looked at",
    "filter": "saved filters",
    "savedfilter": "saved filters",
    "request": "saved filters",
    "category": "project categories",
}


def custom_subject(field: CustomField, catalogue: Catalogue) -> Subject:
    """A custom field as conditions see it."""
    kind = _BY_TYPE.get(field.type or "")
    if kind is None:
        custom = field.custom or ""
        kind = Kind.KEYED if field.type == "any" or custom.endswith(_KEYED_STRINGS) else Kind.TEXT
    listed = (
        "," if field.id == catalogue.sprint_field else " " if (field.custom or "").endswith(":labels") else ""
    )
    return Subject(field.id, kind, frozenset({field.id, field.name}), listed)


def find_subjects(name: str, catalogue: Catalogue, *, is_custom_id: bool = False) -> list[Subject]:
    """Every field that a name can mean; several where custom fields share it."""
    wanted = folded(name)
    if is_custom_id or wanted.startswith("customfield_"):
        wanted_id = f"customfield_{wanted}" if is_custom_id else wanted
        return [custom_subject(each, catalogue) for each in catalogue.fields if each.id == wanted_id]
    if wanted in SYSTEM:
        return [SYSTEM[wanted]]
    if wanted == "sprint" and catalogue.sprint_field:
        wanted_id = catalogue.sprint_field
        return [custom_subject(each, catalogue) for each in catalogue.fields if each.id == wanted_id]
    return [custom_subject(each, catalogue) for each in catalogue.fields if folded(each.name) == wanted]
