"""The reports that a sprint gets once: when they are due, and what they say."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.path import Policy
from app.domain.forecast.forecast import Forecast
from app.domain.reports import adf, markdown, page, wiki_markup
from app.domain.reports.kinds import DOCUMENTS, Kind, due, instant_of
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.outlook import look_ahead
from app.services.rendering import as_adf, as_wiki
from tests.domain.reports.test_outlook import of_the_team
from tests.domain.reports.test_sprint_health import hostile
from tests.domain.team import OPENED, team_history
from tests.factories import END, START, a_sprint, day

CALENDAR = Calendar()
SITE = "https://burnish.example"


def told(kind: Kind, health: SprintHealth) -> str:
    return markdown.render(DOCUMENTS[kind](health, None), base_url=SITE)


def test_each_moment_is_due_in_its_time_and_no_other() -> None:
    sprint = a_sprint()  # 2 March, 9:00, to 13 March, 17:00
    by_instant = {
        START - timedelta(minutes=1): set(),
        START + timedelta(minutes=30): set(),  # people are still planning
        START + timedelta(hours=1): {Kind.START},
        day(3): {Kind.START},
        day(5): set(),
        day(6, hour=9): set(),  # Friday morning: less than five of ten days
        day(8): {Kind.MIDDLE},
        day(11): set(),  # too late to change course
        END + timedelta(days=1): set(),  # late, and not closed
    }
    assert {at: set(due(sprint, CALENDAR, at)) for at in by_instant} == by_instant
    closed = a_sprint(completed=END)
    assert due(closed, CALENDAR, END) == {Kind.END}
    assert due(closed, CALENDAR, END + timedelta(days=3)) == {Kind.END}
    assert not due(closed, CALENDAR, END + timedelta(days=3, minutes=1))


@given(st.integers(min_value=-500, max_value=2000), st.booleans())
def test_no_instant_is_the_moment_of_two_reports(hours: int, closed: bool) -> None:
    sprint = a_sprint(completed=END if closed else None)
    assert len(due(sprint, CALENDAR, START + timedelta(hours=hours))) <= 1


def test_a_sprint_without_an_end_has_no_middle() -> None:
    endless = a_sprint(end=None)
    assert due(endless, CALENDAR, START + timedelta(hours=2)) == {Kind.START}
    assert not due(endless, CALENDAR, START + timedelta(days=9))


def test_reports_of_a_moment_speak_about_it_however_late_they_are_asked_for() -> None:
    sprint, late = a_sprint(), END + timedelta(days=30)
    assert instant_of(Kind.START, sprint, CALENDAR, late) == START + timedelta(hours=1)
    middle = instant_of(Kind.MIDDLE, sprint, CALENDAR, late)
    before, after = CALENDAR.working_time(START, middle), CALENDAR.working_time(middle, END)
    assert before == after
    assert instant_of(Kind.END, sprint, CALENDAR, late) == late
    assert instant_of(Kind.START, sprint, CALENDAR, START) == START


def test_the_start_says_whether_the_plan_is_sound_and_what_to_mend() -> None:
    text = told(Kind.START, of_the_team())
    assert "# Sprint start: BURN Sprint 31" in text
    assert "57 points in 14 issues committed for 8 working days. The last 7 sprints came to 46" in text
    assert "Take out about 11: more was committed than the team did in any of these sprints." in text
    assert "): they count 0." in text
    assert "Burndown" not in text


def test_the_middle_tells_what_became_of_the_plan_and_names_what_to_drop() -> None:
    text = told(Kind.MIDDLE, of_the_team())
    assert "# Half-way: BURN Sprint 31" in text
    assert "**Since the start of the sprint (16 Nov, 09:00):**" in text
    assert "2 issues, 18 points will more likely be carried over than done. Decide now." in text
    assert "| [BURN-487](https://burnish.example/browse/BURN-487) |" in text.split("#### Numbers")[0]


@pytest.fixture(scope="module")
def closed() -> SprintHealth:
    team = team_history(30, 21)
    last, field = team.closed[-1], team.fields.sprint or ""
    past = [(one, [each for each in team.issues if one.id in each.sprint_ids]) for one in team.closed[:-1]]
    health = assess(last, team.board, team.issues, now=OPENED, calendar=CALENDAR, sprint_field=field)
    policy = Policy(flag_field=team.fields.flagged)
    return look_ahead(health, last, team.board, team.issues, past, sprint_field=field, policy=policy)


def test_the_end_has_facts_for_the_retrospective_that_name_work_and_nobody(closed: SprintHealth) -> None:
    text = told(Kind.END, closed)
    kept = "98 % of what was committed is done; 49 points, where the median sprint has 46."
    assert f"**Promise:** {kept}" in text
    pack = text.split("#### For the retrospective")[1].split("**Velocity:**")[0]
    for begins in ("Came in after the start:** [", "Was not finished:** [", "Was blocked on its way:** ["):
        assert begins in pack
    assert "- **Where the time of an issue went, on average:** In Progress " in pack
    assert "In Review " in pack.split("of an issue went")[1].split("working days from start to done")[0]
    people = {issue.assignee for issue in team_history(30, 21).issues if issue.assignee}
    assert people
    assert not [name for name in people if name in pack]


def test_a_quiet_sprint_is_said_to_be_one(closed: SprintHealth) -> None:
    quiet = assess(
        a_sprint(completed=END), team_history(30, 21).board, [], now=END, calendar=CALENDAR, sprint_field="x"
    )
    assert "ask what made that possible" in told(Kind.END, quiet)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_takes_whatever_people_write(kind: Kind) -> None:
    text = page.render(DOCUMENTS[kind](hostile(), None), base_url=SITE, drawn={})
    assert "<img src=x>" not in text
    assert "\u202e" not in text


def test_an_instant_in_the_past_is_never_later_than_asked() -> None:
    asked: datetime = day(2)
    assert all(instant_of(kind, a_sprint(), CALENDAR, asked) <= asked for kind in Kind)


@pytest.mark.parametrize("kind", list(DOCUMENTS))
@pytest.mark.parametrize("sign", ["x", "é", "😀", "|"])
def test_every_report_fits_into_a_comment_whatever_people_write(kind: Kind, sign: str) -> None:
    long = sign * 2000
    health = of_the_team()
    assert health.outlook is not None
    assert isinstance(health.outlook.forecast, Forecast)
    unlikely = tuple(replace(one, chance=0.1) for one in health.outlook.forecast.items)
    wordy = replace(
        health,
        outlook=replace(health.outlook, forecast=replace(health.outlook.forecast, items=unlikely)),
        sprint_name=long,
        board_name=long,
        goal=long,
        estimation_name=long,
        issues=tuple(replace(one, summary=long, status_name=long) for one in health.issues),
    )
    report = DOCUMENTS[kind](wordy, None)
    assert len(json.dumps(as_adf(report, SITE))) <= adf.LIMIT
    assert len(as_wiki(report, SITE)) <= wiki_markup.LIMIT
