"""How likely each open issue is to be done in time: what became of issues that looked like it.

Issues look alike that stood in the same column with about as much working time left, for about as long, and
with about as many points. The nearest two dozen of the team's own earlier ones are asked, and drawn towards
all that stood in that column, so that few witnesses say little.
"""

from collections.abc import Sequence
from heapq import nsmallest
from statistics import median

from app.domain.forecast.record import Moment, OpenItem, SprintRecord

NEIGHBOURS = 24
ALIKE_WITHIN = 2
"""Working days by which the time left may differ."""
MOST_WITNESSES = 200
"""A column's witnesses beyond these are thinned evenly: large sprints say no more, but take longer to ask."""
PRIOR = 2.0
"""How many witnesses the wider group counts for."""
A_DAY_LEFT, A_DAY_IN_COLUMN, A_USUAL_ESTIMATE = 0.3, 1.0, 0.75
"""What makes two issues differ by one: the weights were chosen on simulated teams, never on scored ones."""

Witness = tuple[float, float, float, bool]


def chances(items: Sequence[OpenItem], days_left: float, past: Sequence[SprintRecord]) -> list[float]:
    """For each open issue, the chance from 0 to 1 that it is done when the sprint closes."""
    by_column: dict[int, list[Witness]] = {}
    for each in past:
        for moment in _around(each, days_left):
            for one in moment.items:
                witness = (one.points, one.days_in_column, moment.days_left, one.becomes_done)
                by_column.setdefault(one.column, []).append(witness)
    every = [witness for column in by_column.values() for witness in column]
    overall = _share(every, 0.5)
    usual = median(witness[0] for witness in every) or 1.0 if every else 1.0
    asked = {column: _thinned(witnesses) for column, witnesses in by_column.items()}
    return [_chance(item, days_left, asked.get(item.column, []), overall, usual) for item in items]


def _thinned(witnesses: list[Witness]) -> list[Witness]:
    step = -(-len(witnesses) // MOST_WITNESSES)
    return witnesses[::step]


def _around(each: SprintRecord, days_left: float) -> list[Moment]:
    """The sprint at about the same time left: then, and a day or two earlier and later."""
    nearby = (days_left + step for step in range(-ALIKE_WITHIN, ALIKE_WITHIN + 1))
    possible = dict.fromkeys(min(days, each.planned_days) for days in nearby if days > 0 or days == days_left)
    return [each.with_days_left(max(days, 0.0)) for days in possible]


def _chance(
    item: OpenItem, days_left: float, column: Sequence[Witness], overall: float, usual: float
) -> float:
    def distance(witness: Witness) -> float:
        points, days, left, _ = witness
        waited = A_DAY_IN_COLUMN * abs(days - item.days_in_column) if item.column > 0 else 0.0
        size = A_USUAL_ESTIMATE * abs(points - item.points) / usual
        return waited + size + A_DAY_LEFT * abs(left - days_left)

    nearest = nsmallest(NEIGHBOURS, column, key=distance)
    return _share(nearest, _share(column, overall))


def _share(witnesses: Sequence[Witness], otherwise: float) -> float:
    done = sum(witness[3] for witness in witnesses)
    return (done + PRIOR * otherwise) / (len(witnesses) + PRIOR)
