"""In which order scopes are worked off: one after the other, or side by side.

**One after the other**, a day's work goes into the first scope that is left, and on with the next where it
is more than that. So with F finished and G added to each from today up to a day, scope k is done on the first
day on which

    F - G  >=  left of k + all that the scopes before it came to - G up to its turn, if work began then

**Side by side**, a day's work goes into each scope that work has begun on, in proportion to what was
finished for it in the last 60 working days and one issue of the usual size: so one that was begun yesterday
has a part, too. The part of one that is done goes to the first that work has not begun on.

Which of the two it is that a team does, its past says: see `precedence`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from app.domain.forecast.trials import Trials, Turn, Walks

LEAST_IN_LINE = 1 / 3
"""Share of the work that went to the first in line, below which scopes are told side by side.

Chosen on simulated teams: of those that deliver versions in order, nine in ten give it more.
"""
_STEPS = 24
"""Of halving, until what is to be taken out is known to a ten-millionth."""


class Waiting(NamedTuple):
    """A scope that is open: what is left, and its part of a day where work on it has begun; else 0."""

    left: float
    part: float

    @property
    def is_begun(self) -> bool:
        """Whether work on it has begun."""
        return self.part > 0


class ToCome(NamedTuple):
    """What days to come are drawn from.

    Attributes:
        finished, added: on each earlier day; added to each scope in work.
        ahead: the days to come: which share of what was finished on an earlier day can be on each, and which
            share of what was added.
        trials: how often they are drawn.
    """

    finished: Sequence[float]
    added: Sequence[float]
    ahead: Sequence[tuple[float, float]]
    trials: int


class Course(Protocol):
    """How a scope comes along in all trials."""

    @property
    def places(self) -> Sequence[int]:
        """Of the days to come by whose end it is done, ascending; past the last day: on none."""

    @property
    def before(self) -> float:
        """What is left of the scopes that have to be done first."""

    def take_out(self, bounds: Sequence[float], share: float) -> float:
        """The least that has to go, so that its place is below these bounds in such a share of the trials.

        Each bound stands for an equal part of the trials. All that is left where even that is not enough.
        """


def share_within(places: Sequence[int], bounds: Sequence[float]) -> float:
    """Share of the trials in which a scope's place is below its bound; each bound is for an equal part."""
    return sum(bisect_left(places, bound) for bound in bounds) / len(places) / max(len(bounds), 1)


# --- one after the other --------------------------------------------------------------------------


def in_line(waiting: Iterable[Waiting], to_come: ToCome, chance: "Trials") -> Iterator[Course]:
    """The course of each scope; they are worked off in this order."""
    walks = chance.walks(to_come.finished, to_come.added, to_come.ahead, to_come.trials)
    turn, before = walks.first(), 0.0
    for one in waiting:
        yield _InLine(walks, turn, one, before)
        turn = walks.after(one.left, turn, begun=one.is_begun)
        before += one.left


@dataclass(frozen=True)
class _InLine:
    """A scope that has its turn when those before it are done."""

    _walks: "Walks"
    _turn: "Turn"
    _waiting: Waiting
    before: float

    @cached_property
    def places(self) -> Sequence[int]:
        """Of the days by whose end it is done."""
        return self._without(0.0)

    def take_out(self, bounds: Sequence[float], share: float) -> float:
        """By halving, for with less of it, it is done no later."""
        low, high = 0.0, self._waiting.left
        for _ in range(_STEPS):
            middle = (low + high) / 2
            enough = share_within(self._without(middle), bounds) >= share
            low, high = (low, middle) if enough else (middle, high)
        return high

    def _without(self, less: float) -> Sequence[int]:
        left = self._waiting.left - less
        return self._walks.days_for(left, self._turn, begun=self._waiting.is_begun)


# --- side by side ---------------------------------------------------------------------------------


def side_by_side(
    waiting: Sequence[Waiting], to_come: ToCome, chance: "Trials", looks: Sequence[Sequence[float]]
) -> Iterator[Course]:
    """The course of each scope; work on those that wait begins in this order.

    `looks` has the bounds of each for which is asked what has to be taken out; none where nobody asks.
    """
    days = len(to_come.ahead)
    found = chance.abreast(
        *to_come,
        left=[one.left for one in waiting],
        parts=[one.part for one in waiting],
        looks=[{_days_within(bound, days) for bound in bounds} for bounds in looks],
    )
    return (_SideBySide(one, came.places, came.left, days) for one, came in zip(waiting, found, strict=True))


@dataclass(frozen=True, slots=True)
class _SideBySide:
    """A scope that has its part of every day."""

    _waiting: Waiting
    places: Sequence[int]
    _left: Mapping[int, Sequence[float]]
    _days: int

    @property
    def before(self) -> float:
        """It waits for none."""
        return 0.0

    def take_out(self, bounds: Sequence[float], share: float) -> float:
        """What is left after so many days, in all but that share of the trials, is too much."""
        left = sorted(one for bound in bounds for one in self._left[_days_within(bound, self._days)])
        least = left[ceil(round(share * len(left), 6)) - 1] if left else self._waiting.left
        return min(least, self._waiting.left)


def _days_within(bound: float, days: int) -> int:
    """How many of the days to come have their place below it."""
    return min(max(ceil(bound), 0), days)
