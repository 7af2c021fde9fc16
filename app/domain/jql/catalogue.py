"""What a site has, as far as the store knows it: what names in a query can mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.jql.analysis import ENGLISH
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
        category: of a project; empty where it has none.
    """

    id: str
    name: str
    group: str = ""
    key: str = ""
    lead: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A version.

    Attributes:
        position: its place among those of the project; None where that is not known.
        released_on: the day of its release as Jira writes it, "2026-11-30"; also one that is planned.
        start_on: likewise the day on which work on it began.
    """

    id: str
    project_id: str
    is_released: bool
    is_archived: bool
    position: int | None
    name: str = ""
    released_on: str | None = None
    start_on: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type; `level` is None where Jira does not say it (Data Center)."""

    id: str
    is_subtask: bool
    level: int | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class LinkType:
    """A type of links: "source blocks target", "target is blocked by source"."""

    id: str
    outward: str
    inward: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that checking needs besides the query.

    Attributes:
        now: the instant of the question.
        zone: in which dates of the query are read.
        account: ids of who asks, for currentUser(); None where nobody is signed in.
        statuses_are_ordered: whether they stand as Jira's own list has them.
        sprint_field: id of the site's Sprint field.
        rank_field: id of its Rank field.
        priorities: from the lowest to the highest; None where the order is not known.
        resolutions: likewise, from the last to the first of Jira's list.
        groups: account ids of their members, by folded name; those that were read.
        users: by name and by login name, folded, the account ids, folded.
        links: by key or id, as a query names an issue: of each of its links the mark (see `link_marks`) and
            the id of the issue at the other end; None where links are not followed.
        children: likewise the ids of all issues below it, at whatever level.
        releases: versions; `has_releases` says whether they were read, so that a site without any has none.
        language: of its texts, by which `~` knows the stems of their words.
        has_surroundings: whether comments, worklogs, files and links may be asked for: `Facts` have them.
        allows_empty_texts: whether an empty text is a name that nothing has, as it was to conditions of rules
            before it was refused as a mistake.
    """

    now: datetime
    zone: ZoneInfo
    fields: tuple[CustomField, ...] = ()
    statuses: tuple[Named, ...] = ()
    statuses_are_ordered: bool = False
    sprints: tuple[Named, ...] = ()
    projects: tuple[Named, ...] = ()
    account: str | None = None
    sprint_field: str | None = None
    rank_field: str | None = None
    priorities: tuple[Named, ...] | None = None
    resolutions: tuple[Named, ...] | None = None
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
    has_releases: bool = False
    components: tuple[Named, ...] = ()
    issue_types: tuple[IssueType, ...] = ()
    link_types: tuple[LinkType, ...] = ()
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    links: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    children: Mapping[str, tuple[str, ...]] | None = None
    language: str = ENGLISH
    has_surroundings: bool = False
    allows_empty_texts: bool = False

    def accounts(self, given: str) -> frozenset[str]:
        """Whom a name or an account id means; folded."""
        return self.users.get(folded(given), frozenset()) | {folded(given)}

    def link_marks(self, described: str, *, is_folded: bool) -> list[str]:
        """`out:<type id>` for links that an issue is the source of, `in:<type id>` for the others.

        Args:
            described: how the link reads from the issue: "blocks", "is blocked by".
            is_folded: whether case does not matter, and the name of the type may stand for both ways.
        """
        same = folded if is_folded else str
        sides = [(f"out:{each.id}", each.outward) for each in self.link_types]
        sides += [(f"in:{each.id}", each.inward) for each in self.link_types]
        found = [mark for mark, said in sides if same(said) == same(described)]
        if found or not is_folded:
            return found
        types = [each.id for each in self.link_types if folded(each.name) == folded(described)]
        return [f"{way}:{each}" for each in types for way in ("out", "in")]


def _system(field_id: str, kind: Kind, *names: str, listed: str = "") -> Subject:
    return Subject(field_id, kind, frozenset({field_id, *names}), listed)


STATUS_CATEGORY = Subject("status", Kind.KEYED, frozenset({"statusCategory"}))
"""The status, by its category."""
CATEGORIES = {
    **dict.fromkeys(("new", "to do", "2"), "new"),
    **dict.fromkeys(("indeterminate", "in progress", "4"), "indeterminate"),
    **dict.fromkeys(("done", "complete", "3"), "done"),
    **dict.fromkeys(("undefined", "no category", "1"), "undefined"),
}
"""By Jira's names and ids of the categories that it ships, their keys."""
KEY_NUMBER = Subject("key", Kind.NUMBER, frozenset())
"""The number within an issue's key."""
WORK_RATIO = Subject("workratio", Kind.NUMBER, frozenset({"workratio"}))
"""Per cent of the original estimate; Jira tells -1 where there is none, and has it empty then."""
COUNTS = {
    "votes": Subject("votes", Kind.NUMBER, frozenset({"votes"}), part="votes"),
    "watchers": Subject("watches", Kind.NUMBER, frozenset({"watches"}), part="watchCount"),
}
"""How many people vote and watch. Nobody is no value: `votes IS EMPTY`."""

_KEYED: dict[str, Subject] = {
    "project": _system("project", Kind.KEYED),
    "status": _system("status", Kind.KEYED),
    "statuscategory": STATUS_CATEGORY,
    "resolution": _system("resolution", Kind.KEYED),
    "priority": _system("priority", Kind.KEYED),
    "issuetype type": _system("issuetype", Kind.KEYED),
    "labels": _system("labels", Kind.KEYED, listed=" "),
    "component components": _system("components", Kind.KEYED, "Component"),
    "fixversion": replace(_system("fixVersions", Kind.KEYED, "Fix Version"), is_version=True),
    "affectedversion": replace(_system("versions", Kind.KEYED, "Version"), is_version=True),
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
    "statuscategorychangeddate": _system("statuscategorychangedate", Kind.INSTANT),
    "due duedate": _system("duedate", Kind.DATE),
    "originalestimate timeoriginalestimate": _system("timeoriginalestimate", Kind.NUMBER),
    "remainingestimate timeestimate": _system("timeestimate", Kind.NUMBER),
    "timespent": _system("timespent", Kind.NUMBER),
    "workratio": WORK_RATIO,
    **COUNTS,
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
AROUND["workitemlinktype"] = AROUND["issuelinktype"]
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
_WITH_TEXTS = ("gh-epic-label",)
_OF_VERSIONS = (":version", ":multiversion")
NOT_HELD = {
    "voter": "who voted. How many did is in `votes`",
    "watcher": "who watches. How many do is in `watchers`",
    "lastviewed": "what somebody looked at. Ask Jira",
    "parentproject": "the projects of parents. Name the parents: `parent IN (…)`",
    "archiveddate": "when an issue was archived",
    **dict.fromkeys(("approval", "approvals"), "what Jira Service Management knows of approvals"),
    **dict.fromkeys(
        (
            *("request type", "customer request type", "change-gating-type"),
            *("request-channel-type", "request-last-activity-time"),
        ),
        "what Jira Service Management knows of requests",
    ),
    **dict.fromkeys(
        (
            *("journeyid", "journeyparentoftypeid", "journeytypeid"),
            *("journeytypeversion", "journeyworkitemid"),
        ),
        "journeys of Jira Service Management",
    ),
    **dict.fromkeys(
        ("filter", "savedfilter", "request", "searchrequest"),
        "saved filters. Put the filter's own query in parentheses in its place: Jira shows it at Filters",
    ),
}
"""What is not, and another way to ask it."""
ONLY_SORTED = frozenset({"progress", "aggregateprogress", "subtasks", "thumbnail", "images"})
"""Jira's lists have such columns, but no condition asks for them."""
_ALIASES = {
    "space": "project",
    "worktype": "issuetype",
    "work item": "key",
    "epic link": "parent",
    "parent link": "parent",
}
"""Jira's other names, where no field of the site has such a name."""
_typed = re.compile(r"(.+?)\s*\[([^\[\]]+)\]").fullmatch
_KINDS = {
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "time stamp": Kind.INSTANT,
    "paragraph": Kind.TEXT,
    "short text": Kind.TEXT,
}
"""By the kinds of fields as Jira writes them behind a name that several may have: `"Points[Number]"`."""


def custom_subject(field: CustomField, catalogue: Catalogue) -> Subject:
    """A custom field as conditions see it."""
    kind = _BY_TYPE.get(field.type or "")
    if kind is None:
        custom = field.custom or ""
        kind = Kind.KEYED if field.type == "any" or custom.endswith(_KEYED_STRINGS) else Kind.TEXT
    listed = (
        "," if field.id == catalogue.sprint_field else " " if (field.custom or "").endswith(":labels") else ""
    )
    has_texts = (field.custom or "").endswith(_WITH_TEXTS)
    names = frozenset({field.id, field.name})
    return Subject(
        field.id,
        kind,
        names,
        listed,
        has_texts,
        is_cascade=field.type == "option-with-child",
        is_version=holds_versions(field.type, field.custom),
    )


def holds_versions(type_: str | None, custom: str | None) -> bool:
    """Whether a custom field is a picker of versions, by Jira's words for its type."""
    return type_ == "version" or (custom or "").endswith(_OF_VERSIONS)


def find_subjects(  # noqa: PLR0911 - one for each way to name a field
    name: str, catalogue: Catalogue, *, is_custom_id: bool = False
) -> list[Subject]:
    """Every field that a name can mean; several where custom fields share it."""
    wanted = folded(name)
    if not is_custom_id and (hit := _custom_id(wanted)):
        return find_subjects(hit[1] or hit[2], catalogue, is_custom_id=True)
    if is_custom_id:
        return _custom(catalogue, lambda each: each.id == f"customfield_{wanted}")
    if wanted in SYSTEM:
        return [SYSTEM[wanted]]
    if wanted == "sprint" and catalogue.sprint_field:
        return _custom(catalogue, lambda each: each.id == catalogue.sprint_field)
    if found := _custom(catalogue, lambda each: folded(each.name) == wanted):
        return found
    if hit := _typed(wanted):
        found = find_subjects(hit[1], catalogue)
        kind = _KINDS.get(hit[2].strip(), Kind.KEYED)
        return [each for each in found if each.kind is kind] or found
    return find_subjects(_ALIASES[wanted], catalogue) if wanted in _ALIASES else []


_custom_id = re.compile(r"cf\[([0-9]+)\]|customfield_([0-9]+)").fullmatch


def _custom(catalogue: Catalogue, fits: Callable[[CustomField], bool]) -> list[Subject]:
    return [custom_subject(each, catalogue) for each in catalogue.fields if fits(each)]
