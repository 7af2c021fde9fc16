"""What ended long ago goes; what failed, what is open and what is young stays."""

from datetime import datetime, timedelta

from sqlalchemy import event, update

from app.services.runs import HOUSEKEEPING
from app.store import inbox, runs, sweeps, tables, workers
from app.store.database import Database
from app.store.sweeps import Difference, Drift
from jobs import housekeeping
from tests.jobs.support import Clock, context_of, unconnected
from tests.stores import a_site, claimed_one, put, received, rows, states


async def keep_house(database: Database, now: datetime) -> dict[str, int]:
    """Of the first site, on which nothing older than 30 days is kept."""
    with database.write() as tx:
        site = a_site(tx)
        runs.request(
            tx, site.id, HOUSEKEEPING, {"keep_days": 30}, at=now, now=now, requested_by="t", subject="h"
        )
        work = claimed_one(tx, tables.runs, now)
    context = context_of(database, clock=Clock(now))
    finished = await housekeeping.run(context, unconnected(site), work)
    return dict(finished.values["progress"])


async def test_deliveries_that_ended_before_the_time_are_forgotten_and_no_others(
    database: Database, now: datetime
) -> None:
    table = tables.deliveries
    every = [inbox.APPLIED, inbox.IGNORED, inbox.UNKNOWN, inbox.DISCARDED, inbox.DEAD, "waiting"]
    with database.write() as tx:
        site, other = a_site(tx), a_site(tx, "other")
        put(tx, site.id, *(f"issue:{number}" for number in range(len(every) + 1)), at=now)
        for number, state in enumerate(every, 1):
            ended = now - timedelta(days=31)
            tx.execute(update(table).where(table.c.id == number).values(state=state, settled_at=ended))
        young = now - timedelta(days=29)
        tx.execute(update(table).where(table.c.id > len(every)).values(state=inbox.APPLIED, settled_at=young))
        inbox.put(tx, [received(other.id, 99, at=now)])
        old = now - timedelta(days=99)
        tx.execute(update(table).where(table.c.site_id == other.id).values(state="applied", settled_at=old))
    assert await keep_house(database, now) == {"deliveries": 4, "effects": 0, "runs": 0}
    with database.read() as tx:
        assert states(tx, table) == [inbox.DEAD, "waiting", inbox.APPLIED, inbox.APPLIED]


async def test_a_great_many_go_in_one_run(database: Database, now: datetime) -> None:
    with database.write() as tx:
        put(tx, a_site(tx).id, *(f"issue:{number}" for number in range(2500)), at=now)
        long_ago = now - timedelta(days=99)
        tx.execute(update(tables.deliveries).values(state=inbox.APPLIED, settled_at=long_ago))
    assert (await keep_house(database, now))["deliveries"] == 2499


async def test_what_may_go_is_looked_for_beside_whoever_writes(database: Database, now: datetime) -> None:
    """Of a million rows that takes seconds, and SQLite has one writer, for whom the door waits."""
    with database.write() as tx:
        put(tx, a_site(tx).id, *(f"issue:{number}" for number in range(20)), at=now)
        tx.execute(update(tables.deliveries).values(state=inbox.APPLIED, settled_at=now - timedelta(days=99)))
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert (await keep_house(database, now))["deliveries"] == 19
    signs = ("deliveries.settled_at <", "max(arrivals.first_id)")
    looked = [one for one in asked if one.startswith("SELECT") and any(sign in one for sign in signs)]
    assert not database.has_one_writer or looked == []


async def test_the_newest_stays_so_that_no_number_ever_means_two_things(
    database: Database, now: datetime
) -> None:
    """SQLite gives the number of a deleted last row to the next one."""
    with database.write() as tx:
        site = a_site(tx)
        put(tx, site.id, "issue:1", "issue:2", at=now)
        long_ago = now - timedelta(days=99)
        tx.execute(update(tables.deliveries).values(state=inbox.APPLIED, settled_at=long_ago))
    await keep_house(database, now)
    with database.write() as tx:
        inbox.put(tx, [received(site.id, 3, at=now)])
        assert [row["id"] for row in rows(tx, tables.deliveries)] == [2, 3]


async def test_workers_that_nobody_saw_for_a_day_are_struck_off(database: Database, now: datetime) -> None:
    with database.write() as tx:
        workers.seen(tx, "gone", now - timedelta(days=2))
        workers.seen(tx, "here", now - timedelta(hours=2))
    await keep_house(database, now)
    with database.read() as tx:
        assert [row["name"] for row in workers.seen_since(tx, now - timedelta(days=9))] == ["here"]


async def test_old_comparisons_go_but_the_last_whole_one_of_each_project(
    database: Database, now: datetime
) -> None:
    with database.write() as tx:
        site = a_site(tx)
        for project, days, is_whole in (("1", 90, True), ("1", 80, True), ("1", 70, False), ("2", 60, True)):
            began_at = now - timedelta(days=days)
            number = sweeps.open_sweep(tx, site, (project, "BURN"), run_id=None, began_at=began_at)
            sweeps.note(tx, number, [Difference("1", "BURN-1", Drift.STALE, "It changed.")])
            if is_whole:
                sweeps.close_sweep(tx, number, ended_at=began_at)
    await keep_house(database, now)
    with database.read() as tx:
        kept = {(row["project_id"], (now - row["began_at"]).days) for row in rows(tx, tables.sweeps)}
        assert kept == {("1", 80), ("2", 60)}
        assert len(rows(tx, tables.drift)) == 2
