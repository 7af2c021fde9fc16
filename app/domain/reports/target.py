"""Where a board's reports go."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Target:
    """Where the reports of a board go; at least one of them is set.

    Attributes:
        issue: key of the one that carries living comments.
        sprint_property: begins the keys of the sprint's properties that hold what was found, for other apps.
    """

    issue: str | None = None
    sprint_property: str | None = None

    def elsewhere(self, issue: str) -> Self:
        """The same on another issue, and nowhere else: whoever tries something out, changes nothing."""
        return self if issue == self.issue else replace(self, issue=issue, sprint_property=None)

    def wish(self) -> dict[str, Any]:
        """What the parameters of a run say of it; `of_run` reads it."""
        return {"post_to": self.issue} if self.issue is not None else {"post_to": None, "post": True}

    def of_run(self, parameters: Mapping[str, Any]) -> Self | None:
        """Where the report of a run goes, this being the board's own; None where it is computed only."""
        post_to = parameters.get("post_to")
        if post_to is not None:
            return self.elsewhere(post_to)
        return self if parameters.get("post") else None
