"""How issues are kept in parts, so that a week writes those again that changed, and not a hundred thousand.

What changed is left out of the part where it was and stands in a new one. A part of which little is left is
written again without the rest, so all parts together have at most twice as many issues as there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec

T = TypeVar("T")
LARGEST = 5000
"""Issues of a part: some of them at once are turned into bytes, and not all."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A part as it was written: of each of its issues whether that is there still."""

    number: int
    there: list[bool]

    @property
    def left(self) -> int:
        """How many of them are."""
        return self.there.count(True)


@dataclass(frozen=True, slots=True)
class Kept:
    """What of the items is as a run left it; those stand first, and behind them is what is new or changed.

    Attributes:
        places: that they had then.
        parts: in which they are kept.
        at: the instant of that run; None without one.
    """

    places: Sequence[int] = ()
    parts: Sequence[Part] = ()
    at: datetime | None = None


def without(parts: Sequence[Part], same: Sequence[bool]) -> list[Part]:
    """The parts, if of the issues that are there only those are left that are the same."""
    left = iter(same)
    return [Part(part.number, [is_there and next(left) for is_there in part.there]) for part in parts]


def written(parts: Sequence[Part], bodies: Sequence[T]) -> tuple[list[Part], Mapping[int, Sequence[T]]]:
    """Parts for all issues, and what is to be written of them, by number.

    Args:
        parts: that are written.
        bodies: what is left of these, and behind it what is new.
    """
    every, now, to_write = iter(bodies), list[Part](), dict[int, Sequence[T]]()
    for part in parts:
        left = list(islice(every, part.left))
        is_sparse = 2 * len(left) < len(part.there)
        if left:
            now.append(Part(part.number, [True] * len(left)) if is_sparse else part)
            if is_sparse:
                to_write[part.number] = left
    number = max((part.number for part in parts), default=0)
    while new := list(islice(every, LARGEST)):
        number += 1
        now.append(Part(number, [True] * len(new)))
        to_write[number] = new
    return now, to_write
