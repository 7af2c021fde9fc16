from dataclasses import replace
from itertools import pairwise, permutations

from sqlalchemy import Connection, delete

from app.domain.scrum.board import Column
from app.store import board_configurations, boards, jira_tables
from tests.factories import a_board, day
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
