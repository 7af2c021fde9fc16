"""What rules alone want of Jira: remove links, rank at an end, take a comment back, create a version.

Each, done again, changes nothing.
"""

from dataclasses import dataclass
from datetime import date
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


RuleEffect = UnlinkIssues | RankAtEnd | TakeCommentBack | CreateVersion
