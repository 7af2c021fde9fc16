"""Jira's JSON for the smaller things: people, statuses, types, sprints, boards, links, change histories."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from .board_documents import BoardDocuments
from .catalogue import SYSTEM_FIELDS
from .edition import Document
from .model import (
    Attachment,
    Component,
    History,
    Issue,
    IssueType,
    Link,
    LinkType,
    Named,
    Person,
    Project,
    Status,
    Version,
)
from .site import Site

CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


class Documents(BoardDocuments):
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
        local = (at + self.site.clock.skew).astimezone(self.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def _avatars(self, path: str) -> Document:
        sizes = ("48x48", "24x24", "16x16", "32x32")
        return {size: f"{self.base_url}/{path}?size={size}" for size in sizes}

    def user(self, person: Person | None, *, email: bool = False) -> Document | None:
        """A person; on Cloud the e-mail address is shown to nobody but its owner."""
        if person is None:
            return None
        edition = self.site.edition
        return {
            "self": f"{self.api}/{edition.address(person)}",
            **edition.identity(person, email=email),
            "avatarUrls": self._avatars("secure/useravatar"),
            "displayName": person.name,
            "active": person.active,
            "timeZone": person.time_zone,
        }

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
            "avatarId": 10300 + int(kind.id) % 100 if kind.id.isdecimal() else 10300,
            **({"hierarchyLevel": kind.level} if self.site.edition.cloud else {}),
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
        if not self.site.edition.cloud:
            del document["simplified"]
        return document | self._whole(project) if whole else document

    def _whole(self, project: Project) -> Document:
        kinds = [self.issue_type(kind) for kind in self.site.catalogue.types.values()]
        return {
            "expand": "description,lead,issueTypes,url,projectKeys",
            "description": "",
            "lead": self.user(project.lead),
            "components": [self.component(one) for one in project.components.values()],
            "issueTypes": kinds,
            "assigneeType": "UNASSIGNED",
            "versions": [self.version_of(one) for one in project.versions.values()],
            "roles": {},
            **({"style": "classic", "isPrivate": False} if self.site.edition.cloud else {"archived": False}),
        }

    def version_of(self, version: Version) -> Document:
        document: Document = {
            "self": f"{self.api}/version/{version.id}",
            "id": version.id,
            "name": version.name,
            "description": version.description,
            "archived": version.archived,
            "released": version.released,
            "startDate": version.start and version.start.isoformat(),
            "releaseDate": version.release and version.release.isoformat(),
            "projectId": int(version.project_id),
        }
        return {name: value for name, value in document.items() if value is not None}

    def component(self, component: Component) -> Document:
        project = self.site.projects[component.project_id]
        document: Document = {
            "self": f"{self.api}/component/{component.id}",
            "id": component.id,
            "name": component.name,
            "description": component.description,
            "lead": self.user(component.lead),
            "assigneeType": "PROJECT_DEFAULT",
            "realAssigneeType": "PROJECT_DEFAULT",
            "isAssigneeTypeValid": False,
            "project": project.key,
            "projectId": int(project.id),
        }
        return {name: value for name, value in document.items() if value is not None}

    def component_brief(self, component: Component) -> Document:
        """A component as issues show it."""
        address = f"{self.api}/component/{component.id}"
        return {"self": address, "id": component.id, "name": component.name}

    def fields(self) -> list[Document]:
        """What GET /field answers."""
        found: list[Document] = []
        for name, (title, schema) in SYSTEM_FIELDS.items():
            if name != "parent" or self.site.edition.cloud:
                found.append(self._field(name, title, [name], {**schema, "system": name}))
        for field in self.site.catalogue.fields.values():
            number = int(field.id.removeprefix("customfield_"))
            names = [f"cf[{number}]", field.name]
            found.append(self._field(field.id, field.name, names, {**field.schema, "customId": number}))
        return found

    def _field(self, name: str, title: str, clauses: list[str], schema: Document) -> Document:
        custom = "customId" in schema
        return {
            "id": name,
            **({"key": name} if self.site.edition.cloud else {}),
            "name": title,
            "custom": custom,
            "orderable": custom or name in {"summary", "description", "labels", "duedate", "priority"},
            "navigable": name not in {"comment", "attachment"},
            "searchable": True,
            "clauseNames": clauses,
            "schema": schema,
        }

    def history(self, history: History) -> Document:
        """An entry of the changelog; the author is missing where the account is gone."""
        author = {"author": self.user(history.author)} if history.author else {}
        created = self.instant(history.at)
        return {"id": str(history.id), **author, "created": created, "items": self.items(history)}

    def items(self, history: History, only: frozenset[str] = frozenset()) -> list[Document]:
        return items(history, only, cloud=self.site.edition.cloud)

    def attachment(self, attachment: Attachment) -> Document:
        return {
            "self": f"{self.api}/attachment/{attachment.id}",
            "id": str(attachment.id),
            "filename": attachment.filename,
            "author": self.user(attachment.author),
            "created": self.instant(attachment.created),
            "size": len(attachment.content),
            "mimeType": attachment.mime_type,
            "content": self._content(attachment),
        }

    def _content(self, attachment: Attachment) -> str:
        if self.site.edition.cloud:
            return f"{self.api}/attachment/content/{attachment.id}"
        return f"{self.base_url}/secure/attachment/{attachment.id}/{attachment.filename}"

    def media_id(self, attachment: Attachment) -> str:
        """The id of a Cloud attachment in the media store, which documents refer to."""
        return str(uuid5(NAMESPACE_URL, f"{self.base_url}/{attachment.id}"))

    def link(self, link: Link, seen_from: Issue) -> Document:
        outward = link.source == seen_from.id
        other = self.site.issues[link.destination if outward else link.source]
        return {
            "id": str(link.id),
            "self": f"{self.api}/issueLink/{link.id}",
            "type": self.link_type(link.type),
            "outwardIssue" if outward else "inwardIssue": self.brief(other),
        }

    def link_type(self, kind: LinkType) -> Document:
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.api}/issueLinkType/{kind.id}",
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


def items(history: History, only: frozenset[str] = frozenset(), *, cloud: bool = True) -> list[Document]:
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
                if cloud and item.field in _PEOPLE
                else {}
            ),
        }
        for item in history.items
        if not only or (item.field_id or item.field) in only
    ]


_PEOPLE = frozenset({"assignee", "reporter"})
