"""What a start makes of the settings, also when two replicas start at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection

from app import main
from app.services import rules, schedules
from app.store import runs, sites, tables
from app.store.database import Database
from tests.api.support import settings_for
from tests.stores import rows

LOGS = {"type": "log", "text": "It is eight."}


def test_two_first_starts_at_once_make_one_site_and_one_first_sync(
    database: Database, database_url: str, now: datetime
) -> None:
    settings, together = settings_for(database_url), Barrier(4)
    stores = [database] if database.is_sqlite else [Database(database_url) for _ in range(4)]

    def start(number: int) -> int:
        together.wait()
        with stores[number % len(stores)].write() as tx:
            return main.ensure_sites(tx, settings, now)["demo"].id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(start, range(4))) == {1}
    with database.read() as tx:
        assert len(rows(tx, tables.sites)) == 1
        assert [row["requested_by"] for row in rows(tx, tables.runs)] == ["first start"]
        names = [row["name"] for row in rows(tx, tables.schedules)]
        assert names == ["catch-up", "housekeeping", "reconcile", "sprint health of board 1"]
    for store in stores:
        store.close()


def test_a_later_start_asks_for_no_first_sync(database: Database, database_url: str, now: datetime) -> None:
    settings = settings_for(database_url)
    with database.write() as tx:
        site = main.ensure_sites(tx, settings, now)["demo"]
        tx.execute(tables.runs.delete())
        sites.update_site(tx, site.id, synced_at=now)
        main.ensure_sites(tx, settings, now)
        assert rows(tx, tables.runs) == []


def test_rules_of_a_site_that_was_away_fire_at_their_times_again(
    database: Database, database_url: str, now: datetime
) -> None:
    settings, later = settings_for(database_url), now + timedelta(days=9)
    trigger = {"type": "schedule", "cron": "0 8 * * *", "once": True}
    change = rules.Change(author="Dana", now=now, seen="*")
    with database.write() as tx:
        main.ensure_sites(tx, settings, now)
        fires, off, edited = (
            rules.create(tx, "demo", {"name": name, "trigger": trigger, "actions": [LOGS]}, change).id
            for name in ("fires", "off", "edited")
        )
        rules.set_mode(tx, off, "off", change)
        (row,) = (row for row in rows(tx, tables.schedules) if row["name"] == f"rule {edited} in shadow")
        schedules.edit(tx, row["id"], {"cron": "30 9 * * *"}, seen="*", now=now)
        before = on(tx)
        main.ensure_sites(tx, settings.model_copy(update={"sites": {}}), now)
        assert on(tx) == {}
        main.ensure_sites(tx, settings, later)
        after = on(tx)
    assert (
        {f"rule {fires} in shadow", f"rule {edited} in shadow", "catch-up"} <= after.keys() == before.keys()
    )
    assert after[f"rule {edited} in shadow"] == (later + timedelta(days=1)).replace(hour=9, minute=30)
    assert after[f"rule {fires} in shadow"] > later, "what was due while it was away is not made up"


def on(tx: Connection) -> dict[str, datetime]:
    """When the schedules that fire do so next, by name."""
    return {row["name"]: row["next_due_at"] for row in runs.enabled_schedules(tx)}


@pytest.mark.parametrize("minutes", [10, 30])
def test_the_catch_up_is_a_schedule_of_every_site(
    database: Database, database_url: str, now: datetime, minutes: int
) -> None:
    with database.write() as tx:
        main.ensure_sites(tx, settings_for(database_url, catch_up_minutes=minutes), now)
        schedules = {row["name"]: row["cron"] for row in rows(tx, tables.schedules)}
    assert schedules["catch-up"] == f"*/{minutes} * * * *"
