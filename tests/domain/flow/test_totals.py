"""How old all work in progress is together, and who has how much of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.flow import Flow, flow
from app.domain.flow.totals import having, total_age
from app.domain.flow.weeks import Balance, Direction
from app.domain.forecast.throughput import HowMany, ThroughputForecast
from app.domain.reports.flow_figures import predictability
from app.domain.reports.flow_figures import total_age as told_age
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from tests.factories import DONE, IN_PROGRESS, START, TO_DO, a_board, an_issue, moved

CALENDAR, EVERY_DAY = Calendar(), Calendar(weekdays=frozenset(range(7)))
DAY = timedelta(days=1)


def begun(number: int, days: float, *, done: float | None = None, **more: object) -> Issue:
    """Work on it began so many days after START, and was done so many days after it."""
    changes = [moved(START + days * DAY, TO_DO, IN_PROGRESS)]
    if done is not None:
        changes.append(moved(START + done * DAY, IN_PROGRESS, DONE))
    status = IN_PROGRESS if done is None else DONE
    return an_issue(f"BURN-{number}", status=status, changes=tuple(changes), **more)


def flow_of(*issues: Issue, days: float, calendar: Calendar = CALENDAR) -> Flow:
    return flow(issues, a_board(), at=START + days * DAY, calendar=calendar)


def test_ages_are_added_up_in_working_days() -> None:
    found = flow_of(begun(1, 0), begun(2, 1), begun(3, 0, done=2), days=7)
    assert total_age(found, CALENDAR) == pytest.approx(5 + 4)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 40))), max_size=12),
    st.integers(0, 45),
)
def test_of_an_instant_before_it_is_what_it_was_then(lives: list[tuple[int, int | None]], then: int) -> None:
    issues = [
        begun(number, start, done=None if took is None else start + took)
        for number, (start, took) in enumerate(lives, 1)
    ]
    later = flow_of(*issues, days=90, calendar=EVERY_DAY)
    by_hand = sum(
        then - start for start, took in lives if start < then and (took is None or start + took > then)
    )
    assert total_age(later, EVERY_DAY, at=START + then * DAY) == pytest.approx(by_hand)
    assert total_age(flow_of(*issues, days=then, calendar=EVERY_DAY), EVERY_DAY) == pytest.approx(by_hand)


def test_who_has_the_oldest_work_comes_first_and_nobody_last() -> None:
    found = having(
        flow_of(
            begun(1, 1, assignee="Ana"),
            begun(2, 2, assignee="Ana"),
            begun(3, 0, assignee="Ben", flagged=False),
            begun(4, 0),
            days=4,
        )
    )
    assert [(one.person, one.keys[:2], round(one.age)) for one in found] == [
        ("Ana", ("BURN-1", "BURN-2"), 5),
        ("Ben", ("BURN-3",), 4),
        (None, ("BURN-4",), 4),
    ]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (None, "of 1 issue in progress together"),
        (1.0, "more than four weeks ago (1.0): work ages faster than it is finished"),
        (2.9, "about as much as four weeks ago (2.9)"),
        (9.0, "less than four weeks ago (9.0)"),
    ],
)
def test_the_total_age_is_told_beside_that_of_four_weeks_ago(before: float | None, words: str) -> None:
    value, meaning = told_age(flow_of(begun(1, 0), days=3), 3.0, before)
    assert value == "3.0 working days"
    assert meaning.endswith(words)


@pytest.mark.parametrize(
    ("sure", "likely", "score", "word"),
    [(12, 20, 60, "steady"), (11, 20, 55, "so so"), (7, 20, 35, "erratic"), (0, 0, None, "")],
)
def test_predictability_is_what_is_nearly_sure_per_hundred_of_what_is_likely(
    sure: int, likely: int, score: int | None, word: str
) -> None:
    many = HowMany(4, START.date(), 20, {50: likely, 85: likely, 95: sure})
    forecast = ThroughputForecast(60, 90, (many,), None, 2000, 1, None)
    told = predictability(forecast)
    assert forecast.predictability == score
    if score is None:
        assert told is None
    else:
        assert told is not None
        assert told[0] == f"{score} of 100"
        assert told[1].startswith(word)
        assert told[1].endswith(f"in 4 weeks {sure} or more with 95 % confidence, {likely} with 50 %")


def test_the_net_is_what_the_backlog_grew_by() -> None:
    assert Balance(84, 88, Direction.STEADY).net == -4


def test_nothing_in_progress_has_no_age() -> None:
    nothing = flow_of(an_issue(points=Decimal(1)), days=3)
    assert total_age(nothing, CALENDAR) == 0
    assert having(nothing) == ()
