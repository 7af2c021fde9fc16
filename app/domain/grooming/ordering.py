"""Orders that are nearly known."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def merged(ordered: Sequence[T], others: Sequence[T], *, key: Callable[[T], Any]) -> list[T]:
    """Both in one order, each of them in that order before.

    Few of many are looked up in the long one, where a sort would ask the key of each.
    """
    found, start = list[T](), 0
    for one in others:
        place = bisect_left(ordered, key(one), lo=start, key=key)
        found += ordered[start:place]
        found.append(one)
        start = place
    found += ordered[start:]
    return found
