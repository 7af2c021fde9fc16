"""Work by week; the Monday of most tests is 2 March 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.flow.flow import flow
from app.domain.flow.weeks import (
    FEWEST_A_WEEK,
    RUN,
    WHEELERS,
    Direction,
    Week,
    balance,
    by_week,
    natural_limits,
    trend,
    window,
)
from app.domain.reports.flow_sentences import weeks_said
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, an_issue, day, moved

MONDAY = date(2026, 3, 2)
NOW = day(19)
"""Thursday of the third week."""


def created(number: int, at: datetime, done: datetime | None = None) -> Issue:
    changes = () if done is None else (moved(done, TO_DO, DONE),)
    status = TO_DO if done is None else DONE
    return an_issue(f"BURN-{number}", created=at, status=status, changes=changes)


def weeks_of(*issues: Issue, since: datetime | None = None, calendar: Calendar | None = None) -> list[Week]:
    since, calendar = since or day(2, 0), calendar or Calendar()
    finished = flow(issues, a_board(), at=NOW, calendar=calendar, since=since).finished
    return list(by_week(issues, finished, since=since, at=NOW, calendar=calendar))


def test_weeks_begin_on_mondays_where_the_team_is() -> None:
    berlin = Calendar(zone=ZoneInfo("Europe/Berlin"))
    assert window(NOW, Calendar(), 2) == datetime(2026, 3, 2, tzinfo=UTC)
    assert window(NOW, berlin, 2) == datetime(2026, 3, 1, 23, tzinfo=UTC)
    late = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)  # Monday in Berlin
    assert [len(week.arrived) for week in weeks_of(created(1, late), calendar=Calendar())] == [1, 0, 0]
    assert weeks_of(created(1, late), calendar=berlin)[0].monday == date(2026, 3, 9)


def test_what_arrived_and_what_was_finished_stands_in_its_week_and_the_running_one_is_not_whole() -> None:
    issues = (created(1, day(3)), created(2, day(3), day(10)), created(3, day(11), day(18)))
    assert weeks_of(*issues) == [
        Week(MONDAY, ("BURN-1", "BURN-2"), (), whole=True),
        Week(MONDAY + timedelta(weeks=1), ("BURN-3",), ("BURN-2",), whole=True),
        Week(MONDAY + timedelta(weeks=2), (), ("BURN-3",), whole=False),
    ]


def test_weeks_before_the_first_issue_are_not_told_as_weeks_without_work() -> None:
    assert [week.monday for week in weeks_of(created(1, day(10)))] == [date(2026, 3, 9), date(2026, 3, 16)]
    assert weeks_of() == [Week(date(2026, 3, 16), (), (), whole=False)]


def test_sub_tasks_and_what_comes_later_arrive_in_no_week() -> None:
    subtask = an_issue("BURN-2", created=day(10), is_subtask=True)
    later = an_issue("BURN-3", created=NOW + timedelta(hours=1))
    assert sum(len(week.arrived) for week in weeks_of(created(1, day(10)), subtask, later)) == 1


def counts(*finished: int, arrived: int = 0) -> list[Week]:
    return [
        Week(MONDAY + number * timedelta(weeks=1), ("A",) * arrived, ("F",) * each, whole=True)
        for number, each in enumerate(finished)
    ]


@pytest.mark.parametrize(
    ("finished", "direction"),
    [
        ((5,) * 8, Direction.STEADY),
        ((5, 5, 5, 5, 6, 5, 7, 5), Direction.STEADY),
        ((2, 3, 2, 3, 8, 7, 9, 8), Direction.RISING),
        ((8, 7, 9, 8, 2, 3, 2, 3), Direction.FALLING),
        ((0,) * 8, Direction.STEADY),
    ],
)
def test_a_trend_is_told_only_where_chance_alone_would_hardly_make_it(
    finished: tuple[int, ...], direction: Direction
) -> None:
    found = trend(counts(*finished))
    assert found is not None
    assert found.direction is direction
    assert (found.before, found.recent) == (sum(finished[:4]) / 4, sum(finished[4:]) / 4)


def test_the_running_week_takes_no_part_in_a_trend_and_few_weeks_have_none() -> None:
    assert trend(counts(*(5,) * 7)) is None
    running = Week(MONDAY, (), (), whole=False)
    assert trend([*counts(*(5,) * 7), running]) is None
    assert trend([*counts(*(5,) * 8), running]) == trend(counts(*(5,) * 8))


@pytest.mark.parametrize(
    ("arrived", "direction"), [(3, Direction.STEADY), (9, Direction.RISING), (0, Direction.FALLING)]
)
def test_the_backlog_grows_where_more_comes_than_goes(arrived: int, direction: Direction) -> None:
    found = balance(counts(*(3,) * 8, arrived=arrived))
    assert (found.arrived, found.finished, found.direction) == (8 * arrived, 24, direction)


@given(st.permutations(range(12)))
def test_the_order_of_issues_does_not_matter(order: list[int]) -> None:
    issues = [
        an_issue(
            f"BURN-{number}",
            created=day(2 + number),
            status=DONE if number % 3 else IN_PROGRESS,
            changes=(
                moved(day(3 + number), TO_DO, IN_PROGRESS),
                *((moved(day(5 + number), IN_PROGRESS, DONE),) if number % 3 else ()),
            ),
        )
        for number in range(12)
    ]
    mixed = [issues[number] for number in order]
    assert weeks_of(*mixed) == weeks_of(*issues)
    assert flow(mixed, a_board(), at=NOW, calendar=Calendar()) == flow(
        issues, a_board(), at=NOW, calendar=Calendar()
    )


def test_a_week_that_chance_alone_would_not_make_is_named() -> None:
    weeks = counts(7, 9, 8, 6, 7, 9, 8, 7, 24, 8)
    limits = natural_limits(weeks)
    assert limits is not None
    assert [len(week.finished) for week in limits.outside] == [24]
    word, why = weeks_said(limits)
    assert word == "signal"
    assert why.startswith(f"the week of {weeks[8].monday.day} ")
    assert why.endswith(
        "(24) lies beyond 0 to 22, what chance alone makes of these 10 weeks: ask what was different"
    )
    long_ago = natural_limits(counts(24, 8, 7, 9, 8, 6, 7, 9, 8, 7, 8))
    assert long_ago is not None
    word, why = weeks_said(long_ago)
    assert (word, long_ago.is_signal) == ("noise", False)
    assert "each of the last 4 weeks lies within" in why
    assert why.endswith("; before, 2 Mar (24) did not")


def test_eight_weeks_running_on_one_side_of_the_mean_are_a_signal_within_the_limits_too() -> None:
    limits = natural_limits(counts(3, 14, 15, 2, *[10, 11] * 4))
    assert limits is not None
    assert (limits.outside, len(limits.run), limits.is_signal) == ((), RUN, True)
    assert weeks_said(limits) == (
        "signal",
        "the last 8 weeks all lie above the mean of 9.8: ask what changed",
    )
    broken = natural_limits(counts(3, 14, 15, 2, 10, 11, 10, 9, 10, 11, 10, 11))
    assert broken is not None
    assert (broken.run, weeks_said(broken)[0]) == ((), "noise")


def test_of_few_weeks_nothing_is_called_chance() -> None:
    running = replace(counts(*[7] * 8)[-1], whole=False)
    assert natural_limits([*counts(*[7] * 7), running]) is None
    assert natural_limits(counts(*[1, 0] * 8)) is None, "counts as small as these take too few values"


@given(st.lists(st.integers(0, 50), min_size=8, max_size=30), st.integers(1, 9))
def test_natural_limits_move_with_what_is_finished_and_spread_with_its_differences(
    finished: list[int], more: int
) -> None:
    assume(fmean(finished) >= FEWEST_A_WEEK)
    found = natural_limits(counts(*finished))
    shifted = natural_limits(counts(*(one + more for one in finished)))
    assert found is not None
    assert shifted is not None
    differences = [abs(one - other) for one, other in pairwise(finished)]
    reach = WHEELERS * sum(differences) / len(differences)
    assert found.high == pytest.approx(fmean(finished) + reach)
    assert found.low == pytest.approx(max(fmean(finished) - reach, 0))
    assert shifted.high == pytest.approx(found.high + more)
    below = [one for one in finished if one < found.low or one > found.high]
    assert [len(week.finished) for week in found.outside] == below
