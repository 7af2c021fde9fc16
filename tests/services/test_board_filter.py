"""Issues of a sprint that the board's saved filter does not find do not count, as in Jira, and are named."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert

from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Change
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotOfBoard
from app.services.velocity import board_velocity
from app.store import boards, jira_tables, tables
from tests.factories import (
    DONE,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    day,
    moved,
)
from tests.payloads import sprint_object
from tests.services.filtered import CLOSE, LATER, a_team, as_text, closed, counted, health_of, noted, put

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


def test_a_sprint_of_another_board_is_refused_unless_this_one_shows_it_or_may(tx: Connection) -> None:
    """Jira shows a sprint on its own board, and on each other whose filter finds an issue of it."""
    site = a_team(tx, "project = BURN")
    boards.save_board(tx, site.id, a_board(id=2, name="Shop", filter_jql="project = SHOP"), heard_at=day(0))
    put(tx, site, 1, points=3)
    with pytest.raises(NotOfBoard) as refused:
        health_of(tx, site, day(8), board_id=2)
    assert str(refused.value).startswith(
        "Sprint 7 (Sprint 7) is none of board 2 (Shop), which has no issue of it: it is one of board 1 "
        "(Burnish board). Name one of this board, of which the newest are: there is none."
    )
    boards.save_board_sprints(tx, site.id, 2, [7], at=day(1))
    assert counted(tx, site, day(8), board_id=2) == [], "Jira says that it shows it"
    boards.save_board_sprints(tx, site.id, 2, [], at=day(2))
    put(tx, site, 2, project="SHOP", id="10001")
    assert counted(tx, site, day(8), board_id=2) == ["SHOP-2"], "Jira was not asked since"
    unread = a_board(id=3, name="Unread", filter_id="9", filter_jql=None)
    boards.save_board(tx, site.id, unread, heard_at=day(0))
    assert counted(tx, site, day(8), board_id=3) == ["BURN-1", "SHOP-2"], "nobody knows what it finds"


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
