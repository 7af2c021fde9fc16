from dataclasses import replace
from itertools import pairwise, permutations

from sqlalchemy import Connection, delete

from app.domain.scrum.board import Board, Column, Limits
from app.store import board_configurations, boards, jira_tables
from tests.factories import a_board, a_sprint, day
from tests.stores import a_site, rows

OLD = a_board()
NEW = replace(OLD, columns=(Column("Open", ("1",)), Column("Closed", ("6", "7"))), filter_id="9")


def test_a_board_is_told_as_it_was_set_up_at_an_instant(tx: Connection) -> None:
    site = a_site(tx)
    for at, board in ((day(1), OLD), (day(2), OLD), (day(5), NEW)):
        boards.save_board(tx, site.id, board, heard_at=at)
    assert boards.get_board(tx, site, OLD.id) == NEW
    # Before anybody looked, it was as we saw it first; between two looks, as seen at the first of them.
    for at, board in ((day(0), OLD), (day(1), OLD), (day(4), OLD), (day(5), NEW), (day(9), NEW)):
        assert board_configurations.configured_at(tx, site, NEW, at) == board


def test_looks_in_any_order_end_in_the_same_spans(tx: Connection) -> None:
    site = a_site(tx)
    seen = [(day(1), OLD), (day(2), OLD), (day(3), NEW), (day(4), NEW), (day(6), OLD)]
    ends = []
    for order in permutations(seen):
        tx.execute(delete(jira_tables.board_configurations))
        for at, board in order:
            board_configurations.see(tx, site.id, board, at=at)
            board_configurations.see(tx, site.id, board, at=at)
        ends.append([board_configurations.configured_at(tx, site, NEW, at) for at, _ in seen])
        spans = rows(tx, jira_tables.board_configurations)
        assert all(span["since"] <= span["seen_until"] for span in spans)
        assert all(one["seen_until"] < other["since"] for one, other in pairwise(spans))
    assert all(end == [board for _, board in seen] for end in ends)


def test_a_look_that_says_nothing_new_adds_no_row(tx: Connection) -> None:
    site = a_site(tx)
    for number in range(1, 9):
        board_configurations.see(tx, site.id, OLD, at=day(number))
    (row,) = rows(tx, jira_tables.board_configurations)
    assert (row["since"], row["seen_until"]) == (day(1), day(8))


def filtered(jql: str | None, filter_id: str = "9") -> Board:
    return replace(OLD, filter_id=filter_id, filter_jql=jql)


def test_another_filter_is_another_set_up(tx: Connection) -> None:
    site = a_site(tx)
    first, second = filtered("project = BURN"), filtered("project = BURN AND labels = web")
    for at, board in ((day(1), first), (day(2), first), (day(5), second)):
        boards.save_board(tx, site.id, board, heard_at=at)
    assert boards.get_board(tx, site, OLD.id) == second
    assert len(rows(tx, jira_tables.board_configurations)) == 2
    for at, board in ((day(4), first), (day(5), second)):
        assert board_configurations.configured_at(tx, site, second, at) == board
    ends = {7: day(3), 8: day(6)}
    sprints = [a_sprint(id=number, completed=end) for number, end in ends.items()]
    then = board_configurations.at_closes(tx, site, second, [*sprints, a_sprint(id=9)])
    assert [board.filter_jql for board in then.values()] == [
        "project = BURN",
        "project = BURN AND labels = web",
        "project = BURN AND labels = web",
    ]


def test_a_filter_that_was_not_known_then_is_the_one_that_was_read_first_afterwards(tx: Connection) -> None:
    """Stores from before filters were read; and filters that were shared with the account later."""
    site = a_site(tx)
    seen = [
        (day(1), filtered(None, "8")),
        (day(3), filtered(None)),
        (day(5), filtered("project = BURN")),
        (day(7), filtered("project = SHOP")),
        (day(9), filtered(None)),
    ]
    for at, board in seen:
        boards.save_board(tx, site.id, board, heard_at=at)
    told = [board_configurations.configured_at(tx, site, OLD, day(number)) for number in range(1, 11)]
    assert [board.filter_jql for board in told] == [
        *[None] * 2,  # of another filter
        *["project = BURN"] * 4,
        *["project = SHOP"] * 2,
        *[None] * 2,  # it was taken away from us again
    ]
    old = rows(tx, jira_tables.board_configurations)[0]["configuration"]
    assert "filter_jql" not in old, "spans look as they did before filters were read"


def test_limits_of_columns_are_kept_and_boards_from_before_them_are_as_they_were(tx: Connection) -> None:
    """A board without limits is written as ever, so it was never set up anew."""
    site, first = a_site(tx), OLD.columns[0]
    assert board_configurations.written(OLD)["columns"][0] == {"name": "To Do", "status_ids": ["1"]}
    limited = replace(
        OLD, columns=(replace(first, limits=Limits(1, 4, with_subtasks=True)), *OLD.columns[1:])
    )
    for at, board in ((day(1), OLD), (day(2), OLD), (day(5), limited)):
        boards.save_board(tx, site.id, board, heard_at=at)
    assert boards.get_board(tx, site, OLD.id) == limited
    assert len(rows(tx, jira_tables.board_configurations)) == 2
    assert board_configurations.configured_at(tx, site, limited, day(4)) == OLD
