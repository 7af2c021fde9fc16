"""How many issues the columns of a board are to hold, as Jira says it."""

from typing import Any

import pytest

from app.domain.scrum.board import Limits
from app.domain.scrum.board_from_jira import read_board


@pytest.mark.parametrize(
    ("constraint", "told", "limits"),
    [
        ("issueCount", {"min": 1, "max": 4}, Limits(1, 4, with_subtasks=True)),
        ("issueCountExclSubs", {"max": 4}, Limits(None, 4)),
        ("issueCountExclSubs", {"min": 2}, Limits(2, None)),
        ("issueCount", {}, None),
        ("none", {"max": 4}, None),
        (None, {"max": 4}, None),
        ("issueCount", {"max": "many"}, None),
    ],
)
def test_columns_are_limited_where_the_board_says_by_what(
    constraint: str | None, told: dict[str, Any], limits: Limits | None
) -> None:
    column = {"name": "In Review", "statuses": [{"id": "3"}], **told}
    configuration = {"columnConfig": {"columns": [column], "constraintType": constraint}}
    (found,) = read_board({"id": 2, "name": "Support", "type": "kanban"}, configuration).columns
    assert (found.name, found.status_ids, found.limits) == ("In Review", ("3",), limits)
