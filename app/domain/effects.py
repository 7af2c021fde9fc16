"""What Burnish may do outside. A closed union: to add a kind is to add a class and its handler."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MARKER_PROPERTY = "burnish.report"
"""Comment property that carries `{"id": marker}`, so that our comment is found again after a crash."""


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
class LivingComment:
    """One comment on one issue, written once and edited in place ever after.

    Attributes:
        issue_key: where it stands.
        marker: which comment it is, e.g. `sprint-health:1:7`; one issue has at most one of each.
        body: the document in Atlassian Document Format for Jira Cloud, as wiki markup for Data Center.
        pictures: that are attached to the issue and shown in the body.
    """

    issue_key: str
    marker: str
    body: CommentBody
    pictures: tuple[CommentPicture, ...] = ()

    @property
    def kind(self) -> str:
        """The name it is stored under."""
        return "living_comment"

    @property
    def property_value(self) -> dict[str, str]:
        """What the comment property holds."""
        return {"id": self.marker}


Effect = LivingComment


def sprint_health_marker(board_id: int, sprint_id: int) -> str:
    """A board's report on a sprint lives in one comment."""
    return f"sprint-health:{board_id}:{sprint_id}"
