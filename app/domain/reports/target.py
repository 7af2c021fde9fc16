"""Where a board's reports go."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from app.domain.comments import Audience
from app.domain.reports.document import quote
from app.domain.reports.news import NewComment

_LONGEST_SUMMARY = 255


@dataclass(frozen=True, slots=True)
class SprintIssue:
    """How the issue is created that carries the reports of one sprint.

    Attributes:
        project: key.
        issue_type: name.
        summary: with `{sprint}` and `{board}` in the place of names.
        close_as: name of the status that it gets with the report on the end of its sprint; True for
            the one that its board ends with, if its workflow has a step there; False leaves it open.
    """

    project: str
    issue_type: str
    summary: str
    close_as: str | bool = True

    def fields(self, *, sprint: str, board: str) -> dict[str, Any]:
        """As Jira takes them."""
        summary = quote(self.summary.format(sprint=sprint, board=board), _LONGEST_SUMMARY)
        return {
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
            "summary": summary or f"Sprint reports of {quote(board, _LONGEST_SUMMARY - 20)}",
        }


@dataclass(frozen=True, slots=True)
class Target:
    """Where the reports of a board go; at least one of them is set.

    Attributes:
        issue: key of the one that carries living comments.
        sprint_issue: instead of it, each sprint gets one of its own.
        audience: who alone may read the comments; None for whoever sees the issue.
        new_comment: what a new comment is written for; all else is edited into the one that stands.
        sprint_property: begins the keys of the sprint's properties that hold what was found, for other apps.
    """

    issue: str | None = None
    sprint_property: str | None = None
    sprint_issue: SprintIssue | None = None
    audience: Audience | None = None
    new_comment: NewComment = NewComment.VERDICT

    @property
    def project(self) -> str | None:
        """Key of the project in which comments are written."""
        if self.sprint_issue is not None:
            return self.sprint_issue.project
        return None if self.issue is None else self.issue.rpartition("-")[0]

    def elsewhere(self, issue: str) -> Self:
        """The same on another issue, and nowhere else: whoever tries something out, changes nothing."""
        return (
            self
            if issue == self.issue
            else replace(self, issue=issue, sprint_property=None, sprint_issue=None)
        )

    def wish(self) -> dict[str, Any]:
        """What the parameters of a run say of it; `of_run` reads it."""
        return {"post_to": self.issue} if self.issue is not None else {"post_to": None, "post": True}

    def of_run(self, parameters: Mapping[str, Any]) -> Self | None:
        """Where the report of a run goes, this being the board's own; None where it is computed only."""
        post_to = parameters.get("post_to")
        if post_to is not None:
            return self.elsewhere(post_to)
        return self if parameters.get("post") else None
