"""Webhooks: who wants to hear what, and the bodies they get, in the shapes of recorded Cloud deliveries.

Bodies are the REST v2 view of things. Comment events show six fields of the issue and no user; links are ids
only; sprints come without an issue list.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .documents import Document, Documents, items, zulu
from .issue_documents import COMMENT_EVENT_FIELDS, chosen, comment_document, fields
from .jql import Query
from .model import Attachment, Comment, Happening, Link, Sprint


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered admin webhook. The secret is write-only: documents say only that there is one."""

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

    def wants(self, happening: Happening) -> bool:
        """Whether the event is asked for; a JQL filter speaks of issues, and is ignored for sprints."""
        if not self.enabled or (self.events and happening.event not in self.events):
            return False
        return self.query is None or happening.issue is None or self.query.matches(happening.issue)


Enqueue = Callable[[Webhook, bytes, bool], None]


class Webhooks:
    """The registered webhooks; turns what happens into bodies, as of that instant, and hands them on."""

    def __init__(self, docs: Documents, enqueue: Enqueue) -> None:
        self._docs = docs
        self._enqueue = enqueue
        self._all = chosen(["*all", "-comment", "-worklog"], "*all")
        self.registered: dict[int, Webhook] = {}
        self._last = 0

    def add(self, webhook: Webhook) -> Webhook:
        self._last += 1
        webhook = replace(webhook, id=self._last)
        self.registered[webhook.id] = webhook
        return webhook

    def tell(self, happening: Happening) -> None:
        body: bytes | None = None
        for webhook in self.registered.values():
            if webhook.wants(happening):
                body = body or json.dumps(self.body(happening), ensure_ascii=False).encode()
                self._enqueue(webhook, b"" if webhook.exclude_body else body, happening.secondary)

    def body(self, happening: Happening) -> Document:
        envelope = {
            "timestamp": round(happening.at.timestamp() * 1000),
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
        document["issue"] = self._issue(happening, self._all)
        if isinstance(happening.subject, Comment) and happening.issue:
            document["comment"] = comment_document(self._docs, happening.issue, happening.subject)
        if happening.history:
            document["changelog"] = {"id": str(happening.history.id), "items": items(happening.history)}
        return document

    def _issue(self, happening: Happening, names: list[str] | tuple[str, ...]) -> Document:
        """`self` lacks its `issue/` in real deliveries too: nobody should build requests from it."""
        issue = happening.issue
        assert issue is not None
        shown = fields(self._docs, issue, names)
        return {
            "id": str(issue.id),
            "self": f"{self._docs.api}/{issue.id}",
            "key": issue.key,
            "fields": shown,
        }

    def _subject(self, happening: Happening) -> Document:
        match happening.subject:
            case Comment() as comment:
                assert happening.issue is not None
                document = comment_document(self._docs, happening.issue, comment)
                return {"comment": document, "issue": self._issue(happening, COMMENT_EVENT_FIELDS)}
            case Sprint() as sprint:
                document = {"sprint": self._sprint(sprint, deleted=happening.event == "sprint_deleted")}
                if isinstance(happening.before, Sprint):
                    document["oldValue"] = self._sprint(happening.before)
                return document
            case Link() as link:
                return {"issueLink": _link(link)}
            case Attachment() as attachment:
                return {"attachment": self._docs.attachment(attachment)}
            case _:
                return {}

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
