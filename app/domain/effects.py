"""What Burnish may do outside. A closed union: to add a kind is to add a class and its handler.

All but comments do nothing if they are done again, so they are repeated without looking first.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import msgspec

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

    kind: ClassVar[str] = "living_comment"

    issue_key: str
    marker: str
    body: CommentBody
    pictures: tuple[CommentPicture, ...] = ()

    @property
    def property_value(self) -> dict[str, str]:
        """What the comment property holds."""
        return {"id": self.marker}


@dataclass(frozen=True, slots=True)
class EditIssue:
    """Fields are set, or changed by Jira's verbs; see `JiraClient.edit_issue`."""

    kind: ClassVar[str] = "edit_issue"

    issue_key: str
    fields: Mapping[str, Any]
    update: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TransitionIssue:
    """An issue is brought to one of some statuses of one name, if it is not there.

    Attributes:
        status_ids: Jira may have several statuses of one name, of which a project's workflow knows one.
    """

    kind: ClassVar[str] = "transition_issue"

    issue_key: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssignIssue:
    """An issue gets an assignee; None for nobody."""

    kind: ClassVar[str] = "assign_issue"

    issue_key: str
    account: str | None


@dataclass(frozen=True, slots=True)
class LinkIssues:
    """Two issues are linked: `issue_key` shows the outward words ("blocks"), `other_key` the inward ones."""

    kind: ClassVar[str] = "link_issues"

    issue_key: str
    link_type: str
    other_key: str


Effect = LivingComment | EditIssue | TransitionIssue | AssignIssue | LinkIssues
IssueEffect = EditIssue | TransitionIssue | AssignIssue | LinkIssues
KINDS: Mapping[str, type[Effect]] = {
    each.kind: each for each in (LivingComment, EditIssue, TransitionIssue, AssignIssue, LinkIssues)
}


def payload_of(effect: Effect) -> dict[str, Any]:
    """As it is stored; `effect_of` reads it."""
    payload = asdict(effect)
    if not payload.get("pictures", True):
        del payload["pictures"]
    return payload


def effect_of(kind: str, payload: Mapping[str, Any]) -> Effect:
    """As `payload_of` wrote it."""
    return msgspec.convert(payload, KINDS[kind])


def backlog_marker(board_id: int) -> str:
    """A board's report on its backlog lives in one comment."""
    return f"backlog:{board_id}"


def sprint_health_marker(board_id: int, sprint_id: int) -> str:
    """A board's report on a sprint lives in one comment."""
    return f"sprint-health:{board_id}:{sprint_id}"
