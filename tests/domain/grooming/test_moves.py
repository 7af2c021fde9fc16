"""The fewest moves between two orders."""

from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.grooming.moves import Move, moves


def carried_out(order: list[str], move: Move) -> list[str]:
    """As Jira ranks."""
    left = [key for key in order if key not in move.keys]
    place = left.index(move.before) if move.before is not None else left.index(str(move.after)) + 1
    return [*left[:place], *move.keys, *left[place:]]


@given(st.permutations([f"BURN-{number}" for number in range(1, 12)]), st.integers())
def test_the_moves_bring_it_about_whatever_their_order(wanted: list[str], seed: int) -> None:
    today = sorted(wanted, key=lambda key: int(key[5:]))
    every = list(moves(today, wanted))
    Random(seed).shuffle(every)
    order = today
    for move in every:
        order = carried_out(order, move)
    assert order == wanted


def test_no_fewer_issues_could_be_moved() -> None:
    """Against trying every set of issues that stay, for all orders of five."""
    today = list("abcde")
    for wanted in permutations(today):
        stay = max(
            chosen.bit_count()
            for chosen in range(32)
            if (kept := [key for place, key in enumerate(today) if chosen >> place & 1])
            == [key for key in wanted if key in kept]
        )
        assert sum(len(one.keys) for one in moves(today, list(wanted))) == 5 - stay


def test_one_that_goes_to_the_top_is_one_move() -> None:
    assert moves(["a", "b", "c"], ["c", "a", "b"]) == (Move(("c",), before="a"),)
    assert moves(["a", "b"], ["a", "b"]) == ()
