from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.domain.scrum.from_jira import IssueRecord, read_histories, read_issue, read_items
from app.domain.scrum.history import Fields, gaps, read_history
from app.domain.scrum.issue import STATUS, Change
from app.store import issues, sprint_issues, tables
from app.store.comments import bury_comments, save_comments
from app.store.sites import Site
from tests.factories import (
    DONE,
    IN_PROGRESS,
    POINTS_FIELD,
    SPRINT_FIELD,
    SPRINT_ID,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    day,
    estimated,
    moved,
    sprint_changed,
)
from tests.payloads import PERSON, as_jira_writes, issue, item, sprint_object, sprint_string, status_item
from tests.stores import a_site, rows

BOARD = a_board()


def record(site: Site, number: int = 1, **fields: Any) -> IssueRecord:
    read = read_issue(issue(number, **fields), site.fields)
    assert read is not None
    return read


def save(tx: Connection, site: Site, *records: IssueRecord, complete: bool = False) -> None:
    issues.save_issues(tx, site, records, history_complete=complete)


def test_an_older_picture_never_replaces_a_newer_one(tx: Connection) -> None:
    site = a_site(tx)
    old, new = record(site, updated=day(1), status=TO_DO), record(site, updated=day(2), status=DONE)
    for order in permutations([old, new]):
        for one in order:
            save(tx, site, one)
        assert [row["status_id"] for row in rows(tx, tables.issues)] == [DONE]
    save(tx, site, new, old)
    assert [row["status_id"] for row in rows(tx, tables.issues)] == [DONE]


def test_a_history_once_read_whole_stays_whole(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, record(site, updated=day(1)))
    assert not rows(tx, tables.issues)[0]["history_complete"]
    save(tx, site, record(site, updated=day(1)), complete=True)
    save(tx, site, record(site, updated=day(2)))
    assert rows(tx, tables.issues)[0]["history_complete"]


def test_a_history_read_whole_counts_even_where_the_picture_is_old(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, record(site, updated=day(2), status=DONE))
    save(tx, site, record(site, updated=day(1), status=TO_DO), complete=True)
    (row,) = rows(tx, tables.issues)
    assert (row["status_id"], row["history_complete"]) == (DONE, True)


def test_an_event_and_jiras_record_of_the_same_change_end_in_the_record_whichever_comes_first(
    tx: Connection,
) -> None:
    """An event has no instant of its own: the issue's `updated` stands in until the record is read."""
    site = a_site(tx)
    items = [status_item(TO_DO, DONE)]
    told = read_items(history_id="9", at=as_jira_writes(day(3)), items=items, author=PERSON, site=site.fields)
    history = {"id": "9", "created": as_jira_writes(day(2)), "author": PERSON, "items": items}
    recorded = read_histories([history], site.fields)
    for order in permutations([(told, False), (recorded, True)]):
        for changes, final in order:
            issues.save_changes(tx, site, {"11": changes}, final=final)
        assert [(row["history_id"], row["at"]) for row in rows(tx, tables.changes)] == [(9, day(2))]


def test_several_items_of_one_field_in_one_entry_are_all_kept(tx: Connection) -> None:
    site = a_site(tx)
    twice = [moved(day(1), TO_DO, IN_PROGRESS), moved(day(1), IN_PROGRESS, DONE, position=1)]
    issues.save_changes(tx, site, {"11": twice}, final=True)
    issues.save_changes(tx, site, {"11": twice}, final=False)
    assert [row["after"] for row in rows(tx, tables.changes)] == [IN_PROGRESS, DONE]


@pytest.mark.parametrize(
    "sprints",
    [[sprint_object(7), sprint_object(8)], [sprint_string(7), sprint_string(8, name="A, b [c]")]],
    ids=["objects", "strings"],
)
def test_an_issue_belongs_to_the_sprints_of_its_field(tx: Connection, sprints: list[Any]) -> None:
    site = a_site(tx)
    save(tx, site, record(site, sprints=sprints))
    assert [row["sprint_id"] for row in rows(tx, tables.sprint_issues)] == [7, 8]


def test_an_issue_that_left_a_sprint_still_belongs_to_its_story(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, record(site, sprints=None))
    issues.save_changes(tx, site, {"11": [sprint_changed(day(2), "7, 8", "8")]}, final=False)
    assert [row["sprint_id"] for row in rows(tx, tables.sprint_issues)] == [7, 8]


def test_the_sprints_issues_come_out_as_the_domain_speaks_of_them(tx: Connection) -> None:
    site = a_site(tx)
    history = (
        sprint_changed(day(1), "", "7"),
        moved(day(2), TO_DO, IN_PROGRESS),
        estimated(day(3), 3, 5.5),
    )
    save(tx, site, record(site, status=IN_PROGRESS, points=5.5, updated=day(3)), complete=True)
    save(tx, site, record(site, 2, sprints=[sprint_object(8)]))
    issues.save_changes(tx, site, {"11": reversed(history)}, final=True)
    (found,) = sprint_issues.of_sprint(tx, site, BOARD, a_sprint())
    assert found.changes == history
    assert (found.key, found.status_id, found.estimate) == ("BURN-1", IN_PROGRESS, Decimal("5.5"))
    assert (found.sprint_ids, found.history_complete, found.updated) == (frozenset({7}), True, day(3))
    assert (found.assignee, found.type_name, found.deleted_at) == ("Dana", "Story", None)


def test_a_history_comes_out_to_the_letter_and_to_the_microsecond(tx: Connection) -> None:
    site, at = a_site(tx), datetime.fromisoformat("2026-03-29T01:59:59.000001+00:00")
    names = ['say "so"', "back\\slash \\u0041", "two\nlines\ttab", "Zażółć\u2028準備 🚀", "7"]
    history = tuple(
        Change((1 << 52) - number, 0, at + timedelta(microseconds=number), STATUS, name, name, None, name)
        for number, name in enumerate(names)
    )
    save(tx, site, record(site, updated=day(3)), complete=True)
    issues.save_changes(tx, site, {"11": reversed(history)}, final=True)
    if tx.dialect.name == "postgresql":
        tx.execute(text("SET LOCAL TIME ZONE 'America/St_Johns'"))
    (found,) = sprint_issues.of_sprint(tx, site, BOARD, a_sprint())
    assert found.changes == history
    assert {change.at.tzinfo for change in found.changes} == {UTC}


@pytest.mark.parametrize(
    ("value", "estimate"), [(None, None), (0, 0), (0.5, Decimal("0.5")), ("3", 3), ({"value": "M"}, None)]
)
def test_the_boards_field_is_the_estimate(
    tx: Connection, value: object, estimate: Decimal | int | None
) -> None:
    site = a_site(tx)
    save(tx, site, record(site, points=value))
    (found,) = sprint_issues.of_sprint(tx, site, BOARD, a_sprint())
    assert found.estimate == estimate
    (unestimated,) = sprint_issues.of_sprint(tx, site, a_board(estimation_field=None), a_sprint())
    assert unestimated.estimate is None


def test_a_board_that_estimates_in_time_gets_hours_now_and_then(tx: Connection) -> None:
    """Jira has 12600 seconds, which are 3.5 hours; it was 1 hour."""
    site, field = a_site(tx), "timeoriginalestimate"
    board = a_board(estimation_field=field)
    save(tx, site, record(site, timeoriginalestimate=12600), complete=True)
    issues.save_changes(tx, site, {"11": [a_change(field, day(3), 3600, 12600)]}, final=True)
    (found,) = sprint_issues.of_sprint(tx, site, board, a_sprint())
    assert found.estimate == Decimal("3.5")
    assert read_history(found, Fields(SPRINT_FIELD, field)).at(day(2)).estimate == 1
    assert gaps(found, Fields(SPRINT_FIELD, field)) == ()


def test_a_deleted_issue_keeps_its_numbers_and_says_that_it_is_gone(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, record(site, updated=day(1)))
    issues.bury_issues(tx, site, {"11": day(2)})
    save(tx, site, record(site, updated=day(1)))
    (found,) = sprint_issues.of_sprint(tx, site, BOARD, a_sprint())
    assert found.deleted_at == day(2)
    assert issues.incomplete(tx, site, SPRINT_ID) == [], "nobody can read it any more"


def test_issues_whose_history_was_not_read_are_named(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, record(site, 1), complete=True)
    save(tx, site, record(site, 2), record(site, 3, sprints=None))
    assert issues.incomplete(tx, site, SPRINT_ID) == ["12"]
    assert issues.count(tx, site) == 3


def test_issues_of_two_sites_with_the_same_id_stay_apart(tx: Connection) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    save(tx, one, record(one, status=TO_DO))
    save(tx, other, record(other, status=DONE, sprints=None))
    assert [row["status_id"] for row in rows(tx, tables.issues)] == [TO_DO, DONE]
    assert sprint_issues.of_sprint(tx, other, BOARD, a_sprint()) == []


def test_a_large_sprint_comes_out_whole(tx: Connection) -> None:
    site = a_site(tx)
    records = [record(site, number) for number in range(1, 1501)]
    save(tx, site, *records, complete=True)
    changes: dict[str, list[Change]] = {
        one.id: [a_change(STATUS, day(1), TO_DO, DONE, history_id=int(one.id))] for one in records
    }
    issues.save_changes(tx, site, changes, final=True)
    found = sprint_issues.of_sprint(tx, site, BOARD, a_sprint())
    assert len(found) == 1500
    assert all(len(one.changes) == 1 for one in found)


def a_comment(at: datetime, body: str) -> dict[str, Any]:
    return {"id": "5", "issue_id": "11", "author": "dana", "created": day(1), "updated": at, "body": body}


def test_the_later_edit_of_a_comment_wins_and_a_deleted_one_stays_deleted(tx: Connection) -> None:
    site = a_site(tx)
    save_comments(tx, site, [a_comment(day(2), "new")])
    save_comments(tx, site, [a_comment(day(1), "old")])
    assert rows(tx, tables.comments)[0]["body"] == "new"
    bury_comments(tx, site, {"5": day(3)})
    save_comments(tx, site, [a_comment(day(2), "new")])
    assert rows(tx, tables.comments)[0]["deleted_at"] == day(3)


def test_fields_of_old_events_without_ids_are_found_by_their_unique_name(tx: Connection) -> None:
    site = a_site(tx)
    nameless = {**item("Story Points", POINTS_FIELD, "3", "5"), "fieldId": None}
    sprint = {**item("Sprint", SPRINT_FIELD, ("", ""), ("7", "Sprint 7")), "fieldId": None}
    read = read_items(
        history_id="9",
        at=as_jira_writes(day(1)),
        items=[nameless, sprint],
        author=None,
        site=site.fields,
    )
    assert [change.field for change in read] == [POINTS_FIELD, SPRINT_FIELD]


def test_instants_keep_their_microseconds_and_zone(tx: Connection) -> None:
    site = a_site(tx)
    precise = day(1) + timedelta(microseconds=123456)
    issues.save_changes(tx, site, {"11": [moved(precise, TO_DO, DONE)]}, final=True)
    assert rows(tx, tables.changes)[0]["at"] == precise


def test_a_key_a_parent_and_a_status_each_move_on_whatever_else_stays(tx: Connection) -> None:
    """What hardly ever changes is written apart from what every event changes."""
    site = a_site(tx)
    moves: list[dict[str, Any]] = [
        {"status": DONE},
        {"parent": {"id": "77", "key": "BURN-77"}},
        {"key": "SHOP-4"},
        {"status": TO_DO, "security": {"id": "9", "name": "Staff"}},
        {},
    ]
    for hour, move in enumerate(moves, 1):
        document = issue(0, updated=day(hour), status=move.get("status", TO_DO))
        document["key"] = move.get("key", document["key"])
        document["fields"] |= {name: move[name] for name in ("parent", "security") if name in move}
        record = read_issue(document, site.fields)
        assert record is not None
        issues.save_issues(tx, site, [record], history_complete=False)
        (row,) = rows(tx, tables.issues)
        parent, security = move.get("parent", {}), move.get("security", {})
        assert (row["key"], row["status_id"]) == (document["key"], move.get("status", TO_DO))
        assert (row["parent_id"], row["parent_key"]) == (parent.get("id"), parent.get("key"))
        assert (row["security_id"], row["updated"]) == (security.get("id"), day(hour))
        assert issues.find_by_key(tx, site, document["key"]) == document["id"]
