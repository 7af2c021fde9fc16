"""What a board will finish: weeks of working days drawn from those behind, against a plain simulation."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import PERCENTS, ThroughputForecast, forecast_throughput
from app.domain.scrum.calendar import Calendar

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def told(
    finished: list[int], *, at: datetime = MONDAY, issues: int = 0, **values: object
) -> ThroughputForecast:
    given: dict[str, object] = {"calendar": Calendar(), "seed": 1, **values}
    found = forecast_throughput(finished, at=at, issues=issues, **given)  # type: ignore[arg-type]
    assert isinstance(found, ThroughputForecast)
    return found


def test_where_every_day_is_like_the_other_nothing_is_left_to_chance() -> None:
    found = told([1] * 40, issues=7)
    assert [(one.weeks, one.until, one.working_days, dict(one.issues)) for one in found.how_many] == [
        (2, date(2026, 3, 16), 10, dict.fromkeys(PERCENTS, 10)),
        (4, date(2026, 3, 30), 20, dict.fromkeys(PERCENTS, 20)),
    ]
    assert found.when is not None
    assert dict(found.when.by) == dict.fromkeys(PERCENTS, date(2026, 3, 10)), "the seventh working day"


@pytest.mark.parametrize(("hour", "first"), [(0, 2), (9, 2), (12, 2), (15, 3)])
def test_today_counts_where_half_of_it_is_left(hour: int, first: int) -> None:
    found = told([1] * 40, at=MONDAY + timedelta(hours=hour), issues=1)
    assert found.when is not None
    assert found.when.by[85] == date(2026, 3, first)


def test_holidays_bring_nothing() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 3, 3), date(2026, 3, 4)}))
    found = told([1] * 40, issues=2, calendar=calendar)
    assert found.how_many[0].issues[85] == 8
    assert found.when is not None
    assert found.when.by[85] == date(2026, 3, 5)


def test_what_takes_longer_than_a_year_has_no_date() -> None:
    found = told([1, 0] * 20, issues=1000)
    assert found.when is not None
    assert set(found.when.by.values()) == {None}


@pytest.mark.parametrize(
    "finished", [[0, 1, 2, 0, 0, 3, 1, 0] * 5, [0, 0, 0, 0, 9] * 8, [2, 1, 0, 4] * 10], ids=str
)
def test_it_agrees_with_a_plain_simulation(finished: list[int]) -> None:
    """At a percent that lies between two whole numbers, either of them can come out."""
    chance, found = random.Random(5), told(finished, issues=25)
    sums = sorted(sum(_days(finished, 10, chance)) for _ in range(4_000))
    for percent in PERCENTS:
        number = found.how_many[0].issues[percent]
        reached = [sum(one >= each for one in sums) / len(sums) for each in (number, number + 1)]
        assert reached[0] >= percent / 100 - 0.03
        assert reached[1] <= percent / 100 + 0.03
    lengths = sorted(_length(finished, 25, chance) for _ in range(4_000))
    assert found.when is not None
    for percent, day in found.when.by.items():
        assert day is not None
        needed = Calendar().working_days(MONDAY, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        in_time = [sum(one <= each for one in lengths) / len(lengths) for each in (needed, needed - 1)]
        assert in_time[0] >= percent / 100 - 0.03
        assert in_time[1] <= percent / 100 + 0.03


def _days(finished: list[int], number: int, chance: random.Random) -> list[int]:
    """Five neighbours at a time, out of as many stretches of five as a team remembers."""
    starts = [chance.randrange(len(finished) - 4) for _ in range(len(finished) // 5)]
    drawn: list[int] = []
    while len(drawn) < number:
        start = chance.choice(starts)
        drawn += finished[start : start + 5]
    return drawn[:number]


def _length(finished: list[int], wanted: int, chance: random.Random) -> int:
    total = 0
    for days, each in enumerate(_days(finished, 260, chance), 1):
        total += each
        if total >= wanted:
            return days
    return 261


@given(st.lists(st.integers(0, 6), min_size=20, max_size=80).filter(lambda each: sum(each) >= 10))
def test_more_confidence_promises_less_and_later_and_the_same_days_say_the_same(finished: list[int]) -> None:
    found = told(finished, issues=9)
    assert found == told(finished, issues=9)
    for one in found.how_many:
        assert one.issues[50] >= one.issues[85] >= one.issues[95]
    assert found.when is not None
    last = date.max
    fifty, sure, surest = (found.when.by[percent] or last for percent in PERCENTS)
    assert fifty <= sure <= surest


@pytest.mark.parametrize("finished", [[1] * 19, [0] * 40 + [9], []])
def test_little_behind_says_nothing_about_what_comes_and_why_is_told(finished: list[int]) -> None:
    found = forecast_throughput(finished, at=MONDAY, calendar=Calendar(), issues=3, seed=1)
    assert isinstance(found, NoForecast)
    assert f"{sum(finished)} issues were finished on {len(finished)} working days" in found.reason


def test_blind_forecasts_are_made_from_the_days_before_them_alone() -> None:
    """A team that stops half-way: what was promised from its good days is not held."""
    steady, stopped = told([1] * 60).blind, told([1] * 35 + [0] * 25).blind
    assert steady is not None
    assert stopped is not None
    assert (steady.tried, steady.held) == (7, 7)
    assert stopped.tried == 7
    assert stopped.held == 2, "until the 20th and the 25th day all was well"
    assert told([1] * 35).blind is None


def test_a_team_that_closes_all_on_fridays_has_one_friday_in_every_week() -> None:
    found = told([0, 0, 0, 0, 5] * 12)
    assert [dict(one.issues) for one in found.how_many] == [
        dict.fromkeys(PERCENTS, 10),
        dict.fromkeys(PERCENTS, 20),
    ]


def test_blind_forecasts_of_a_team_that_goes_on_as_before_hold_as_often_as_they_say() -> None:
    chance, tried, held = random.Random(3), 0, 0
    for _ in range(60):
        blind = told([chance.choice((0, 0, 1, 1, 2, 3)) for _ in range(60)]).blind
        assert blind is not None
        tried, held = tried + blind.tried, held + blind.held
    assert 0.80 <= held / tried <= 0.97
