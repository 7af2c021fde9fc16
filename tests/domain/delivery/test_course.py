"""One after the other or side by side: what a team does, and when scopes are done that share its days."""

from collections.abc import Sequence
from datetime import date, datetime
from math import ceil
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.delivery import outlook as outlooks
from app.domain.delivery.backtest import Score, deliver
from app.domain.delivery.course import ToCome, Waiting, side_by_side
from app.domain.delivery.ledger import Ledger
from app.domain.delivery.outlook import outlook
from app.domain.delivery.precedence import precedence
from app.domain.forecast.trials import Trials
from app.domain.scrum.calendar import Calendar
from tests.domain.delivery.epics_team import epics_side_by_side
from tests.domain.delivery.made import DAY, DONE, IN_PROGRESS, MONDAY, TO_DO, a_ledger, a_life, a_version

TWO_A_DAY = [2.0] * 20
NOTHING_ADDED = [0.0] * 20
WHOLE_DAYS = [(1.0, 1.0)] * 60
EVERY_DAY = Calendar(weekdays=frozenset(range(7)))


def courses(waiting: Sequence[Waiting], *, added: Sequence[float] = NOTHING_ADDED) -> list[set[int]]:
    """Of each scope the places of the days on which it is done."""
    to_come = ToCome(TWO_A_DAY, added, WHOLE_DAYS, 5)
    return [set(one.places) for one in side_by_side(waiting, to_come, Trials(1), [()] * len(waiting))]


def test_each_has_its_part_of_a_day() -> None:
    """One a day for each: 4 points are four days; then two a day for the other, of which 2 are left."""
    assert courses([Waiting(4, 1), Waiting(6, 1)]) == [{3}, {4}]


def test_parts_are_in_proportion_to_what_each_had_lately() -> None:
    """A half and three halves a day; from the third day on two a day for the first, of which 3 are left."""
    assert courses([Waiting(4, 1), Waiting(3, 3)]) == [{3}, {1}]


def test_the_part_of_one_that_is_done_goes_to_the_first_that_waits() -> None:
    """Of three that wait, the first begins on the third day and the second when that is done."""
    found = courses([Waiting(2, 1), Waiting(9, 1), Waiting(2, 0), Waiting(3, 0)])
    assert found == [{1}, {8 - 1}, {3}, {6}], "after seven days 7 of 9 are done; then two a day"


def test_where_work_has_begun_on_none_the_first_begins() -> None:
    assert courses([Waiting(2, 0), Waiting(4, 0)]) == [{0}, {2}]


def test_what_waits_does_not_grow() -> None:
    """Half a point a day: the first needs 3 days for 4 and 1.5 more, the other grows from its turn on."""
    assert courses([Waiting(4, 1), Waiting(3, 0)], added=[0.5] * 20) == [{2}, {4}]


amounts = st.floats(0, 6).map(lambda value: round(value, 1))
some_waiting = st.lists(
    st.tuples(amounts.map(lambda left: left + 0.5), st.sampled_from([0.0, 1.0, 2.5])), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(amounts, amounts.map(lambda value: value / 8)), min_size=3, max_size=9), some_waiting
)
def test_days_are_those_that_a_game_played_day_by_day_has(
    days: list[tuple[float, float]], given_scopes: list[tuple[float, float]]
) -> None:
    waiting = [Waiting(*one) for one in given_scopes]
    finished, added = [one for one, _ in days], [more for _, more in days]
    to_come = ToCome(finished, added, WHOLE_DAYS[:30], 8)
    bounds = [3.0, 7.5, 12.0]
    found = list(side_by_side(waiting, to_come, Trials(4), [bounds] * len(waiting)))
    drawn = np.random.default_rng(4).integers(len(days), size=(8, 30))
    played = [_played([finished[n] for n in trial], [added[n] for n in trial], waiting) for trial in drawn]
    for number, course in enumerate(found):
        places, left = zip(*(one[number] for one in played), strict=True)
        assert list(course.places) == sorted(places)
        pool = sorted(one[ceil(bound) - 1] for one in left for bound in bounds)
        expected = min(pool[ceil(0.85 * len(pool) - 1e-9) - 1], waiting[number].left)
        assert course.take_out(bounds, 0.85) == pytest.approx(expected, abs=1e-6)


def _played(
    finished: Sequence[float], added: Sequence[float], waiting: Sequence[Waiting]
) -> list[tuple[int, list[float]]]:
    """By scope the place of its last day, and what is left of it after each day."""
    left, parts = [one.left for one in waiting], [one.part for one in waiting]
    if not any(parts):
        parts[0] = 1.0
    begun, place = [part > 0 for part in parts], [len(finished)] * len(left)
    after: list[list[float]] = [[] for _ in left]
    beyond = 0.0
    for day, (done, more) in enumerate(zip(finished, added, strict=True)):
        still = [n for n in range(len(left)) if place[n] > day]
        whole, work, beyond = sum(parts[n] for n in still), done + beyond, 0.0
        ended = []
        for n in still:
            left[n] += (more if begun[n] else 0.0) - (work * parts[n] / whole if whole else 0.0)
            if left[n] < 1e-9:
                beyond -= left[n]
                left[n], place[n] = 0.0, day
                ended.append(n)
        line = [n for n in still if not begun[n] and n not in ended]
        if ended and line:
            parts[line[0]], begun[line[0]] = parts[line[0]] + sum(parts[n] for n in ended), True
        for n, one in enumerate(left):
            after[n].append(one)
    return list(zip(place, after, strict=True))


# --- what a team does -----------------------------------------------------------------------------


def test_a_team_that_ends_what_comes_first_is_told_one_after_the_other() -> None:
    ledger, at = a_ledger([(2.0, 0.0)] * 20, [(a_version("one"), [2, 4]), (a_version("two"), [3])])
    assert precedence(ledger, at).to_the_first == 1
    assert not outlook(ledger, at=at).side_by_side


def two_at_once(to_the_first: int) -> tuple[Ledger, datetime]:
    """Of 20 issues of one point each, a day each, so many are of the first of two versions."""
    lives = [
        a_life("b", (MONDAY, "first second", 0, TO_DO), (MONDAY + DAY / 4, "first second", 0, IN_PROGRESS))
    ]
    for number in range(20):
        scope = "first" if number < to_the_first else "second"
        day = MONDAY + (number + 1) * DAY + DAY / 2
        lives.append(a_life(f"i{number}", (MONDAY, scope, 1, TO_DO), (day, scope, 1, DONE)))
    lives += [a_life(f"l{one}", (MONDAY, one, 6, TO_DO)) for one in ("first", "second")]
    scopes = {"first": a_version("first", date(2026, 5, 1)), "second": a_version("second", date(2026, 6, 1))}
    return Ledger(scopes, lives, EVERY_DAY), MONDAY + 22 * DAY


def test_where_work_went_is_known_from_what_was_finished() -> None:
    for to_the_first, apart in ((6, True), (7, False)):
        ledger, at = two_at_once(to_the_first)
        found = precedence(ledger, at)
        assert found.to_the_first == pytest.approx(to_the_first / 20)
        assert found.finished == {"first": to_the_first, "second": 20 - to_the_first}
        told = outlook(ledger, at=at)
        assert told.side_by_side is apart
        first, second = (one.dates for one in told.deliveries)
        assert first is not None
        assert second is not None
        assert (first.before, second.before) == (0, 0 if apart else 6)


def test_epics_that_a_team_works_on_side_by_side_are_told_much_nearer_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five at once, in no order that anybody could know; each half-way and blind."""
    teams = [epics_side_by_side(5, seed) for seed in (100, 101)]
    apart = [_score(*team) for team in teams]
    monkeypatch.setattr(outlooks, "LEAST_IN_LINE", 0)
    in_line = [_score(*team) for team in teams]
    assert fmean(one.error or 0 for one in apart) < fmean(one.error or 0 for one in in_line) / 2
    assert fmean(one.coverage[85] for one in apart) >= 0.8


def _score(ledger: Ledger, at: datetime) -> Score:
    _, score = deliver(ledger, at=at)
    assert score is not None
    return score
