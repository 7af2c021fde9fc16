"""The cumulative flow diagram: bands that lie over each other and are named beside the last day."""

import itertools
from datetime import date, timedelta
from typing import Any

import altair as alt
import pytest

from app.domain.flow.cumulative import ColumnsDay, CumulativeFlow, Move
from app.domain.reports.charts import theme
from app.domain.reports.charts.cumulative import LINE, MOST_BANDS, MOST_DAYS, cumulative
from app.domain.scrum.calendar import Calendar
from tests.factories import day

Spec = dict[str, Any]
MONDAY = date(2026, 3, 2)


def standing(*counts: tuple[int, ...], before: tuple[int, ...] | None = None) -> CumulativeFlow:
    width = len(counts[0])
    names = ("To Do", *(f"Step {number}" for number in range(1, width - 1)), "Done")
    moved = (Move("BURN-1", None, 0),) if any(map(any, counts)) else ()
    days = [ColumnsDay(MONDAY + timedelta(days=number), one, moved) for number, one in enumerate(counts)]
    return CumulativeFlow(names, frozenset(range(1, width - 1)), before or (0,) * width, tuple(days))


def drawn(told: CumulativeFlow) -> Spec:
    spec = cumulative(told, "It flows.", at=day(len(told.days)), calendar=Calendar(), width=350)
    assert spec is not None
    return spec


def rows(spec: Spec) -> list[list[dict[str, Any]]]:
    return [layer["data"]["values"] for layer in spec["layer"]]


def test_bands_lie_over_each_other_what_is_done_below_and_are_named_with_their_counts() -> None:
    spec = drawn(standing((3, 1, 0), (3, 2, 1), (2, 2, 5), before=(4, 0, 0)))
    assert alt.LayerChart.from_dict(spec, validate=True)
    done, step, to_do, *_, names = rows(spec)
    assert [row["at"] for row in done] == [
        "2026-03-02T00:00:00",
        "2026-03-03T00:00:00",
        "2026-03-04T00:00:00",
        "2026-03-04T12:00:00",
    ]
    assert [(row["low"], row["high"]) for row in done] == [(0, 0), (0, 0), (0, 1), (0, 5)]
    assert [(row["low"], row["high"]) for row in step] == [(0, 0), (0, 1), (1, 3), (5, 7)]
    assert [(row["low"], row["high"]) for row in to_do] == [(0, 4), (1, 4), (3, 6), (7, 9)]
    assert [row["text"] for row in names] == ["Done 5", "Step 1 2", "To Do 2"]


@pytest.mark.parametrize("columns", [3, 6, MOST_BANDS, MOST_BANDS + 1, 25])
def test_no_name_lies_over_another_and_none_leaves_the_chart(columns: int) -> None:
    """Nearly all is done: the bands above are a point high. Of very many columns three bands are made."""
    *bands, _, names = rows(drawn(standing((1,) * (columns - 1) + (400,))))
    heights = [row["y"] for row in names]
    assert len(bands) == len(names) == (columns if columns <= MOST_BANDS else 3)
    assert all(low - high >= LINE - 1e-9 for low, high in itertools.pairwise(heights))
    assert all(0 < height <= theme.HEIGHT for height in heights)


def test_neighbours_have_different_colours() -> None:
    for columns in range(2, MOST_BANDS + 1):
        *bands, _, _ = drawn(standing((1,) * columns))["layer"]
        colours = [layer["mark"]["color"] for layer in bands]
        assert all(one != other for one, other in itertools.pairwise(colours))


def test_a_backlog_that_would_hide_all_else_is_cut_off_and_its_number_is_told() -> None:
    spec = drawn(standing((1000, 8, 2), (1000, 9, 11)))
    *_, to_do, _, names = rows(spec)
    assert max(row["high"] for row in to_do) == 28
    assert names[-1]["text"] == "To Do 1000"
    assert "The top is cut off." in " ".join(spec["title"]["subtitle"])
    assert "cut off" not in str(drawn(standing((30, 8, 2), (30, 9, 11)))["title"])


def test_of_a_year_no_more_points_are_drawn_than_can_be_seen_and_the_last_day_is_one() -> None:
    spec = drawn(standing(*[(1, 1, number) for number in range(365)]))
    done = rows(spec)[0]
    assert len(done) <= MOST_DAYS
    assert done[-1]["high"] == 364


def test_nothing_is_drawn_where_nothing_ever_stood_in_a_column() -> None:
    assert cumulative(standing((0, 0, 0)), "", at=day(1), calendar=Calendar()) is None
