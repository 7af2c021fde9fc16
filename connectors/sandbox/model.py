"""The things on a Jira site, in Jira's words. Plain records; operations are in changes.py and sprints.py."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Adf = dict[str, Any]
"""A document in Atlassian Document Format."""

Text = Adf | str
"""A text as it was written: ADF over REST v3, wiki markup over v2. Each is shown in the other's form too."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account: Cloud knows them by `account_id`, Data Center by `key` and `user_name`."""

    account_id: str
    name: str
    time_zone: str
    email: str | None = None
    account_type: str = "atlassian"
    user_name: str = ""
    key: str = ""
    active: bool = True


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
class CustomField:
    """A field of the site's own. `role` says what the sandbox knows it for: sprint, points, rank."""

    id: str
    name: str
    schema: dict[str, Any]
    role: str = ""


@dataclass(slots=True)
class Version:
    id: str
    name: str
    project_id: str
    description: str = ""
    released: bool = False
    archived: bool = False
    start: date | None = None
    release: date | None = None


@dataclass(slots=True)
class Component:
    id: str
    name: str
    project_id: str
    description: str = ""
    lead: Person | None = None


@dataclass(slots=True, eq=False)
class Project:
    id: str
    key: str
    name: str
    lead: Person
    numbers: int = 0
    versions: dict[str, Version] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)

    def next_key(self) -> str:
        self.numbers += 1
        return f"{self.key}-{self.numbers}"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    statuses: tuple[str, ...]
    least: int | None = None
    most: int | None = None
    """How many issues it is to hold."""


@dataclass(slots=True)
class Board:
    id: int
    name: str
    type: str  # scrum, kanban
    filter_id: str
    columns: tuple[Column, ...]
    projects: tuple[str, ...] = ()
    """Ids of the projects whose issues its filter finds."""
    jql: str | None = None
    """Of its filter; without, the filter finds all issues of the projects."""
    filter_shared: bool = True
    """Whether the account may see the filter; the board is shown all the same."""
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
    activated: datetime | None = None
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
    author: Person | None
    items: tuple[Item, ...]


@dataclass(slots=True)
class Comment:
    id: int
    author: Person | None
    body: Text
    created: datetime
    updated: datetime
    update_author: Person | None
    properties: dict[str, Any] = field(default_factory=dict)
    visibility: dict[str, Any] | None = None


@dataclass(slots=True)
class Worklog:
    id: int
    issue_id: int
    author: Person | None
    update_author: Person | None
    comment: Text | None
    created: datetime
    updated: datetime
    started: datetime
    seconds: int
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RemoteLink:
    """A link out of Jira; the `document` is kept as it was given. One for each global id."""

    id: int
    global_id: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    issue_id: int
    filename: str
    mime_type: str
    content: bytes
    author: Person | None
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
    project: Project
    type: IssueType
    summary: str
    status: Status
    priority: Named | None
    creator: Person | None
    reporter: Person | None
    created: datetime
    updated: datetime
    rank: int
    status_changed: datetime
    description: Text | None = None
    environment: Text | None = None
    resolution: Named | None = None
    resolved: datetime | None = None
    labels: tuple[str, ...] = ()
    assignee: Person | None = None
    parent: int | None = None
    due: date | None = None
    sprints: tuple[int, ...] = ()
    points: float | None = None
    flagged: bool = False
    components: tuple[Component, ...] = ()
    fix_versions: tuple[Version, ...] = ()
    versions: tuple[Version, ...] = ()
    estimate: int | None = None
    security: Named | None = None
    """The security level; who sees it is not played."""
    concealed: str = ""
    """`hidden` from the caller or `archived`: still there, and no search finds it."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Values of fields that the sandbox keeps as they were imported, by field id."""
    histories: list[History] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    subtasks: list[int] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    watchers: dict[str, Person] = field(default_factory=dict)
    voters: dict[str, Person] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Property:
    """A small JSON value that an app keeps on an issue."""

    key: str
    value: Any = None


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
    subject: Comment | Sprint | Link | Attachment | Worklog | Version | Board | Project | Property | None = (
        None
    )
    before: Sprint | Issue | None = None
    secondary: bool = False
