"""Comments of ours: each says which it is, for whom, and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

MARKER_PROPERTY = "burnish.report"
"""Comment property that carries `{"id": marker}`, so that our comment is found again after a crash."""


INTERNAL_PROPERTY = "sd.public.comment"
"""Comment property of Jira Service Management: `{"internal": true}` is for agents alone."""
CommentBody = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class CommentPicture:
    """A chart that a comment shows.

    Attributes:
        file_name: of the attachment; another look has another name.
        place: text of the paragraph in the body that it replaces.
        alt: for whoever does not see it.
        spec: a Vega-Lite document.
    """

    file_name: str
    place: str
    alt: str
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who alone may read a comment.

    Attributes:
        kind: `role` of the project, or `group`.
        name: its name; a group of Cloud may be named by its id.
    """

    kind: Literal["role", "group"]
    name: str


@dataclass(frozen=True, slots=True)
class LivingComment:
    """One comment on one issue, written once and edited in place ever after, or until there is news.

    Attributes:
        issue_key: where it stands.
        marker: which comment it is, e.g. `sprint-health:1:7`; one issue has at most one of each.
        body: the document in Atlassian Document Format for Jira Cloud, as wiki markup for Data Center.
        pictures: that are attached to the issue and shown in the body.
        audience: None for whoever sees the issue. Whoever sees it sees its attachments, too, so a comment for
            some has no pictures.
        internal: in a service project for agents alone; elsewhere it changes nothing.
        edition: counts the comments by that marker: with news comes another one, and the one before stays.
    """

    kind: ClassVar[str] = "living_comment"

    issue_key: str
    marker: str
    body: CommentBody
    pictures: tuple[CommentPicture, ...] = ()
    audience: Audience | None = None
    edition: int = 1
    internal: bool = False

    @property
    def properties(self) -> dict[str, Any]:
        """All that it carries, by key."""
        hidden = {INTERNAL_PROPERTY: {"internal": True}} if self.internal else {}
        return {MARKER_PROPERTY: self.property_value, **hidden}

    @property
    def property_value(self) -> dict[str, Any]:
        """What the comment property holds."""
        return {"id": self.marker} | ({"edition": self.edition} if self.edition > 1 else {})


def backlog_marker(board_id: int) -> str:
    """A board's report on its backlog lives in one comment."""
    return f"backlog:{board_id}"


def sprint_health_marker(board_id: int, sprint_id: int, kind: str = "health") -> str:
    """A board's reports on a sprint live in one comment each: the daily one, and those of its moments."""
    return f"sprint-{kind}:{board_id}:{sprint_id}"


def flow_marker(board_id: int) -> str:
    """A board's report on its flow lives in one comment."""
    return f"flow:{board_id}"


def velocity_marker(board_id: int) -> str:
    """A board's report on its velocity lives in one comment."""
    return f"velocity:{board_id}"


def delivery_marker(board_id: int) -> str:
    """A board's report on what is delivered when lives in one comment."""
    return f"delivery:{board_id}"
