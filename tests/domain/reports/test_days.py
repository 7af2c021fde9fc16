"""Days as reports tell them: a limit holds as it is told, and what is beyond it is told as no less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.control import control
from app.domain.flow.totals import total_age
from app.domain.reports.charts.cycle_times import cycle_times
from app.domain.reports.document import Expand, Table, Text
from app.domain.reports.flow_figures import how_long, people
from app.domain.reports.flow_figures import total_age as told_age
from app.domain.reports.flow_sentences import lines_said
from app.domain.reports.words import aged, within, within_days
from tests.domain.flow.test_totals import CALENDAR, EVERY_DAY, begun, flow_of


@pytest.mark.parametrize(
    ("days", "told"),
    [(9.04, "10"), (9.0, "9"), (1.0, "1"), (0.95, "1"), (0.31, "0.4"), (0.3, "0.3"), (0.0, "0")],
)
def test_a_limit_is_rounded_up(days: float, told: str) -> None:
    assert within(days) == told
    assert within_days(days) == f"{told} working day{'' if told == '1' else 's'}"


@given(st.floats(0, 100), st.floats(0.001, 10))
def test_what_is_beyond_a_limit_is_told_as_no_less(limit: float, more: float) -> None:
    assert float(aged(limit + more, limit).split()[0]) >= float(within(limit)) >= round(limit, 6)


def test_chart_sentence_and_table_tell_the_same_limits() -> None:
    flow = flow_of(
        *(begun(number, 0, done=1.04 * number) for number in range(1, 21)), days=30, calendar=EVERY_DAY
    )
    _, table = how_long(flow)
    told = control(flow)
    assert isinstance(table, Table)
    assert told is not None
    half, _, most, far, _ = (cell[0].text for cell in table.rows[0][1:] if isinstance(cell[0], Text))
    assert (half, most, far) == ("11", "18", "20")
    said = lines_said(told)
    assert said == f"Half of 20 issues took {half} working days or less, 85 % {most}, 95 % {far}."
    drawn = cycle_times(told, (said,), EVERY_DAY)
    names = [row["text"] for each in drawn["layer"] for row in each["data"]["values"] if "text" in row]
    assert names == [f"50 % in {half} days", f"85 % in {most} days", f"95 % in {far} days"]


def test_the_ages_by_person_add_up_to_the_total() -> None:
    flow = flow_of(
        *(begun(number, 0.8 - number / 10, assignee=f"P{number}") for number in range(1, 7)), days=1
    )
    (folded,) = people(flow)
    assert isinstance(folded, Expand)
    (table,) = folded.content
    assert isinstance(table, Table)
    ages = [float(row[2][0].text) for row in table.rows if isinstance(row[2][0], Text)]
    total, _ = told_age(flow, total_age(flow, CALENDAR), None)
    assert total == f"{sum(ages):.1f} working days"
    assert sum(ages) < len(ages) == 6, "each began less than a day ago"
