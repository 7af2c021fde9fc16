from itertools import permutations
from typing import Any

from sqlalchemy import Connection, delete

from app.domain.scrum.from_jira import read_issue
from app.store import inbox, issues, tables
from jobs.told import APPLIED
from tests.factories import DONE, SPRINT_FIELD, TO_DO, day, moved
from tests.jobs.telling import applied, tell
from tests.payloads import (
    comment,
    comment_event,
    issue,
    issue_event,
    item,
    sprint_object,
    sprint_string,
    status_item,
)
from tests.stores import a_site, rows

# --- issues ---------------------------------------------------------------------------------------


def test_a_created_issue_is_stored_and_its_first_values_are_no_changes(tx: Connection) -> None:
    site = a_site(tx)
    items = [status_item(TO_DO, TO_DO)]
    applied(tx, site, issue_event("jira:issue_created", issue(), at=day(1), history=9, items=items))
    (row,) = rows(tx, tables.issues)
    assert (row["key"], row["status_id"], row["history_complete"]) == ("BURN-1", TO_DO, False)
    assert rows(tx, tables.changes) == []


def test_an_updated_issue_gets_its_state_and_one_entry_of_history(tx: Connection) -> None:
    site = a_site(tx)
    document = issue(status=DONE, updated=day(2))
    items = [
        status_item(TO_DO, DONE),
        item("resolution", "resolution", (None, None), ("10000", "Done")),
    ]
    applied(tx, site, issue_event("jira:issue_updated", document, at=day(2), history=9, items=items))
    assert rows(tx, tables.issues)[0]["status_id"] == DONE
    found = {row["field"]: row for row in rows(tx, tables.changes)}
    assert found.keys() == {"status", "resolution"}
    status = found["status"]
    assert (status["before"], status["after"], status["at"]) == (TO_DO, DONE, day(2))
    assert (status["before_text"], status["author"]) == ("To Do", "5f0:dana")


def test_an_event_never_replaces_what_was_read_of_the_same_change(tx: Connection) -> None:
    """Jira's record knows the instant of the change; the event only when the issue was last updated."""
    site = a_site(tx)
    issues.save_changes(tx, site, {"11": [moved(day(2), TO_DO, DONE, history_id=9)]}, final=True)
    document, items = issue(status=DONE, updated=day(3)), [status_item(TO_DO, DONE)]
    applied(tx, site, issue_event("jira:issue_updated", document, at=day(3), history=9, items=items))
    assert [row["at"] for row in rows(tx, tables.changes)] == [day(2)]


def test_an_event_without_a_name_that_carries_an_issue_is_an_update(tx: Connection) -> None:
    site = a_site(tx)
    event = issue_event("", issue(), at=day(2), history=9, items=[status_item(TO_DO, DONE)])
    del event["webhookEvent"]
    applied(tx, site, event)
    assert len(rows(tx, tables.changes)) == 1


def test_a_deleted_issue_becomes_a_tombstone_even_if_nothing_else_was_heard_of_it(tx: Connection) -> None:
    site = a_site(tx)
    applied(tx, site, issue_event("jira:issue_deleted", issue(), at=day(3)))
    (row,) = rows(tx, tables.issues)
    assert (row["deleted_at"], row["key"]) == (day(3), "BURN-1")
    assert len(rows(tx, tables.sprint_issues)) == 1, "its sprint keeps its numbers"


def test_an_issue_of_a_project_that_is_not_kept_is_ignored_with_a_reason(tx: Connection) -> None:
    site = a_site(tx)
    other = issue(project="OTHER")
    for name in ("jira:issue_updated", "jira:issue_deleted"):
        outcome = tell(tx, site, issue_event(name, other, at=day(1)), projects=("BURN",))
        assert outcome.state == inbox.IGNORED
        assert "OTHER" in (outcome.reason or "")
    assert rows(tx, tables.issues) == []


def test_an_issue_that_moved_out_of_the_kept_projects_does_not_stand_still_in_the_store(
    tx: Connection,
) -> None:
    site = a_site(tx)
    assert (
        tell(tx, site, issue_event("jira:issue_created", issue(), at=day(1)), projects=("BURN",)) == APPLIED
    )
    moved_out = issue(project="OTHER", updated=day(2), sprints=None)
    left = [item("Sprint", SPRINT_FIELD, ("7", "Sprint 7"), ("", ""))]
    event = issue_event("jira:issue_updated", moved_out, at=day(2), history=9, items=left)
    assert tell(tx, site, event, projects=("BURN",)) == APPLIED
    (row,) = rows(tx, tables.issues)
    assert (row["key"], row["project_key"], row["updated"]) == ("OTHER-1", "OTHER", day(2))
    assert len(rows(tx, tables.changes)) == 1
    said = comment_event("comment_created", comment(at=day(2)), at=day(2))
    said["issue"]["fields"]["project"]["key"] = "OTHER"
    assert tell(tx, site, said, projects=("BURN",)) == APPLIED
    gone = issue_event("jira:issue_deleted", moved_out, at=day(3))
    assert tell(tx, site, gone, projects=("BURN",)) == APPLIED
    assert rows(tx, tables.issues)[0]["deleted_at"] == day(3)


def test_an_event_that_only_mentions_its_issue_leaves_the_stored_one_alone(tx: Connection) -> None:
    site = a_site(tx)
    applied(tx, site, issue_event("jira:issue_updated", issue(status=DONE), at=day(1)))
    mention = {"id": "11", "key": "BURN-1", "fields": {"summary": "?"}}
    outcome = tell(tx, site, issue_event("jira:issue_updated", mention, at=day(2)))
    assert outcome.state == inbox.IGNORED
    assert rows(tx, tables.issues)[0]["status_id"] == DONE


def test_sprints_as_text_and_as_objects_are_the_same_sprints(tx: Connection) -> None:
    site = a_site(tx)
    documents = (issue(1, sprints=[sprint_object(7)]), issue(2, sprints=[sprint_string(7)]))
    applied(tx, site, *(issue_event("jira:issue_updated", one, at=day(1)) for one in documents))
    assert [(row["sprint_id"], row["issue_id"]) for row in rows(tx, tables.sprint_issues)] == [
        (7, "11"),
        (7, "12"),
    ]


def test_an_issue_that_left_its_sprint_is_remembered_there(tx: Connection) -> None:
    site = a_site(tx)
    left = [item("Sprint", SPRINT_FIELD, ("7", "Sprint 7"), ("", ""))]
    event = issue_event("jira:issue_updated", issue(sprints=None), at=day(2), history=9, items=left)
    applied(tx, site, event)
    assert [row["sprint_id"] for row in rows(tx, tables.sprint_issues)] == [7]
    assert rows(tx, tables.changes)[0]["after"] is None, "empty text is nothing, as in REST"


def test_what_an_event_leaves_unread_is_stored_as_rest_would_tell_it(tx: Connection) -> None:
    """Most fields are only kept; nobody reads them on the way into the store."""
    site = a_site(tx)
    odd: dict[str, Any] = {
        "summary": "\N{GRINNING FACE} half: \ud83d, nul: \0",
        "labels": ["\\u0000", "\u00fc"],
        "customfield_1": {"value": 1e2, "\0": [None, 2**70]},
        "customfield_2": None,
        "comment": {"comments": [comment()]},
    }
    document = issue(**odd)
    read = read_issue(document, site.fields)
    assert read is not None
    issues.save_issues(tx, site, [read], history_complete=False)
    told_by_rest = rows(tx, tables.issues)
    assert told_by_rest[0]["fields"].keys().isdisjoint({"customfield_2", "comment"})
    tx.execute(delete(tables.issues))
    applied(tx, site, issue_event("jira:issue_updated", document, at=day(1)))
    assert rows(tx, tables.issues) == told_by_rest


# --- comments -------------------------------------------------------------------------------------


def test_a_comment_event_without_a_user_is_stored_with_its_author(tx: Connection) -> None:
    site = a_site(tx)
    event = comment_event("comment_created", comment(), at=day(1))
    assert "user" not in event
    applied(tx, site, event)
    (row,) = rows(tx, tables.comments)
    assert (row["issue_id"], row["author"], row["body"]) == ("11", "5f0:dana", "Agreed.")
    assert rows(tx, tables.issues) == [], "six fields are no issue"


def test_a_comment_of_data_center_is_placed_by_its_address(tx: Connection) -> None:
    site = a_site(tx)
    event = comment_event("comment_updated", comment(), at=day(1))
    del event["issue"]
    applied(tx, site, event)
    assert rows(tx, tables.comments)[0]["issue_id"] == "11"


def test_a_comment_that_cannot_be_placed_is_ignored_with_a_reason(tx: Connection) -> None:
    site = a_site(tx)
    event = comment_event("comment_created", {"id": "5", "body": "?"}, at=day(1))
    del event["issue"]
    assert "to which issue" in (tell(tx, site, event).reason or "")


def test_a_comment_typed_on_a_transition_is_stored_with_the_issue(tx: Connection) -> None:
    site = a_site(tx)
    applied(tx, site, issue_event("jira:issue_updated", issue(), at=day(1)) | {"comment": comment(at=day(1))})
    assert len(rows(tx, tables.issues)) == len(rows(tx, tables.comments)) == 1


def test_a_deleted_comment_becomes_a_tombstone_in_either_order(tx: Connection) -> None:
    site = a_site(tx)
    made = comment_event("comment_created", comment(), at=day(1))
    gone = comment_event("comment_deleted", comment(), at=day(2))
    for order in permutations([made, gone]):
        applied(tx, site, *order)
        assert [row["deleted_at"] for row in rows(tx, tables.comments)] == [day(2)]
