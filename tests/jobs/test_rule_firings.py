"""Rules that no change makes fire: called from outside, by the time of a sprint, by a figure of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.reports.target import Target
from app.domain.rules.metrics import instant_at
from app.domain.rules.reading import read
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotPossible, NotUnderstood
from app.services.rule_replay import replay
from app.store import boards, runs, sites, tables
from app.store.claim import claim
from app.store.database import Database
from jobs import catalogue
from jobs.context import BoardReports
from tests.factories import (
    BEFORE_START,
    DONE,
    END,
    IN_PROGRESS,
    SPRINT_ID,
    START,
    TO_DO,
    a_board,
    a_sprint,
    day,
)
from tests.jobs.ruled import Ruled, moved
from tests.payloads import board_event, configuration_event, issue, issue_event, sprint_event
from tests.stores import LEASE

LOG = [{"type": "edit", "add": {"labels": ["seen"]}}]


async def looked(
    ruled: Ruled, rule: int, *, at: datetime, late: datetime | None = None, **parameters: Any
) -> None:
    """A run of the rule at an instant, or about it where it is late; of its schedule where it has one."""
    ruled.clock.at = late or at
    with ruled.database.write() as tx:
        schedules = [row["id"] for row in tx.execute(tables.schedules.select()).mappings()]
        runs.request(
            tx,
            ruled.site.id,
            "rule",
            {"rule": rule, "shadow": False, **parameters},
            at=at,
            now=at,
            requested_by="test",
            schedule_id=schedules[0] if schedules else None,
        )
        (work,) = claim(tx, tables.runs, worker="w", now=ruled.clock.at, lease=LEASE, limit=1)
    finished = await catalogue.carry_out(ruled.context, work)
    assert finished.state == runs.DONE
    with ruled.database.write() as tx:
        tx.execute(tables.runs.update().where(tables.runs.c.id == work.id).values(state=runs.DONE))


async def with_sprint(database: Database) -> Ruled:
    ruled = Ruled(database, at=day(2))
    with database.write() as tx:
        boards.save_board(tx, ruled.site.id, a_board(), heard_at=BEFORE_START)
        boards.save_sprint(tx, ruled.site.id, a_sprint(), heard_at=BEFORE_START)
        boards.show_sprint(tx, ruled.site.id, 1, SPRINT_ID)
    return ruled


async def test_a_webhook_fires_for_the_issues_that_its_body_names(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    named = ruled.rule(
        name="Named",
        trigger={"type": "incoming_webhook"},
        when={"compare": {"left": "{{ webhook.build.number }}", "operator": ">", "right": "100"}},
        actions=LOG,
    )
    sought = ruled.rule(
        name="Sought",
        trigger={"type": "incoming_webhook", "jql": "labels = {{ webhook.word }} AND status != Done"},
        actions=LOG,
    )
    await ruled.tell(*(issue_event("jira:issue_created", issue(number), at=day(1)) for number in (1, 2, 3)))
    body = {"issues": ["BURN-1", "BURN-3", "NONE-9"], "build": {"number": 118}}
    await looked(ruled, named, at=day(5), webhook=body)
    assert [one["payload"]["issue_key"] for one in ruled.effects] == ["BURN-1", "BURN-3"]
    await looked(ruled, named, at=day(6), webhook={**body, "build": {"number": 7}})
    assert len(ruled.effects) == 2
    await looked(ruled, sought, at=day(6), webhook={"word": 'none" OR labels IS EMPTY OR labels = "x'})
    assert len(ruled.effects) == 2, "what a body says is a value and never a part of the query"
    with pytest.raises(NotUnderstood, match="there is no value 'word'"):
        await looked(ruled, sought, at=day(7), webhook={"other": 1})


THINGS = [
    (
        sprint_event("sprint_created", at=day(3)),
        "sprint_created",
        "{{ sprint.name }}",
        "Sprint 7",
    ),
    (sprint_event("sprint_updated", at=day(3)), "sprint_updated", "{{ sprint.goal }}", "Pay by invoice"),
    (sprint_event("sprint_deleted", at=day(3)), "sprint_deleted", "{{ sprint.id }}", "7"),
    (board_event("board_created", at=day(3), id=9), "board_created", "{{ board.name }}", "Payments"),
    (board_event("board_updated", at=day(3)), "board_updated", "{{ board.id }}", "1"),
    (configuration_event(at=day(3)), "board_configured", "{{ board.name }}", "Payments"),
    (board_event("board_deleted", at=day(3)), "board_deleted", "{{ board.type }}", "scrum"),
    *(
        (
            {
                "timestamp": int(day(3).timestamp() * 1000),
                "webhookEvent": f"jira:version_{what}",
                "version": {"id": "7", "name": "2.0", "projectId": 10000},
            },
            f"version_{what}",
            "{{ version.name }}",
            "2.0",
        )
        for what in ("created", "updated", "unreleased", "deleted")
    ),
]


@pytest.mark.parametrize(("event", "kind", "asks", "says"), THINGS, ids=[one[1] for one in THINGS])
async def test_what_happens_to_sprints_versions_and_boards_fires_for_the_issues_that_a_rule_names(
    database: Database, event: dict[str, Any], kind: str, asks: str, says: str
) -> None:
    """Told twice it fires once, and each rule for its own issues."""
    ruled = await with_sprint(database)
    with database.write() as tx:
        project = {"id": "10000", "key": "BURN", "name": "Burn"}
        sites.save_project(tx, ruled.site.id, project, heard_at=BEFORE_START)
    said = [{"type": "comment", "text": asks}]
    ruled.rule(name="First", trigger={"type": kind, "jql": "key = BURN-1"}, actions=said)
    ruled.rule(name="Second", trigger={"type": kind, "jql": "key = BURN-2"}, actions=said)
    other = "sprint_deleted" if kind != "sprint_deleted" else "sprint_updated"
    ruled.rule(name="Other", trigger={"type": other, "jql": "key = BURN-1"}, actions=said)
    await ruled.tell(*(issue_event("jira:issue_created", issue(number), at=day(1)) for number in (1, 2)))
    for _ in range(2):
        await ruled.tell(event)
        await ruled.pass_time(to=day(4))
    found = [(one["payload"]["issue_key"], str(one["payload"])) for one in ruled.effects]
    assert [key for key, _ in found] == ["BURN-1", "BURN-2"]
    assert all(says in payload for _, payload in found)


async def test_such_a_rule_is_not_replayed_and_says_why(database: Database) -> None:
    ruled = await with_sprint(database)
    rule = read({"name": "Told", "trigger": {"type": "board_created", "jql": "key = BURN-1"}, "actions": LOG})
    span = {"since": day(1), "until": day(5), "now": day(5)}
    with database.read() as tx, pytest.raises(NotPossible, match="boards were changed is not kept"):
        replay(tx, ruled.site, rule, **span)


async def test_half_the_working_time_of_a_sprint_fires_once_for_each_issue_in_it(database: Database) -> None:
    ruled = await with_sprint(database)
    trigger = {"type": "sprint_progress", "percent": 50}
    rule = ruled.rule(name="Half", trigger=trigger, actions=LOG)
    await ruled.tell(
        *(issue_event("jira:issue_created", issue(number), at=BEFORE_START) for number in (1, 2)),
        issue_event("jira:issue_created", issue(3, sprints=[]), at=BEFORE_START),
    )
    half = instant_at(a_sprint(), 50, calendar=Calendar())
    assert half is not None
    for minutes in (-5, 5, 15):
        await looked(ruled, rule, at=half + timedelta(minutes=minutes))
    assert [(one["issue_key"], one["at"]) for one in ruled.decisions] == [("BURN-1", half), ("BURN-2", half)]
    with database.read() as tx:
        document = {"name": "Half", "trigger": trigger, "actions": LOG}
        asked = {"since": START, "until": half + timedelta(days=1), "now": END, "stored_id": rule}
        assert replay(tx, ruled.site, read(document), **asked).differences == ()


async def test_a_figure_that_goes_beyond_its_value_fires_once_each_time_it_does(database: Database) -> None:
    ruled = await with_sprint(database)
    figure = {"board": 1, "metric": "open_issues", "below": 2}
    trigger = {"type": "metric_crossed", **figure, "jql": "key = BURN-1"}
    text = [{"type": "comment", "text": "{{ metric.name }} is {{ metric.value }}, below {{ metric.limit }}."}]
    rule = ruled.rule(name="Nearly done", trigger=trigger, actions=text)
    await ruled.tell(
        *(issue_event("jira:issue_created", issue(number), at=BEFORE_START) for number in (1, 2))
    )
    await looked(ruled, rule, at=day(2))
    await ruled.tell(moved(2, at=day(3), history=100))
    await looked(ruled, rule, at=day(4))
    await looked(ruled, rule, at=day(5))
    await ruled.tell(moved(2, to=IN_PROGRESS, before=DONE, at=day(6), history=101))
    await looked(ruled, rule, at=day(7))
    await ruled.tell(moved(2, at=day(8), history=102))
    await looked(ruled, rule, at=day(9))
    assert [one["at"] for one in ruled.decisions] == [day(4), day(9)]
    assert "open_issues is 1.0, below 2.0." in str(ruled.effects[0]["payload"]["body"])


async def test_a_figure_counts_restricted_issues_as_whoever_sees_them_does(database: Database) -> None:
    """Reports leave them out; a rule that closes what seems to be finished would be wrong."""
    ruled = await with_sprint(database)
    trigger = {
        "type": "metric_crossed",
        "board": 1,
        "metric": "open_issues",
        "below": 2,
        "jql": "key = BURN-1",
    }
    rule = ruled.rule(name="Nearly done", trigger=trigger, actions=LOG)
    level = {"security": {"id": "1", "name": "Board"}}
    for number, fields in ((1, {}), (2, level)):
        await ruled.tell(issue_event("jira:issue_created", issue(number, **fields), at=BEFORE_START))
    await looked(ruled, rule, at=day(2))
    await ruled.tell(moved(1, at=day(3), history=100))
    await looked(ruled, rule, at=day(4))
    assert [one["at"] for one in ruled.decisions] == [day(4)]


def test_a_percentage_of_working_time_leaves_weekends_out() -> None:
    friday = datetime(2026, 3, 6, 0, tzinfo=UTC)
    sprint = a_sprint(start=friday, end=friday + timedelta(days=4))  # Friday and Monday are worked
    assert instant_at(sprint, 75, calendar=Calendar()) == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert instant_at(sprint, 75, calendar=None) == datetime(2026, 3, 9, 0, tzinfo=UTC)
    assert instant_at(a_sprint(end=None), 50, calendar=Calendar()) is None


async def test_how_the_team_works_says_when_half_a_sprint_is_over_and_what_is_blocked(
    database: Database,
) -> None:
    """Calendar and words are those of the board's settings, live and in a replay."""
    ruled = await with_sprint(database)
    site = ruled.context.sites[ruled.site.id]
    worked = Calendar(weekdays=frozenset({0, 1}), zone=ZoneInfo("Asia/Tokyo"))
    habits = BoardHabits(blocked_statuses=("In Progress",))
    reports = {1: BoardReports(Target("BURN-1"), frozenset(), habits=habits)}
    known = replace(site, calendars={1: worked}, reports=reports)
    ruled.context = replace(ruled.context, sites={site.id: known})
    half = instant_at(a_sprint(), 50, calendar=worked)
    assert half is not None
    assert half != instant_at(a_sprint(), 50, calendar=Calendar())
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=BEFORE_START))
    trigger = {"type": "sprint_progress", "percent": 50}
    rule = ruled.rule(name="Half", trigger=trigger, actions=LOG)
    for minutes in (-5, 5):
        await looked(ruled, rule, at=half + timedelta(minutes=minutes))
    assert [one["at"] for one in ruled.decisions] == [half]
    with database.read() as tx:
        document = read({"name": "Half", "trigger": trigger, "actions": LOG})
        asked = {"since": START, "until": END, "now": END, "stored_id": rule, "teams": known.team_of}
        assert replay(tx, ruled.site, document, **asked).differences == ()


async def test_an_issue_in_a_status_that_the_team_calls_blocked_is_a_blocked_issue(
    database: Database,
) -> None:
    ruled = await with_sprint(database)
    site = ruled.context.sites[ruled.site.id]
    habits = BoardHabits(blocked_statuses=("In Progress",))
    known = replace(site, reports={1: BoardReports(Target("BURN-1"), frozenset(), habits=habits)})
    ruled.context = replace(ruled.context, sites={site.id: known})
    trigger = {"type": "metric_crossed", "board": 1, "metric": "blocked_issues", "above": 0}
    rule = ruled.rule(name="Blocked", trigger={**trigger, "jql": "key = BURN-1"}, actions=LOG)
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=BEFORE_START))
    await looked(ruled, rule, at=day(2))
    await ruled.tell(moved(1, before=TO_DO, to=IN_PROGRESS, at=day(3), history=100))
    await looked(ruled, rule, at=day(4))
    assert [one["at"] for one in ruled.decisions] == [day(4)]


async def test_a_schedule_that_is_late_finds_what_was_there_at_its_time(database: Database) -> None:
    """Due on the fifth day, nobody worked until the eighth, and on the sixth one issue was done."""
    ruled = Ruled(database, at=day(1))
    trigger = {"type": "schedule", "cron": f"0 12 {day(5).day} * *", "jql": "status = 'In Progress'"}
    document = {"name": "Monthly", "trigger": trigger, "actions": LOG}
    rule = ruled.rule(document)
    born = [issue(number, status=IN_PROGRESS, updated=day(1)) for number in (1, 2)]
    await ruled.tell(*(issue_event("jira:issue_created", each, at=day(1)) for each in born))
    await ruled.tell(moved(1, to=DONE, at=day(4), history=100))
    await ruled.tell(moved(2, to=DONE, at=day(6), history=101))
    await looked(ruled, rule, at=day(5), late=day(8))
    assert [one["payload"]["issue_key"] for one in ruled.effects] == ["BURN-2"]
    with database.read() as tx:
        asked = {"since": day(2), "until": day(8), "now": day(8), "stored_id": rule}
        assert replay(tx, ruled.site, read(document), **asked).differences == ()
