"""How likely each open issue is to be done in time: what became of the team's issues of the same column.

Of each column a curve is learnt, by logistic regression, with

    log-odds = a + b * points + c * days in the column + d * time left

The nearest of the earlier issues would not do: large ones are few, so most of those nearest to a large issue
are smaller, and it would look likelier than it is. A curve goes on where the few end.

Slopes are drawn towards 0, and each column's level towards that of all issues, so that few witnesses say
little. An issue is asked at five instants of its sprint and counts once. numpy takes a while to import, so
who forecasts imports this when it does.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import numpy as np

from app.domain.forecast.record import OpenItem, SprintRecord, Witness

ALIKE_WITHIN = 2
"""Working days by which the time left may differ; of less than that, half: in the end hours count."""
FARTHER = 0.5
"""What an instant counts for, measured by the one that is nearer by a step."""
MOST_WITNESSES = 400
"""A column's witnesses beyond these are thinned evenly: large sprints say no more, but take longer to ask."""
PRIOR = 2.0
"""How many witnesses all issues count for in a column."""
SLOPE_PRECISION = 2.0
"""Of what is believed of slopes beforehand, for each usual estimate, day and step: that they are about 0."""
LARGEST, LONGEST = 10.0, 10.0
"""Usual estimates and working days, beyond which an issue is no larger and no older: odd ones must not bend
the curve."""
_GOLDEN = (5**0.5 - 1) / 2
"""Its multiples fall evenly between whole numbers, and in no period."""
_STEPS, _CLOSE_ENOUGH, _LONGEST_STEP = 20, 1e-6, 2.0
"""Of Newton's method, which takes half a dozen."""

_Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_Asked = tuple[float, float, Witness]
"""What it counts for, by how many steps its time left differs, and the witness."""
_Look = tuple[float, float, Sequence[Witness]]
"""The same of many."""


def chances(items: Sequence[OpenItem], days_left: float, past: Sequence[SprintRecord]) -> list[float]:
    """For each open issue, the chance from 0 to 1 that it is done when the sprint closes."""
    looks: dict[int, list[_Look]] = {}
    for each in past:
        for weight, apart, witnesses in _looked_at(each, days_left):
            for column, those in witnesses.items():
                looks.setdefault(column, []).append((weight, apart, those))
    by_column = {column: list(_thinned(those)) for column, those in looks.items()}
    # Of all, not of those that are left: large columns are thinned, small ones are not.
    every = [look for those in looks.values() for look in those]
    overall = _overall(every)
    usual = median([one.points for *_, those in every for one in those]) or 1.0 if every else 1.0
    found = [overall] * len(items)
    for column in by_column.keys() & {item.column for item in items}:
        places = [place for place, item in enumerate(items) if item.column == column]
        curve = _Curve(by_column[column], usual, overall, aged=column > 0)
        for place, chance in zip(places, curve.chances([items[one] for one in places]), strict=True):
            found[place] = chance
    return found


def _looked_at(
    each: SprintRecord, days_left: float
) -> Iterator[tuple[float, float, Mapping[int, Sequence[Witness]]]]:
    """The sprint at about the same time left, then and some time earlier and later: weights add up to 1."""
    step = 1.0 if days_left >= ALIKE_WITHIN else days_left / 2 / ALIKE_WITHIN
    nearby = (days_left + number * step for number in range(-ALIKE_WITHIN, ALIKE_WITHIN + 1))
    possible = dict.fromkeys(min(days, each.planned_days) for days in nearby if days > 0 or days == days_left)
    seen = [(days - days_left, each.witnesses(max(days, 0.0))) for days in possible]
    looks = [(max(apart / step, -ALIKE_WITHIN) if step else 0.0, one) for apart, one in seen if one]
    weights = [FARTHER ** abs(apart) for apart, _ in looks]
    for weight, (apart, witnesses) in zip(weights, looks, strict=True):
        yield weight / sum(weights), apart, witnesses


def _thinned(looks: Sequence[_Look]) -> Iterator[_Asked]:
    """Of all these witnesses, one after the other, some from all parts, evenly."""
    places = iter(_spread(sum(len(those) for *_, those in looks)))
    place, before = next(places, None), 0
    for weight, apart, those in looks:
        while place is not None and place < before + len(those):
            yield weight, apart, those[place - before]
            place = next(places, None)
        before += len(those)


def _spread(number: int) -> Sequence[int]:
    """Which of so many are asked: one out of each of as many equal parts, each at another place of its part.

    One in every so many would be the same issues of each sprint, where these have as many as the step is
    long: the oldest, say, which are done more often.
    """
    if number <= MOST_WITNESSES:
        return range(number)
    step = number / MOST_WITNESSES
    return [int((part + part * _GOLDEN % 1) * step) for part in range(MOST_WITNESSES)]


def _overall(every: Sequence[_Look]) -> float:
    """The share of all that became done, drawn towards one half."""
    done = sum(weight * sum(one.becomes_done for one in those) for weight, _, those in every)
    return (done + PRIOR / 2) / (sum(weight * len(those) for weight, _, those in every) + PRIOR)


class _Curve:
    """What became of the witnesses of one column."""

    def __init__(self, asked: Sequence[_Asked], usual: float, overall: float, *, aged: bool) -> None:
        self._usual, self._aged = usual, aged
        rows = [(*self._place(one), apart) for _, apart, one in asked]
        weights = np.array([weight for weight, *_ in asked])
        features = np.array(rows)
        self._middle = weights @ features / weights.sum()
        # What is believed beforehand is one more witness, in the middle of all: it speaks of the level alone.
        self._slopes = _fit(
            np.vstack((features - self._middle, np.zeros(features.shape[1]))),
            np.array([*(float(one.becomes_done) for *_, one in asked), overall]),
            np.append(weights, PRIOR),
        )

    def chances(self, items: Sequence[OpenItem]) -> list[float]:
        """Where they lie on the curve."""
        apart = np.array([(*self._place(item), 0.0) for item in items]) - self._middle
        found: list[float] = _share(self._slopes[0] + apart @ self._slopes[1:]).tolist()
        return found

    def _place(self, one: OpenItem | Witness) -> tuple[float, float]:
        """In the first column nobody works on it, so it does not matter for how long it stood there."""
        days = min(one.days_in_column, LONGEST) if self._aged else 0.0
        return min(one.points / self._usual, LARGEST), days


def _share(log_odds: _Floats) -> _Floats:
    found: _Floats = (1 + np.tanh(log_odds / 2)) / 2
    return found


def _fit(features: _Floats, done: _Floats, weights: _Floats) -> _Floats:
    """Level and slopes that say best what was done, by Newton's method."""
    rows = np.column_stack((np.ones(len(features)), features))
    drawn = np.full(rows.shape[1], SLOPE_PRECISION)
    drawn[0] = 0.0
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        share = _share(rows @ found)
        uphill = rows.T @ (weights * (done - share)) - drawn * found
        bend = (rows.T * (weights * share * (1 - share))) @ rows + np.diag(drawn)
        step = np.linalg.solve(bend, uphill)
        longest = float(np.abs(step).max())
        found += step * min(1.0, _LONGEST_STEP / longest if longest else 1.0)
        if longest < _CLOSE_ENOUGH:
            break
    return found
