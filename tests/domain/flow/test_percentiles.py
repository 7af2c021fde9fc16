"""Percentiles of cycle times against the words of their definition."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.flow import PERCENTS, flow
from app.domain.scrum.calendar import Calendar
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, an_issue, day, moved

EVERY_DAY = Calendar(weekdays=frozenset(range(7)))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_percentile_is_the_smallest_time_that_so_many_percent_do_not_exceed(hours: list[int]) -> None:
    issues = [
        an_issue(
            f"BURN-{number}",
            status=DONE,
            changes=(
                moved(day(2), TO_DO, IN_PROGRESS),
                moved(day(2) + timedelta(hours=took), IN_PROGRESS, DONE),
            ),
        )
        for number, took in enumerate(hours)
    ]
    found = flow(issues, a_board(), at=day(12), calendar=EVERY_DAY).cycle_times
    assert found is not None
    assert found.sample == len(hours)
    for percent in PERCENTS:
        enough = [one for one in hours if sum(each <= one for each in hours) * 100 >= percent * len(hours)]
        assert round(found.days[percent] * 24, 6) == min(enough)
