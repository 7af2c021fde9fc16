"""What the report says about the rest of the sprint."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from app.domain.flow.path import Policy
from app.domain.forecast.forecast import Forecast
from app.domain.reports import adf, markdown, wiki_markup
from app.domain.reports.advice import advice
from app.domain.reports.document import IssueLink, Text
from app.domain.reports.sprint_health import report
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.reports.words import of_date
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import changes_of, read_sprint_ids
from app.domain.scrum.issue import LINKS, Issue
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.absences import Absences, absences_left
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict
from app.domain.sprint_health.outlook import look_ahead
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS
from app.domain.sprint_health.signals_ahead import judge_ahead
from tests.domain.reports import adf_schema
from tests.domain.team import OPENED, team_history
from tests.factories import (
    FLAG_FIELD,
    IN_PROGRESS,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    an_issue,
    day,
    moved,
)

SITE = "https://burnish.example"


@cache
def of_the_team(at: datetime = OPENED, history: int = 23) -> SprintHealth:
    """The sprint that runs at an instant, with the team's closed ones before it."""
    team = team_history(30, 21)
    field = team.fields.sprint or ""

    def ever_in(sprint: Sprint) -> list[Issue]:
        return [
            issue
            for issue in team.issues
            if sprint.id in issue.sprint_ids
            or any(sprint.id in read_sprint_ids(change.before) for change in changes_of(issue, field))
        ]

    sprint = next(
        one for one in team.sprints if one.start and one.start <= at < (one.completed or at + 9 * DAY)
    )
    earlier = [one for one in team.closed if one.completed and one.completed <= at]
    issues = ever_in(sprint)
    health = assess(sprint, team.board, issues, now=at, calendar=Calendar(), sprint_field=field)
    past = [(one, ever_in(one)) for one in earlier][-history:]
    policy = Policy(flag_field=team.fields.flagged)
    return look_ahead(health, sprint, team.board, issues, past, sprint_field=field, policy=policy)


DAY = timedelta(days=1)


def told(health: SprintHealth) -> str:
    return markdown.render(report(health), base_url=SITE)


def test_the_forecast_stands_with_its_score_beside_it() -> None:
    text = told(of_the_team())
    assert "with 85 % confidence" in text
    assert "Learnt from 20 closed sprints. Tried blind on" in text
    assert 'where "like the median sprint" is off by' in text


def test_of_a_sprint_that_was_made_smaller_nobody_expects_what_was_taken_out() -> None:
    health = of_the_team()
    assert "; as much as was committed: " in told(health)
    ledger = health.ledger
    out = replace(ledger.removed, points=ledger.removed.points + ledger.scope)
    smaller = replace(health, ledger=replace(ledger, removed=out), goal="Ship")
    assert "; as much as was committed: " not in told(smaller)
    assert smaller.outlook is not None
    assert health.outlook is not None
    forecast = smaller.outlook.forecast
    smaller = replace(smaller, signals=())
    assert isinstance(forecast, Forecast)
    signals = judge_ahead(
        smaller,
        health.outlook.flow,
        forecast,
        health.outlook.velocity,
        stalled_after=3,
        thresholds=DEFAULT_THRESHOLDS,
    )
    (found,) = (one for one in signals if one.name is SignalName.GOAL)
    assert found.value == Decimal(str(forecast.chance_of_all))
    assert found.fact.startswith("The chance to complete all that is left in the sprint is ")


def test_a_goal_at_risk_says_what_will_be_done_instead_and_what_to_let_go_of_first() -> None:
    health = of_the_team()
    assert health.outlook is not None
    forecast = health.outlook.forecast
    assert isinstance(forecast, Forecast)
    fact = "The chance to complete as much as was committed is 3 %."
    at_risk = Signal(SignalName.GOAL, Verdict.AT_RISK, Decimal("0.03"), Decimal("0.5"), fact)
    (sentence,) = advice(replace(health, signals=(at_risk,)))
    said = "".join(one.key if isinstance(one, IssueLink) else getattr(one, "text", "") for one in sentence)
    much = f"about {forecast.expected:.0f} of {health.ledger.scope.normalize():f} points will be done"
    unlikely = [item.key for item in forecast.items if item.chance < 0.5][:3]
    assert unlikely
    assert said == f"Talk about the sprint goal: {much}. {fact} Drop or split first: {', '.join(unlikely)}."
    # What may yet be added can make it all that is there now: then it says nothing of what is at risk.
    sure = replace(forecast, items=(), expected=float(health.ledger.scope))
    (sentence,) = advice(replace(health, signals=(at_risk,), outlook=replace(health.outlook, forecast=sure)))
    assert (
        "".join(one.text for one in sentence if isinstance(one, Text))
        == f"Talk about the sprint goal. {fact}"
    )


def test_thin_history_is_said_instead_of_a_forecast() -> None:
    text = told(of_the_team(history=3))
    assert "**No forecast:** 3 closed sprints with dates and work are known, a forecast needs 5." in text


def test_a_closed_sprint_has_no_forecast() -> None:
    team = team_history(30, 21)
    closed = team.closed[-1]
    field = team.fields.sprint or ""
    health = assess(closed, team.board, team.issues, now=OPENED, calendar=Calendar(), sprint_field=field)
    found = look_ahead(health, closed, team.board, team.issues, [], sprint_field=field, policy=Policy())
    assert found.outlook is not None
    assert found.outlook.forecast is None
    assert "Forecast" not in told(found)


@pytest.mark.parametrize("history", [3, 23])
def test_every_rendering_of_it_is_sound(history: int) -> None:
    health = of_the_team(history=history)
    document = adf.render(adf.fit(report(health), base_url=SITE), base_url=SITE)
    schema = adf_schema.validator()
    if schema is not None:
        schema.validate(document)
    assert len(json.dumps(document)) <= 32_767
    assert "Forecast" in wiki_markup.render(report(health), base_url=SITE) or history == 3
    assert json.loads(json.dumps(to_json(health)))["flow"]["in_progress"]


def test_the_same_facts_give_the_same_report() -> None:
    assert to_json(of_the_team()) == to_json(of_the_team.__wrapped__())


def a_stuck_team(*, complete: bool = True) -> SprintHealth:
    begun = moved(day(2), TO_DO, IN_PROGRESS)
    link = a_change(LINKS, day(3), None, "OTHER-9", after_text="This issue is blocked by OTHER-9")
    issues = [
        an_issue("BURN-1", status=IN_PROGRESS, changes=(begun,), history_complete=complete),
        an_issue("BURN-2", changes=(link,)),
    ]
    arguments = {
        "now": day(9),
        "calendar": Calendar(),
        "sprint_field": SPRINT_FIELD,
        "flag_field": FLAG_FIELD,
    }
    health = assess(a_sprint(), a_board(), issues, **arguments)  # type: ignore[arg-type]
    policy = Policy(flag_field=FLAG_FIELD)
    return look_ahead(health, a_sprint(), a_board(), issues, [], sprint_field=SPRINT_FIELD, policy=policy)


def test_what_is_stuck_is_named() -> None:
    text = told(a_stuck_team())
    assert "- Blocked: [BURN-2](https://burnish.example/browse/BURN-2) (by OTHER-9, 4 working days)." in text
    assert (
        "- Started but not moved: [BURN-1](https://burnish.example/browse/BURN-1) for 5 working days." in text
    )


def test_partial_data_is_said_before_any_number_and_refuses_a_forecast() -> None:
    health = a_stuck_team(complete=False)
    text = told(health)
    assert text.index("incomplete data") < text.index("Numbers")
    assert "**No forecast:** Part of the changelog" in text
    whole = told(a_stuck_team())
    assert "incomplete data" not in whole


def test_who_is_away_in_the_rest_of_the_sprint_is_told() -> None:
    """Absences, what they take, and holidays; what is over or after the end is left out."""
    health = of_the_team()
    start, end = health.timing.as_of, health.timing.planned_end
    assert health.outlook is not None
    assert end is not None
    working = [one for one, _, _ in Calendar().parts(start, end)]
    away = {
        start.date() - DAY: 1.0,
        working[1]: 0.5,
        working[2]: 0.5,
        working[4]: 1.0,
        end.date() + 9 * DAY: 1.0,
    }
    absences = absences_left(Calendar(holidays=frozenset({working[3]})), start, end, away)
    assert absences is not None
    assert [(one.first, one.last, one.share) for one in absences.spans] == [
        (working[1], working[2], 0.5),
        (working[4], working[4], 1.0),
    ]
    assert absences.lost == pytest.approx(2)
    told = replace(health, outlook=replace(health.outlook, absences=absences))
    text = markdown.render(report(told), base_url=SITE)
    line = next(each for each in text.splitlines() if each.startswith("**Away:**"))
    assert f"50 % of the team {of_date(working[1])} to {of_date(working[2])}" in line
    assert f"all of the team on {of_date(working[4])}, which takes 2.0 of {absences.left:.1f}" in line
    assert f"holidays: {of_date(working[3])}." in line
    assert to_json(told)["absences"]["working_days_lost"] == 2
    assert "Away:" not in markdown.render(report(health), base_url=SITE)


@pytest.mark.parametrize(("number", "ends"), [(6, "."), (7, " and 1 more."), (9, " and 3 more.")])
def test_of_many_holidays_the_first_are_named_and_the_others_counted(number: int, ends: str) -> None:
    health = of_the_team()
    first = health.timing.as_of.date()
    days = [first + each * DAY for each in range(number)]
    absences = Absences(spans=(), left=3.0, lost=0.0, holidays=tuple(days))
    assert health.outlook is not None
    text = markdown.render(
        report(replace(health, outlook=replace(health.outlook, absences=absences))), base_url=SITE
    )
    line = next(each for each in text.splitlines() if each.startswith("**Away:**"))
    assert f"holidays: {', '.join(of_date(one) for one in days[:6])}{ends}" in line
