"""Deliveries, effects, runs and schedules as rows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.errors import NotFound
from app.store import arrivals, inbox, outbox, queues, reports, runs
from app.store.claim import claim, note
from app.store.database import Database
from app.store.queues import OpenWork
from app.store.tables import arrival_bodies, deliveries, effects, schedules
from app.store.tables import runs as runs_table
from tests.stores import LEASE, a_site, claimed_one, put, received, rows

COMMENT = LivingComment("BURN-1", "sprint-health:1:7", {"type": "doc", "version": 1, "content": []})


def test_a_delivery_sent_twice_is_stored_once(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    one = received(site.id, 1, at=now)
    inbox.put(tx, [one, replace(one, retry=1, body=b"{}")])
    inbox.put(tx, [replace(one, retry=2, body=b"{}")])
    (row,) = rows(tx, deliveries)
    assert arrivals.bodies_of(tx, [row["id"]]) == {row["id"]: one.body}
    assert row["retry"] == 0


def test_two_sites_may_use_the_same_identity(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    inbox.put(tx, [received(one.id, 1, at=now), received(other.id, 1, at=now)])
    assert len(rows(tx, deliveries)) == 2


@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 10, b'{"a":"' + b"x" * 1_000_000 + b'"}'])
def test_a_body_comes_back_byte_for_byte(tx: Connection, now: datetime, body: bytes) -> None:
    site = a_site(tx)
    inbox.put(tx, [replace(received(site.id, 1, at=now), body=body)])
    (row,) = rows(tx, deliveries)
    assert arrivals.bodies_of(tx, [row["id"]])[row["id"]] == body


def test_bodies_take_less_room_than_they_came_with(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    body = b'{"name":"value"},' * 1000
    inbox.put(tx, [replace(received(site.id, 1, at=now), body=body)])
    assert len(rows(tx, arrival_bodies)[0]["packed"]) < len(body) / 10


def test_counts_name_every_state(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    assert inbox.counts(tx) == dict.fromkeys(inbox.STATES, 0)
    inbox.put(tx, [received(site.id, n, at=now) for n in range(3)])
    assert inbox.counts(tx, site.id)["waiting"] == 3
    assert inbox.counts(tx, site.id + 1)["waiting"] == 0


def test_an_effect_asked_for_twice_is_owed_once(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    outbox.put(tx, site.id, COMMENT, key="run:1:m", cause="run 1", correlation="run:1", now=now)
    outbox.put(
        tx, site.id, replace(COMMENT, body={}), key="run:1:m", cause="again", correlation="run:1", now=now
    )
    (row,) = rows(tx, effects)
    assert outbox.effect_of(row) == COMMENT
    assert row["cause"] == "run 1"


def test_effects_of_run_1_are_not_those_of_run_11(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    outbox.put(tx, site.id, COMMENT, key="run:1:m", cause="", correlation="run:1", now=now)
    outbox.put(tx, site.id, COMMENT, key="run:11:m", cause="", correlation="run:1", now=now)
    assert [row["idempotency_key"] for row in outbox.of_run(tx, 1)] == ["run:1:m"]


def test_a_living_comment_is_remembered_where_it_stands(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    assert outbox.known_comment(tx, site.id, COMMENT) is None
    outbox.remember_comment(tx, site.id, COMMENT, "500", now, effect_id=1)
    assert outbox.known_comment(tx, site.id, COMMENT) == "500"
    outbox.remember_comment(tx, site.id, COMMENT, "501", now, effect_id=1)
    assert outbox.known_comment(tx, site.id, COMMENT) == "501"
    assert outbox.known_comment(tx, site.id, replace(COMMENT, marker="other")) is None


def test_a_living_comment_that_moves_to_another_issue_is_not_looked_for_under_its_old_id(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    outbox.remember_comment(tx, site.id, COMMENT, "500", now, effect_id=1)
    assert outbox.known_comment(tx, site.id, replace(COMMENT, issue_key="BURN-2")) is None


def a_schedule(name: str, due: datetime, **overrides: Any) -> dict[str, Any]:
    values = {"name": name, "kind": "sync", "cron": "0 8 * * *", "time_zone": "UTC", "parameters": {}}
    return {**values, "next_due_at": due, **overrides}


def due_of(tx: Connection) -> dict[str, datetime]:
    return {row["name"]: row["next_due_at"] for row in runs.enabled_schedules(tx)}


def test_a_restart_forgets_no_missed_report(tx: Connection, now: datetime) -> None:
    site, later = a_site(tx), now + timedelta(days=1)
    runs.set_schedules(tx, site.id, [a_schedule("a", now)])
    runs.set_schedules(tx, site.id, [a_schedule("a", later, parameters={"board": 2})])
    assert due_of(tx) == {"a": now}
    assert rows(tx, schedules)[0]["parameters"] == {"board": 2}


@pytest.mark.parametrize("change", [{"cron": "0 9 * * *"}, {"time_zone": "Europe/Berlin"}])
def test_a_schedule_with_other_times_begins_anew(
    tx: Connection, now: datetime, change: dict[str, str]
) -> None:
    site, later = a_site(tx), now + timedelta(days=1)
    runs.set_schedules(tx, site.id, [a_schedule("a", now)])
    runs.set_schedules(tx, site.id, [a_schedule("a", later, **change)])
    assert due_of(tx) == {"a": later}


def test_a_schedule_that_left_the_settings_is_off_and_begins_anew_when_it_returns(
    tx: Connection, now: datetime
) -> None:
    site, later = a_site(tx), now + timedelta(days=1)
    runs.set_schedules(tx, site.id, [a_schedule("a", now), a_schedule("b", now)])
    runs.set_schedules(tx, site.id, [a_schedule("b", later)])
    assert due_of(tx) == {"b": now}
    runs.set_schedules(tx, site.id, [a_schedule("a", later), a_schedule("b", later)])
    assert due_of(tx) == {"a": later, "b": now}


def test_schedules_of_a_site_that_left_the_settings_are_off(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    for site in (one, other):
        runs.set_schedules(tx, site.id, [a_schedule("a", now)])
    runs.switch_off_others(tx, [one.id])
    assert [row["site_id"] for row in runs.enabled_schedules(tx)] == [one.id]
    runs.switch_off_others(tx, [])
    assert runs.enabled_schedules(tx) == []


def test_of_two_that_advance_a_schedule_one_wins(tx: Connection, now: datetime) -> None:
    site, later = a_site(tx), now + timedelta(days=1)
    runs.set_schedules(tx, site.id, [a_schedule("a", now)])
    (seen,) = runs.enabled_schedules(tx)
    assert runs.advance(tx, seen, next_due_at=later)
    assert not runs.advance(tx, seen, next_due_at=later)
    assert due_of(tx) == {"a": later}


def test_a_run_is_open_until_it_is_settled(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    assert not runs.is_open(tx, site.id, "sync")
    number = runs.request(tx, site.id, "sync", {}, at=now, now=now, requested_by="test")
    assert runs.is_open(tx, site.id, "sync")
    assert not runs.is_open(tx, site.id, "sprint_health")
    work = claimed_one(tx, runs_table, now)
    assert note(tx, work, progress={"issues": 7})
    assert runs.get(tx, number)["progress"] == {"issues": 7}
    with pytest.raises(NotFound, match=f"no run {number + 1}"):
        runs.get(tx, number + 1)


def test_lists_show_the_newest_first_and_go_on_below_a_cursor(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    ids = [
        runs.request(tx, site.id, "sync", {}, at=now, now=now, requested_by=str(number))
        for number in range(5)
    ]
    page = queues.listed(tx, runs_table, state="waiting", before=ids[3], limit=2)
    assert [(row["id"], row["site"], row["schedule"]) for row in page] == [
        (ids[2], "demo", None),
        (ids[1], "demo", None),
    ]
    assert queues.listed(tx, runs_table, state="done", before=None, limit=2) == []
    assert queues.listed(tx, runs_table, kind="other", before=None, limit=2) == []
    assert "parameters" not in queues.listed(tx, runs_table, before=None, limit=1, without=["parameters"])[0]


def test_open_work_is_counted_by_site_and_queue(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    assert queues.open_work(tx) == {}
    inbox.put(tx, [received(one.id, n, at=now) for n in range(3)])
    claim(tx, deliveries, worker="w", now=now, lease=LEASE, limit=1)
    runs.request(tx, other.id, "sync", {}, at=now, now=now, requested_by="test")
    ended = runs.request(tx, other.id, "sync", {}, at=now, now=now, requested_by="test")
    queues.end(tx, runs_table, ended, state="cancelled", reason="", now=now)
    assert queues.open_work(tx) == {one.id: OpenWork(deliveries=3), other.id: OpenWork(runs=1)}


def test_a_row_waits_for_the_first_open_one_of_its_subject(tx: Connection, now: datetime) -> None:
    site, other = a_site(tx), a_site(tx, "other")
    put(tx, site.id, "a", "a", "b", "a", at=now)
    put(tx, other.id, "a", at=now)

    def ahead() -> list[int | None]:
        return [queues.ahead_of(tx, deliveries, queues.get(tx, deliveries, number)) for number in range(1, 6)]

    assert ahead() == [None, 1, None, 1, None]
    queues.end(tx, deliveries, 1, state="discarded", reason="", now=now)
    assert ahead() == [None, None, None, 2, None]


def test_schedules_are_told_with_their_newest_run(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    runs.set_schedules(tx, site.id, [a_schedule("a", now), a_schedule("b", now)])
    made = [
        runs.request(
            tx,
            site.id,
            "sync",
            {},
            at=now + timedelta(days=n),
            now=now,
            requested_by="",
            schedule_id=1,
        )
        for n in range(2)
    ]
    told = {row["name"]: (row["run_id"], row["run_state"]) for row in queues.schedules_listed(tx)}
    assert told == {"a": (made[1], "waiting"), "b": (None, None)}
    assert queues.listed(tx, runs_table, schedule="a", before=None, limit=9)[0]["schedule"] == "a"


def test_a_report_is_kept_with_its_run_and_found_again(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    run = runs.request(tx, site.id, "sprint_health", {}, at=now, now=now, requested_by="test")
    document = {"points": "3.5", "umlaut": "ü"}
    number = reports.save(
        tx,
        site_id=site.id,
        run_id=run,
        kind="sprint_health",
        board_id=1,
        sprint_id=7,
        at=now,
        now=now,
        document=document,
    )
    assert reports.get(tx, number)["document"] == document
    assert reports.of_run(tx, run) == number
    assert reports.of_run(tx, run + 1) is None
    (entry,) = reports.listed(tx, board_id=1, before=None, limit=10)
    assert "document" not in entry
    assert reports.listed(tx, board_id=2, before=None, limit=10) == []
    with pytest.raises(NotFound):
        reports.get(tx, number + 1)


def test_what_was_not_committed_never_happened(database: Database, now: datetime) -> None:
    with database.write() as tx:
        site = a_site(tx)

    def half_done() -> None:
        with database.write() as tx:
            inbox.put(tx, [received(site.id, 1, at=now)])
            message = "in the middle"
            raise LookupError(message)

    with pytest.raises(LookupError):
        half_done()
    with database.read() as tx:
        assert rows(tx, deliveries) == []
