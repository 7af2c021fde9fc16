"""Cycle times one after the other, and Little's law beside the mean that was measured."""

import random
from statistics import fmean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.flow.control import ROLLING, control
from app.domain.flow.flow import FEWEST, Flow
from app.domain.flow.littles_law import STABLE, LittlesLaw, littles_law
from app.domain.flow.weeks import RUN
from app.domain.reports.flow_sentences import control_said
from app.domain.scrum.issue import Issue
from tests.domain.flow.test_totals import DAY, EVERY_DAY, begun, flow_of
from tests.factories import START


def took(*days: float) -> Flow:
    """Issues that were finished one a day, after so many days each."""
    issues = [begun(n, 100 + n - each, done=100 + n) for n, each in enumerate(days, 1)]
    return flow_of(*issues, days=101 + len(days), calendar=EVERY_DAY)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_medians_outliers_and_runs_are_what_counting_by_hand_finds(days: list[int]) -> None:
    told = control(took(*days))
    assert told is not None
    assert [one.days for one in told.issues] == pytest.approx(days)
    for number, one in enumerate(told.issues, 1):
        last = days[:number][-ROLLING:]
        assert one.median == (pytest.approx(median(last)) if len(last) == ROLLING else None)
    far = sorted((each for each in days if each > told.lines[95] + 1e-9), reverse=True)
    assert [one.days for one in told.outliers] == pytest.approx(far if len(days) >= FEWEST else [])
    middle, run = median(days), 0
    while run < len(days) and (days[-1 - run] > middle) is (days[-1] > middle) and days[-1 - run] != middle:
        run += 1
    assert told.run == (run if days[-1] > middle else -run)


def test_eight_in_a_row_on_one_side_are_a_signal_and_seven_are_noise() -> None:
    for last, is_signal in ((RUN, True), (RUN - 1, False)):
        told = control(took(*[5, 2] * 15, *[9] * last))
        assert told is not None
        assert (told.run, told.is_signal) == (last, is_signal)
        assert control_said(told).startswith("Signal: the last 8 all" if is_signal else "Noise: the last 7")
    told = control(took(*[5, 9] * 15, *[1] * RUN))
    assert told is not None
    assert "took less than the middle one: something changed" in control_said(told)
    few = control(took(1, 2, 3))
    assert few is not None
    assert "Too few to tell" in control_said(few)
    assert control(flow_of(begun(1, 3), days=9)) is None


# --- Little's law -------------------------------------------------------------------------------


def law_of(issues: list[Issue], days: int) -> tuple[LittlesLaw, Flow]:
    found = flow_of(*issues, days=days, calendar=EVERY_DAY)
    since = (START + (days - 20) * DAY).replace(hour=0)
    law = littles_law(found, EVERY_DAY, since=since)
    assert law is not None
    return law, found


def test_where_as_much_is_begun_as_is_finished_it_says_what_was_measured() -> None:
    """Two a day are begun, and each takes four days."""
    law, _ = law_of([begun(n, n / 2, done=n / 2 + 4) for n in range(1, 200)], days=60)
    assert law.days == pytest.approx(4)
    assert (law.in_progress, law.begun, law.finished, law.working_days) == (8, 40, 40, 20)


def test_where_more_is_begun_than_is_finished_or_work_grows_older_it_says_nothing() -> None:
    piling, _ = law_of([begun(n, n / 2, done=n / 2 + 4 + n / 6) for n in range(1, 200)], days=60)
    assert piling.begun > (1 + STABLE) * piling.finished
    assert piling.days is None
    stuck = [begun(1000 + n, 30) for n in range(5)]
    aging, _ = law_of([*stuck, *(begun(n, n / 2, done=n / 2 + 2) for n in range(1, 200))], days=60)
    assert (aging.begun, aging.finished, aging.days) == (40, 40, None)
    few, _ = law_of([begun(n, 3 * n, done=3 * n + 4) for n in range(1, 30)], days=60)
    assert (few.finished < FEWEST, few.days) == (True, None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_wherever_it_says_something_that_is_near_the_mean_of_what_was_finished(seed: int) -> None:
    chance = random.Random(seed)
    a_day, usual = chance.uniform(0.5, 3), chance.uniform(1.5, 12)
    issues = [
        begun(n, n / a_day, done=n / a_day + chance.uniform(0.3, 1.7) * usual)
        for n in range(1, int(60 * a_day) + 1)
    ]
    law, found = law_of(issues, days=60)
    if law.days is not None:
        since = (START + 40 * DAY).replace(hour=0)
        ended = [
            path.cycle_time / DAY
            for path in found.finished
            if path.cycle_time is not None and path.done_at is not None and path.done_at >= since
        ]
        assert law.days == pytest.approx(fmean(ended), rel=3 * STABLE, abs=0.5)
