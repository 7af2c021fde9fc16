"""Closed sprints that were kept say what closed sprints that are read say, whatever happened in between."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from sqlalchemy import Connection, func, insert, select, update

from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Change
from app.services.closed_sprints import ClosedSprints, save
from app.services.sprint_health import sprint_health
from app.store import boards, issues, sprint_issues, tables
from app.store.sites import Site
from tests.benchmarks.reports import _issue, start_of
from tests.factories import DONE, IN_PROGRESS, SPRINT_FIELD, TO_DO, a_board, a_sprint
from tests.stores import a_site

SPRINTS, EACH = 7, 6


def filled(tx: Connection, name: str = "demo") -> Site:
    """Seven sprints, the last one running."""
    site, chance = a_site(tx, name), random.Random(3)
    boards.save_board(tx, site.id, a_board(), heard_at=start_of(0))
    for number in range(1, SPRINTS + 1):
        start = start_of(number)
        end = start + timedelta(days=11, hours=8)
        closed = {"completed": end} if number < SPRINTS else {}
        sprint = a_sprint(id=number, name=f"Sprint {number}", start=start, end=end, **closed)
        boards.save_sprint(tx, site.id, sprint, heard_at=start)
        made = [_issue(site, number, place, chance) for place in range(EACH)]
        tx.execute(insert(tables.issues), [issue for issue, _ in made])
        tx.execute(insert(tables.changes), [change for _, changes in made for change in changes])
        members = [{"site_id": site.id, "sprint_id": number, "issue_id": issue["id"]} for issue, _ in made]
        tx.execute(insert(tables.sprint_issues), members)
    return site


def told(tx: Connection, site: Site, kept: ClosedSprints | None, **asked: Any) -> Any:
    given = {
        "at": start_of(SPRINTS) + timedelta(days=4),
        "sprint_id": SPRINTS,
        "calendar": Calendar(),
        **asked,
    }
    return to_json(sprint_health(tx, site, board_id=1, closed_sprints=kept, **given))


def changed(tx: Connection, table: Any, issue: str, **values: Any) -> None:
    column = table.c.id if table is tables.issues else table.c.issue_id
    tx.execute(update(table).where(column == issue).values(**values))


def more(tx: Connection, site: Site, issue: str, field: str, before: str, after: str, days: float) -> None:
    row = {
        "site_id": site.id,
        "history_id": 9_999_999,
        "field": field,
        "position": 0,
        "issue_id": issue,
        "at": start_of(SPRINTS) + timedelta(days=days),
        "before": before,
        "before_text": before,
        "after": after,
        "after_text": after,
        "author": None,
    }
    tx.execute(insert(tables.changes).values(row))


def corrected(tx: Connection, site: Site) -> None:
    """Work was done days earlier than was heard first: as many changes as before, the same one the last."""
    table = tables.changes
    done = (table.c.issue_id == "4003", table.c.after == DONE)
    at = tx.execute(select(table.c.at).where(*done)).scalar_one()
    assert at < tx.execute(select(func.max(table.c.at)).where(table.c.issue_id == "4003")).scalar_one()
    read = tx.execute(select(table).where(*done)).mappings().one()
    change = Change(
        read["history_id"], read["position"], at - timedelta(days=4), "status", IN_PROGRESS, None, DONE, None
    )
    issues.save_changes(tx, site, {"4003": [change]}, final=True)


EVENTS: dict[str, Callable[[Connection, Site], None]] = {
    "nothing": lambda *_: None,
    "an issue was reopened": lambda tx, site: (
        changed(tx, tables.issues, "3001", status_id=TO_DO),
        more(tx, site, "3001", "status", DONE, TO_DO, 1),
    )[0],
    "a history was completed late": lambda tx, site: more(
        tx, site, "3002", "status", IN_PROGRESS, TO_DO, -40
    ),
    "a history was corrected in the middle": corrected,
    "an estimate was mended by one as long": lambda tx, _: changed(
        tx, tables.issues, "6002", fields={"customfield_10016": 9, SPRINT_FIELD: [{"id": 6}]}
    ),
    "an issue was deleted": lambda tx, _: changed(
        tx, tables.issues, "4003", deleted_at=start_of(5), gone_reason="deleted"
    ),
    "part of a history is missing": lambda tx, _: changed(tx, tables.issues, "4004", history_complete=False),
    "an issue has another key": lambda tx, _: changed(tx, tables.issues, "5001", key="SHOP-1"),
    "an issue became restricted": lambda tx, _: changed(tx, tables.issues, "5002", security_id="1"),
    "an estimate was mended": lambda tx, _: changed(
        tx, tables.issues, "6001", fields={"customfield_10016": 13.5, SPRINT_FIELD: [{"id": 6}]}
    ),
    "an issue came into a closed sprint": lambda tx, site: (
        tx.execute(insert(tables.sprint_issues).values(site_id=site.id, sprint_id=6, issue_id="2001"))
        and None
    ),
    "a sprint has another end": lambda tx, site: boards.save_sprint(
        tx,
        site.id,
        a_sprint(
            id=5,
            name="Sprint 5",
            start=start_of(5),
            end=start_of(5) + timedelta(days=9),
            completed=start_of(5) + timedelta(days=9),
        ),
        heard_at=start_of(SPRINTS),
    ),
    "the board has another column for done": lambda tx, site: boards.save_board(
        tx, site.id, a_board(columns=a_board().columns[:2]), heard_at=start_of(SPRINTS)
    ),
}


UNSEEN = {"nothing", "an issue has another key", "an issue came into a closed sprint"}
"""What a report on the running sprint need not show."""


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_kept_says_what_the_store_says(tx: Connection, event: str) -> None:
    site, kept = filled(tx), ClosedSprints()
    first = told(tx, site, kept)
    assert first == told(tx, site, None)
    assert first["forecast"]["expected"] > 0
    EVENTS[event](tx, site)
    assert told(tx, site, kept) == told(tx, site, None)
    assert (told(tx, site, kept) == first) is (event in UNSEEN)


def test_other_questions_about_the_same_sprints_are_answered_as_if_they_were_the_first(
    tx: Connection,
) -> None:
    site, kept = filled(tx), ClosedSprints()
    start = start_of(SPRINTS)
    for asked in (
        {"at": start + timedelta(days=8)},
        {"at": start + timedelta(days=1)},  # earlier than before
        {"calendar": Calendar(weekdays=frozenset(range(7)))},
        {"show_restricted": True},
        {"sprint_id": 4},
        {},
    ):
        assert told(tx, site, kept, **asked) == told(tx, site, None, **asked)


def test_they_are_read_once_and_the_oldest_go_when_there_is_no_room(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = filled(tx)
    read: list[int] = []
    original = sprint_issues.of_sprints

    def counting(connection: Any, site: Any, board: Any, sprints: Any) -> Any:
        read.append(len(sprints))
        return original(connection, site, board, sprints)

    monkeypatch.setattr(sprint_issues, "of_sprints", counting)
    roomy, narrow = ClosedSprints(), ClosedSprints(most_issues=EACH * (SPRINTS - 1) - 1)
    for kept, expected in ((roomy, [1, 6, 1, 1]), (narrow, [1, 6, 1, 6, 1, 6])):
        read.clear()
        for _ in range(3):
            told(tx, site, kept)
        assert read == expected


def after_restart(tx: Connection, site: Site) -> Any:
    """What a process says that has nothing in memory, and keeps for the next one."""
    fresh = ClosedSprints(saves=True)
    found = told(tx, site, fresh)
    save(tx, fresh.unsaved())
    return found


@pytest.mark.parametrize("event", EVENTS)
def test_what_the_store_keeps_says_what_the_histories_say(tx: Connection, event: str) -> None:
    site = filled(tx)
    first = after_restart(tx, site)
    EVENTS[event](tx, site)
    assert after_restart(tx, site) == told(tx, site, None) == after_restart(tx, site)
    assert (told(tx, site, None) == first) is (event in UNSEEN)


def test_a_restarted_process_reads_only_the_sprints_that_changed(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, read = filled(tx), list[int]()
    original = sprint_issues.of_sprints

    def counting(connection: Any, site: Any, board: Any, sprints: Any) -> Any:
        read.append(len(sprints))
        return original(connection, site, board, sprints)

    monkeypatch.setattr(sprint_issues, "of_sprints", counting)
    after_restart(tx, site)
    after_restart(tx, site)
    changed(tx, tables.issues, "4003", deleted_at=start_of(5), gone_reason="deleted")
    after_restart(tx, site)
    assert read == [1, 6, 1, 1, 1]


def test_what_is_kept_is_not_believed_when_damaged_or_made_by_other_code(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = filled(tx)
    first = after_restart(tx, site)
    kept = tables.closed_sprint_memories
    packed = zstandard.ZstdCompressor().compress(b"\x93broken")
    tx.execute(update(kept).where(kept.c.sprint_id == 3).values(packed=packed))
    assert after_restart(tx, site) == first
    before = tx.execute(select(kept.c.made_from)).scalars().all()
    monkeypatch.setattr("app.services.closed_sprints._code", lambda: b"another version")
    assert after_restart(tx, site) == first
    assert set(before).isdisjoint(tx.execute(select(kept.c.made_from)).scalars())


def test_what_is_kept_names_no_issue_that_became_restricted_later(tx: Connection) -> None:
    site = filled(tx)
    more(tx, site, "3002", "issuelinks", "", "BURN-4004", -40)
    after_restart(tx, site)
    changed(tx, tables.issues, "4004", security_id="1")
    assert after_restart(tx, site) == told(tx, site, None)
    assert "BURN-4004" not in json.dumps(after_restart(tx, site))
