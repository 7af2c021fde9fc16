"""Jira's documents into our words. Webhook, search and issue answers all come through here.

The documents are tolerant: any field may be null, hidden or missing, sprints come as objects (Cloud REST)
or as `…Sprint@…[id=1,name=…]` strings (webhooks, Data Center), instants as text or epoch milliseconds.
An issue's fields may come unread (`msgspec.Raw`): of a hundred, few are read here and most are only kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import msgspec
from msgspec import structs

from app.domain.scrum.board_from_jira import read_board
from app.domain.scrum.instants import NotReadable, instant
from app.domain.scrum.issue import Change
from app.domain.scrum.issue_columns import account_of, columns_of, field_of
from app.domain.scrum.issue_terms import line_of
from app.domain.scrum.kept_fields import digest, kept, part, written
from app.domain.scrum.nesting import shallow
from app.domain.scrum.sprint_from_jira import (
    parts_of_sprint,
    read_sprint,
    read_sprint_field,
    sprint_documents,
)
from app.domain.scrum.texts import text_or_none

__all__ = [
    "Document",
    "IssueRecord",
    "ItemValues",
    "NotReadable",
    "SiteFields",
    "account_of",
    "entry_of",
    "field_of",
    "find_fields",
    "instant",
    "item_values",
    "parts_of_sprint",
    "read_board",
    "read_comment",
    "read_histories",
    "read_issue",
    "read_items",
    "read_sprint",
    "read_sprint_field",
    "sprint_documents",
]

Document = Mapping[str, Any]

_SPRINT_TYPE = "com.pyxis.greenhopper.jira:gh-sprint"
_CHECKBOXES = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"
_NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
_POINTS_TYPE = "com.pyxis.greenhopper.jira:jsw-story-points"
_EPIC_LINK_TYPE = "com.pyxis.greenhopper.jira:gh-epic-link"
_RANK_TYPES = ("com.pyxis.greenhopper.jira:gh-lexo-rank", "com.pyxis.greenhopper.jira:gh-global-rank")
# Ids of the system fields that changelogs name otherwise; Cloud sends the id beside the name.
_SYSTEM_FIELDS = {
    "Attachment": "attachment",
    "Component": "components",
    "Fix Version": "fixVersions",
    "IssueParentAssociation": "parent",
    "Link": "issuelinks",
    "Parent": "parent",
    "Status": "status",
    "Version": "versions",
}
_APP_FIELDS = frozenset({"Sprint", "Rank", "Epic Link"})


@dataclass(frozen=True, slots=True)
class SiteFields:
    """Ids of the fields that differ from site to site; None where the site has none.

    Attributes:
        by_name: ids of custom fields by name, where the name is unique; old events give no id.
        story_points: all fields that may hold them; which one counts is for the board's configuration to say.
        epic_link: Data Center's way to the epic; Cloud has `parent`.
        rank: of a site with several, the one named Rank; again the board's configuration knows better.
    """

    sprint: str | None = None
    flagged: str | None = None
    by_name: Mapping[str, str] | None = None
    story_points: tuple[str, ...] = ()
    epic_link: str | None = None
    rank: str | None = None


class IssueRecord(msgspec.Struct, frozen=True):
    """An issue as one document shows it.

    Attributes:
        sprint_ids: from the Sprint field.
        fields: every field with a value, by Jira's id, read or unread; see `kept_fields`. Or all as one JSON
            object (`written`).
        texts: the long ones of them, which are kept apart.
        texts_digest: tells them from others; None where there are none.
        columns: see `columns_of`; and as `terms` what its values are known by, see `line_of`.
    """

    id: str
    key: str
    project_key: str
    summary: str
    type_name: str
    is_subtask: bool
    status_id: str
    status_name: str
    assignee: str | None
    flagged: bool
    created: datetime
    updated: datetime
    sprint_ids: frozenset[int]
    fields: Mapping[str, Any] | msgspec.Raw
    texts: Mapping[str, Any]
    texts_digest: int | None
    columns: Mapping[str, Any]

    def written(self) -> Self:
        """The same with its fields as JSON, if they can be written.

        Done as soon as they are read: later, when hundreds of others were read, each part of them has to be
        fetched from memory again.
        """
        return structs.replace(self, fields=written(self.fields))


def find_fields(documents: Iterable[Document]) -> SiteFields:
    """Find the fields by their schema; Flagged, which has a general one, by schema and name.

    Names may be doubled, so they decide only where nothing else can.
    """
    documents = list(documents)
    sprint = flagged = epic_link = None
    names: Counter[str] = Counter()
    ids: dict[str, str] = {}
    for document in documents:
        kind = (document.get("schema") or {}).get("custom")
        if kind == _SPRINT_TYPE:
            sprint = str(document["id"])
        elif kind == _CHECKBOXES and _own_name(document) == "Flagged":
            flagged = str(document["id"])
        elif kind == _EPIC_LINK_TYPE:
            epic_link = str(document["id"])
        if kind:
            names[document["name"]] += 1
            ids[document["name"]] = str(document["id"])
    unique = {name: field for name, field in ids.items() if names[name] == 1}
    return SiteFields(sprint, flagged, unique, _points(documents), epic_link, _rank(documents))


def _own_name(document: Document) -> str:
    """As it was named, and not in the language of the account; only Cloud tells that."""
    return str(document.get("untranslatedName") or document.get("name") or "")


def _points(documents: Iterable[Document]) -> tuple[str, ...]:
    """A number named Story Points (company-managed), or a type of its own (team-managed)."""
    found = []
    for document in documents:
        kind = (document.get("schema") or {}).get("custom")
        if kind == _POINTS_TYPE or (kind == _NUMBER and _own_name(document).lower() == "story points"):
            found.append(str(document["id"]))
    return tuple(found)


def _rank(documents: Iterable[Document]) -> str | None:
    """The newest type that the site has; of several fields the one that Jira itself named."""
    kinds = [
        (str(each["id"]), _own_name(each), (each.get("schema") or {}).get("custom")) for each in documents
    ]
    for wanted in _RANK_TYPES:
        ranks = [(name != "Rank", field) for field, name, kind in kinds if kind == wanted]
        if ranks:
            return min(ranks)[1]
    return None


def read_issue(document: Document, site: SiteFields) -> IssueRecord | None:
    """The issue, or None where the document is only a mention of it (a Cloud comment event has 6 fields).

    Raises:
        NotReadable: no id or key.
    """
    fields = document.get("fields") or {}
    if not document.get("id") or not document.get("key"):
        message = "an issue without id or key"
        raise NotReadable(message)
    created, updated = instant(field_of(fields, "created")), instant(field_of(fields, "updated"))
    if created is None or updated is None:
        return None
    slim, texts = kept(fields)
    status, kind = field_of(slim, "status"), field_of(slim, "issuetype")
    if not part(status, "id"):
        return None
    key, project = str(document["key"]), field_of(fields, "project")
    sprint_ids = read_sprint_field(field_of(fields, site.sprint)) if site.sprint else frozenset()
    columns = columns_of(slim, project, epic_link=site.epic_link, rank=site.rank)
    columns["terms"] = line_of(slim, sprint_ids)
    return IssueRecord(
        id=str(document["id"]),
        key=key,
        project_key=str(part(project, "key") or key.rpartition("-")[0]),
        summary=str(field_of(fields, "summary") or ""),
        type_name=str(part(kind, "name") or ""),
        is_subtask=bool(part(kind, "subtask")),
        status_id=str(part(status, "id")),
        status_name=str(part(status, "name") or part(status, "id")),
        assignee=name_of(field_of(slim, "assignee")),
        flagged=bool(site.flagged and field_of(fields, site.flagged)),
        created=created,
        updated=updated,
        sprint_ids=sprint_ids,
        fields=slim,
        texts=texts,
        texts_digest=digest(texts),
        columns=columns,
    )


def name_of(value: object) -> str | None:
    """A name to show; accounts may be anonymised, so any part may be missing."""
    shown = part(value, "displayName") or part(value, "name") or part(value, "accountId")
    return str(shown) if shown else None


def read_histories(histories: Iterable[Document], site: SiteFields) -> tuple[Change, ...]:
    """Entries of a changelog as changes, oldest first."""
    changes = [
        change
        for history in histories
        for change in read_items(
            history_id=history["id"],
            at=history.get("created"),
            items=history.get("items") or (),
            author=history.get("author"),
            site=site,
        )
    ]
    return tuple(sorted(changes, key=lambda change: (change.at, change.history_id, change.position)))


def read_items(
    *, history_id: object, at: object, items: Iterable[Document], author: object, site: SiteFields
) -> list[Change]:
    """The items of one entry."""
    number, when = entry_of(history_id, at)
    by = account_of(author)
    return [
        Change(number, position, when, field, before, before_text, after, after_text, by)
        for field, position, before, before_text, after, after_text in item_values(items, site)
    ]


def entry_of(history_id: object, at: object) -> tuple[int, datetime]:
    """The id and the instant of an entry.

    Raises:
        NotReadable: there is none.
    """
    when = instant(at)
    if when is None or not str(history_id).isdigit():
        message = f"a changelog entry needs a numeric id and an instant, not {history_id!r} and {at!r}"
        raise NotReadable(message)
    return int(str(history_id)), when


ItemValues = tuple[str, int, str | None, str | None, str | None, str | None]
"""Of a `Change`: field, position, before, before_text, after, after_text."""


def item_values(items: Iterable[Document], site: SiteFields) -> Iterator[ItemValues]:
    """What the items of one entry say, whoever made it and when."""
    seen: dict[str, int] = {}
    for item in items:
        field = _field_id(item, site)
        position = seen.get(field, 0)
        seen[field] = position + 1
        yield (
            field,
            position,
            text_or_none(item.get("from")),
            text_or_none(item.get("fromString")),
            text_or_none(item.get("to")),
            text_or_none(item.get("toString")),
        )


def _by_name(name: str, item: Document, site: SiteFields) -> str:
    """Old events and Data Center name a field without its id; most system fields have the name as id."""
    if item.get("fieldtype") == "custom":
        return (site.by_name or {}).get(name, name)
    return name


def _field_id(item: Document, site: SiteFields) -> str:
    """One field must have one id, whoever tells of it: a change is the same from a webhook and from REST."""
    name = str(item.get("field") or "")
    field = str(item.get("fieldId") or _by_name(name, item, site))
    if field in _APP_FIELDS:  # some events give the name as the id
        return (site.by_name or {}).get(field, field)
    return _SYSTEM_FIELDS.get(field, field)


def read_comment(document: Document, issue_id: str) -> dict[str, Any]:
    """A comment of an event or of an issue: id, issue_id, author, created, updated, body, limited.

    It is limited where only a role or a group may read it, or, in Jira Service Management, only agents.

    Raises:
        NotReadable: no id.
    """
    if not document.get("id"):
        message = "a comment without id"
        raise NotReadable(message)
    return {
        "id": str(document["id"]),
        "issue_id": issue_id,
        "author": account_of(document.get("author")),
        "created": instant(document.get("created")),
        "updated": instant(document.get("updated") or document.get("created")),
        "body": shallow(document.get("body")),
        "limited": bool(document.get("visibility")) or document.get("jsdPublic") is False,
    }
