"""Every event has a home, and the order in which events come does not matter."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete
from sqlalchemy.exc import InternalError

from app.errors import NotFound, StoreUnavailable
from app.store import boards, inbox, issues, tables
from app.store.claim import Claimed, claim
from app.store.database import Database
from app.store.inbox import Received
from app.store.sites import Site
from connectors.jira.webhook import JIRA_EVENTS, read_event
from jobs.deliveries import HANDLED, IGNORED, Outcome, apply, apply_batch
from tests.factories import DONE, IN_PROGRESS, SPRINT_FIELD, TO_DO, a_board, a_sprint, day, moved
from tests.jobs.support import context_of, unconnected
from tests.payloads import (
    PERSON,
    board_event,
    comment,
    comment_event,
    configuration_event,
    encoded,
    issue,
    issue_event,
    item,
    sprint_event,
    sprint_object,
    sprint_string,
    status_item,
)
from tests.stores import LEASE, a_site, received, rows, states

APPLIED = Outcome(inbox.APPLIED)
KEPT = (tables.issues, tables.changes, tables.sprints, tables.sprint_issues, tables.comments, tables.boards)


def tell(tx: Connection, site: Site, event: dict[str, Any], *, projects: tuple[str, ...] = ()) -> Outcome:
    read = read_event(encoded(event))
    return apply(tx, read, site, unconnected(site, projects), received_at=day(20))


def applied(tx: Connection, site: Site, *events: dict[str, Any]) -> None:
    for event in events:
        assert tell(tx, site, event) == Outcome(inbox.APPLIED)


def test_every_jira_event_is_handled_or_ignored_on_purpose() -> None:
    assert HANDLED.keys().isdisjoint(IGNORED)
    assert HANDLED.keys() | IGNORED.keys() >= JIRA_EVENTS
    assert all(IGNORED.values()), "whoever wonders why nothing happened gets a reason"


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


# --- sprints and boards ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("sprint_created", "future"),
        ("sprint_updated", "active"),
        ("sprint_started", "active"),
        ("sprint_closed", "closed"),
    ],
)
def test_sprint_events_bring_the_sprint(tx: Connection, name: str, state: str) -> None:
    site = a_site(tx)
    applied(tx, site, sprint_event(name, at=day(1), state=state))
    found = boards.get_sprint(tx, site, 7)
    assert (found.state.value, found.board_id, found.goal) == (state, 1, "Pay by invoice")


def test_a_closed_sprint_is_not_reopened_by_an_event_that_came_late(tx: Connection) -> None:
    site = a_site(tx)
    closed = sprint_event(
        "sprint_closed", at=day(12), state="closed", completeDate="2026-03-13T10:00:00.000Z"
    )
    applied(tx, site, closed, sprint_event("sprint_started", at=day(1)))
    assert boards.get_sprint(tx, site, 7).state.value == "closed"


def test_a_deleted_sprint_stays_as_a_tombstone(tx: Connection) -> None:
    site = a_site(tx)
    deleted = sprint_event("sprint_deleted", at=day(2), self=None)
    applied(tx, site, deleted, sprint_event("sprint_updated", at=day(1)))
    assert [row["deleted_at"] for row in rows(tx, tables.sprints)] == [day(2)]


def test_boards_are_renamed_configured_and_buried(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=day(1), project_key="BURN")
    applied(tx, site, board_event("board_updated", at=day(0)))
    assert boards.get_board(tx, site, 1) == a_board(), "an older word"
    applied(tx, site, board_event("board_updated", at=day(1)))
    applied(tx, site, board_event("board_created", at=day(1)))
    assert boards.get_board(tx, site, 1) == replace(a_board(), name="Payments")
    applied(tx, site, configuration_event(at=day(2)))
    found = boards.get_board(tx, site, 1)
    assert [column.status_ids for column in found.columns] == [(TO_DO, IN_PROGRESS), ("6",)]
    assert found.estimation_field == a_board().estimation_field, "an event may leave it out"
    applied(tx, site, board_event("board_deleted", at=day(3)))
    assert rows(tx, tables.boards)[0]["deleted_at"] == day(3)
    with pytest.raises(NotFound, match="no board 1"):
        boards.get_board(tx, site, 1)


def test_a_board_that_was_never_read_waits_for_the_sync(tx: Connection) -> None:
    site = a_site(tx)
    for event in (board_event("board_created", at=day(1)), configuration_event(at=day(1))):
        assert tell(tx, site, event).state == inbox.IGNORED
    assert tell(tx, site, board_event("board_deleted", at=day(1))).state == inbox.IGNORED
    assert rows(tx, tables.boards) == []


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_what_is_not_kept_is_ignored_with_its_reason(name: str, file_tx: tuple[Connection, Site]) -> None:
    tx, site = file_tx
    assert tell(tx, site, {"webhookEvent": name}) == Outcome(inbox.IGNORED, IGNORED[name])


def test_an_event_that_nobody_knows_is_kept_and_counted(tx: Connection) -> None:
    site = a_site(tx)
    outcome = tell(tx, site, {"webhookEvent": "jira:issue_teleported", "issue": issue()})
    assert outcome.state == inbox.UNKNOWN
    assert "jira:issue_teleported" in (outcome.reason or "")
    assert tell(tx, site, {}).state == inbox.UNKNOWN


# --- batches --------------------------------------------------------------------------------------


def store(database: Database, now: datetime, *documents: Any) -> tuple[Site, list[Claimed]]:
    """Deliveries as they were received, all of them claimed."""

    def put(tx: Connection, site: Site) -> None:
        inbox.put(
            tx,
            [
                replace(_delivery(site, number, document, now), event=None)
                for number, document in enumerate(documents, 1)
            ],
        )

    with database.write() as tx:
        site = a_site(tx)
        put(tx, site)
        return site, claim(tx, tables.deliveries, worker="w", now=now, lease=LEASE, limit=100)


def _delivery(site: Site, number: int, document: Any, now: datetime) -> Received:
    body = document if isinstance(document, bytes) else encoded(document)
    return replace(received(site.id, number, at=now), body=body)


POISON: dict[str, Any] = {
    "an issue without id": issue_event("jira:issue_updated", {"key": "BURN-9", "fields": {}}, at=day(1)),
    "an instant that is none": issue_event("jira:issue_updated", issue(created="yesterday"), at=day(1)),
    "fields of another shape": issue_event("jira:issue_updated", issue(), at=day(1))
    | {"issue": {"id": "11", "key": "BURN-1", "fields": ["?"]}, "changelog": {"id": "9", "items": "?"}},
    "a sprint in an unknown state": sprint_event("sprint_updated", at=day(1), state="paused"),
    "a sprint without id": sprint_event("sprint_updated", at=day(1), id=None),
    "a board whose id is text": board_event("board_updated", at=day(1), id="one"),
    "no JSON any more": b"{",
    "a history id beyond all bounds": issue_event(
        "jira:issue_updated", issue(), at=day(1), history=10**30, items=[status_item(TO_DO, DONE)]
    ),
}


@pytest.mark.parametrize("poison", [pytest.param(body, id=name) for name, body in POISON.items()])
async def test_a_poisoned_delivery_dies_with_its_reason_and_its_neighbours_go_on(
    database: Database, now: datetime, poison: Any
) -> None:
    good = issue_event("jira:issue_updated", issue(2), at=day(1))
    site, claimed = store(database, now, good, poison, issue_event("jira:issue_updated", issue(3), at=day(1)))
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        assert [row["key"] for row in rows(tx, tables.issues)] == ["BURN-2", "BURN-3"]
        found = rows(tx, tables.deliveries)
        assert [row["state"] for row in found] == [inbox.APPLIED, inbox.DEAD, inbox.APPLIED]
        assert found[1]["reason"]
        assert rows(tx, tables.changes) == [], "half of a delivery is nothing"


async def test_after_a_poisoned_delivery_the_next_of_the_same_issue_is_applied(
    database: Database, now: datetime
) -> None:
    with database.write() as tx:
        site = a_site(tx)
        for number, document in enumerate((issue(created="?"), issue(status=DONE)), 1):
            body = encoded(issue_event("jira:issue_updated", document, at=day(1)))
            inbox.put(tx, [replace(received(site.id, number, at=now, subject="issue:11"), body=body)])
    context = context_of(database, unconnected(site))
    for _ in range(2):
        with database.write() as tx:
            claimed = claim(tx, tables.deliveries, worker="w", now=now, lease=LEASE, limit=100)
        assert len(claimed) == 1
        await apply_batch(context, claimed)
    with database.read() as tx:
        assert states(tx) == [inbox.DEAD, inbox.APPLIED]
        assert rows(tx, tables.issues)[0]["status_id"] == DONE


async def test_signs_that_a_database_refuses_do_not_stop_the_worker(
    database: Database, now: datetime
) -> None:
    """In a reason and in what is stored, they become a question mark on both databases."""
    nul = issue_event("jira:issue_updated", issue(project="A\0B"), at=day(1))
    words = issue_event(
        "jira:issue_updated", issue(2, summary="\0 \ud83d", customfield_1={"\0": ["\udfff"]}), at=day(1)
    )
    said = comment_event("comment_created", comment(at=day(1), body="\0\ud800"), at=day(1))
    site, claimed = store(database, now, nul, words, said)
    await apply_batch(context_of(database, unconnected(site, ("BURN",))), claimed)
    unknown = "\N{REPLACEMENT CHARACTER}"
    with database.read() as tx:
        assert states(tx) == [inbox.IGNORED, inbox.APPLIED, inbox.APPLIED]
        (row,) = rows(tx, tables.issues)
        assert row["summary"] == f"{unknown} {unknown}"
        assert row["fields"]["customfield_1"] == {unknown: [unknown]}
        assert rows(tx, tables.comments)[0]["body"] == unknown * 2


async def test_a_delivery_that_the_database_refuses_dies_without_its_content_in_reason_or_log(
    database: Database, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    """A history id beyond 64 bits; the statement that fails holds the whole issue."""
    planted = issue(summary="planted-content")
    event = issue_event(
        "jira:issue_updated",
        planted,
        at=day(1),
        history=2**63,
        items=[item("Reason", "reason", "", "planted-content")],
    )
    site, claimed = store(database, now, event)
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
    assert row["state"] == inbox.DEAD
    assert row["reason"]
    assert "planted-content" not in row["reason"]
    said = capsys.readouterr()
    assert "delivery.dead" in said.out
    assert "planted-content" not in said.out + said.err


async def test_a_batch_that_met_trouble_of_the_store_is_claimed_again_soon_and_not_dead(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, claimed = store(database, now, issue_event("jira:issue_updated", issue(), at=day(1)))

    def broken(*_: Any, **__: Any) -> None:
        raise InternalError("UPDATE", {}, Exception("read-only"))

    with monkeypatch.context() as patch:
        patch.setattr(issues, "save_issues", broken)
        with pytest.raises(StoreUnavailable):
            await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
    assert (row["state"], row["due_at"]) == ("waiting", now + timedelta(seconds=2))


async def test_deliveries_of_a_site_that_left_the_settings_die_with_that_reason(
    database: Database, now: datetime
) -> None:
    _, claimed = store(database, now, issue_event("jira:issue_updated", issue(), at=day(1)))
    await apply_batch(context_of(database), claimed)
    with database.read() as tx:
        assert "no longer in the settings" in rows(tx, tables.deliveries)[0]["reason"]


async def test_an_unknown_event_is_kept_whole(database: Database, now: datetime) -> None:
    strange = {"webhookEvent": "jira:new_thing", "what": [1, 2]}
    site, claimed = store(database, now, strange)
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
        assert row["state"] == inbox.UNKNOWN
        assert json.loads(inbox.body_of(row)) == strange


# --- order ----------------------------------------------------------------------------------------
# Events that genuinely contradict each other cannot be told apart by anybody and are left out: two
# pictures of one issue, or of one sprint, with the same instant and different content.


def _story(number: int) -> list[dict[str, Any]]:
    """An issue's life: made, put into the sprint, moved, estimated, perhaps deleted."""
    first = issue(number, updated=day(1), sprints=None, points=None)
    joined = [item("Sprint", SPRINT_FIELD, ("", ""), ("7", "Sprint 7"))]
    done = [status_item(TO_DO, DONE)]
    left = [item("Sprint", SPRINT_FIELD, ("7", "Sprint 7"), ("8", "Sprint 8"))]
    last = issue(number, updated=day(4), status=DONE, sprints=[sprint_string(8)])
    return [
        issue_event("jira:issue_created", first, at=day(1), history=number * 100, items=joined),
        issue_event(
            "jira:issue_updated",
            issue(number, updated=day(2)),
            at=day(2),
            history=number * 100 + 1,
            items=joined,
        ),
        issue_event(
            "jira:issue_updated",
            issue(number, updated=day(3), status=DONE),
            at=day(3),
            history=number * 100 + 2,
            items=done,
        ),
        issue_event("jira:issue_updated", last, at=day(4), history=number * 100 + 3, items=left),
    ]


EVENTS: Sequence[dict[str, Any]] = (
    *_story(1),
    *_story(2),
    issue_event("jira:issue_deleted", issue(2, updated=day(5), status=DONE), at=day(6)),
    comment_event("comment_created", comment(at=day(1)), at=day(1)),
    comment_event("comment_updated", comment(at=day(2), body="No."), at=day(2)),
    comment_event("comment_created", comment(501, at=day(1)), at=day(1)),
    comment_event("comment_deleted", comment(501, at=day(1)), at=day(3)),
    sprint_event("sprint_created", at=day(0), state="future"),
    sprint_event("sprint_started", at=day(1)),
    sprint_event("sprint_updated", at=day(3), goal="Pay by card"),
    sprint_event("sprint_closed", at=day(12), state="closed", completeDate="2026-03-13T10:00:00.000Z"),
    sprint_event("sprint_created", at=day(1), id=8, state="future"),
    sprint_event("sprint_deleted", at=day(9), id=8, state="future"),
)


@pytest.fixture
def file_tx(sqlite_template: Any, tmp_path: Any) -> Any:
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as tx:
        yield tx, a_site(tx)
    database.close()


def outcome_of(tx: Connection, site: Site, events: Sequence[dict[str, Any]]) -> list[Any]:
    for table in KEPT:
        tx.execute(delete(table))
    applied(tx, site, *events)
    return [rows(tx, table) for table in KEPT]


@settings(max_examples=80, derandomize=True)
@given(data=st.data())
def test_the_same_events_in_any_order_any_number_of_times_end_in_the_same_rows(
    file_tx: tuple[Connection, Site], data: st.DataObject
) -> None:
    tx, site = file_tx
    chosen = data.draw(st.lists(st.integers(0, len(EVENTS) - 1), min_size=1, unique=True))
    again = data.draw(st.lists(st.sampled_from(chosen)))
    order = data.draw(st.permutations(chosen + again))
    in_order = [EVENTS[number] for number in sorted(chosen)]
    assert outcome_of(tx, site, [EVENTS[number] for number in order]) == outcome_of(tx, site, in_order)


def test_the_whole_story_ends_alike_forwards_and_backwards(tx: Connection) -> None:
    site = a_site(tx)
    assert outcome_of(tx, site, EVENTS) == outcome_of(tx, site, EVENTS[::-1])
    assert boards.get_sprint(tx, site, 7) == a_sprint(
        activated=None,
        completed=day(12) - timedelta(hours=2),
        goal="Pay by invoice",
    )
    assert PERSON["accountId"] in {row["author"] for row in rows(tx, tables.changes)}
