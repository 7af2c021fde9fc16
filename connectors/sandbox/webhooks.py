"""Webhooks: who wants to hear what, and the bodies they get, in the shapes of recorded deliveries.

Bodies are the REST v2 view of things. Cloud's comment events show six fields of the issue and no user, Data
Center's show no issue at all; links are ids only; worklogs and attachments come without their issue; sprints
come without an issue list.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .documents import Documents
from .edition import Document, zulu
from .issue_documents import COMMENT_EVENT_FIELDS, chosen, comment_document, fields, worklog_document
from .jql import Query
from .model import (
    Attachment,
    Board,
    Comment,
    Happening,
    Issue,
    Link,
    Project,
    Property,
    Sprint,
    Version,
    Worklog,
)

ADMIN, DYNAMIC = "admin", "dynamic"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered webhook. The secret is write-only: documents say only that there is one.

    A dynamic one belongs to an OAuth app, expires, and is not signed but sent with a token of the app.
    """

    id: int
    name: str
    url: str
    events: frozenset[str]
    secret: str | None = None
    description: str = ""
    jql: str = ""
    query: Query | None = None
    exclude_body: bool = False
    enabled: bool = True
    kind: str = ADMIN
    expires: datetime | None = None
    field_ids: frozenset[str] = frozenset()

    def wants(self, happening: Happening) -> bool:
        """Whether the event is asked for; a JQL filter speaks of issues, and is ignored for sprints."""
        if not self.enabled or (self.events and happening.event not in self.events):
            return False
        if self.expires is not None and happening.at >= self.expires:
            return False
        if self.query is not None and happening.issue is not None and not self.query.matches(happening.issue):
            return False
        if not self.field_ids or happening.history is None:
            return True
        return any((item.field_id or item.field) in self.field_ids for item in happening.history.items)


_WHOLE = ("*all", "-comment", "-worklog")
Enqueue = Callable[[Webhook, bytes, bool], None]


class Webhooks:
    """The registered webhooks; turns what happens into bodies, as of that instant, and hands them on."""

    def __init__(self, docs: Documents, enqueue: Enqueue) -> None:
        self._docs = docs
        self._enqueue = enqueue
        self._cloud = docs.site.edition.cloud
        self.registered: dict[int, Webhook] = {}
        self._last = 0

    def add(self, webhook: Webhook) -> Webhook:
        self._last += 1
        webhook = replace(webhook, id=self._last)
        self.registered[webhook.id] = webhook
        return webhook

    def of_kind(self, kind: str) -> dict[int, Webhook]:
        return {number: one for number, one in self.registered.items() if one.kind == kind}

    def tell(self, happening: Happening) -> None:
        if self._docs.site.quiet:
            return
        document: Document | None = None
        matched = [webhook for webhook in self.registered.values() if webhook.wants(happening)]
        for webhook in matched:
            document = document or self.body(happening)
            sent = document
            if webhook.kind == DYNAMIC:
                sent = {**document, "matchedWebhookIds": [webhook.id]}
            body = b"" if webhook.exclude_body else json.dumps(sent, ensure_ascii=False).encode()
            self._enqueue(webhook, body, happening.secondary)

    def body(self, happening: Happening) -> Document:
        envelope = {
            "timestamp": round((happening.at + self._docs.site.clock.skew).timestamp() * 1000),
            "webhookEvent": happening.event,
        }
        if happening.event.startswith("jira:issue_"):
            return envelope | self._issue_event(happening)
        return envelope | self._subject(happening)

    def _issue_event(self, happening: Happening) -> Document:
        document: Document = {}
        if happening.event_type:
            document["issue_event_type_name"] = happening.event_type
        document["user"] = self._docs.user(happening.actor)
        document["issue"] = self._issue(happening, chosen(self._docs, _WHOLE, "*all"))
        if isinstance(happening.subject, Comment) and happening.issue:
            document["comment"] = comment_document(self._docs, happening.issue, happening.subject)
        if happening.history:
            document["changelog"] = {
                "id": str(happening.history.id),
                "items": self._docs.items(happening.history),
            }
        return document

    def _issue(self, happening: Happening, names: list[str] | tuple[str, ...]) -> Document:
        """`self` lacks its `issue/` in real deliveries too: nobody should build requests from it."""
        issue: Issue | None = happening.issue
        assert issue is not None
        shown = fields(self._docs, issue, names)
        return {
            "id": str(issue.id),
            "self": f"{self._docs.api}/{issue.id}",
            "key": issue.key,
            "fields": shown,
        }

    def _subject(self, happening: Happening) -> Document:
        """What the event is about. Attachments, worklogs and links come without their issue."""
        docs, subject = self._docs, happening.subject
        deleted = happening.event.endswith("_deleted")
        match subject:
            case Comment():
                return self._comment(happening, subject)
            case Sprint():
                before = happening.before
                old = {"oldValue": self._sprint(before)} if isinstance(before, Sprint) else {}
                return {"sprint": self._sprint(subject, deleted=deleted), **old}
            case Board():
                return {"board": self._board(subject, deleted=deleted)}
            case Property():
                shown = {"key": subject.key, "value": subject.value}
                return {"property": shown, "issue": self._issue(happening, COMMENT_EVENT_FIELDS)}
        writers: dict[type, tuple[str, Callable[[Any], Document]]] = {
            Link: ("issueLink", _link),
            Attachment: ("attachment", docs.attachment),
            Worklog: ("worklog", lambda one: worklog_document(docs, one)),
            Version: ("version", docs.version_of),
            Project: ("project", lambda one: {**docs.project(one), "id": int(one.id)}),
        }
        if type(subject) not in writers:
            return {}
        name, write = writers[type(subject)]
        return {name: write(subject)}

    def _comment(self, happening: Happening, comment: Comment) -> Document:
        assert happening.issue is not None
        document = {"comment": comment_document(self._docs, happening.issue, comment)}
        shown = {"issue": self._issue(happening, COMMENT_EVENT_FIELDS)} if self._cloud else {}
        return document | shown

    def _board(self, board: Board, *, deleted: bool) -> Document:
        document = {"id": board.id, "self": f"{self._docs.agile}/board/{board.id}", "name": board.name}
        if deleted:
            del document["self"]
        return {**document, "type": board.type}

    def _sprint(self, sprint: Sprint, *, deleted: bool = False) -> Document:
        document: dict[str, Any] = {
            "id": sprint.id,
            "self": None if deleted else f"{self._docs.agile}/sprint/{sprint.id}",
            "state": sprint.state,
            "name": sprint.name,
            "startDate": zulu(sprint.start),
            "endDate": zulu(sprint.end),
            "completeDate": zulu(sprint.completed),
            "originBoardId": sprint.board_id,
            "goal": sprint.goal if sprint.start or sprint.goal else None,
        }
        return {name: value for name, value in document.items() if value is not None}


def _link(link: Link) -> Document:
    kind = {
        "id": int(link.type.id),
        "name": link.type.name,
        "outwardName": link.type.outward,
        "inwardName": link.type.inward,
        "isSubTaskLinkType": False,
        "isSystemLinkType": False,
    }
    return {
        "id": link.id,
        "sourceIssueId": link.source,
        "destinationIssueId": link.destination,
        "issueLinkType": kind,
        "systemLink": False,
    }
