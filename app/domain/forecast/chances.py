"""How likely each open issue is to be done in time: what became of issues that looked like it.

Issues look alike that stood in the same column with about as much working time left, for about as long, and
with about as many points. The nearest two dozen of the team's own earlier ones are asked, and drawn towards
all that stood in that column, so that few witnesses say little.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from app.domain.forecast.record import OpenItem, SprintRecord, Witness

NEIGHBOURS = 24
ALIKE_WITHIN = 2
"""Working days by which the time left may differ; of less than that, half: in the end hours count."""
MOST_WITNESSES = 200
"""A column's witnesses beyond these are thinned evenly: large sprints say no more, but take longer to ask."""
PRIOR = 2.0
"""How many witnesses the wider group counts for."""
A_DAY_LEFT, A_DAY_IN_COLUMN, A_USUAL_ESTIMATE = 0.3, 1.0, 0.75
"""What makes two issues differ by one: the weights were chosen on simulated teams, never on scored ones."""


def chances(items: Sequence[OpenItem], days_left: float, past: Sequence[SprintRecord]) -> list[float]:
    """For each open issue, the chance from 0 to 1 that it is done when the sprint closes."""
    by_column: dict[int, list[Witness]] = {}
    for each in past:
        for witnesses in _around(each, days_left):
            for column, those in witnesses.items():
                by_column.setdefault(column, []).extend(those)
    every = [witness for column in by_column.values() for witness in column]
    overall = _share([witness.becomes_done for witness in every], 0.5)
    usual = median([witness.points for witness in every]) or 1.0 if every else 1.0
    asked = {
        column: _Asked(_thinned(witnesses), days_left, usual, overall, aged=column > 0)
        for column, witnesses in by_column.items()
    }
    nobody = _Asked([], days_left, usual, overall, aged=False)
    return [asked.get(item.column, nobody).chance(item) for item in items]


def _thinned(witnesses: list[Witness]) -> list[Witness]:
    step = -(-len(witnesses) // MOST_WITNESSES)
    return witnesses[::step]


def _around(each: SprintRecord, days_left: float) -> list[Mapping[int, Sequence[Witness]]]:
    """The sprint at about the same time left: then, and some time earlier and later."""
    step = 1.0 if days_left >= ALIKE_WITHIN else days_left / 2 / ALIKE_WITHIN
    nearby = (days_left + number * step for number in range(-ALIKE_WITHIN, ALIKE_WITHIN + 1))
    possible = dict.fromkeys(min(days, each.planned_days) for days in nearby if days > 0 or days == days_left)
    return [each.witnesses(max(days, 0.0)) for days in possible]


class _Asked:
    """A column's witnesses. Issues of one size share most of what tells them from each witness."""

    def __init__(
        self, witnesses: Sequence[Witness], days_left: float, usual: float, overall: float, *, aged: bool
    ) -> None:
        self._days = [witness.days_in_column for witness in witnesses]
        self._points = [witness.points for witness in witnesses]
        self._early = [A_DAY_LEFT * abs(witness.days_left - days_left) for witness in witnesses]
        self._done = [witness.becomes_done for witness in witnesses]
        self._usual, self._aged = usual, aged
        self._otherwise = _share(self._done, overall)
        self._by_points: dict[float, list[float]] = {}
        self._known: dict[tuple[float, float], float] = {}

    def chance(self, item: OpenItem) -> float:
        """What became of those nearest to it."""
        question = (item.points, item.days_in_column if self._aged else 0.0)
        if question not in self._known:
            self._known[question] = self._ask(*question)
        return self._known[question]

    def _ask(self, points: float, days: float) -> float:
        apart = self._by_points.get(points)
        if apart is None:
            size = A_USUAL_ESTIMATE / self._usual
            apart = [size * abs(p - points) + e for p, e in zip(self._points, self._early, strict=True)]
            self._by_points[points] = apart
        if self._aged:
            apart = [A_DAY_IN_COLUMN * abs(d - days) + a for d, a in zip(self._days, apart, strict=True)]
        nearest = sorted(range(len(apart)), key=apart.__getitem__)[:NEIGHBOURS]
        return _share([self._done[number] for number in nearest], self._otherwise)


def _share(done: Sequence[bool], otherwise: float) -> float:
    return (sum(done) + PRIOR * otherwise) / (len(done) + PRIOR)
