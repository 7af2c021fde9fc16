from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from app.errors import NotFound
from app.store import boards, inbox, tables
from tests.factories import IN_PROGRESS, TO_DO, a_board, day
from tests.jobs.telling import applied, tell
from tests.payloads import board_event, configuration_event, sprint_event
from tests.stores import a_site, rows


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


@pytest.mark.parametrize(
    ("told", "jql"),
    [({}, "project = BURN"), ({"filter": {"id": 9}}, "project = BURN"), ({"filter": {"id": 10}}, None)],
)
def test_the_jql_of_another_filter_waits_for_the_sync(
    tx: Connection, told: dict[str, Any], jql: str | None
) -> None:
    site = a_site(tx)
    board = a_board(filter_id="9", filter_jql="project = BURN")
    boards.save_board(tx, site.id, board, heard_at=day(1), project_key="BURN")
    event = configuration_event(at=day(2))
    event["configuration"] |= told
    applied(tx, site, event)
    assert boards.get_board(tx, site, 1).filter_jql == jql


def test_a_board_that_was_never_read_waits_for_the_sync(tx: Connection) -> None:
    site = a_site(tx)
    for event in (board_event("board_created", at=day(1)), configuration_event(at=day(1))):
        assert tell(tx, site, event).state == inbox.IGNORED
    assert tell(tx, site, board_event("board_deleted", at=day(1))).state == inbox.IGNORED
    assert rows(tx, tables.boards) == []
