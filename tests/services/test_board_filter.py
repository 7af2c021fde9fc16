"""Issues of a sprint that the board's saved filter does not find do not count, as in Jira, and are named."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert

from app.domain.reports.as_json import to_json
from app.domain.reports.restricted import how_many
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change, Issue
from app.domain.scrum.restricted import name_of
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.ledger import keep_ledger
from app.services.closed_sprints import ClosedSprints, save
from app.services.rendering import render
from app.services.sprint_health import described, sprint_health
from app.services.velocity import board_velocity
from app.services.velocity import described as velocity_described
from app.store import boards, issues, jira_tables, sites, tables
from app.store.sites import Site
from tests.domain.histories import END_MINUTE, LAST_MINUTE, Played, at, sprints_of
from tests.domain.sprint_health.test_arithmetic import END as PLAYED_END
from tests.domain.sprint_health.test_arithmetic import a_closed_sprint, as_known_at
from tests.factories import (
    DONE,
    POINTS_FIELD,
    SPRINT_FIELD,
    STATUS_NAMES,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    day,
    moved,
)
from tests.payloads import issue, sprint_object
from tests.stores import a_site

CLOSE, LATER = day(12, 17), day(40)
SHOP = {"id": "10001", "key": "SHOP", "name": "Shop"}
CATEGORIES = {TO_DO: "new", "3": "indeterminate", "9": "indeterminate"}


def a_team(tx: Connection, jql: str | None, **board: Any) -> Site:
    """A board with a filter, its sprint, and what JQL can name; nothing is in the sprint yet."""
    site = a_site(tx)
    for project in ({"id": "10000", "key": "BURN", "name": "Burnish"}, SHOP):
        sites.save_project(tx, site.id, project)
    named = [
        {"id": number, "name": name, "statusCategory": {"key": CATEGORIES.get(number, "done")}}
        for number, name in STATUS_NAMES.items()
    ]
    sites.replace_statuses(tx, site.id, named)
    filtered = a_board(**{"filter_id": "9", "filter_jql": jql, **board})
    boards.save_board(tx, site.id, filtered, heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
    return site


def put(tx: Connection, site: Site, number: int, *history: Change, **told: Any) -> None:
    """An issue of the sprint, as it is now, and how it came to that."""
    record = read_issue(issue(number, **told), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    changes = [change._replace(history_id=change.history_id * 100 + number) for change in history]
    issues.save_changes(tx, site, {record.id: changes}, final=True)


def closed(tx: Connection, site: Site) -> None:
    boards.save_sprint(tx, site.id, a_sprint(completed=CLOSE), heard_at=CLOSE)


def health_of(tx: Connection, site: Site, when: datetime = LATER, **asked: Any) -> SprintHealth:
    given = {"board_id": 1, "sprint_id": 7, "at": when, "calendar": Calendar(), **asked}
    return sprint_health(tx, site, **given)


def counted(tx: Connection, site: Site, when: datetime = LATER, **asked: Any) -> list[str]:
    return [row.key for row in health_of(tx, site, when, **asked).issues]


def noted(health: SprintHealth) -> list[tuple[str, str, tuple[str, ...]]]:
    ours = {Flaw.OUTSIDE_FILTER, Flaw.FILTER_UNKNOWN}
    return [(note.flaw.value, note.text, note.keys) for note in health.notes if note.flaw in ours]


def as_text(health: SprintHealth) -> str:
    return render(described(health), style="markdown", base_url="https://burnish.test", draw=str)


# --- what does not count --------------------------------------------------------------------------


def test_an_issue_of_another_project_in_a_shared_sprint_does_not_count_and_is_named(tx: Connection) -> None:
    site = a_team(tx, "project = BURN ORDER BY Rank ASC")
    put(tx, site, 1, points=3)
    put(tx, site, 2, points=5, project="SHOP", id="10001")
    put(tx, site, 3, points=8, project="SHOP")
    health = health_of(tx, site, day(8))
    assert [row.key for row in health.issues] == ["BURN-1"]
    assert health.ledger.commitment.points == health.jira.commitment == 3
    words = "2 issues of the sprint are not on the board, so not counted"
    assert noted(health) == [("outside board filter", words, ("SHOP-2", "SHOP-3"))]
    assert f"{words}: SHOP-2, SHOP-3." in as_text(health)
    assert {"flaw": "outside board filter", "text": words, "issues": ["SHOP-2", "SHOP-3"]} in to_json(health)[
        "notes"
    ]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = BURN", ["BURN-1", "BURN-2"]),
        ("project = burnish", ["BURN-1", "BURN-2"]),
        ("project = 10001 ORDER BY priority, updated", ["SHOP-3"]),
        ("project in (BURN, NEVERREAD)", ["BURN-1", "BURN-2"]),
        ("project not in (SHOP, NEVERREAD)", ["BURN-1", "BURN-2"]),
        ("project != SHOP AND project != Burnish", []),
        ("ORDER BY Rank", ["BURN-1", "BURN-2", "SHOP-3"]),
        ("", ["BURN-1", "BURN-2", "SHOP-3"]),
        ("labels = web", ["BURN-1", "SHOP-3"]),
        ("project = BURN AND labels = web ORDER BY Rank", ["BURN-1"]),
        ("(labels is EMPTY OR labels not in (web)) AND project = BURN", ["BURN-2"]),
        ("statusCategory != Done", ["BURN-1", "SHOP-3"]),
        ("sprint in openSprints() AND status = Done", ["BURN-2"]),
        ("sprint not in openSprints()", []),
        ("summary ~ SHOP", ["SHOP-3"]),
        ("filter = 12", ["BURN-1", "BURN-2", "SHOP-3"]),  # not answered
    ],
)
def test_a_report_counts_what_the_filter_finds(tx: Connection, jql: str, found: list[str]) -> None:
    site = a_team(tx, jql)
    put(tx, site, 1, labels=["web"])
    put(tx, site, 2, status=DONE)
    put(tx, site, 3, project="SHOP", labels=["web", "app"])
    assert counted(tx, site, day(8)) == found


def test_what_the_sub_query_hides_is_not_on_the_board(tx: Connection) -> None:
    site = a_team(tx, "project = BURN ORDER BY Rank", sub_query="labels is EMPTY OR labels != later")
    put(tx, site, 1)
    put(tx, site, 2, labels=["later"])
    put(tx, site, 3, project="SHOP")
    assert counted(tx, site, day(8)) == ["BURN-1"]


def test_an_issue_that_would_not_have_counted_anyway_is_not_named(tx: Connection) -> None:
    """It was planned into the sprint and taken out before the start; and sub-tasks count through parents."""
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    gone = a_change(SPRINT_FIELD, day(0), "7", "")
    put(tx, site, 2, a_change(SPRINT_FIELD, day(-3), "", "7"), gone, project="SHOP", sprints=None)
    kind = {"id": "10003", "name": "Sub-task", "subtask": True}
    put(tx, site, 3, project="SHOP", issuetype=kind)
    health = health_of(tx, site, day(8))
    assert [row.key for row in health.issues] == ["BURN-1"]
    assert noted(health) == []


def test_a_sub_task_is_on_the_board_with_its_parent(tx: Connection) -> None:
    """Boards are filtered by labels and types that sub-tasks do not have; a story done too soon is told."""
    site = a_team(tx, "labels = web")
    kind = {"id": "10003", "name": "Sub-task", "subtask": True}
    for number, labels in ((1, ["web"]), (2, [])):
        put(tx, site, number, moved(day(3), TO_DO, DONE), status=DONE, labels=labels)
        above = {"id": f"1{number}", "key": f"BURN-{number}"}
        put(tx, site, number + 10, issuetype=kind, parent=above)
    health = health_of(tx, site, day(8))
    assert [row.key for row in health.issues] == ["BURN-1", "BURN-11"]
    assert noted(health)[0][2] == ("BURN-2",)
    assert [note.keys for note in health.notes if note.flaw is Flaw.SUBTASKS_OPEN] == [("BURN-1",)]


def test_what_is_left_out_takes_no_part_in_what_is_said_of_the_data(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    put(tx, site, 2, project="SHOP")
    tx.execute(tables.issues.update().where(tables.issues.c.key == "SHOP-2").values(history_complete=False))
    health = health_of(tx, site, day(8))
    assert Flaw.HISTORY_INCOMPLETE not in {note.flaw for note in health.notes}
    assert health.issues_read == 1


# --- a closed sprint keeps its numbers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("jql", "history", "now"),
    [
        ("labels = web", (a_change("labels", day(20), "web", ""),), {"labels": []}),
        ("project = BURN", (a_change("Key", day(20), None, None),), {"project": "SHOP"}),
        ("status != Closed", (moved(day(20), DONE, "6"),), {"status": "6"}),
        ("updated >= -14d", (), {"updated": day(11)}),
        ("created <= -14d", (), {}),
        ("sprint in openSprints()", (), {"sprints": [sprint_object(), sprint_object(8)]}),
        ("fixVersion in unreleasedVersions()", (), {"fixVersions": [{"id": "70", "name": "1.0"}]}),
        ("fixVersion = 1.0", (), {"fixVersions": [{"id": "70", "name": "1.0"}]}),
    ],
)
def test_what_was_on_the_board_at_the_close_counts_for_ever(
    tx: Connection, jql: str, history: tuple[Change, ...], now: dict[str, Any]
) -> None:
    site = a_team(tx, jql)
    version = {
        "id": "70", "project_id": "10000", "name": "1.0", "description": "", "released": True,
        "archived": False, "released_on": f"{CLOSE:%Y-%m-%d}", "position": 0,
    }  # fmt: skip
    tx.execute(insert(jira_tables.versions).values(site_id=site.id, heard_at=day(0), **version))
    put(tx, site, 2, labels=["web"], updated=day(11), fixVersions=[{"id": "70", "name": "1.0"}])
    moves = tuple(
        change._replace(before_text="BURN-1", after_text="SHOP-1") if change.field == "Key" else change
        for change in history
    )
    put(tx, site, 1, *moves, **now)
    closed(tx, site)
    boards.save_sprint(tx, site.id, a_sprint(id=8, start=day(15), activated=day(15)), heard_at=day(15))
    first = health_of(tx, site, CLOSE)
    assert len(first.issues) == 2, noted(first)
    assert {row.issue_id for row in first.issues} == {"11", "12"}
    assert health_of(tx, site, LATER).issues == first.issues
    assert noted(first) == noted(health_of(tx, site, LATER)) == []


def test_what_came_onto_the_board_after_the_close_does_not_count(tx: Connection) -> None:
    site = a_team(tx, "labels = web AND updated >= -5d")
    put(tx, site, 1, a_change("labels", day(20), "", "web"), labels=["web"], updated=day(20))
    put(tx, site, 2, a_change("description", day(2), "a", "b"), labels=["web"], updated=day(2))
    put(tx, site, 3, a_change("description", day(9), "a", "b"), labels=["web"], updated=day(9))
    put(tx, site, 4, a_change("rank", day(20), "a", "b"), labels=["web"], updated=day(20))
    closed(tx, site)
    health = health_of(tx, site)
    assert [row.key for row in health.issues] == ["BURN-3"]
    assert noted(health)[0][2] == ("BURN-1", "BURN-2", "BURN-4")


def test_a_closed_sprint_is_told_by_the_filter_of_its_close(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    put(tx, site, 2, project="SHOP")
    closed(tx, site)
    before = health_of(tx, site)
    narrower = a_board(filter_id="9", filter_jql="project = SHOP")
    boards.save_board(tx, site.id, narrower, heard_at=day(20), project_key="BURN")
    assert health_of(tx, site).issues == before.issues
    assert [row.key for row in before.issues] == ["BURN-1"]


def test_a_store_from_before_filters_were_read_counts_all_until_the_next_sync(tx: Connection) -> None:
    site = a_team(tx, None)
    put(tx, site, 1)
    put(tx, site, 2, project="SHOP")
    closed(tx, site)
    assert counted(tx, site) == ["BURN-1", "SHOP-2"]
    known = a_board(filter_id="9", filter_jql="project = BURN")
    boards.save_board(tx, site.id, known, heard_at=day(20), project_key="BURN")
    assert counted(tx, site) == ["BURN-1"]


def test_dates_of_the_filter_are_read_where_the_team_is(tx: Connection) -> None:
    """In New York it is still the day before."""
    site = a_team(tx, "updated < startOfDay()")
    put(tx, site, 1, updated=day(7, 23))
    early = day(8, 2)
    assert counted(tx, site, early) == ["BURN-1"]
    assert counted(tx, site, early, calendar=Calendar(zone=ZoneInfo("America/New_York"))) == []


# --- what cannot be asked --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jql", "why"),
    [
        (None, "The board's filter (9) is not known here: it is not shared with Burnish's account, or was"),
        ("project = BURN AND voter = dana", "cannot be answered here (`voter = dana`: voter cannot be"),
        ("issueFunction in subtasksOf(x)", "cannot be answered here (`issueFunction in subtasksOf(x)`: The"),
        (
            "assignee = currentUser() AND project = BURN",
            "here (`assignee = currentUser()`: currentUser() needs",
        ),
        ("project = BURN AND", "The board's filter cannot be read ("),
    ],
)
def test_a_filter_that_cannot_be_asked_counts_all_and_it_is_said_why(
    tx: Connection, jql: str | None, why: str
) -> None:
    site = a_team(tx, jql)
    put(tx, site, 1)
    put(tx, site, 2, project="SHOP")
    health = health_of(tx, site, day(8))
    assert [row.key for row in health.issues] == ["BURN-1", "SHOP-2"]
    ((flaw, text, keys),) = noted(health)
    assert (flaw, keys) == ("board filter unknown", ())
    assert text.endswith("; all issues of the sprint count")
    assert why in as_text(health).replace("\\", "")


def test_of_filter_and_sub_query_the_clause_is_told_that_cannot_be_answered(tx: Connection) -> None:
    site = a_team(tx, "project = BURN AND voter = dana", sub_query="labels = a OR labels = b")
    put(tx, site, 1)
    assert "`voter = dana`" in noted(health_of(tx, site, day(8)))[0][1]
    other = a_board(filter_id="9", filter_jql="project = BURN", sub_query="status = Done OR watcher = bob")
    boards.save_board(tx, site.id, other, heard_at=day(2), project_key="BURN")
    assert "`watcher = bob`" in noted(health_of(tx, site, day(8)))[0][1]


def test_a_board_without_a_filter_has_nothing_to_say(tx: Connection) -> None:
    site = a_team(tx, None, filter_id=None)
    put(tx, site, 2, project="SHOP")
    assert noted(health_of(tx, site, day(8))) == []


def test_a_team_can_have_all_issues_counted(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    put(tx, site, 2, project="SHOP")
    closed(tx, site)
    health = health_of(tx, site, habits=BoardHabits(ignore_board_filter=True))
    assert [row.key for row in health.issues] == ["BURN-1", "SHOP-2"]
    assert noted(health) == []
    told = board_velocity(
        tx,
        site,
        board_id=1,
        at=LATER,
        calendar=Calendar(),
        last=7,
        habits=BoardHabits(ignore_board_filter=True),
    )
    assert (told.velocity.sprints[0].commitment, told.notes) == (6, [])


# --- velocity, and what closed sprints teach -------------------------------------------------------


def test_velocity_counts_what_was_on_the_board_and_names_the_rest(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1, moved(day(3), TO_DO, DONE), status=DONE, points=3)
    put(tx, site, 2, moved(day(3), TO_DO, DONE), status=DONE, points=5, project="SHOP")
    closed(tx, site)
    told = board_velocity(tx, site, board_id=1, at=LATER, calendar=Calendar(), last=7)
    assert [(one.completed, one.completed_in_jira) for one in told.velocity.sprints] == [(3, 3)]
    style = {"base_url": "https://burnish.test", "draw": str}
    text = render(velocity_described(told), style="markdown", **style)
    assert "1 issue of these sprints is not on the board, so not counted: SHOP-2." in text
    found = json.loads(render(velocity_described(told), style="json", **style))
    assert found["notes"][0]["issues"] == ["SHOP-2"]


def test_what_is_kept_of_closed_sprints_follows_the_filter_and_what_it_asks_for(tx: Connection) -> None:
    """In the process and in the store, through every event that changes what is on the board."""
    site = a_team(tx, "project = BURN AND labels = web ORDER BY Rank")
    put(tx, site, 1, labels=["web"])
    put(tx, site, 2, labels=["web"])
    closed(tx, site)
    boards.save_sprint(tx, site.id, a_sprint(id=8, start=day(15), end=day(26)), heard_at=day(15))
    put(tx, site, 9, sprints=[sprint_object(8)], labels=["web"])
    kept = ClosedSprints()

    def commitment(closed_sprints: ClosedSprints | None) -> Decimal:
        health = health_of(tx, site, day(20), sprint_id=8, closed_sprints=closed_sprints)
        assert health.outlook is not None
        return health.outlook.velocity.sprints[0].commitment

    def everywhere() -> list[Decimal]:
        """In this process, after a restart that has the store's, and from the histories."""
        fresh = ClosedSprints(saves=True)
        found = [commitment(kept), commitment(fresh), commitment(None)]
        save(tx, fresh.unsaved())
        return found

    assert everywhere() == everywhere() == [6, 6, 6]
    late = a_change("labels", day(2), "", "web")._replace(history_id=5001)
    issues.save_changes(tx, site, {"12": [a_change("labels", day(30), "", "web")]}, final=True)
    assert everywhere() == everywhere() == [3, 3, 3], "it got the label after the close"
    issues.save_changes(tx, site, {"12": [late]}, final=True)
    assert everywhere() == everywhere() == [3, 3, 3]
    narrower = a_board(filter_id="9", filter_jql="project = SHOP")
    boards.save_board(tx, site.id, narrower, heard_at=day(5), project_key="BURN")
    assert everywhere() == everywhere() == [0, 0, 0], "another filter, before the close"


def test_restricted_issues_are_left_out_without_a_name(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    for number in (2, 3):
        put(tx, site, number, project="SHOP", security={"id": "1", "name": "Inner"})
    health = health_of(tx, site, day(8))
    assert set(noted(health)[0][2]) == {name_of("12"), name_of("13")}
    assert "SHOP-" not in json.dumps(to_json(health))
    text = as_text(health)
    assert "SHOP-" not in text
    assert f"2 issues of the sprint are not on the board, so not counted: {how_many(2)}." in text
    assert noted(health_of(tx, site, day(8), show_restricted=True))[0][2] == ("SHOP-2", "SHOP-3")


def test_a_clause_that_names_a_restricted_issue_is_told_without_its_key(tx: Connection) -> None:
    site = a_team(tx, "project = BURN AND issue in linkedIssues(BURN-2)")
    put(tx, site, 1)
    put(tx, site, 2, security={"id": "1", "name": "Inner"})
    health = health_of(tx, site, day(8))
    assert "linkedIssues(" in noted(health)[0][1]
    assert "BURN-2" not in json.dumps(to_json(health))
    assert "BURN-2" not in as_text(health)
    assert "BURN-2" in noted(health_of(tx, site, day(8), show_restricted=True))[0][1]


@contextmanager
def statements(tx: Connection) -> Iterator[list[str]]:
    told: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        told.append(statement)

    event.listen(tx, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(tx, "before_cursor_execute", note)


@pytest.mark.parametrize("jql", ["project = BURN", "labels = web AND updated >= -9w"])
def test_however_many_issues_there_are_the_statements_are_as_many(tx: Connection, jql: str) -> None:
    site = a_team(tx, jql)
    numbers = []
    for count in (4, 20):
        for number in range(1, count):
            put(
                tx, site, number, project="BURN" if number % 2 else "SHOP", labels=["web"] * (number % 3 != 0)
            )
        with statements(tx) as told:
            health_of(tx, site, day(8))
        numbers.append(len(told))
    assert numbers[0] == numbers[1]


# --- over random histories -------------------------------------------------------------------------

FILTERS = {
    "project = BURN": lambda _: True,
    "project != BURN ORDER BY Rank": lambda _: False,
    "statusCategory != Done": lambda one: one.status_id != DONE,
    f"status = {DONE} OR cf[10016] > 2": lambda one: one.status_id == DONE or (one.estimate or 0) > 2,
    "sprint in openSprints()": lambda one: 7 in one.sprint_ids,
    "'Story Points' is EMPTY": lambda one: one.estimate is None,
}


def stored(tx: Connection, site: Site, lives: list[Played], minute: int) -> None:
    """What the store holds when it has heard of all up to a minute."""
    for table in (tables.changes, tables.sprint_issues, tables.issues):
        tx.execute(table.delete())
    for played in lives:
        known = as_known_at(played, minute)
        tx.execute(insert(tables.issues).values(**_row(site, known)))
        tx.execute(insert(tables.sprint_issues).values(site_id=site.id, sprint_id=7, issue_id=known.id))
        issues.save_changes(tx, site, {known.id: known.changes}, final=True)


def _row(site: Site, known: Issue) -> dict[str, Any]:
    values: dict[str, Any] = {SPRINT_FIELD: [{"id": number} for number in known.sprint_ids]}
    if known.estimate is not None:
        values[POINTS_FIELD] = float(known.estimate)
    status = {"id": known.status_id, "name": known.status_name}
    return {
        "site_id": site.id,
        "id": known.id,
        "key": known.key,
        "project_key": "BURN",
        "summary": known.summary,
        "type_name": known.type_name,
        "is_subtask": known.is_subtask,
        "status_id": known.status_id,
        "status_name": known.status_name,
        "flagged": False,
        "created": known.created,
        "updated": known.created,
        "fields": {**values, "status": status},
        "history_complete": True,
        "deleted_at": known.deleted_at,
        "gone_reason": "deleted" if known.deleted_at else None,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sprints_of(), st.sampled_from(sorted(FILTERS)))
def test_with_any_filter_the_sets_part_the_ledger_closes_and_what_is_frozen_stays(
    tx: Connection, lives: list[Played], jql: str
) -> None:
    with tx.begin_nested() as savepoint:
        site = a_team(tx, jql)
        boards.save_sprint(tx, site.id, a_closed_sprint(), heard_at=LATER)
        stored(tx, site, lives, END_MINUTE)
        frozen = health_of(tx, site, PLAYED_END)
        stored(tx, site, lives, LAST_MINUTE)
        again = health_of(tx, site, at(LAST_MINUTE + 1))
        savepoint.rollback()
    there = [one.issue for one in lives if FILTERS[jql](as_known_at(one, END_MINUTE))]
    expected = assess(
        a_closed_sprint(), a_board(), there, now=PLAYED_END, calendar=Calendar(), sprint_field=SPRINT_FIELD
    )
    assert again.ledger == frozen.ledger
    assert again.ledger == expected.ledger
    assert again.jira == frozen.jira
    assert noted(again) == noted(frozen)
    assert {row.key for row in again.issues} == {row.key for row in expected.issues}
    sets = [{row.key for row in again.jira.of(outcome)} for outcome in Outcome]
    assert sum(map(len, sets)) == len(set().union(*sets)) == len(again.issues)
    assert again.ledger.closes
    assert all(keep_ledger(again.events[:seen]).closes for seen in range(len(again.events) + 1))
    out = {key for _, __, keys in noted(again) for key in keys}
    assert not out & set().union(*sets)
