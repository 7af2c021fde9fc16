"""A board from what Jira tells of it: its entry in the list of boards, and how it is set up."""

from collections.abc import Mapping
from typing import Any

from app.domain.scrum.board import Board, Column, Limits
from app.domain.scrum.texts import text_or_none

Document = Mapping[str, Any]

_COUNTED: Mapping[str, bool] = {"issueCount": True, "issueCountExclSubs": False}
"""What columns are limited by, and whether sub-tasks count."""


def read_board(document: Document, configuration: Document) -> Board:
    """A board from its entry in the list and its configuration, whose filter may have been looked up."""
    estimation = (configuration.get("estimation") or {}).get("field") or {}
    saved = configuration.get("filter") or {}
    config = configuration.get("columnConfig") or {}
    columns, constraint = config.get("columns") or (), config.get("constraintType")
    return Board(
        id=int(document["id"]),
        name=str(document.get("name") or document["id"]),
        kind=str(document.get("type") or "scrum"),
        columns=tuple(
            Column(
                str(column.get("name") or ""),
                tuple(str(status["id"]) for status in column.get("statuses") or ()),
                _limits(column, constraint),
            )
            for column in columns
        ),
        estimation_field=estimation.get("fieldId"),
        estimation_name=str(estimation.get("displayName") or ""),
        filter_id=text_or_none(saved.get("id")),
        filter_jql=jql if isinstance(jql := saved.get("jql"), str) else None,
        sub_query=text_or_none((configuration.get("subQuery") or {}).get("query")),
        rank_field=_rank_field((configuration.get("ranking") or {}).get("rankCustomFieldId")),
    )


def _limits(column: Document, constraint: object) -> Limits | None:
    """Numbers limit nothing on a board that limits nothing (`none`)."""
    least, most = (one if isinstance(one, int) else None for one in map(column.get, ("min", "max")))
    with_subtasks = _COUNTED.get(str(constraint))
    if with_subtasks is None or (least is None and most is None):
        return None
    return Limits(least, most, with_subtasks=with_subtasks)


def _rank_field(number: object) -> str | None:
    """Configurations give the number of the custom field alone."""
    return None if number is None else f"customfield_{number}"
