"""Jira's JSON for the smaller things: people, statuses, types, sprints, boards, links, change histories."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from .catalogue import CUSTOM_FIELDS, ISSUE_TYPES, POINTS_FIELD, RANK_FIELD, SYSTEM_FIELDS
from .model import Attachment, Board, History, Issue, IssueType, Link, Named, Person, Project, Sprint, Status
from .site import Site

Document = dict[str, Any]

CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


class Documents:
    """Writes documents for one reader: REST v3 or v2 links, time stamps in a zone."""

    def __init__(self, site: Site, base_url: str, zone: ZoneInfo, version: str = "3") -> None:
        self.site = site
        self.zone = zone
        self.version = version
        self.base_url = base_url.rstrip("/")
        self.api = f"{self.base_url}/rest/api/{version}"
        self.agile = f"{self.base_url}/rest/agile/1.0"

    def instant(self, at: datetime | None) -> str | None:
        """`2026-07-28T14:12:54.883-0700`: milliseconds, offset without a colon, the reader's zone."""
        if at is None:
            return None
        local = at.astimezone(self.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def _avatars(self, path: str) -> Document:
        sizes = ("48x48", "24x24", "16x16", "32x32")
        return {size: f"{self.base_url}/{path}?size={size}" for size in sizes}

    def user(self, person: Person | None, *, email: bool = False) -> Document | None:
        """A person; the e-mail address is shown to nobody but its owner, as privacy settings have it."""
        if person is None:
            return None
        document: Document = {
            "self": f"{self.api}/user?accountId={quote(person.account_id, safe='')}",
            "accountId": person.account_id,
            "avatarUrls": self._avatars("secure/useravatar"),
            "displayName": person.name,
            "active": True,
            "timeZone": person.time_zone,
            "accountType": person.account_type,
        }
        return document | ({"emailAddress": person.email} if email and person.email else {})

    def status(self, status: Status) -> Document:
        return {
            "self": f"{self.api}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.base_url}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def category(self, key: str) -> Document:
        number, colour, name = CATEGORIES[key]
        address = f"{self.api}/statuscategory/{number}"
        return {"self": address, "id": number, "key": key, "colorName": colour, "name": name}

    def issue_type(self, kind: IssueType) -> Document:
        return {
            "self": f"{self.api}/issuetype/{kind.id}",
            "id": kind.id,
            "description": kind.description,
            "iconUrl": f"{self.base_url}/rest/api/2/universal_avatar/view/type/issuetype/avatar/{kind.id}",
            "name": kind.name,
            "subtask": kind.subtask,
            "avatarId": int(kind.id) + 300,
            "hierarchyLevel": kind.level,
        }

    def named(self, kind: str, thing: Named | None) -> Document | None:
        """A priority or a resolution."""
        if thing is None:
            return None
        more = {"description": thing.description} if kind == "resolution" else {"iconUrl": self._icon(thing)}
        return {"self": f"{self.api}/{kind}/{thing.id}", "id": thing.id, "name": thing.name, **more}

    def _icon(self, thing: Named) -> str:
        return f"{self.base_url}/images/icons/priorities/{thing.name.lower()}.svg"

    def project(self, project: Project, *, whole: bool = False) -> Document:
        document: Document = {
            "self": f"{self.api}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "avatarUrls": self._avatars(
                f"rest/api/{self.version}/universal_avatar/view/type/project/avatar/10421"
            ),
        }
        if not whole:
            return document
        kinds = [self.issue_type(kind) for kind in ISSUE_TYPES.values()]
        details = {"description": "", "lead": self.user(project.lead), "components": [], "issueTypes": kinds}
        more = {"assigneeType": "UNASSIGNED", "versions": [], "style": "classic", "isPrivate": False}
        return {"expand": "description,lead,issueTypes,url,projectKeys", **document, **details, **more}

    def fields(self) -> list[Document]:
        """What GET /field answers."""
        found: list[Document] = []
        for name, (title, schema) in SYSTEM_FIELDS.items():
            found.append(_field(name, title, [name], {**schema, "system": name}))
        for name, (title, schema) in CUSTOM_FIELDS.items():
            number = int(name.removeprefix("customfield_"))
            found.append(_field(name, title, [f"cf[{number}]", title], {**schema, "customId": number}))
        return found

    def history(self, history: History) -> Document:
        return {
            "id": str(history.id),
            "author": self.user(history.author),
            "created": self.instant(history.at),
            "items": items(history),
        }

    def attachment(self, attachment: Attachment) -> Document:
        return {
            "self": f"{self.api}/attachment/{attachment.id}",
            "id": str(attachment.id),
            "filename": attachment.filename,
            "author": self.user(attachment.author),
            "created": self.instant(attachment.created),
            "size": len(attachment.content),
            "mimeType": attachment.mime_type,
            "content": f"{self.api}/attachment/content/{attachment.id}",
        }

    def link(self, link: Link, seen_from: Issue) -> Document:
        outward = link.source == seen_from.id
        other = self.site.issues[link.destination if outward else link.source]
        kind = {
            "id": link.type.id,
            "name": link.type.name,
            "inward": link.type.inward,
            "outward": link.type.outward,
        }
        return {
            "id": str(link.id),
            "self": f"{self.api}/issueLink/{link.id}",
            "type": {**kind, "self": f"{self.api}/issueLinkType/{link.type.id}"},
            "outwardIssue" if outward else "inwardIssue": self.brief(other),
        }

    def brief(self, issue: Issue) -> Document:
        """An issue as others show it: parents, sub-tasks, links."""
        shown = {
            "summary": issue.summary,
            "status": self.status(issue.status),
            "priority": self.named("priority", issue.priority),
            "issuetype": self.issue_type(issue.type),
        }
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.api}/issue/{issue.id}",
            "fields": shown,
        }

    def sprint(self, sprint: Sprint) -> Document:
        """A sprint in the agile API: instants in UTC with a Z; those it does not have are left out."""
        document: Document = {
            "id": sprint.id,
            "self": f"{self.agile}/sprint/{sprint.id}",
            "state": sprint.state,
            "name": sprint.name,
            "startDate": zulu(sprint.start),
            "endDate": zulu(sprint.end),
            "completeDate": zulu(sprint.completed),
            "createdDate": zulu(sprint.created),
            "originBoardId": sprint.board_id,
            "goal": sprint.goal,
        }
        return {name: value for name, value in document.items() if value is not None}

    def board(self, board: Board) -> Document:
        project = self.site.project
        location = {
            "projectId": int(project.id),
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": "software",
            "avatarURI": f"{self.base_url}/rest/api/2/universal_avatar/view/type/project/avatar/10421",
            "name": f"{project.name} ({project.key})",
        }
        address = f"{self.agile}/board/{board.id}"
        return {
            "id": board.id,
            "self": address,
            "name": board.name,
            "type": board.type,
            "location": location,
            "isPrivate": False,
        }

    def board_configuration(self, board: Board) -> Document:
        """Columns with status ids, estimation (scrum boards only), ranking field, saved filter."""
        project, scrum = self.site.project, board.type == "scrum"
        columns = [
            {"name": column.name, "statuses": [self._mapped(number) for number in column.statuses]}
            for column in board.columns
        ]
        location = {"type": "project", "key": project.key, "id": project.id, "name": project.name}
        estimation = {"type": "field", "field": {"fieldId": POINTS_FIELD, "displayName": "Story Points"}}
        sub_query = {"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"}
        return {
            "id": board.id,
            "name": board.name,
            "type": board.type,
            "self": f"{self.agile}/board/{board.id}/configuration",
            "location": {**location, "self": f"{self.base_url}/rest/api/2/project/{project.id}"},
            "filter": {"id": board.filter_id, "self": f"{self.base_url}/rest/api/2/filter/{board.filter_id}"},
            **({} if scrum else {"subQuery": sub_query}),
            "columnConfig": {"columns": columns, "constraintType": "none"},
            **({"estimation": estimation} if scrum else {}),
            "ranking": {"rankCustomFieldId": int(RANK_FIELD.removeprefix("customfield_"))},
        }

    def _mapped(self, status_id: str) -> Document:
        return {"id": status_id, "self": f"{self.base_url}/rest/api/2/status/{status_id}"}


def zulu(at: datetime | None) -> str | None:
    """`2026-07-30T21:13:24.588Z`, as the agile API and sprint webhooks write instants."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z" if at else None


def items(history: History, only: frozenset[str] = frozenset()) -> list[Document]:
    """The items of a changelog entry, all or those of some field ids."""
    return [
        {
            "field": item.field,
            "fieldtype": item.fieldtype,
            **({"fieldId": item.field_id} if item.field_id else {}),
            "from": item.before,
            "fromString": item.before_text,
            "to": item.after,
            "toString": item.after_text,
            **(
                {"tmpFromAccountId": item.before, "tmpToAccountId": item.after}
                if item.field in _PEOPLE
                else {}
            ),
        }
        for item in history.items
        if not only or (item.field_id or item.field) in only
    ]


_PEOPLE = frozenset({"assignee", "reporter"})


def _field(name: str, title: str, clauses: list[str], schema: Document) -> Document:
    custom = "customId" in schema
    return {
        "id": name,
        "key": name,
        "name": title,
        "custom": custom,
        "orderable": custom or name in {"summary", "description", "labels", "duedate", "priority"},
        "navigable": name not in {"comment", "attachment"},
        "searchable": True,
        "clauseNames": clauses,
        "schema": schema,
    }
