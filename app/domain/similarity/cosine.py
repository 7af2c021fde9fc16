"""The arithmetic of likeness, in numpy: cosines of TF-IDF over packed counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from array import array

MOST_POSTINGS = 1_000_000
"""So many mentions of words are looked at for candidates, rare words first; it bounds the time."""
COUNT_BITS = 8
MOST_COUNT = (1 << COUNT_BITS) - 1
"""A word that is said more often counts as often as this."""

Numbers = NDArray[np.float64]

# 1 + ln(count); 0 for a word that is not said.
_TERM_WEIGHT: Numbers = np.concatenate(([0.0], 1 + np.log(np.arange(1, MOST_COUNT + 1, dtype=np.float64))))
_NONE = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of the issue that is asked about.

    Attributes:
        number: of the word in the index; -1 for one that no issue there says.
        whole: how often all of the issue says it.
        opening: how often its opening does.
    """

    word: str
    number: int
    whole: int
    opening: int


class Said(Protocol):
    """An issue in the index: its words by number (32 bits each), and how often each reading says them."""

    @property
    def words(self) -> bytes: ...
    @property
    def whole(self) -> bytes: ...
    @property
    def opening(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Compared:
    """How like each of the compared is, in their order, and by which words."""

    scores: Sequence[float]
    _numbers: NDArray[np.int32]
    _parts: Numbers
    _ends: Sequence[int]

    def shares(self, place: int) -> dict[int, float]:
        """By number of a word that both say, its part of the score."""
        which = slice(self._ends[place - 1] if place else 0, self._ends[place])
        found = zip(self._numbers[which].tolist(), self._parts[which].tolist(), strict=True)
        return {number: part for number, part in found if part}


def candidates(
    asked: Sequence[Asked],
    postings: "Sequence[array[int]]",
    frequency: "array[int]",
    shortness: "array[float]",
    *,
    living: int,
    limit: int,
) -> list[int]:
    """Places of the issues that share most weight of words with what is asked, for their length.

    Args:
        asked: in an order that is the same whenever the same is asked; sums depend on it in their last bit.
        postings: by number of a word, place and count of each issue that says it.
        frequency: by number, in how many issues it is.
        shortness: by place, what the sum is multiplied by.
        living: how many issues there are.
        limit: so many, and those that equal the last of them.
    """
    known = sorted((each for each in asked if each.number != _NONE), key=lambda each: frequency[each.number])
    looked_at: list[Asked] = []
    left = MOST_POSTINGS
    for each in known:
        left -= len(postings[each.number])
        if looked_at and left < 0:
            break
        looked_at.append(each)
    if not looked_at:
        return []
    lists = [np.array(postings[each.number]) for each in looked_at]
    weights = _rarity([frequency[each.number] for each in looked_at], living) ** 2
    weights *= _TERM_WEIGHT[[each.whole for each in looked_at]]
    packed = np.concatenate(lists)
    shared = np.repeat(weights, [len(each) for each in lists]) * _TERM_WEIGHT[packed & MOST_COUNT]
    sums = np.bincount(packed >> COUNT_BITS, shared, minlength=len(shortness)) * np.array(shortness)
    if len(sums) <= limit:
        return [int(place) for place in np.flatnonzero(sums)]
    last = np.partition(sums, -limit)[-limit]
    return [int(place) for place in np.flatnonzero((sums >= last) & (sums > 0))]


def likenesses(
    asked: Sequence[Asked], compared: Sequence[Said], frequency: "array[int]", *, living: int
) -> Compared:
    """The mean cosine of both readings with each of the compared."""
    numbers = np.frombuffer(b"".join(said.words for said in compared), dtype=np.int32)
    lengths = [len(said.whole) for said in compared]
    owner = np.repeat(np.arange(len(compared)), lengths)
    rarity = _rarity(np.array(frequency)[numbers], living)
    asked_rarity = _rarity([frequency[each.number] if each.number != _NONE else 0 for each in asked], living)
    readings = (
        (b"".join(said.whole for said in compared), [each.whole for each in asked]),
        (b"".join(said.opening for said in compared), [each.opening for each in asked]),
    )
    parts = np.zeros(len(numbers))
    for counts, asked_counts in readings:
        theirs = _TERM_WEIGHT[np.frombuffer(counts, dtype=np.uint8)] * rarity
        ours = _TERM_WEIGHT[asked_counts] * asked_rarity
        # The last number stands for words that no issue says: none of the compared has it.
        by_number = np.zeros(len(frequency) + 1)
        by_number[[each.number for each in asked]] = ours
        norms = np.sqrt(np.bincount(owner, theirs**2, minlength=len(compared)) * np.sum(ours**2))
        parts += theirs * by_number[numbers] / np.where(norms > 0, norms, 1)[owner] / len(readings)
    scores = np.bincount(owner, parts, minlength=len(compared))
    return Compared(scores.tolist(), numbers, parts, np.cumsum(lengths).tolist())


def _rarity(frequencies: Sequence[int] | NDArray[np.int32], living: int) -> Numbers:
    """Inverse document frequency, smooth: as if one more issue said every word."""
    return np.log((1 + living) / (1 + np.asarray(frequencies, dtype=np.float64))) + 1
