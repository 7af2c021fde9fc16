"""Jira's documents of what stands around issues into rows: versions, types, people, links, worklogs, files.

Webhooks and REST write the same things, some ids as numbers and some as text. Rows are as the store's tables
name their columns, without what says whose they are and when they were heard of.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.scrum.instants import NotReadable, instant
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.nesting import shallow

Document = Mapping[str, Any]
Row = dict[str, Any]
_DAY = 10


def _id(document: Any, what: str) -> str:
    if not isinstance(document, Mapping) or document.get("id") in {None, ""}:
        message = f"{what} without id"
        raise NotReadable(message)
    return str(document["id"])


def _optional(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _name(document: Document) -> str:
    return str(document.get("name") or document["id"])


def read_version(document: Document, project_id: str | None = None, position: int | None = None) -> Row:
    """A version of a project's list, or of an event; `project_id` where the document does not say it.

    Raises:
        NotReadable: no id, or nothing says whose it is.
    """
    found, project = _id(document, "a version"), document.get("projectId") or project_id
    if project is None:
        message = f"version {found} does not say to which project it belongs"
        raise NotReadable(message)
    return {
        "id": found,
        "project_id": str(project),
        "name": _name(document),
        "description": str(document.get("description") or ""),
        "released": bool(document.get("released")),
        "archived": bool(document.get("archived")),
        "start_on": _day(document.get("startDate")),
        "released_on": _day(document.get("releaseDate")),
        "position": position,
        "merged_into": None,
    }


def _day(value: object) -> str | None:
    """Versions have days; some events write them as instants."""
    return str(value)[:_DAY] if value else None


def read_component(document: Document, project_id: str) -> Row:
    """A component of a project."""
    return {
        "id": _id(document, "a component"),
        "project_id": str(document.get("projectId") or project_id),
        "name": _name(document),
        "lead": account_of(document.get("lead")),
    }


def read_issue_type(document: Document) -> Row:
    """An issue type; `hierarchyLevel` is Cloud's."""
    level = document.get("hierarchyLevel")
    scope = (document.get("scope") or {}).get("project") or {}
    return {
        "id": _id(document, "an issue type"),
        "name": _name(document),
        "is_subtask": bool(document.get("subtask")),
        "hierarchy_level": level if isinstance(level, int) else None,
        "project_id": _optional(scope.get("id")),
    }


def read_in_order(documents: Iterable[Document], what: str) -> list[Row]:
    """Priorities or resolutions: their order is that of Jira's list."""
    return [
        {"id": _id(document, what), "name": _name(document), "position": position}
        for position, document in enumerate(documents)
    ]


def read_link_type(document: Document) -> Row:
    """A link type; events write `outwardName` where REST writes `outward`."""
    return {
        "id": _id(document, "a link type"),
        "name": _name(document),
        "outward": str(document.get("outward") or document.get("outwardName") or ""),
        "inward": str(document.get("inward") or document.get("inwardName") or ""),
    }


def read_user(document: Document) -> Row:
    """A person, an app or a customer.

    Raises:
        NotReadable: nothing says who it is.
    """
    account = account_of(document)
    if account is None:
        message = "a user without accountId, key or name"
        raise NotReadable(message)
    return {
        "account_id": account,
        "name": str(document.get("displayName") or document.get("name") or account),
        "username": _optional(document.get("name")),
        "active": document.get("active") is not False,
        "account_type": _optional(document.get("accountType")),
    }


def read_worklog(document: Document, issue_id: str | None = None) -> Row:
    """Work that somebody logged; `issue_id` where the document does not say it.

    It is limited where only a role or a group may read it.

    Raises:
        NotReadable: no id, nothing says on which issue, or when it was written.
    """
    found, issue = _id(document, "a worklog"), document.get("issueId") or issue_id
    updated = instant(document.get("updated") or document.get("created"))
    if issue is None or updated is None:
        message = f"worklog {found} does not say on which issue or when it was written"
        raise NotReadable(message)
    seconds = document.get("timeSpentSeconds")
    return {
        "id": found,
        "issue_id": str(issue),
        "author": account_of(document.get("author")),
        "started": instant(document.get("started")),
        "seconds": seconds if isinstance(seconds, int) else 0,
        "created": instant(document.get("created")),
        "updated": updated,
        "comment": shallow(document.get("comment")),
        "limited": bool(document.get("visibility")),
    }


def read_told_link(document: Document) -> Row:
    """A link as an event tells of it, by ids.

    Raises:
        NotReadable: it lacks one.
    """
    kind = document.get("issueLinkType")
    source, target = document.get("sourceIssueId"), document.get("destinationIssueId")
    if source is None or target is None:
        message = "a link that does not say which issues it is between"
        raise NotReadable(message)
    return {
        "id": _id(document, "a link"),
        "type_id": _id(kind, "a link's type"),
        "source_id": str(source),
        "target_id": str(target),
    }


def read_links(issue_id: str, value: Any) -> list[Row]:
    """The links in an issue's field; the issue is the source of those that name an `outwardIssue`."""
    found = []
    for each in value if isinstance(value, list) else ():
        if not isinstance(each, Mapping):
            continue
        outward, inward = each.get("outwardIssue"), each.get("inwardIssue")
        other = (outward or inward or {}).get("id")
        kind = (each.get("type") or {}).get("id")
        if each.get("id") is None or other is None or kind is None:
            continue
        source, target = (issue_id, str(other)) if outward else (str(other), issue_id)
        found.append({"id": str(each["id"]), "type_id": str(kind), "source_id": source, "target_id": target})
    return found


def read_attachment(document: Document, issue_id: str | None) -> Row:
    """What is known of a file, not the file."""
    size = document.get("size")
    return {
        "id": _id(document, "an attachment"),
        "issue_id": issue_id,
        "filename": str(document.get("filename") or document["id"]),
        "mime_type": _optional(document.get("mimeType")),
        "bytes": size if isinstance(size, int) else None,
        "author": account_of(document.get("author")),
        "created": instant(document.get("created")),
    }


def read_attachments(issue_id: str, value: Any) -> list[Row]:
    """The files in an issue's field."""
    listed = value if isinstance(value, list) else ()
    return [
        read_attachment(each, issue_id)
        for each in listed
        if isinstance(each, Mapping) and each.get("id") not in {None, ""}
    ]
