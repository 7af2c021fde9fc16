"""What charts show, and that Vega-Lite understands them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pytest

from app.domain.flow.control import control
from app.domain.flow.cumulative import ColumnsDay, CumulativeFlow
from app.domain.flow.flow import Flow
from app.domain.forecast.forecast import Forecast
from app.domain.reports.charts import theme
from app.domain.reports.charts.burn import burndown, burnup
from app.domain.reports.charts.by_count import by_count
from app.domain.reports.charts.chances import Told, chances
from app.domain.reports.charts.cumulative import cumulative
from app.domain.reports.charts.cycle_times import _apart, cycle_times
from app.domain.reports.charts.pictures import PAGE_WIDTH, WHOLE_WIDTH, below_numbers, early
from app.domain.reports.charts.velocity import velocity
from app.domain.reports.document import Medium
from app.domain.reports.flow_sentences import control_said, lines_said
from app.domain.reports.kinds import DOCUMENTS, Kind
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.velocity import velocity as figures_of
from tests.domain.reports.test_outlook import of_the_team
from tests.factories import DONE, SPRINT_FIELD, TO_DO, a_board, a_sprint, an_issue, day, moved, sprint_changed

Spec = dict[str, Any]
NOW = day(8)


def charts_of(health: SprintHealth) -> list[Spec]:
    assert health.outlook is not None
    flow, figures = health.outlook.flow, health.outlook.velocity
    every = [
        burndown(health),
        burnup(health),
        by_count(health),
        velocity(figures, "points"),
        drawn_times(flow),
        cumulative(columns_of_the_team(), "It flows.", at=day(20), calendar=Calendar()),
        theme.side_by_side([burndown(health, width=380), burnup(health, width=380)]),
    ]
    return [one for one in every if one is not None]


def columns_of_the_team() -> CumulativeFlow:
    """Every day one issue more is in progress, and two are done."""
    days = [ColumnsDay(day(number).date(), (3, number, 2 * number), ()) for number in range(1, 20)]
    return CumulativeFlow(("To Do", "In Progress", "Done"), frozenset({1}), (3, 0, 0), tuple(days))


def drawn_times(flow: Flow) -> Spec:
    told = control(flow)
    assert told is not None
    return cycle_times(told, (lines_said(told), control_said(told)), Calendar())


def small(now: datetime = NOW, **sprint: Any) -> SprintHealth:
    issues = [
        an_issue("BURN-1", status=DONE, changes=(moved(day(4), TO_DO, DONE),)),
        an_issue("BURN-2", points=5),
    ]
    return assess(
        a_sprint(**sprint), a_board(), issues, now=now, calendar=Calendar(), sprint_field=SPRINT_FIELD
    )


def values(spec: Spec) -> list[list[dict[str, Any]]]:
    return [layer["data"]["values"] for layer in spec["layer"]]


@pytest.mark.parametrize("place", range(7))
def test_each_chart_is_understood_by_vega_lite(place: int) -> None:
    spec = charts_of(of_the_team())[place]
    whole = alt.HConcatChart if "hconcat" in spec else alt.LayerChart
    assert whole.from_dict(spec, validate=True)


def test_charts_load_nothing_from_elsewhere() -> None:
    for spec in charts_of(of_the_team()):
        assert "url" not in str({key: part for key, part in spec.items() if key != "$schema"})


def test_the_burndown_shows_the_ledgers_numbers_and_is_level_over_free_days() -> None:
    health = small()
    free, ideal, line, last, *_ = values(burndown(health))
    assert [row["value"] for row in line] == [8, 5, 5]
    assert last == [{"at": "2026-03-09T12:00:00", "value": 5.0}]
    assert free == [{"at": "2026-03-07T00:00:00", "until": "2026-03-09T00:00:00"}]
    weekend = [row["value"] for row in ideal if "2026-03-07" <= row["at"] <= "2026-03-09T00:00:00"]
    assert len(weekend) == 2
    assert len(set(weekend)) == 1
    assert ideal[-1] == {"at": "2026-03-13T17:00:00", "value": 0.0}


def test_the_burn_up_ends_in_the_forecast() -> None:
    health = of_the_team()
    assert health.outlook is not None
    told = health.outlook.forecast
    assert isinstance(told, Forecast)
    fan = [row for rows in values(burnup(health)) for row in rows if row.get("percent") == 85]
    likely = next(one for one in told.ranges if one.percent == 85)
    assert (fan[-1]["low"], fan[-1]["high"]) == (likely.low, likely.high)
    assert fan[0]["low"] == fan[0]["high"] == float(health.burnup[-1].done)


def test_the_burndown_says_what_was_removed_where_that_is_why_it_is_ahead() -> None:
    out = sprint_changed(day(4), "7", "")
    taken_out = an_issue("BURN-2", points=8, sprint_ids=frozenset(), changes=(out,))
    issues = [an_issue("BURN-1", points=2), taken_out]
    for seen, told in ((issues, ", with 8 removed."), (issues[:1], "")):
        health = assess(a_sprint(), a_board(), seen, now=NOW, calendar=Calendar(), sprint_field=SPRINT_FIELD)
        first = burndown(health)["title"]["subtitle"][0]
        assert first.endswith("ahead of an even pace" + told) if told else "removed" not in first


def test_the_burn_up_says_what_it_means_that_the_forecast_goes_beyond_what_is_taken_on() -> None:
    health = of_the_team()
    assert health.outlook is not None
    told = health.outlook.forecast
    assert isinstance(told, Forecast)
    for high, lines in ((health.ledger.scope + 1, 3), (health.ledger.scope, 2)):
        ranges = tuple(replace(one, low=0.0, high=float(high)) for one in told.ranges)
        ahead = replace(health.outlook, forecast=replace(told, ranges=ranges))
        said = burnup(replace(health, outlook=ahead))["title"]["subtitle"]
        assert len(said) == lines
        assert ("yet be added" in said[-1]) == (high > health.ledger.scope)


@pytest.mark.parametrize("now", [day(1, 9), day(8), day(13, 17), day(20)])
def test_a_sprint_can_be_drawn_at_every_moment_of_its_life(now: datetime) -> None:
    for health in (small(now), small(now, end=None), small(now, completed=day(13, 17))):
        for spec in (burndown(health), burnup(health)):
            assert alt.LayerChart.from_dict(spec, validate=True)


def test_bars_are_told_apart_where_sprints_have_one_name() -> None:
    figures = of_the_team().outlook.velocity  # type: ignore[union-attr]
    spec = velocity(figures, "points")
    assert spec is not None
    assert len({row["sprint"] for row in values(spec)[0]}) == len(figures.counted)
    assert velocity(figures_of([]), "points") is None


def test_the_chances_of_earlier_reports_and_of_this_one_are_drawn_one_a_day() -> None:
    health = of_the_team()
    assert health.outlook is not None
    told = health.outlook.forecast
    assert isinstance(told, Forecast)
    start = health.timing.started_at
    before = [Told(start, 0.5, 0.2), Told(start + timedelta(hours=1), 0.4, 0.1), Told(start, None, None)]
    assert chances([], health) is None, "one report tells of no movement"
    spec = chances(before[:2], health)
    assert spec is not None
    assert alt.LayerChart.from_dict(spec, validate=True)
    rows = values(spec)[1]
    shown = [row["chance"] for row in rows if row["what"] == "as much as was committed"]
    assert shown == [0.4, told.chance_of_commitment]
    assert chances(before[2:], health) is None


def test_every_finished_issue_is_a_point() -> None:
    flow = of_the_team().outlook.flow  # type: ignore[union-attr]
    usual, median, long, named, *_ = values(drawn_times(flow))
    assert flow.cycle_times is not None
    assert len(usual) + len(long) == flow.cycle_times.sample
    assert min(row["days"] for row in long) > flow.cycle_times.days[85] >= max(row["days"] for row in usual)
    assert len(named) <= 5
    told = control(flow)
    assert told is not None
    last = {one.done_at.date(): one.median for one in told.issues}
    assert [row["median"] for row in median] == [one for one in last.values() if one is not None]


def test_by_count_an_issue_without_points_counts_like_any_other() -> None:
    """In points only BURN-2 remains as 5; by count BURN-3, which nobody estimated, does too."""
    issues = [
        an_issue("BURN-1", status=DONE, changes=(moved(day(4), TO_DO, DONE),)),
        an_issue("BURN-2", points=5),
        an_issue("BURN-3", points=None),
    ]
    health = assess(a_sprint(), a_board(), issues, now=NOW, calendar=Calendar(), sprint_field=SPRINT_FIELD)
    remained = [(point.at, point.remaining) for point in health.burndown_of_issues]
    assert remained == [(health.timing.started_at, 3), (day(4), 2), (NOW, 2)]
    assert [point.remaining for point in health.ideal_of_issues][0::99] == [3]
    assert health.ideal_of_issues[-1].remaining == 0
    document = to_json(health)
    assert [one["remaining"] for one in document["burndown_of_issues"]] == [3, 2, 2]
    *_, line, dot = values(by_count(health))
    assert [row["value"] for row in line] == [3, 2, 2]
    assert dot == line[-1:]
    assert [picture.name for picture in below_numbers(health, None)] == ["by-count"]
    counting = assess(
        a_sprint(),
        a_board(estimation_field=None),
        issues,
        now=NOW,
        calendar=Calendar(),
        sprint_field=SPRINT_FIELD,
    )
    assert list(below_numbers(counting, None)) == []
    assert [p.remaining for p in counting.burndown_of_issues] == [p.remaining for p in counting.burndown]


@pytest.mark.parametrize("kind", Kind)
def test_what_is_drawn_early_is_what_the_page_shows(kind: Kind) -> None:
    """An outlook changes neither chart; otherwise both would be drawn twice."""
    health = of_the_team()
    shown = [one.spec for one in DOCUMENTS[kind](health, None).pictures(Medium.PAGE)]
    past = kind is not Kind.MIDDLE
    drawn = early(replace(health, outlook=None), past=past)
    assert len(drawn) == 1 + past
    assert [spec in shown for spec in drawn] == [kind is not Kind.START] * len(drawn)


def test_more_points_than_the_eye_tells_apart_are_left_out_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    health = of_the_team()
    assert health.outlook is not None
    flow = health.outlook.flow
    assert flow.cycle_times is not None
    whole = drawn_times(flow)
    monkeypatch.setattr("app.domain.reports.charts.cycle_times.MOST_POINTS", 20)
    cut = drawn_times(flow)
    rows = [sorted(row["at"] for row in (*values(one)[0], *values(one)[2])) for one in (whole, cut)]
    assert rows[1] == rows[0][-20:]
    assert f"Half of {flow.cycle_times.sample} issues" in cut["title"]["subtitle"][0]
    assert "The last 20 are drawn." in cut["title"]["subtitle"][-1]
    assert "drawn" not in whole["title"]["subtitle"][-1]


def test_names_that_face_each_other_over_the_middle_do_not_lie_over_each_other() -> None:
    """One stands on the right of its point, the other on the left of its own, and they are as long."""
    middle, name = datetime.fromisoformat("2026-03-02"), timedelta(days=3)
    row = {"days": 20.0}
    early = {**row, "key": "BURN-1", "at": (middle - timedelta(days=1)).isoformat()}
    late = {**row, "key": "BURN-2", "at": (middle + timedelta(days=4)).isoformat()}
    far = {**row, "key": "BURN-3", "at": (middle + timedelta(days=6)).isoformat()}
    assert _apart([early, late], name, middle) == [early], "five days apart, and six days of names"
    assert _apart([early, far], name, middle) == [early, far]


def test_no_half_row_of_a_page_stays_empty() -> None:
    """Two charts beside each other; one that would stand alone fills the row."""
    shown = list(below_numbers(of_the_team(), None))
    assert [one.name for one in shown] == ["by-count", "velocity", "cycle-time"]
    widths = [one.points for one in shown]
    assert widths[0] == widths[1] < widths[2]
    assert widths[2] - widths[1] == WHOLE_WIDTH - PAGE_WIDTH
    (alone,) = below_numbers(of_the_team(), None, past=False)
    assert alone.points == widths[2]


@pytest.mark.parametrize(("done", "align"), [(2, "left"), (9, "right")])
def test_the_word_of_the_even_pace_stands_where_the_burndown_is_not(done: int, align: str) -> None:
    issues = [an_issue("BURN-1", points=8, status=DONE, changes=(moved(day(done), TO_DO, DONE),))]
    issues.append(an_issue("BURN-2", points=1))
    health = assess(
        a_sprint(), a_board(), issues, now=day(12), calendar=Calendar(), sprint_field=SPRINT_FIELD
    )
    (word,) = (
        one["mark"]
        for one in burndown(health)["layer"]
        for row in one["data"]["values"]
        if row.get("text") == "even pace"
    )
    assert word["align"] == align
