"""What rules alone want of Jira: remove links, rank at an end, take a comment back, versions and sprints.

Each, done again, changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class UnlinkIssues:
    """Links of an issue are removed; the issues stay, and their histories tell of the links.

    Attributes:
        link_type: those of this kind, by its name or its words as the issue shows them; None for any.
        other_key: those with this issue; None for any.
    """

    kind: ClassVar[str] = "unlink_issues"

    issue_key: str
    link_type: str | None
    other_key: str | None


@dataclass(frozen=True, slots=True)
class RankAtEnd:
    """An issue is ranked above or below all others that a JQL finds when it is done.

    Attributes:
        jql: without ORDER BY.
    """

    kind: ClassVar[str] = "rank_at_end"

    issue_key: str
    end: Literal["top", "bottom"]
    jql: str


@dataclass(frozen=True, slots=True)
class TakeCommentBack:
    """A comment of ours is deleted, if it stands.

    Attributes:
        marker: which one; see `LivingComment`.
    """

    kind: ClassVar[str] = "take_comment_back"

    issue_key: str
    marker: str


@dataclass(frozen=True, slots=True)
class CreateVersion:
    """A project gets a version, if it has none of that name.

    Attributes:
        issue_key: because of which; empty where that is no issue.
        project_id: Jira's id.
    """

    kind: ClassVar[str] = "create_version"

    issue_key: str
    project_id: str
    name: str
    description: str = ""
    start_on: date | None = None
    release_on: date | None = None


@dataclass(frozen=True, slots=True)
class NamedSprint:
    """A sprint.

    Attributes:
        id: None where it was not there yet when it was named.
        name: on its board.
    """

    id: int | None
    name: str

    @property
    def shown(self) -> str:
        """For people."""
        return self.name or f"Sprint {self.id}"


@dataclass(frozen=True, slots=True)
class CreateSprint:
    """A board gets a sprint, if it has none of that name.

    Attributes:
        issue_key: because of which; empty where that is no issue.
        start: planned, in UTC.
        end: likewise.
    """

    kind: ClassVar[str] = "create_sprint"

    issue_key: str
    board_id: int
    name: str
    goal: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartSprint:
    """A sprint is started, if it has not begun.

    Attributes:
        issue_key: because of which; empty where that is no issue.
        start: in UTC.
        days: after which it ends where no end is given or planned.
        end: None for what is planned.
        goal: None to leave it.
    """

    kind: ClassVar[str] = "start_sprint"

    issue_key: str
    board_id: int
    sprint: NamedSprint
    start: datetime
    days: int
    end: datetime | None = None
    goal: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteSprint:
    """A running sprint is closed, and the issues in it that are not done go elsewhere.

    Attributes:
        issue_key: because of which; empty where that is no issue.
        open_issues: into which sprint they go; None for the backlog.
    """

    kind: ClassVar[str] = "complete_sprint"

    issue_key: str
    board_id: int
    sprint: NamedSprint
    open_issues: NamedSprint | None = None


SprintStep = CreateSprint | StartSprint | CompleteSprint
RuleEffect = UnlinkIssues | RankAtEnd | TakeCommentBack | CreateVersion | SprintStep
