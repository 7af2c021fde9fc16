"""Thousands of trials at once; numpy takes a while to import, so who forecasts imports this when it does."""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

NOTHING = 1e-9
"""Sums of fractions are off by less."""


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

    def abreast(
        self,
        done: Sequence[float],
        added: Sequence[float],
        ahead: Sequence[tuple[float, float]],
        trials: int,
        *,
        left: Sequence[float],
        parts: Sequence[float],
        looks: Sequence[Collection[int]],
    ) -> list["Abreast"]:
        """Things that are worked off side by side, each by its part of every day.

        When one is done, its part goes to the first that has none yet; where there is no such thing, those
        that are left share it. What is done on a day beyond what a thing had left goes to others the next.

        Args:
            done: as of `walks`, like the next three.
            added: on the same days.
            ahead: the days to come.
            trials: how often these are drawn.
            left: of each thing, in the order in which work on them begins.
            parts: of each thing, in proportion; 0: work on it has not begun, and it does not grow either.
            looks: for each thing, after how many days to come it is to be seen how much of it is left.
        """
        drawn = self._chance.integers(len(done), size=(trials, len(ahead)))
        shares, lengths = np.array(ahead).T
        course = _Course(trials, left, parts, len(ahead), looks)
        finished, grown = np.array(done), np.array(added)
        for day in range(len(ahead)):
            course.work(day, finished[drawn[:, day]] * shares[day], grown[drawn[:, day]] * lengths[day])
            if not course.goes_on:
                break
        return course.told()

    def walks(
        self, done: Sequence[float], added: Sequence[float], ahead: Sequence[tuple[float, float]], trials: int
    ) -> "Walks":
        """Days to come, each of them one of the earlier days, drawn with replacement.

        Args:
            done: on each earlier day.
            added: on the same days, to each of the things that work goes on.
            ahead: the days to come: how much of what was done on an earlier day can be done on each of them,
                and how much of what was added comes on it.
            trials: how often all these days are drawn.
        """
        drawn = self._chance.integers(len(done), size=(trials, len(ahead)))
        shares, lengths = np.array(ahead).T
        finished = np.cumsum(np.array(done)[drawn] * shares, axis=1)
        return Walks(finished, np.cumsum(np.array(added)[drawn] * lengths, axis=1))


_Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_Places = np.ndarray[tuple[int, ...], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the work stands in each trial when the next thing has its turn.

    Attributes:
        work: what had to be done for all that came before.
        place: of the day on which that was done; -1 where nothing came before.
    """

    work: _Floats
    place: _Places


class Walks:
    """What is done, and what is added to each thing that work goes on, summed up day by day, by trial."""

    def __init__(self, finished: _Floats, added: _Floats) -> None:
        nothing = np.zeros((len(finished), 1))
        self._added = np.hstack((nothing, added))
        self._most = np.maximum.accumulate(finished - added, axis=1)

    def first(self) -> Turn:
        """The turn of the first thing."""
        trials = len(self._most)
        return Turn(np.zeros(trials), np.full(trials, -1))

    def days_for(self, left: float, turn: Turn, *, begun: bool) -> list[int]:
        """Places of the days by whose end a thing is done, ascending; past the last day: on none.

        Args:
            left: what is to be done for it, beside what is added meanwhile.
            turn: when it has its turn.
            begun: it grows from today on; otherwise from its turn on.
        """
        found: list[int] = np.sort(self._done(left, turn, begun=begun)).tolist()
        return found

    def after(self, left: float, turn: Turn, *, begun: bool) -> Turn:
        """The turn of what comes next."""
        place = self._done(left, turn, begun=begun)
        grown = self._grown(place) - self._before(turn, begun=begun)
        return Turn(turn.work + left + grown, place)

    def _done(self, left: float, turn: Turn, *, begun: bool) -> _Places:
        work = turn.work + left - self._before(turn, begun=begun)
        short: _Places = (self._most < work[:, None] - NOTHING).sum(axis=1)
        found: _Places = np.maximum(short, turn.place)
        return found

    def _before(self, turn: Turn, *, begun: bool) -> _Floats:
        """What was added to others while this one did not grow."""
        return np.zeros(len(self._most)) if begun else self._grown(turn.place)

    def _grown(self, place: _Places) -> _Floats:
        last = self._added.shape[1] - 1
        found: _Floats = self._added[np.arange(len(place)), np.minimum(place + 1, last)]
        return found


@dataclass(frozen=True, slots=True)
class Abreast:
    """How one of several things came along that are worked off side by side.

    Attributes:
        places: of the days by whose end it is done, ascending; past the last day: on none.
        left: by the number of days to come, how much of it is left after them, by trial.
    """

    places: list[int]
    left: Mapping[int, list[float]]


class _Course:
    """All trials of things that are worked off side by side, a day after the other."""

    def __init__(
        self,
        trials: int,
        left: Sequence[float],
        parts: Sequence[float],
        days: int,
        looks: Sequence[Collection[int]],
    ) -> None:
        self._left = np.tile(np.array(left, dtype=float), (trials, 1))
        self._parts = np.tile(np.array(parts, dtype=float), (trials, 1))
        self._begun = self._parts > 0
        self._places = np.full(self._left.shape, days)
        self._open = np.ones(self._left.shape, dtype=bool)
        self._beyond = np.zeros(trials)
        self._wanted: dict[int, list[int]] = {}
        self._seen: list[dict[int, list[float]]] = [{} for _ in left]
        for thing, numbers in enumerate(looks):
            for number in numbers:
                self._wanted.setdefault(number, []).append(thing)
        if left and not any(parts):
            self._parts[:, 0], self._begun[:, 0] = 1.0, True

    @property
    def goes_on(self) -> bool:
        """Whether anything is left in any trial."""
        return bool(self._open.any())

    def work(self, day: int, finished: _Floats, grown: _Floats) -> None:
        """One day in all trials."""
        parts = self._parts * self._open
        whole = parts.sum(axis=1)
        share = parts / np.where(whole > 0, whole, 1.0)[:, None]
        self._left += grown[:, None] * (self._begun & self._open)
        self._left -= (finished + self._beyond)[:, None] * share
        ended = self._open & (self._left < NOTHING)
        self._beyond = -np.where(ended, self._left, 0.0).sum(axis=1)
        self._left[ended] = 0.0
        self._places[ended] = day
        self._open &= ~ended
        self._hand_on(ended)
        for thing in self._wanted.get(day + 1, ()):
            self._seen[thing][day + 1] = self._left[:, thing].tolist()

    def _hand_on(self, ended: np.ndarray) -> None:
        """Parts of what is done go to the first thing that has none."""
        rows = np.flatnonzero(ended.any(axis=1))
        if not rows.size:
            return
        freed = (self._parts[rows] * ended[rows]).sum(axis=1)
        waiting = self._open[rows] & ~self._begun[rows]
        some = waiting.any(axis=1)
        rows, first = rows[some], waiting[some].argmax(axis=1)
        self._parts[rows, first] += freed[some]
        self._begun[rows, first] = True

    def told(self) -> list[Abreast]:
        """How each came along; of what was done before it was to be seen, nothing is left."""
        trials = len(self._left)
        for number, things in self._wanted.items():
            for thing in things:
                self._seen[thing].setdefault(number, [0.0] * trials)
        places = np.sort(self._places, axis=0).T.tolist()
        return [Abreast(one, seen) for one, seen in zip(places, self._seen, strict=True)]
