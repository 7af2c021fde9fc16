"""What a team says of its board in the settings changes what is reported of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection

from app.domain.flow.path import BlockedBy
from app.domain.forecast.forecast import Forecast
from app.domain.sprint_health.errors import HabitUnknown
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS
from app.errors import NotUnderstood
from app.report_settings import SprintHealthSettings
from app.services.board_habits import check_habits, read_habits
from app.services.rendering import render
from app.services.sprint_health import described, sprint_health
from app.store import boards, sites
from app.store.sites import Site
from tests.benchmarks.reports import start_of
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, a_sprint, day
from tests.services.test_closed_sprints import SPRINTS, filled
from tests.services.test_sprint_health import AT, BASE, CALENDAR, drawn, fill

STATUSES = (
    {"id": TO_DO, "name": "To Do"},
    {"id": IN_PROGRESS, "name": "On Hold"},
    {"id": DONE, "name": "Done"},
)


def settings(**habits: Any) -> SprintHealthSettings:
    return SprintHealthSettings.model_validate({"board": 1, "report_issue": "BURN-1", **habits})


def told(tx: Connection, site: Site, **habits: Any) -> SprintHealth:
    given = read_habits(settings(**habits))
    return sprint_health(tx, site, board_id=1, sprint_id=7, at=AT, calendar=CALENDAR, habits=given)


def known(tx: Connection) -> Site:
    site = fill(tx)
    sites.replace_statuses(tx, site.id, STATUSES)
    return site


def test_without_a_word_all_is_as_usual() -> None:
    assert read_habits(settings()) == BoardHabits()
    assert set(settings().thresholds.model_dump()) == set(asdict(DEFAULT_THRESHOLDS))


@pytest.mark.parametrize(
    ("habits", "field", "says"),
    [
        ({"started_in": []}, "started_in", "at least 1"),
        ({"blocked_statuses": [""]}, "blocked_statuses.0", "at least 1"),
        ({"stalled_after": 0}, "stalled_after", "greater than or equal to 1"),
        ({"thresholds": {"behind": 20}}, "thresholds.behind", "less than or equal to 1"),
        ({"thresholds": {"behind": 0.5}}, "thresholds", r"behind \(0.5\) is beyond far_behind \(0.4\)"),
        ({"thresholds": {"late": 1}}, "thresholds.late", "not permitted"),
        (
            {"absences": [{"from": "2026-12-31", "to": "2026-12-24", "share": 0.5}]},
            "absences.0",
            "`to` is the last day",
        ),
        (
            {"absences": [{"from": "2026-12-24", "to": "2026-12-24", "share": 0}]},
            "absences.0.share",
            "than 0",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    habits: Mapping[str, Any], field: str, says: str
) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        settings(**habits)
    assert ".".join(str(part) for part in refused.value.errors()[0]["loc"]) == field


def test_absences_are_written_as_they_were_and_those_of_one_day_add_up() -> None:
    written = [
        {"from": "2026-12-24", "to": "2026-12-26", "share": 0.5},
        {"from": "2026-12-26", "to": "2026-12-26", "share": 0.7},
    ]
    one = settings(absences=written)
    assert one.model_dump(mode="json")["absences"] == written
    away = read_habits(one).away()
    assert away == {date(2026, 12, 24): 0.5, date(2026, 12, 25): 0.5, date(2026, 12, 26): 1.0}


def test_a_status_that_says_blocked_shows_up_as_blocked(tx: Connection) -> None:
    """By its name, whatever the case of its letters, or by its id."""
    site = known(tx)
    outlook = told(tx, site).outlook
    assert outlook is not None
    assert outlook.flow.blocked == ()
    for name in ("on hold", IN_PROGRESS):
        health = told(tx, site, blocked_statuses=[name])
        assert health.outlook is not None
        (stopped,) = health.outlook.flow.blocked
        assert (stopped.key, stopped.block.by, stopped.block.since) == ("BURN-2", BlockedBy.STATUS, day(5))
    text = render(described(health), style="markdown", base_url=BASE, draw=drawn)
    assert "BURN-2](https://burnish.test/browse/BURN-2) (by its status" in text


def signal(health: SprintHealth, name: SignalName) -> Signal:
    (found,) = [one for one in health.signals if one.name is name]
    return found


def test_what_is_blocked_or_stands_still_is_a_signal_with_something_to_do(tx: Connection) -> None:
    site = known(tx)
    usual = told(tx, site)
    assert (signal(usual, SignalName.BLOCKED).keys, signal(usual, SignalName.STALLED).keys) == ((), ())
    blocked = told(tx, site, blocked_statuses=["On Hold"], stalled_after=1)
    assert signal(blocked, SignalName.BLOCKED).keys == ("BURN-2",)
    assert signal(blocked, SignalName.BLOCKED).level is Verdict.AT_RISK
    assert signal(blocked, SignalName.STALLED).keys == (), "it is told once, as blocked"
    patient = told(tx, site, blocked_statuses=["On Hold"], thresholds={"blocked": 2})
    assert signal(patient, SignalName.BLOCKED).level is Verdict.ON_TRACK
    still = told(tx, site, stalled_after=1)
    assert signal(still, SignalName.STALLED).level is Verdict.AT_RISK
    for health, says in ((blocked, "Unblock [BURN-2]"), (still, "Ask about [BURN-2]")):
        assert says in render(described(health), style="markdown", base_url=BASE, draw=drawn)


def test_a_goal_is_as_safe_as_what_was_committed(tx: Connection) -> None:
    """Jira does not know which issues it needs; without a forecast the verdict is all there is."""
    site = known(tx)
    assert signal(told(tx, site), SignalName.GOAL).fact == (
        "For the sprint goal there is no forecast, and the sprint is not off track."
    )
    late = told(tx, site, thresholds={"behind": 0, "far_behind": 0})
    assert signal(late, SignalName.GOAL).level is Verdict.AT_RISK
    boards.save_sprint(tx, site.id, a_sprint(goal=""), heard_at=day(2))
    assert SignalName.GOAL not in [one.name for one in told(tx, site).signals]
    other = filled(tx, "other")
    at = start_of(SPRINTS) + timedelta(days=4)
    for limit, level in ((0, Verdict.ON_TRACK), (1, Verdict.AT_RISK)):
        habits = read_habits(settings(thresholds={"goal": limit}))
        health = sprint_health(
            tx, other, board_id=1, sprint_id=SPRINTS, at=at, calendar=CALENDAR, habits=habits
        )
        assert signal(health, SignalName.GOAL).level is level
        assert "as much as was committed" in signal(health, SignalName.GOAL).fact


def test_waiting_limits_and_columns_of_work_are_the_teams(tx: Connection) -> None:
    site = known(tx)
    flow = [
        health.outlook.flow
        for health in (
            told(tx, site),
            told(tx, site, stalled_after=1, waiting_statuses=["On Hold"]),
            told(tx, site, started_in=["to do"]),
        )
        if health.outlook is not None
    ]
    assert [[one.key for one in each.aging] for each in flow] == [
        ["BURN-2"],
        ["BURN-2"],
        ["BURN-3", "BURN-5"],
    ]
    assert [[one.key for one in each.stalled] for each in flow[:2]] == [[], ["BURN-2"]]
    assert flow[0].flow_efficiency == 1
    assert flow[1].flow_efficiency == 0


@pytest.mark.parametrize(
    ("habits", "says"),
    [
        ({"blocked_statuses": ["On Hold", "Held"]}, "`blocked_statuses` of board 1 names the status 'Held'"),
        ({"waiting_statuses": ["Review"]}, "There are: Done, On Hold, To Do"),
        ({"started_in": ["Doing"]}, "There are: To Do, In Progress, Done"),
    ],
)
def test_a_name_that_is_none_is_told_with_those_that_are(
    tx: Connection, habits: dict[str, list[str]], says: str
) -> None:
    """In a request the field is pointed at, so nobody waits for a report to learn of it."""
    site = known(tx)
    with pytest.raises(HabitUnknown, match=says):
        told(tx, site, **habits)
    ((field, names),) = habits.items()
    with pytest.raises(NotUnderstood) as refused:
        check_habits(tx, "demo", {2: settings(), 1: settings(**habits)})
    assert refused.value.field == f"/body/sprint_health/1/{field}/{len(names) - 1}"
    check_habits(tx, "demo", {2: settings(**habits)})
    check_habits(tx, "other", {1: settings(**habits)})


def test_a_report_of_the_past_goes_by_the_columns_of_the_past(tx: Connection) -> None:
    """A column that was named otherwise then is no reason to tell nothing."""
    site = known(tx)
    named = a_board(
        columns=tuple(
            type(column)("Doing" if column.name == "In Progress" else column.name, column.status_ids)
            for column in a_board().columns
        )
    )
    boards.save_board(tx, site.id, named, heard_at=day(9), project_key="BURN")
    health = told(tx, site, started_in=["Doing"])
    assert health.outlook is not None
    assert [one.key for one in health.outlook.flow.aging] == ["BURN-2"]


def test_thresholds_of_the_team_change_the_verdict(tx: Connection) -> None:
    site = known(tx)
    usual = told(tx, site)
    patient: dict[str, Any] = {"behind": 0.9, "far_behind": 0.95, "scope_change": 2, "unestimated": 1}
    assert usual.verdict is not Verdict.ON_TRACK
    assert told(tx, site, thresholds=patient).verdict is Verdict.ON_TRACK
    assert told(tx, site, thresholds={**patient, "behind": 0, "far_behind": 0}).verdict is Verdict.OFF_TRACK


def test_absences_leave_less_time_for_the_rest_of_the_sprint(tx: Connection) -> None:
    site = filled(tx)
    at = start_of(SPRINTS) + timedelta(days=4)
    off = {"from": at.date() + timedelta(days=1), "to": at.date() + timedelta(days=6), "share": 0.5}
    forecasts = [
        sprint_health(
            tx, site, board_id=1, sprint_id=SPRINTS, at=at, calendar=CALENDAR, habits=read_habits(one)
        )
        for one in (settings(), settings(absences=[off]))
    ]
    usual, fewer = (one.outlook.forecast for one in forecasts if one.outlook is not None)
    assert isinstance(usual, Forecast)
    assert isinstance(fewer, Forecast)
    # Four whole working days on which half the team is away are two.
    assert usual.days_left - fewer.days_left == pytest.approx(2)
    assert fewer.chance_of_all <= usual.chance_of_all + 0.02
