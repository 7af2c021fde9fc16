"""Release trains: which days are fixed ones, and whether a team is believed to keep to them."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.backtest import Score, _half, deliver
from app.domain.delivery.ledger import Ledger
from app.domain.delivery.outlook import SURE, Outlook, outlook
from app.domain.delivery.rhythm import Rhythm, Train, rhythm_of
from app.domain.delivery.scopes import Progress, Scope
from app.domain.delivery.verdict import Verdict, verdict
from app.domain.reports.delivery_parts import fixed_days
from tests.domain.delivering_team import versions_of_team
from tests.domain.team import OPENED

THURSDAY, DAY = date(2026, 1, 8), timedelta(days=1)
SEEDS = (20, 21, 22)


@cache
def seen(seed: int) -> tuple[Outlook, Score | None]:
    """What is told of a team with a release train."""
    return deliver(versions_of_team(seed=seed, train=True), at=OPENED)


def every(weeks: int, *numbers: int) -> list[date]:
    return [THURSDAY + number * timedelta(weeks=weeks) for number in numbers]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (every(1, 0, 1, 2, 3, 4), "every Thursday"),
        (every(2, 0, 1, 2, 3, 4, 5), "every second Thursday"),
        (every(6, 0, 1, 2, 3, 4), "every 6 weeks on a Thursday"),
        (every(2, 0, 1, 2, 4, 5, 6), "every second Thursday"),  # one was left out
        ([*every(2, 0, 1, 2, 3, 4, 5), THURSDAY + 19 * DAY], "every second Thursday"),  # a hotfix
        ([*every(2, 0, 1, 2, 4, 5), THURSDAY + 41 * DAY], "every second Thursday"),  # a holiday: on Wednesday
        (
            [date(2026, 1, 29), date(2026, 2, 26), date(2026, 3, 26), date(2026, 4, 30), date(2026, 5, 28)],
            "on the last Thursday of a month",
        ),
        (
            [date(2026, 1, 13), date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 14), date(2026, 5, 12)],
            "on the second Tuesday of a month",
        ),
    ],
)
def test_fixed_days_are_known_by_those_on_which_versions_went_out(days: list[date], said: str) -> None:
    rhythm = rhythm_of(days)
    assert rhythm is not None
    assert fixed_days(rhythm) == said


@pytest.mark.parametrize(
    "days",
    [
        every(2, 0, 1, 2, 3),  # too few
        every(1, 0, 4, 10, 13, 19, 21),  # when it was done, on a Thursday
        [THURSDAY + number * DAY for number in (0, 11, 30, 37, 55, 81)],
    ],
)
def test_days_as_they_come_are_no_fixed_ones(days: list[date]) -> None:
    assert rhythm_of(days) is None


@given(
    weeks=st.sampled_from([1, 2, 3, 4, 6, 8, 12, 13]),
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    ahead=st.integers(0, 400),
    number=st.integers(1, 5),
)
def test_fixed_days_ahead_are_those_between(weeks: int, start: date, ahead: int, number: int) -> None:
    for rhythm in (Rhythm(start, weeks), Rhythm(start, nth=min((start.day - 1) // 7 + 1, 5))):
        day = start + ahead * DAY
        found = rhythm.after(day, number)
        assert rhythm.between(day + DAY, found)[number - 1] == found
        assert found.weekday() == start.weekday()
        assert rhythm.is_one(found)


def test_a_day_that_was_missed_makes_the_next_ones_less_sure() -> None:
    fortnight = Rhythm(THURSDAY, 2)
    (second, third) = every(2, 1, 2)
    kept = Train(fortnight, (0,) * 6, 0, 5)
    assert kept.by(THURSDAY, (50, 85, 95)) == {50: THURSDAY, 85: THURSDAY, 95: second}
    missed = Train(fortnight, (0, 0, 1, 0, 2), 0, 5)
    assert missed.by(THURSDAY, (50, 85, 95)) == {50: THURSDAY, 85: second, 95: third}
    assert kept.following(THURSDAY - DAY) == second


def test_what_is_due_in_years_is_on_no_train() -> None:
    train = Train(Rhythm(THURSDAY, 2), (0, 0, 0), 0.0, 5.0)
    assert train.takes(THURSDAY + 14 * DAY, THURSDAY)
    for far in (THURSDAY + 14 * 200 * DAY, date.max, date.max - DAY):
        assert not train.takes(far, THURSDAY)


def test_coming_early_or_near_a_fixed_day_is_in_time() -> None:
    fortnight, (second, third) = Rhythm(THURSDAY, 2), every(2, 1, 2)
    came = (THURSDAY - 14 * DAY, THURSDAY, THURSDAY + 2 * DAY, THURSDAY + 5 * DAY, second - DAY, third)
    assert [fortnight.steps(THURSDAY, one) for one in came] == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_release_train_is_told_by_its_days_and_blind_forecasts_are_nearer_for_it(seed: int) -> None:
    ledger = versions_of_team(seed=seed, train=True)
    told, score = seen(seed)
    assert told.train is not None
    assert fixed_days(told.train.rhythm) == "every second Thursday"
    assert told.train.error * 2 < told.train.queue_error
    assert score is not None
    fixed = [one for one in score.blind if one.fixed]
    assert len(fixed) >= 3
    assert all(one.off == 0 and one.ended == ledger.went_out(one.scope) for one in fixed)
    for one in told.deliveries:
        if one.dates is None:
            assert verdict(one, OPENED.date()) is Verdict.DONE
            continue
        assert one.dates.by[SURE] == one.scope.due
        assert one.dates.following == one.scope.due + timedelta(weeks=2)  # type: ignore[operator]
        assert verdict(one, OPENED.date()) in {Verdict.ON_TRACK, Verdict.AT_RISK}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_team_that_releases_when_it_is_done_is_told_by_its_work(seed: int) -> None:
    told, score = deliver(versions_of_team(seed=seed), at=OPENED)
    assert told.train is None
    assert score is not None
    assert not any(one.fixed for one in score.blind)


def _held(ledger: Ledger, scope: Scope, train: Train) -> bool | None:
    """Whether what was told half-way was ready; None where it was not begun, or too short."""
    end = ledger.ended(scope)
    half = None if end is None else _half(ledger, scope, end)
    if half is None or scope.closed_at is None:
        return None
    told = outlook(ledger, at=half, train=train, trials=200)
    one = next((each for each in told.deliveries if each.scope.id == scope.id), None)
    if one is None or one.dates is None or one.dates.take_out is None:
        return None
    ready, left = 0.0, 0.0
    for life in ledger.lives:
        then, last = life.at(half), life.at(scope.closed_at - timedelta(microseconds=1))
        if then is None or scope.id not in then.scopes or then.progress is Progress.DONE:
            continue
        done = last is not None and scope.id in last.scopes and last.progress is Progress.DONE
        ready += done * ledger.size(then, ledger.usual(half))
        left += not done
    return not left or ready >= one.standing.left - one.dates.take_out - 1e-6


def test_what_was_said_to_be_ready_on_the_day_mostly_was() -> None:
    """Half-way, at 85 %: of what each version had left, it went out with as much, or with all of it."""
    kept = []
    for seed in SEEDS:
        ledger = versions_of_team(seed=seed, train=True)
        train = seen(seed)[0].train
        assert train is not None
        kept += [
            held for scope in ledger.scopes.values() if (held := _held(ledger, scope, train)) is not None
        ]
    assert len(kept) >= 25
    assert sum(kept) / len(kept) >= 0.75
