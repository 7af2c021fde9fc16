"""The things on a Jira site, in Jira's words. Plain records; operations are in changes.py and sprints.py."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Adf = dict[str, Any]
"""A document in Atlassian Document Format."""


@dataclass(frozen=True, slots=True)
class Person:
    account_id: str
    name: str
    time_zone: str
    email: str | None = None
    account_type: str = "atlassian"


@dataclass(frozen=True, slots=True)
class Named:
    """Something that Jira knows by id and shows by name: a priority, a resolution, a link type."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    name: str
    category: str  # new, indeterminate, done


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str
    description: str
    level: int  # 1 epic, 0 standard, -1 sub-task

    @property
    def subtask(self) -> bool:
        return self.level < 0


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge of the workflow: its id differs for the same target status from another status."""

    id: str
    name: str
    source: str
    target: str
    asks_resolution: bool = False


@dataclass(frozen=True, slots=True)
class LinkType:
    id: str
    name: str
    outward: str
    inward: str


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    key: str
    name: str
    lead: Person


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    statuses: tuple[str, ...]


@dataclass(slots=True)
class Board:
    id: int
    name: str
    type: str  # scrum, kanban
    filter_id: str
    columns: tuple[Column, ...]
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def done_statuses(self) -> tuple[str, ...]:
        """Done on a board is what its last column with statuses holds."""
        return next((column.statuses for column in reversed(self.columns) if column.statuses), ())


@dataclass(slots=True)
class Sprint:
    id: int
    name: str
    board_id: int
    created: datetime
    state: str = "future"
    goal: str = ""
    start: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a changelog entry; `before` and `after` are ids, the texts are what is shown."""

    field: str
    fieldtype: str
    field_id: str | None
    before: str | None
    before_text: str | None
    after: str | None
    after_text: str | None


@dataclass(frozen=True, slots=True)
class History:
    """An entry of an issue's changelog; ids grow with time on the site."""

    id: int
    at: datetime
    author: Person
    items: tuple[Item, ...]


@dataclass(slots=True)
class Comment:
    id: int
    author: Person
    body: Adf
    created: datetime
    updated: datetime
    update_author: Person
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    issue_id: int
    filename: str
    mime_type: str
    content: bytes
    author: Person
    created: datetime


@dataclass(frozen=True, slots=True)
class Link:
    id: int
    type: LinkType
    source: int
    destination: int


@dataclass(slots=True)
class Issue:
    """An issue as it is now, with everything that ever changed on it."""

    id: int
    key: str
    type: IssueType
    summary: str
    status: Status
    priority: Named
    creator: Person
    reporter: Person
    created: datetime
    updated: datetime
    rank: int
    status_changed: datetime
    description: Adf | None = None
    resolution: Named | None = None
    resolved: datetime | None = None
    labels: tuple[str, ...] = ()
    assignee: Person | None = None
    parent: int | None = None
    due: date | None = None
    sprints: tuple[int, ...] = ()
    points: float | None = None
    flagged: bool = False
    histories: list[History] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    subtasks: list[int] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened on the site: what webhooks tell, and what the ledger counts.

    Attributes:
        event: the webhook's name (`jira:issue_updated`, `sprint_started`).
        event_type: Jira's internal event behind it (`issue_generic` is a transition); an open set.
        subject: the comment, sprint, link or attachment that the event is about.
        before: the sprint or the issue as it was; Jira tells it for `sprint_updated` only.
        secondary: Jira promises secondary events within 15 minutes, not 30 seconds.
    """

    event: str
    at: datetime
    actor: Person | None = None
    issue: Issue | None = None
    history: History | None = None
    event_type: str | None = None
    subject: Comment | Sprint | Link | Attachment | None = None
    before: Sprint | Issue | None = None
    secondary: bool = False
