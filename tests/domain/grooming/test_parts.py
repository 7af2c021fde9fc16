"""Issues are kept in parts: all of them are there, and few are written again."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.grooming import parts
from app.domain.grooming.parts import Part, without, written


def stored_after(stored: dict[int, list[int]], now: list[Part], to_write: dict[int, list[int]]) -> None:
    """As the store does it."""
    for number in stored.keys() - {part.number for part in now}:
        del stored[number]
    stored.update(to_write)


@given(st.integers(0, 2**32))
def test_what_is_kept_is_what_was_left_and_what_came(seed: int) -> None:
    chance, stored, bodies, now = Random(seed), dict[int, list[int]](), list[int](), list[Part]()
    gone = again = 0
    for week in range(12):
        same = [chance.random() < chance.choice([0.5, 0.9, 1]) for _ in bodies]
        now = without(now, same)
        new = [1000 * week + one for one in range(chance.choice([0, 1, 20]))]
        bodies = [*(one for one, is_same in zip(bodies, same, strict=True) if is_same), *new]
        now, to_write = written(now, bodies)
        gone, again = gone + same.count(False), again + sum(map(len, to_write.values())) - len(new)
        assert again <= gone
        stored_after(stored, now, {number: list(some) for number, some in to_write.items()})
        kept = [
            one
            for part in now
            for one, is_there in zip(stored[part.number], part.there, strict=True)
            if is_there
        ]
        assert kept == bodies
        assert sum(map(len, stored.values())) <= 2 * len(bodies)


def test_a_part_of_which_nothing_changed_is_not_written_again() -> None:
    bodies = list(range(2 * parts.LARGEST))
    now, first = written([], bodies)
    assert sorted(first) == [1, 2]
    same = [one != parts.LARGEST for one in bodies]
    after, second = written(without(now, same), [*(one for one in bodies if same[one]), -1])
    assert second == {3: [-1]}
    assert [part.number for part in after] == [1, 2, 3]
