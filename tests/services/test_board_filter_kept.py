"""Velocity, what closed sprints teach and random histories, with a board's filter in play."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert

from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.ledger import keep_ledger
from app.services.closed_sprints import ClosedSprints, save
from app.services.rendering import render
from app.services.velocity import board_velocity
from app.services.velocity import described as velocity_described
from app.store import boards, issues, tables
from app.store.sites import Site
from tests.domain.histories import END_MINUTE, LAST_MINUTE, Played, at, sprints_of
from tests.domain.sprint_health.test_arithmetic import END as PLAYED_END
from tests.domain.sprint_health.test_arithmetic import a_closed_sprint, as_known_at
from tests.factories import (
    DONE,
    POINTS_FIELD,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    day,
    moved,
)
from tests.payloads import sprint_object
from tests.services.filtered import (
    LATER,
    a_team,
    as_text,
    closed,
    health_of,
    noted,
    put,
)

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


def test_that_restricted_issues_are_left_out_is_not_told(tx: Connection) -> None:
    site = a_team(tx, "project = BURN")
    put(tx, site, 1)
    for number in (2, 3):
        put(tx, site, number, project="SHOP", security={"id": "1", "name": "Inner"})
    health = health_of(tx, site, day(8))
    assert not noted(health)
    assert "SHOP-" not in json.dumps(to_json(health))
    assert "SHOP-" not in as_text(health)
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
