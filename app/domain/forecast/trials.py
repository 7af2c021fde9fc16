"""Thousands of trials at once; numpy takes a while to import, so who forecasts imports this when it does."""

import copy
from collections.abc import Sequence

import numpy as np


class Trials:
    """Random numbers from a seed: the same ones for the same questions in the same order."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)

    def twice(self) -> "Trials":
        """The same numbers for somebody else, who asks the same with other odds."""
        return copy.deepcopy(self)

    def by_items(
        self, odds: Sequence[float], sizes: Sequence[float], later: Sequence[float], trials: int
    ) -> tuple[list[float], float]:
        """What issues come to that become done each by its own chance, and what comes later with them.

        Returns:
            The sums in ascending order, and the share of trials in which all became done.
        """
        done = self._chance.random((trials, len(odds))) < np.array(odds)
        sums = done @ np.array(sizes) + self._chance.choice(np.array(later), trials)
        return np.sort(sums).tolist(), float(done.all(axis=1).mean())

    def sums(self, values: Sequence[int], length: int, trials: int, *, block: int) -> list[int]:
        """Sums of so many values, drawn in blocks, in ascending order; see `_in_blocks`."""
        found: list[int] = np.sort(self._in_blocks(values, length, trials, block).sum(axis=1)).tolist()
        return found

    def lengths(
        self, values: Sequence[int], wanted: int, longest: int, trials: int, *, block: int
    ) -> list[int]:
        """How many values, drawn in blocks, add up to what is wanted, in ascending order.

        One more than the longest where that many are not enough.
        """
        reached = self._in_blocks(values, longest, trials, block).cumsum(axis=1) >= wanted
        needed = np.where(reached[:, -1], reached.argmax(axis=1) + 1, longest + 1)
        found: list[int] = np.sort(needed).tolist()
        return found

    def _in_blocks(self, values: Sequence[int], length: int, trials: int, block: int) -> np.ndarray:
        """By trial so many values in a row, in blocks of neighbours.

        Each trial first draws as many blocks as there are values for, and takes its own from these: what lies
        behind could have been another stretch of the same, so its mean is not known as well as it seems.
        """
        known = len(values) // block
        starts = self._chance.integers(0, len(values) - block + 1, (trials, known))
        taken = self._chance.integers(0, known, (trials, -(-length // block)))
        places = np.take_along_axis(starts, taken, axis=1)[:, :, None] + np.arange(block)
        found: np.ndarray = np.array(values)[places.reshape(trials, -1)[:, :length]]
        return found

    def drawn(self, values: Sequence[float], trials: int) -> list[float]:
        """Values drawn with replacement, in ascending order."""
        found: list[float] = np.sort(self._chance.choice(np.array(values), trials)).tolist()
        return found
