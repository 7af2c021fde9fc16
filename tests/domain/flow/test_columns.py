"""How full columns are, beside what they are to hold."""

from dataclasses import replace

from app.domain.flow.columns import ColumnLoad, column_loads
from app.domain.scrum.board import Board, Limits
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.issue import Issue
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, an_issue, day, moved


def limited(limits: Limits | None) -> Board:
    board = a_board()
    first, second, last = board.columns
    return replace(board, columns=(first, replace(second, limits=limits), last))


def loads(*issues: Issue, limits: Limits | None = None) -> dict[str, ColumnLoad]:
    histories = Histories(Fields(sprint="", estimate=None))
    found = column_loads(issues, limited(limits), at=day(12), histories=histories)
    return {one.name: one for one in found}


ISSUES = (
    an_issue("BURN-1"),
    an_issue("BURN-2", status=IN_PROGRESS),
    an_issue("BURN-3", status=IN_PROGRESS),
    an_issue("BURN-4", status=IN_PROGRESS, is_subtask=True),
    an_issue("BURN-5", status=DONE),
)


def test_a_column_over_its_limit_is_told_and_the_last_one_has_none() -> None:
    found = loads(*ISSUES, limits=Limits(most=1))
    assert list(found) == ["To Do", "In Progress"]
    assert found["In Progress"].keys == ("BURN-2", "BURN-3")
    assert (found["In Progress"].over, found["In Progress"].under, found["To Do"].over) == (1, 0, 0)


def test_sub_tasks_count_where_the_board_counts_them() -> None:
    found = loads(*ISSUES, limits=Limits(most=3, with_subtasks=True))["In Progress"]
    assert (len(found.keys), found.over) == (3, 0)


def test_a_column_below_its_minimum_is_told() -> None:
    assert loads(*ISSUES, limits=Limits(least=4, most=6))["In Progress"].under == 2


def test_issues_stand_where_they_stood_at_the_instant() -> None:
    later = an_issue("BURN-7", status=IN_PROGRESS, changes=(moved(day(13), TO_DO, IN_PROGRESS),))
    gone = an_issue("BURN-8", status=IN_PROGRESS, deleted_at=day(3))
    unborn = an_issue("BURN-9", status=IN_PROGRESS, created=day(13))
    found = loads(later, gone, unborn)
    assert (found["To Do"].keys, found["In Progress"].keys) == (("BURN-7",), ())
