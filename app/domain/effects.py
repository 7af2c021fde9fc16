"""What Burnish may do outside. A closed union: to add a kind is to add a class and its handler."""

from dataclasses import dataclass
from typing import Any

MARKER_PROPERTY = "burnish.report"
"""Comment property that carries `{"id": marker}`, so that our comment is found again after a crash."""


CommentBody = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class LivingComment:
    """One comment on one issue, written once and edited in place ever after.

    Attributes:
        issue_key: where it stands.
        marker: which comment it is, e.g. `sprint-health:1:7`; one issue has at most one of each.
        body: the document in Atlassian Document Format for Jira Cloud, as wiki markup for Data Center.
    """

    issue_key: str
    marker: str
    body: CommentBody

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
