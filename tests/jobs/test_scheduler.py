from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from app.services.runs import SPRINT_HEALTH, SYNC
from app.store import runs, tables
from app.store.database import Database
from jobs.scheduler import Scheduler, due_and_next, fire_due, next_after
from tests.jobs.support import Clock, context_of
from tests.stores import a_site, rows

BERLIN = "Europe/Berlin"
WORKDAYS_AT_EIGHT = "0 8 * * mon-fri"


def local(at: datetime | None) -> str:
    assert at is not None
    return f"{at.astimezone(ZoneInfo(BERLIN)):%a %d %b %H:%M}"


def test_eight_in_the_morning_stays_eight_when_the_clocks_change() -> None:
    """Summer time began in Berlin on Sunday 29 March 2026, and ended on Sunday 25 October."""
    friday = datetime(2026, 3, 27, 7, tzinfo=UTC)
    monday = next_after(WORKDAYS_AT_EIGHT, BERLIN, friday)
    assert monday == datetime(2026, 3, 30, 6, tzinfo=UTC)
    friday = datetime(2026, 10, 23, 6, tzinfo=UTC)
    assert next_after(WORKDAYS_AT_EIGHT, BERLIN, friday) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_every_due_instant_is_named_once_through_the_hour_that_comes_twice() -> None:
    instant, seen = datetime(2026, 10, 24, 22, tzinfo=UTC), []
    for _ in range(8):
        following = next_after("30 * * * *", BERLIN, instant)
        assert following is not None
        assert following > instant
        seen.append(following.astimezone(UTC))
        instant = following
    assert len(set(seen)) == 8


def test_the_next_one_is_strictly_later() -> None:
    due = datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert local(next_after(WORKDAYS_AT_EIGHT, BERLIN, due)) == "Tue 03 Mar 08:00"
    assert next_after(WORKDAYS_AT_EIGHT, BERLIN, due - timedelta(microseconds=1)) == due


def test_a_cron_line_without_any_more_dates_ends() -> None:
    assert next_after("0 8 31 2 *", "UTC", datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_what_was_missed_is_made_up_once_for_the_newest_instant() -> None:
    due = datetime(2026, 3, 2, 7, tzinfo=UTC)
    late = datetime(2026, 3, 9, 12, tzinfo=UTC)
    at, following = due_and_next(WORKDAYS_AT_EIGHT, BERLIN, due, late)
    assert (local(at), local(following)) == ("Mon 09 Mar 08:00", "Tue 10 Mar 08:00")
    on_time = due_and_next(WORKDAYS_AT_EIGHT, BERLIN, due, due)
    assert local(on_time[0]) == "Mon 02 Mar 08:00"


def schedule(tx: Connection, site_id: int, due: datetime, *, kind: str = SPRINT_HEALTH) -> None:
    one: dict[str, Any] = {"name": kind, "kind": kind, "cron": WORKDAYS_AT_EIGHT, "time_zone": "UTC"}
    runs.set_schedules(tx, site_id, [{**one, "parameters": {"board": 1}, "next_due_at": due}])


def test_four_replicas_that_ring_at_once_make_one_run(database: Database, now: datetime) -> None:
    with database.write() as tx:
        schedule(tx, a_site(tx).id, now - timedelta(days=3))
    together = Barrier(4)

    def ring(_: int) -> list[int]:
        together.wait()
        with database.write() as tx:
            return fire_due(tx, now=now)

    with ThreadPoolExecutor(4) as pool:
        made = [run for part in pool.map(ring, range(4)) for run in part]
    assert len(made) == 1
    with database.read() as tx:
        (run,) = rows(tx, tables.runs)
        (row,) = rows(tx, tables.schedules)
    assert (run["at"], run["parameters"]) == (now.replace(hour=8), {"board": 1})
    assert row["next_due_at"] == now.replace(hour=8) + timedelta(days=1)


def test_nothing_fires_before_its_time_or_when_switched_off(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    schedule(tx, site.id, now + timedelta(seconds=1))
    assert fire_due(tx, now=now) == []
    schedule(tx, site.id, now)
    runs.set_schedules(tx, site.id, [])
    assert fire_due(tx, now=now + timedelta(days=9)) == []


@pytest.mark.parametrize(("kind", "expected"), [(SYNC, 1), (SPRINT_HEALTH, 2)])
def test_a_sync_is_not_asked_for_while_one_waits_but_every_report_is(
    tx: Connection, now: datetime, kind: str, expected: int
) -> None:
    site = a_site(tx)
    schedule(tx, site.id, now, kind=kind)
    fire_due(tx, now=now)
    fire_due(tx, now=now + timedelta(days=1))
    assert len(rows(tx, tables.runs)) == expected
    assert rows(tx, tables.schedules)[0]["next_due_at"] > now + timedelta(days=1)


async def test_a_start_makes_up_what_was_missed_while_down(database: Database, now: datetime) -> None:
    with database.write() as tx:
        schedule(tx, a_site(tx).id, now - timedelta(days=1))
        found = runs.enabled_schedules(tx)
    scheduler = Scheduler(context_of(database, clock=Clock(now)), found)
    await scheduler.start()
    scheduler.stop()
    with database.read() as tx:
        assert len(rows(tx, tables.runs)) == 1


async def test_a_ring_while_the_store_is_gone_is_made_up_at_the_next(
    sqlite_template: Any, tmp_path: Any, now: datetime
) -> None:
    path, aside = tmp_path / "burnish.db", tmp_path / "aside.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as tx:
        schedule(tx, a_site(tx).id, now)
    with database.write():
        pass  # from here on the file is known
    scheduler = Scheduler(context_of(database, clock=Clock(now)), [])
    path.rename(aside)
    await scheduler.ring()
    aside.rename(path)
    await scheduler.ring()
    with database.read() as tx:
        assert len(rows(tx, tables.runs)) == 1
    database.close()
