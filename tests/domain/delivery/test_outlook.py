"""When scopes are done: by arithmetic where every day is alike, by counting, and what must always hold."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.outlook import EXPECTED_DELAYS, Dates, Delay, Outlook, outlook
from app.domain.scrum.calendar import Calendar
from tests.domain.delivery.made import IN_PROGRESS, MONDAY, a_ledger, a_life, a_version

FRIDAYS_OFF = Calendar(weekdays=frozenset(range(4)), holidays=frozenset({date(2026, 4, 6)}))
EVERY_DAY_TWO = [(2.0, 0.0)] * 20


def dates_of(told: Outlook, name: str) -> Dates:
    (found,) = [one.dates for one in told.deliveries if one.scope.name == name]
    assert found is not None
    return found


def days_of(told: Outlook) -> list[date | None]:
    return [day for one in told.deliveries if one.dates for day in one.dates.by.values()]


def test_where_every_day_is_alike_a_scope_is_done_when_its_points_are() -> None:
    """Two a day; 6 points are three days. Equal parts of the trials are later by 0, 5, 10 and 20 days where
    ten days are ahead, so here by three tenths of that: after 3, 4, 6 and 9 days.
    """
    ledger, at = a_ledger(EVERY_DAY_TWO, [(a_version("one"), [2, 4]), (a_version("two"), [3])])
    told = outlook(ledger, at=at)
    assert at.date() == date(2026, 3, 31)
    assert dates_of(told, "one").by == {50: date(2026, 4, 3), 85: date(2026, 4, 10), 95: date(2026, 4, 10)}
    assert dates_of(told, "two").by[50] == date(2026, 4, 8), "it waits for the first one"
    assert (dates_of(told, "one").before, dates_of(told, "two").before) == (0, 6)


def test_what_is_added_to_scopes_in_work_is_added_to_the_one_whose_turn_it_is() -> None:
    """Two finished and one added: one a day."""
    ledger, at = a_ledger([(2.0, 1.0)] * 20, [(a_version("one"), [3]), (a_version("two"), [3])])
    told = outlook(ledger, at=at)
    assert dates_of(told, "one").by[50] == date(2026, 4, 3)
    assert dates_of(told, "two").by[50] == date(2026, 4, 10)


def test_what_is_due_first_is_worked_off_first() -> None:
    soon, later = a_version("later", date(2026, 6, 1)), a_version("soon", date(2026, 5, 1))
    ledger, at = a_ledger(EVERY_DAY_TWO, [(a_version("never"), [1]), (soon, [1]), (later, [1])])
    assert [one.scope.name for one in outlook(ledger, at=at).deliveries] == ["soon", "later", "never"]


def test_the_chance_and_what_to_take_out_are_those_of_the_due_day() -> None:
    """20 points are 10 days, and 25 days are there: too few for those trials that are 20 days later."""
    ledger, at = a_ledger(EVERY_DAY_TWO, [(a_version("one", date(2026, 5, 4)), [20])])
    dates = dates_of(outlook(ledger, at=at), "one")
    assert dates.chance == pytest.approx(3 / 4)
    assert dates.take_out == pytest.approx(4, abs=1e-3), (
        "8 days and eight tenths of 20 are 24, 9 and 18 are 27"
    )
    unasked = dates_of(outlook(ledger, at=at, advise=False), "one")
    assert unasked == replace(dates, take_out=None), "all else is the same"
    far = a_version("one", date(2026, 6, 20))
    in_time = dates_of(outlook(a_ledger(EVERY_DAY_TWO, [(far, [20])])[0], at=at), "one")
    assert (in_time.chance, in_time.take_out) == (1, 0)


def test_an_issue_without_an_estimate_counts_as_the_others_do_on_average() -> None:
    ledger, at = a_ledger([(4.0, 4.0)] * 20, [(a_version("one"), [None, 4, 4])])
    told = outlook(ledger, at=at)
    (one,) = told.deliveries
    assert told.usual == pytest.approx(4, abs=0.2)  # an issue of no points stands among them
    assert one.standing.left == pytest.approx(8 + told.usual)
    assert one.standing.unestimated == 1


def test_a_scope_that_is_done_or_empty_has_no_days_to_come() -> None:
    ledger, at = a_ledger(EVERY_DAY_TWO, [(a_version("empty"), []), (a_version("one"), [2])])
    told = outlook(ledger, at=at)
    empty = next(one for one in told.deliveries if one.scope.name == "empty")
    assert (empty.dates, empty.standing.issues) == (None, 0)


def test_nothing_is_said_from_little_history() -> None:
    short, at = a_ledger([(2.0, 0.0)] * 9, [(a_version("one"), [2])])
    told = outlook(short, at=at)
    assert told.refused.startswith("9 whole working days have passed since work on the first of them began")
    assert told.deliveries[0].dates is None
    idle, at = a_ledger([(0.0, 0.0)] * 20, [(a_version("one"), [2])])
    lives = [life for life in idle.lives if not life.issue_id.startswith("f")]
    told = outlook(Ledger(idle.scopes, lives, idle.calendar), at=at)
    assert told.refused == "0 of their issues were finished in the last 20 working days, a forecast needs 10"


def test_nothing_is_said_where_no_working_day_lies_ahead() -> None:
    """Such as a calendar of which somebody made all days holidays."""
    _, at = a_ledger(EVERY_DAY_TWO, [])
    off = frozenset(at.date() + timedelta(days=number) for number in range(800))
    ledger, at = a_ledger(EVERY_DAY_TWO, [(a_version("one", date(2026, 6, 1)), [2])])
    told = outlook(replace(ledger, calendar=Calendar(holidays=off)), at=at)
    assert told.refused.startswith("no working day lies ahead")
    assert [one.dates for one in told.deliveries] == [None]


def test_a_scope_that_grows_as_fast_as_it_is_worked_off_has_no_end() -> None:
    ledger, at = a_ledger([(2.0, 2.5)] * 20, [(a_version("one", date(2026, 6, 1)), [20])])
    dates = dates_of(outlook(ledger, at=at), "one")
    assert set(dates.by.values()) == {None}
    assert dates.chance == 0


# --- by counting ----------------------------------------------------------------------------------


def counted(ledger: Ledger, told: Outlook, ahead: Sequence[date]) -> list[list[int]]:
    """By scope, days on which each trial ends, played day by day with the same draws."""
    days = told.pace.days
    drawn = np.random.default_rng(told.seed).integers(len(days), size=(told.trials, len(ahead)))
    ends: list[list[int]] = [[] for _ in told.deliveries]
    for trial in drawn:
        left = [one.standing.left for one in told.deliveries]
        done = [-1] * len(left)
        for place, number in enumerate(trial):
            turn = next((n for n, day in enumerate(done) if day < 0), None)
            if turn is None:
                break
            for scope, one in enumerate(told.deliveries):
                if done[scope] < 0 and (scope == turn or one.scope.id in ledger.begun):
                    left[scope] += days[number].added_to_each
            work = days[number].finished
            while turn is not None:
                used = min(work, left[turn])
                left[turn], work = left[turn] - used, work - used
                if left[turn] > 1e-9:
                    break
                done[turn] = place
                turn = turn + 1 if turn + 1 < len(left) else None
        for number, day in enumerate(done):
            ends[number].append(len(ahead) if day < 0 else day)
    return ends


def later(end: int, delay: Delay) -> float:
    """What ends within half of what was ahead when a delay was learnt has its part of it."""
    return delay.days * min(1, (end + 1) / (delay.ahead / 2))


def test_days_are_those_of_a_queue_that_is_played_day_by_day() -> None:
    chance = random.Random(5)
    days = [(chance.choice([0.0, 1.0, 3.0, 5.0]), chance.choice([0.0, 0.0, 1.0])) for _ in range(30)]
    due = [date(2026, 5, 1), date(2026, 5, 20), date(2026, 6, 1)]
    one, two, three = (a_version(name, day) for name, day in zip(("one", "two", "three"), due, strict=True))
    ledger, at = a_ledger(days, [(one, [5, 8]), (two, [13]), (three, [4])])
    in_work = a_life("in work", (MONDAY, "three", 3, IN_PROGRESS))
    ledger = Ledger(ledger.scopes, [*ledger.lives, in_work], ledger.calendar)
    assert {day.in_work for day in ledger.pace(at).days} == {2}
    told = outlook(ledger, at=at, trials=60, seed=3)
    ahead = [day for day, *_ in Calendar().parts(at, at + timedelta(days=730))]
    for one, ends in zip(told.deliveries, counted(ledger, told, ahead), strict=True):
        late = sorted(floor(end + later(end, delay)) for end in ends for delay in EXPECTED_DELAYS)
        assert one.dates is not None
        for percent, day in one.dates.by.items():
            assert day == ahead[late[ceil(percent / 100 * len(late)) - 1]]
        assert one.scope.due is not None
        in_time = sum(ahead[end] <= one.scope.due for end in late)
        assert one.dates.chance == pytest.approx(in_time / len(late))


# --- what must always hold ------------------------------------------------------------------------

amounts = st.floats(0, 8).map(lambda value: round(value, 1))
histories = st.lists(st.tuples(amounts, amounts.map(lambda value: value / 4)), min_size=15, max_size=25)
sizes = st.lists(st.lists(st.none() | amounts.filter(bool), min_size=1, max_size=4), min_size=1, max_size=3)
few = settings(max_examples=40, deadline=None)


def scopes_of(every: Sequence[Sequence[float | None]]) -> list[tuple[object, Sequence[float | None]]]:
    return [(a_version(f"v{n}", date(2026, 5, 1 + 9 * n)), points) for n, points in enumerate(every)]


def is_later(one: date | None, other: date | None) -> bool:
    return (one or date.max) > (other or date.max)


@few
@given(histories, sizes, st.floats(0.1, 5))
def test_more_throughput_is_never_later(days: list[tuple[float, float]], every: list, more: float) -> None:
    every = [[point or 1.0 for point in points] for points in every]
    slow, at = a_ledger(days, scopes_of(every))  # type: ignore[arg-type]
    fast, _ = a_ledger([(done + more, added) for done, added in days], scopes_of(every))  # type: ignore[arg-type]
    before, after = outlook(slow, at=at, trials=40), outlook(fast, at=at, trials=40)
    assert not any(map(is_later, days_of(after), days_of(before)))


@few
@given(histories, sizes, st.dictionaries(st.dates(date(2026, 3, 20), date(2026, 6, 1)), st.floats(0, 1)))
def test_absence_is_never_earlier(days: list[tuple[float, float]], every: list, away: dict) -> None:
    ledger, at = a_ledger(days, scopes_of(every))  # type: ignore[arg-type]
    all_there, some = outlook(ledger, at=at, trials=40), outlook(ledger, at=at, trials=40, away=away)
    assert not any(map(is_later, days_of(all_there), days_of(some)))


@few
@given(histories, sizes, st.randoms())
def test_neither_order_nor_repetition_changes_anything(
    days: list[tuple[float, float]], every: list, chance: random.Random
) -> None:
    ledger, at = a_ledger(days, scopes_of(every))  # type: ignore[arg-type]
    lives, scopes = [*ledger.lives], [*ledger.scopes.items()]
    chance.shuffle(lives)
    chance.shuffle(scopes)
    shuffled = Ledger(dict(scopes), lives, ledger.calendar)
    assert outlook(shuffled, at=at, trials=40, seed=9) == outlook(ledger, at=at, trials=40, seed=9)


@few
@given(histories, sizes)
def test_told_are_working_days_from_today_on_the_surer_the_later(
    days: list[tuple[float, float]], every: list
) -> None:
    ledger, at = a_ledger(days, scopes_of(every), calendar=FRIDAYS_OFF)  # type: ignore[arg-type]
    for one in outlook(ledger, at=at, trials=40).deliveries:
        assert one.dates is not None
        told = [one.dates.by[percent] for percent in (50, 85, 95)]
        assert all(day is None or (day >= at.date() and FRIDAYS_OFF.is_working_day(day)) for day in told)
        assert told == sorted(told, key=lambda day: day or date.max)


@few
@given(histories, sizes, st.floats(0, 20))
def test_more_work_is_never_earlier(days: list[tuple[float, float]], every: list, more: float) -> None:
    every = [[point or 1.0 for point in points] for points in every]
    ledger, at = a_ledger(days, scopes_of(every))  # type: ignore[arg-type]
    larger, _ = a_ledger(days, scopes_of([[*every[0], more], *every[1:]]))  # type: ignore[arg-type]
    before, after = outlook(ledger, at=at, trials=40), outlook(larger, at=at, trials=40)
    assert not any(map(is_later, days_of(before), days_of(after)))
