"""What the report on a board's flow says of blocked work: by what, since when, and until when."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection

from app.domain.scrum.issue import LINKS
from app.domain.sprint_health.habits import BoardHabits
from tests.factories import (
    CLOSED,
    DONE,
    FLAG_FIELD,
    IN_PROGRESS,
    STATUS_NAMES,
    TO_DO,
    UNMAPPED,
    a_change,
    moved,
)
from tests.services.kanban import (
    NOW,
    a_move,
    a_team,
    ago,
    as_text,
    begun,
    finished,
    flow_of,
    kanban,
    keys_done,
    put,
    waits_for,
)


def test_what_is_blocked_is_told_with_since_when(tx: Connection) -> None:
    site = a_team(tx)
    flag = a_change(FLAG_FIELD, ago(5), "", "1")._replace(after_text="Impediment")
    begun(tx, site, 1, 9, flag, **{FLAG_FIELD: [{"id": "1", "value": "Impediment"}]})
    assert "Unblock: [BURN-1](https://burnish.test/browse/BURN-1) (flagged since 29 May)" in as_text(
        flow_of(tx, site)
    )


@pytest.mark.parametrize("project", ["BURN", "SHOP"])
def test_what_was_done_before_the_window_or_elsewhere_blocks_nobody(tx: Connection, project: str) -> None:
    site = a_team(tx)
    finished(tx, site, 9, begun=150, done=140, project=project)
    put(tx, site, 8, created=ago(150), project=project)
    for number, blocker in ((1, f"{project}-9"), (2, f"{project}-8")):
        words = f"This issue is blocked by {blocker}"
        link = a_change(LINKS, ago(160), None, blocker)._replace(after_text=words)
        begun(tx, site, number, 165, link)
    told = flow_of(tx, site)
    assert [one.key for one in told.flow.blocked] == ["BURN-2"]
    assert f"(waits for {project}-8 since 25 Dec)" in as_text(told)


@pytest.mark.parametrize("project", ["BURN", "SHOP"])
def test_a_blocker_that_was_moved_and_is_done_blocks_nobody_by_the_key_that_it_had(
    tx: Connection, project: str
) -> None:
    site = a_team(tx)
    before = {"BURN": "SHOP-13", "SHOP": "BURN-13"}[project]
    history = (a_move(ago(5), before, f"{project}-13"), moved(ago(4), TO_DO, DONE))
    put(tx, site, 13, *history, created=ago(30), project=project, status=DONE)
    begun(tx, site, 2, 9, waits_for(before, ago(8)))
    assert flow_of(tx, site).flow.blocked == ()
    (then,) = flow_of(tx, site, ago(4.5)).flow.blocked
    assert (then.key, then.block.what) == ("BURN-2", before)


def test_a_blocker_that_was_made_as_done_blocks_nobody(tx: Connection) -> None:
    site = a_team(tx)
    put(tx, site, 20, created=ago(30), status=DONE, project="SHOP")
    begun(tx, site, 21, 9, waits_for("SHOP-20", ago(8)))
    assert flow_of(tx, site).flow.blocked == ()


def test_a_blocker_is_done_from_its_first_done_status_on_and_until_it_is_reopened(tx: Connection) -> None:
    """Done and then closed: in between it blocked nobody. Done and then reopened: it blocks again."""
    site = a_team(tx)
    closed = (moved(ago(6), TO_DO, DONE), moved(ago(1), DONE, CLOSED))
    put(tx, site, 22, *closed, created=ago(30), status=CLOSED, project="SHOP")
    reopened = (moved(ago(6), TO_DO, DONE), moved(ago(1), DONE, TO_DO))
    put(tx, site, 24, *reopened, created=ago(30), status=TO_DO, project="SHOP")
    begun(tx, site, 23, 9, waits_for("SHOP-22", ago(8)))
    begun(tx, site, 25, 9, waits_for("SHOP-24", ago(8)))

    def blocked(at: datetime) -> list[str]:
        return [one.key for one in flow_of(tx, site, at).flow.blocked]

    assert blocked(ago(7)) == ["BURN-23", "BURN-25"]
    assert blocked(ago(2)) == []
    assert blocked(NOW) == ["BURN-25"]


def test_what_was_closed_in_a_status_off_the_board_is_neither_open_nor_blocks_anybody(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No column of the board shows "Won't do", which the site calls done."""
    monkeypatch.setitem(STATUS_NAMES, "77", "Won't do")
    site = a_team(tx)
    put(tx, site, 1, moved(ago(5), TO_DO, "77"), created=ago(40), status="77")
    begun(tx, site, 2, 9, waits_for("BURN-1", ago(8)))
    put(tx, site, 3, created=ago(40), status=UNMAPPED)
    now, then = flow_of(tx, site), flow_of(tx, site, ago(6))
    assert (now.issues, [one.key for one in now.flow.blocked]) == (2, [])
    assert (then.issues, [one.key for one in then.flow.blocked]) == (3, ["BURN-2"])
    assert keys_done(now) == []


def test_a_status_that_says_blocked_is_told_by_its_name(tx: Connection) -> None:
    first, second, last = kanban().columns
    waiting = replace(second, status_ids=(IN_PROGRESS, UNMAPPED))
    site = a_team(tx, columns=(first, waiting, last))
    begun(tx, site, 1, 9, moved(ago(5), IN_PROGRESS, UNMAPPED), status=UNMAPPED)
    told = flow_of(tx, site, habits=BoardHabits(blocked_statuses=("Waiting for customer",)))
    assert "(in Waiting for customer since 29 May)" in as_text(told)
