"""The fewest moves that bring a backlog into another order.

What already stands in the right order among itself stays, as much of it as can (a longest increasing run of
places). All else is moved, and what comes to stand together is moved together, right behind an issue that
stays: so no move depends on another, and they may be carried out in any order.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """Issues that are put, in this order, right behind one that stays; or before one, at the top."""

    keys: tuple[str, ...]
    after: str | None = None
    before: str | None = None


def moves(today: Sequence[str], wanted: Sequence[str]) -> tuple[Move, ...]:
    """From the first order to the second; both have the same keys."""
    places = {key: place for place, key in enumerate(today)}
    staying = {wanted[place] for place in _longest_rising([places[key] for key in wanted])}
    return tuple(_moves(wanted, staying))


def _moves(wanted: Sequence[str], staying: set[str]) -> Iterator[Move]:
    anchor: str | None = None
    waiting: list[str] = []
    for key in (*wanted, None):
        if key is not None and key not in staying:
            waiting.append(key)
            continue
        if waiting:
            yield Move(tuple(waiting), after=anchor, before=key if anchor is None else None)
        anchor, waiting = key, []


def _longest_rising(values: Sequence[int]) -> Iterator[int]:
    """Indexes of a longest run of rising values, not necessarily side by side, last first."""
    ends: list[int] = []  # the smallest last value of a run of each length
    at: list[int] = []  # its index
    before: list[int | None] = []
    for index, value in enumerate(values):
        length = bisect_left(ends, value)
        before.append(at[length - 1] if length else None)
        if length == len(ends):
            ends.append(value)
            at.append(index)
        else:
            ends[length], at[length] = value, index
    last: int | None = at[-1] if at else None
    while last is not None:
        yield last
        last = before[last]
