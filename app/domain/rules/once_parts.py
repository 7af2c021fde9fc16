"""What triggers have in common that fire for the issues of a query, or once without an issue."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from app.domain.rules.parts import Jql, Part

JqlThen = Annotated[
    Jql | None, Field(description="The issues that it fires for, found at that instant. It, or `once`.")
]
Once = Annotated[
    bool,
    Field(
        description="Decide once for the event, without an issue: `branch` to a `jql` and `lookup_issues` "
        "find some. See Without an issue."
    ),
]


_PLACES = ("sprint_", "version_", "board_", "project_")


def in_projects(trigger: Mapping[str, Any]) -> bool:
    """Whether what happens to such a trigger (as a document) happens in projects."""
    return not trigger.get("once") or str(trigger.get("type")).startswith(_PLACES)


def is_once(trigger: Part) -> bool:
    """Whether a rule with that trigger is decided once for each event, without an issue."""
    return bool(getattr(trigger, "once", False))
