"""What Cloud and Data Center do differently. Everything else is the same call at another address."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from connectors.answers import Decode
from connectors.http import Http
from connectors.jira.deployment import Deployment
from connectors.jira.documents import (
    AttachmentDocument,
    CommentDocument,
    HistoryDocument,
    IssueDocument,
    ProjectDocument,
    SearchPage,
    Text,
    User,
)
from connectors.jira.keyset import Order

MOST_GROUPS = 1000
"""Of a site with more of them, no list is read."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search, as the editions are asked to carry it out.

    Attributes:
        jql: without ORDER BY if `order` is given.
        order: None to leave the order to the JQL.
        decode: reads the answer, where it is not to be read whole.
    """

    jql: str
    fields: tuple[str, ...]
    expand: tuple[str, ...] = ()
    max_results: int = 100
    reconcile: tuple[int, ...] = ()
    order: Order | None = None
    decode: Decode | None = None


@dataclass(frozen=True, slots=True)
class IssueList:
    """One of Jira Software's lists of issues; `rest` is its path below agile/1.0 and software/1.0."""

    rest: str
    segments: tuple[str | int, ...]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """How a picture is to be shown.

    Attributes:
        width: pixels.
        height: pixels; Cloud shows a frame of this form until the picture is there.
        alt: for whoever does not see it.
    """

    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who alone may read a comment.

    Attributes:
        kind: `role` of a project, or `group`.
        name: its name; on Cloud a group may be named by its id, which stays when it is renamed.
    """

    kind: Literal["role", "group"]
    name: str


class Edition(ABC):
    """One edition, over the HTTP client of a site."""

    deployment: ClassVar[Deployment]
    api: ClassVar[str]

    def __init__(self, http: Http) -> None:
        self._http = http

    @abstractmethod
    def text(self, body: Text) -> Text:
        """The body, if it is of the edition's kind: ADF on Cloud, wiki markup on Data Center.

        Raises:
            ValueError: it is of the other kind.
        """

    @abstractmethod
    def account(self, account: str | None) -> dict[str, str | None]:
        """A user as fields name one: `accountId` on Cloud, `name` on Data Center; None is nobody."""

    @abstractmethod
    def visibility(self, visibility: Visibility) -> dict[str, str]:
        """As a comment is told it."""

    @abstractmethod
    def projects(self) -> AsyncIterator[ProjectDocument]:
        """All projects that the account can see."""

    @abstractmethod
    async def people(self, accounts: Sequence[str]) -> list[User]:
        """Those of a few accounts that are still there, by the id that stays."""

    @abstractmethod
    async def groups(self) -> list[str] | None:
        """Names of all groups; None where there are too many, or not all are told."""

    @abstractmethod
    def permission_params(self, keys: Sequence[str]) -> dict[str, str]:
        """How `mypermissions` is told which permissions are meant."""

    @abstractmethod
    async def search_page(self, query: Query, token: str | None) -> SearchPage:
        """One page of a search; a token is what the page before gave."""

    @abstractmethod
    async def count(self, jql: str) -> int:
        """How many issues a search would find."""

    @abstractmethod
    async def issues_by_id(
        self, ids_or_keys: Sequence[str], *, fields: Sequence[str], expand: Sequence[str]
    ) -> list[IssueDocument]:
        """At most 100 issues; those that are gone or hidden are left out."""

    @abstractmethod
    def changelog(self, issue: str) -> AsyncIterator[HistoryDocument]:
        """The whole history of an issue."""

    @abstractmethod
    async def histories(self, issues: Sequence[IssueDocument]) -> dict[str, list[HistoryDocument]]:
        """The whole history of each issue, by id, in any order."""

    @abstractmethod
    def issue_list(self, which: IssueList) -> AsyncIterator[IssueDocument]:
        """The issues of a board, a backlog or a sprint."""

    @abstractmethod
    def comment_edit_params(self, *, notify_users: bool) -> dict[str, Any]:
        """How a comment is edited without mail, where the edition knows how."""

    @abstractmethod
    async def has_property(self, comment: CommentDocument, key: str, value: object) -> bool:
        """Whether a listed comment has the property with this value."""

    @abstractmethod
    async def shown(self, attachment: AttachmentDocument, picture: Picture) -> tuple[Text, bool]:
        """What shows an attached picture inside a text, and whether as a picture (else as a link)."""
