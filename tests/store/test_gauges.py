"""What an operator looks at, straight from the store."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, update

from app.domain.comments import LivingComment
from app.store import gauges, inbox, outbox, runs, sites, tables
from app.store.database import Database
from app.store.inbox import Received

COMMENT = LivingComment("BURN-1", "sprint-health:1:7", {"type": "doc", "version": 1, "content": []})


def site(tx: Connection, name: str = "demo") -> int:
    return sites.ensure_site(tx, name, f"https://{name}.test").id


def delivery(site_id: int, identity: str, at: datetime) -> Received:
    return Received(site_id, identity, "jira:issue_updated", f"issue:{identity}", 0, at, b"{}")


def queue(tx: Connection, name: str) -> gauges.Queue:
    return next(one for one in gauges.queues(tx) if one.name == name)


def test_queues_without_a_row_are_named_too(tx: Connection) -> None:
    nothing = {"waiting": 0, "claimed": 0}
    assert gauges.queues(tx) == [
        gauges.Queue(name, nothing, None, 0) for name in ("deliveries", "runs", "effects")
    ]


def test_open_rows_are_counted_by_state_and_the_oldest_has_its_age(tx: Connection, now: datetime) -> None:
    at = partial(timedelta, minutes=1)
    inbox.put(tx, [delivery(site(tx), str(number), now + number * at()) for number in range(5)])
    states = {"0": inbox.APPLIED, "1": "claimed", "4": inbox.DEAD}
    for identity, state in states.items():
        which = tables.deliveries.c.identity == identity
        tx.execute(update(tables.deliveries).where(which).values(state=state))
    assert queue(tx, "deliveries") == gauges.Queue(
        "deliveries", {"waiting": 2, "claimed": 1}, now + timedelta(minutes=1), 1
    )


def test_a_row_that_was_postponed_is_as_old_as_it_is(tx: Connection, now: datetime) -> None:
    outbox.put(tx, site(tx), COMMENT, key="k", cause="run 1", correlation="run:1", now=now)
    tx.execute(update(tables.effects).values(due_at=now + timedelta(hours=1)))
    assert queue(tx, "effects").oldest == now


def test_a_run_that_failed_is_a_dead_letter(tx: Connection, now: datetime) -> None:
    runs.request(tx, site(tx), "sync", {}, at=now, now=now, requested_by="test")
    tx.execute(update(tables.runs).values(state=runs.FAILED))
    assert queue(tx, "runs") == gauges.Queue("runs", {"waiting": 0, "claimed": 0}, None, 1)


def test_each_site_is_seen_for_itself(tx: Connection, now: datetime) -> None:
    one, _ = site(tx, "one"), site(tx, "silent")
    inbox.note_heard(tx, {one: now - timedelta(minutes=1)})
    inbox.note_heard(tx, {one: now - timedelta(minutes=2)})
    sites.update_site(tx, one, synced_at=now, paused_until=now + timedelta(minutes=5))
    assert gauges.sites_seen(tx) == [
        gauges.SiteSeen("one", now - timedelta(minutes=1), now, now + timedelta(minutes=5)),
        gauges.SiteSeen("silent", None, None, None),
    ]


def test_the_numbers_come_from_indexes_and_not_from_reading_every_row(sqlite_template: Path) -> None:
    """At a million deliveries a look that reads them all takes seconds. (PostgreSQL reads tables as small as
    these as a whole, and is right to.)
    """
    database, asked = Database(f"sqlite:///{sqlite_template}"), list[tuple[str, Any]]()
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        gauges.queues(connection)
        gauges.sites_seen(connection)
        plans = [
            step[3]
            for statement, values in asked[:]
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    database.close()
    looks = [plan for plan in plans if "deliveries" in plan]
    assert looks
    assert [plan for plan in looks if "INDEX" not in plan and "PRIMARY KEY" not in plan] == []
