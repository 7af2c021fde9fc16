"""Jira's documents as it sends them: names of what we read, no behaviour.

Every key may be absent and nearly every value null (hidden fields, deleted users, editions); more keys than
named here may come. Sources: Atlassian's API descriptions of Jira Cloud v3 and Jira Software Cloud.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

Adf = dict[str, Any]
"""A text in Atlassian Document Format: `{"version": 1, "type": "doc", "content": […]}`."""
Text = Adf | str
"""A text as the edition takes it: ADF on Cloud (v3), wiki markup on Data Center (v2)."""


class User(TypedDict, total=False):
    """`emailAddress` and `timeZone` are often withheld; Data Center has `name` and `key`, no `accountId`."""

    self: str
    accountId: str
    accountType: str
    name: str
    key: str
    emailAddress: str
    displayName: str
    active: bool
    timeZone: str


class ServerInfo(TypedDict, total=False):
    """`deploymentType` is "Cloud", or "Server" for Data Center."""

    baseUrl: str
    version: str
    versionNumbers: list[int]
    deploymentType: str
    serverTime: str
    serverTitle: str


class ProjectDocument(TypedDict, total=False):
    id: str
    key: str
    name: str
    projectTypeKey: str
    simplified: bool
    style: str
    archived: bool


class FieldSchema(TypedDict, total=False):
    """`custom` is the only name of a custom field's type that does not depend on language."""

    type: str
    items: str
    system: str
    custom: str
    customId: int


class FieldDocument(TypedDict, total=False):
    id: str
    key: str
    name: str
    untranslatedName: str
    custom: bool
    clauseNames: list[str]
    schema: FieldSchema
    scope: dict[str, Any]


class StatusCategory(TypedDict, total=False):
    """`key` is one of new, indeterminate, done, undefined."""

    id: int
    key: str
    name: str


class StatusDocument(TypedDict, total=False):
    """`scope` names the project of a team-managed status."""

    id: str
    name: str
    statusCategory: StatusCategory
    scope: dict[str, Any]


class NamedDocument(TypedDict, total=False):
    """A priority or a resolution."""

    id: str
    name: str


class IssueTypeDocument(TypedDict, total=False):
    """`hierarchyLevel` is Cloud's: 1 epic, 0 story, -1 sub-task. `scope` names a team-managed project."""

    id: str
    name: str
    subtask: bool
    hierarchyLevel: int
    scope: dict[str, Any]


class VersionDocument(TypedDict, total=False):
    """Dates are days, as `2026-11-30`."""

    id: str
    name: str
    description: str
    projectId: int
    released: bool
    archived: bool
    startDate: str
    releaseDate: str


class ComponentDocument(TypedDict, total=False):
    id: str
    name: str
    projectId: int
    lead: User | None


ChangeItem = TypedDict(
    "ChangeItem",
    {
        "field": str,
        "fieldtype": str,
        "fieldId": str,
        "from": str | None,
        "fromString": str | None,
        "to": str | None,
        "toString": str | None,
    },
    total=False,
)
"""One field's change. `fieldId` is absent for Key and Workflow."""


class HistoryDocument(TypedDict, total=False):
    """One save by one author. `author` is absent for automation and deleted users.

    `created` is text, or epoch milliseconds where many issues' histories are read at once.
    """

    id: str
    author: User | None
    created: str | int
    items: list[ChangeItem]


class ChangelogDocument(TypedDict, total=False):
    """The part of the history that an issue carries; whole only if `total` says so."""

    startAt: int
    maxResults: int
    total: int
    histories: list[HistoryDocument]


class IssueDocument(TypedDict, total=False):
    """`id` stays for life, `key` changes when the issue moves. Never build requests from `self`."""

    id: str
    key: str
    self: str
    fields: dict[str, Any]
    changelog: ChangelogDocument
    names: dict[str, str]
    schema: dict[str, FieldSchema]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search. Without a token it is the last one."""

    issues: list[IssueDocument]
    next_page_token: str | None


class BoardDocument(TypedDict, total=False):
    """`type` is scrum, kanban or simple (team-managed)."""

    id: int
    self: str
    name: str
    type: str
    location: dict[str, Any]


class BoardStatus(TypedDict, total=False):
    id: str


class BoardColumn(TypedDict, total=False):
    name: str
    statuses: list[BoardStatus]
    min: int
    max: int


class ColumnConfiguration(TypedDict, total=False):
    columns: list[BoardColumn]
    constraintType: str


class EstimationField(TypedDict, total=False):
    fieldId: str
    displayName: str


class Estimation(TypedDict, total=False):
    """`type` is none, field or issueCount; present on scrum boards only."""

    type: str
    field: EstimationField


class BoardConfiguration(TypedDict, total=False):
    id: int
    name: str
    type: str
    location: dict[str, Any]
    filter: dict[str, Any]
    subQuery: dict[str, Any]
    columnConfig: ColumnConfiguration
    estimation: Estimation
    ranking: dict[str, Any]


class FilterDocument(TypedDict, total=False):
    """A saved filter; what an account may not see, it gets no document of."""

    id: str
    self: str
    name: str
    jql: str


class SprintDocument(TypedDict, total=False):
    """`state` is future, active or closed. All dates are absent at first; `completeDate` is the real end."""

    id: int
    self: str
    state: str
    name: str
    startDate: str
    endDate: str
    completeDate: str
    createdDate: str
    activatedDate: str
    originBoardId: int
    goal: str


class PropertyDocument(TypedDict, total=False):
    key: str
    value: Any


class CommentDocument(TypedDict, total=False):
    id: str
    self: str
    author: User | None
    updateAuthor: User | None
    body: Text
    created: str
    updated: str
    visibility: dict[str, Any]
    properties: list[PropertyDocument]


class WorklogDocument(TypedDict, total=False):
    """`timeSpentSeconds` is the time; `started` is when the work began, as people say."""

    id: str
    issueId: str
    author: User | None
    started: str
    created: str
    updated: str
    timeSpentSeconds: int
    comment: Text


class TransitionDocument(TypedDict, total=False):
    """Choose by `to`, never by name: ids and names belong to one workflow."""

    id: str
    name: str
    to: StatusDocument
    hasScreen: bool
    isAvailable: bool
    fields: dict[str, Any]


class AttachmentDocument(TypedDict, total=False):
    """`size` is in bytes; `content` is the address of the file itself."""

    id: str
    self: str
    filename: str
    mimeType: str
    size: int
    content: str
    created: str
    author: User | None


class IssueReference(TypedDict, total=False):
    """What is told of an issue that was just created."""

    id: str
    key: str
    self: str


class LinkTypeDocument(TypedDict, total=False):
    """`inward` and `outward` are the words between two issues: "is blocked by", "blocks"."""

    id: str
    name: str
    inward: str
    outward: str


class WebhookDocument(TypedDict, total=False):
    """A webhook registered by an admin. Its secret is never told again.

    Its id is the tail of `self`; Data Center from 10 on tells it as `id`.
    """

    id: int
    self: str
    name: str
    url: str
    events: list[str]
    filters: dict[str, str]
    excludeBody: bool
    enabled: bool
    isSigned: bool


class DynamicWebhookDocument(TypedDict, total=False):
    """A webhook registered by an OAuth app; `expirationDate` is epoch milliseconds."""

    id: int
    url: str
    events: list[str]
    jqlFilter: str
    fieldIdsFilter: list[str]
    issuePropertyKeysFilter: list[str]
    expirationDate: int | str
