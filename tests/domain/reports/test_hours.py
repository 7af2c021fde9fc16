"""Boards that estimate in time: Jira keeps seconds, people and documents read hours."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.grooming import sizes
from app.domain.grooming.health import BacklogHealth
from app.domain.grooming.health import assess as assess_backlog
from app.domain.grooming.review import review
from app.domain.reports import backlog as backlog_report
from app.domain.reports import markdown, sprint_end, sprint_middle, sprint_start
from app.domain.reports.backlog_as_json import read_figures, summary_as_json
from app.domain.reports.document import Medium
from app.domain.reports.since import Before, read_before
from app.domain.reports.sprint_health import report
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.rules.metrics import METRICS
from app.domain.scrum.history import read_estimate
from app.domain.scrum.issue import Change, Issue
from app.domain.sprint_health.health import SprintHealth
from tests.domain import assessed
from tests.domain.grooming.backlogs import BOARD, backlog, item
from tests.domain.reports.test_outlook import of_the_team
from tests.factories import (
    DONE,
    TO_DO,
    a_board,
    a_change,
    an_issue,
    day,
    moved,
    sprint_changed,
)

TIME = "timeoriginalestimate"
MINUTE = 60
LINES = ("commitment", "added", "removed", "re_estimated", "burned", "remaining", "completed_then_removed")


def timed(key: str, seconds: int | None, *changes: Change, **overrides: Any) -> Issue:
    """An issue as the store gives it: the estimate read from Jira's seconds, the history as Jira wrote it."""
    estimate = None if seconds is None else read_estimate(str(seconds), TIME)
    return replace(an_issue(key, changes=changes, **overrides), estimate=estimate)


def health_of(*issues: Issue, **arguments: Any) -> SprintHealth:
    board = a_board(estimation_field=TIME, estimation_name="Original Estimate")
    return assessed.health_of(*issues, board=board, **arguments)


def a_sprint_in_time() -> SprintHealth:
    """3.5 hours done, 20 minutes added, 2 hours that were 1 and a half."""
    return health_of(
        timed("BURN-1", 12600, moved(day(4), TO_DO, DONE), status=DONE),
        timed("BURN-2", 1200, sprint_changed(day(4), "", "7")),
        timed("BURN-3", 7200, a_change(TIME, day(5), 5400, 7200)),
    )


def test_tables_sentences_rows_and_receipts_are_in_hours() -> None:
    text = markdown.render(report(a_sprint_in_time()), base_url="")
    assert "| | Hours | Issues |" in text.replace("|  |", "| |")
    assert "| Committed at the start | 5 | 2 |" in text
    assert "| Completed | 3.5 | 1 |" in text
    assert (
        "5 h committed + 0.33 h added - 0 h removed + 0.5 h re-estimated = 5.83 h "
        "= 3.5 h completed + 2.33 h remaining." in text
    )
    assert "| Issue | Summary | Status | Hours | What happened |" in text
    assert "in the sprint at its start (3.5 h)" in text
    assert "re-estimated from 1.5 h to 2 h" in text
    assert "12600" not in text
    assert "point" not in text


@pytest.mark.parametrize("kind", [sprint_start, sprint_middle, sprint_end])
def test_no_kind_of_report_on_such_a_board_speaks_of_points(kind: Any) -> None:
    health = replace(of_the_team(), estimation_field=TIME, estimation_name="Original Estimate")
    for one in (a_sprint_in_time(), health):
        assert "point" not in markdown.render(kind.report(one), base_url="").replace("at this point", "")


def test_charts_forecast_and_velocity_name_hours() -> None:
    health = replace(of_the_team(), estimation_field=TIME, estimation_name="Original Estimate")
    told = report(health)
    drawn = {one.name: json.dumps(one.spec) for one in told.pictures(Medium.PAGE)}
    assert "Burndown, hours" in drawn["burndown"]
    assert "Burn-up and forecast, hours" in drawn["burn-up"]
    assert "Velocity, hours" in drawn["velocity"]
    text = markdown.render(told, base_url="")
    assert " hours will be done" in text
    assert " hours a sprint, the mean of" in text


def test_json_says_hours_under_the_keys_that_it_always_had() -> None:
    document = to_json(a_sprint_in_time())
    assert document["board"]["unit"] == "hours"
    assert document["ledger"]["burned"]["points"] == 3.5
    assert document["ledger"]["added"]["points"] == 0.33333333
    assert [one["estimate"] for one in document["issues"]] == [3.5, 0.33333333, 2]
    assert to_json(of_the_team())["board"]["unit"] == "points"


_SECONDS = st.one_of(st.none(), st.integers(0, 400).map(lambda n: n * MINUTE), st.integers(0, 10**6))
_ISSUES = st.lists(st.tuples(_SECONDS, _SECONDS, st.booleans(), st.booleans()), max_size=30)


@settings(deadline=None, max_examples=60)
@given(_ISSUES)
def test_sums_in_hours_are_the_seconds_over_3600(
    found: list[tuple[int | None, int | None, bool, bool]],
) -> None:
    issues = []
    for number, (before, after, added, done) in enumerate(found, 1):
        changes = [] if before == after else [a_change(TIME, day(5), before, after)]
        changes += [sprint_changed(day(4), "", "7")] if added else []
        changes += [moved(day(5, 18), TO_DO, DONE)] if done else []
        status = DONE if done else TO_DO
        issues.append(timed(f"BURN-{number}", after, *changes, status=status))
    health = health_of(*issues)
    seconds = dict.fromkeys(LINES, 0)
    for before, after, added, done in found:
        then, now = before or 0, after or 0
        seconds["added" if added else "commitment"] += then
        seconds["re_estimated"] += now - then
        seconds["burned" if done else "remaining"] += now
    assert health.ledger.closes
    for line in LINES:
        hours = getattr(health.ledger, line).points
        assert abs(hours * 3600 - seconds[line]) < Decimal("1e-6"), line


def test_a_report_kept_in_seconds_is_not_told_as_a_change_of_what_will_be_done() -> None:
    health = replace(of_the_team(), estimation_field=TIME)
    document = json.loads(json.dumps(to_json(health)))
    of_old = {**document, "board": {k: v for k, v in document["board"].items() if k != "unit"}}
    of_old["forecast"] = {**document["forecast"], "expected": document["forecast"]["expected"] * 3600}
    for kept in (document, of_old):
        found = read_before(kept)
        assert found is not None
        assert found.unit == "hours"
        assert "Forecast: about" not in _told(health, found)
    more = read_before({**document, "forecast": {"expected": 1000.0}})
    assert "hours, was 1000." in _told(health, more)
    counted = read_before({**document, "board": {"unit": "points"}, "forecast": {"expected": 1000.0}})
    assert "was 1000" not in _told(health, counted)


def _told(health: SprintHealth, before: Before | None) -> str:
    assert before is not None
    earlier = replace(before, at=health.timing.started_at)
    return markdown.render(report(health, earlier), base_url="")


def test_a_rule_waits_for_hours_and_three_times_20_minutes_are_not_below_one() -> None:
    health = health_of(*(timed(f"BURN-{number}", 20 * MINUTE) for number in (1, 2, 3)))
    assert METRICS["remaining"](health) == 1


def a_backlog_in_time() -> BacklogHealth:
    """3.5 and 41 hours that wait."""
    board = replace(BOARD, estimation_field=TIME, estimation_name="Original Estimate")
    looked = review(backlog(item("BURN-1", points=3.5), item("BURN-2", points=41), board=board))
    return assess_backlog(looked, scope="The open issues of BURN", velocity=Decimal(20))


def test_what_is_ready_is_divided_by_a_velocity_in_the_same_unit() -> None:
    health = a_backlog_in_time()
    text = markdown.render(backlog_report.report(health), base_url="")
    assert "1 issue is ready (3.5 hours): enough for 0.2 sprints" in text
    assert "at 20 hours a sprint" in text
    assert "| Their hours | 44.5 |" in text
    assert "point" not in text
    (large,) = [one.finding for one in health.review.judged if one.check.name == "oversized"]
    assert large.reason == "It is estimated at 41 hours, more than 40 hours."
    assert sizes.most(TIME, 36000) == 10  # what a team wants is in Jira's unit


def test_figures_that_were_kept_in_seconds_come_back_in_hours() -> None:
    health = a_backlog_in_time()
    document = summary_as_json(health)
    assert document["board"]["unit"] == "hours"
    assert read_figures(document, TIME) == health.figures
    figures = health.figures
    sums = {"points": int(figures.points * 3600), "ready_points": int(figures.ready_points * 3600)}
    of_old = {"figures": {**document["figures"], **sums}, "board": {"id": 1}}
    assert read_figures(of_old, TIME) == figures
