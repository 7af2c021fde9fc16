"""What need not be asked again: the last look said it, and nothing that it depends on is different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What the last look at the same backlog said, with the same checks.

    Attributes:
        ids: of the issues that are as they were then; of each, at the same place, the marks of what was
            `found`, was `proposed` and will be found `soon`, and whether it was `ready`.
        again: ids of issues of which it may say something else all the same.
        at: when that was; by an earlier clock it says nothing.
        soon_until: until then the marks say what time alone makes checks find.
        common: as in a `Review`.
    """

    ids: Sequence[str]
    found: Sequence[int]
    proposed: Sequence[int]
    soon: Sequence[int]
    ready: Sequence[bool]
    again: frozenset[str]
    at: datetime
    soon_until: datetime
    common: Mapping[str, frozenset[str]]

    def of(self, marks: Sequence[int], bits: int) -> dict[str, int]:
        """By id the bits that are set on issues of which it would say the same."""
        left = {mark: mark & bits for mark in set(marks)}
        found = {one: mark for one, each in zip(self.ids, marks, strict=True) if (mark := left[each])}
        for one in self.again:
            found.pop(one, None)
        return found
