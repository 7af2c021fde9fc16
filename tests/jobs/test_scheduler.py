import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from app.cron import due_and_next, next_after
from app.services.runs import SPRINT_HEALTH, SYNC
from app.store import runs, tables
from app.store.database import Database
from jobs.scheduler import Scheduler, fire_due
from tests.jobs.support import Clock, context_of, until
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


def firings(cron: str, zone: str, since: datetime, count: int) -> list[str]:
    """The next instants, as the wall shows them and in UTC."""
    found, instant = [], since
    for _ in range(count):
        following = next_after(cron, zone, instant)
        assert following is not None
        assert following > instant
        found.append(f"{following.astimezone(ZoneInfo(zone)):%d %b %H:%M} = {following:%H:%M}")
        instant = following
    return found


def test_in_the_hour_that_comes_twice_it_fires_once_the_first_time() -> None:
    """In Berlin 25 October 2026 has 25 hours: 02:30 comes at 00:30 and at 01:30 UTC."""
    evening = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert firings("30 2 * * *", BERLIN, evening, 2) == ["25 Oct 02:30 = 00:30", "26 Oct 02:30 = 01:30"]
    assert firings("30 * * * *", BERLIN, datetime(2026, 10, 24, 23, tzinfo=UTC), 4) == [
        "25 Oct 01:30 = 23:30",
        "25 Oct 02:30 = 00:30",
        "25 Oct 03:30 = 02:30",
        "25 Oct 04:30 = 03:30",
    ]


def test_a_time_that_the_wall_skips_fires_when_its_hour_is_over() -> None:
    """In Berlin 02:30 on 29 March 2026 is 03:30."""
    evening = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert firings("30 2 * * *", BERLIN, evening, 2) == ["29 Mar 03:30 = 01:30", "30 Mar 02:30 = 00:30"]


def test_a_midnight_that_the_wall_skips_fires() -> None:
    """In Santiago the night to 6 September 2026 goes from 24:00 to 01:00."""
    evening = datetime(2026, 9, 5, 12, tzinfo=UTC)
    assert firings("0 0 * * *", "America/Santiago", evening, 2) == [
        "06 Sep 01:00 = 04:00",
        "07 Sep 00:00 = 03:00",
    ]


def test_after_a_year_down_a_line_for_every_minute_is_caught_up_at_once() -> None:
    now = datetime(2026, 3, 11, 12, 0, 30, tzinfo=UTC)
    began = time.process_time()
    at, following = due_and_next("* * * * *", "UTC", now - timedelta(days=365), now)
    assert (at, following) == (now.replace(second=0), now.replace(second=0) + timedelta(minutes=1))
    assert time.process_time() - began < 0.5
    rare = datetime(2024, 2, 29, tzinfo=UTC)
    assert due_and_next("0 0 29 2 *", "UTC", rare, now) == (rare, datetime(2028, 2, 29, tzinfo=UTC))


def test_the_clock_rings_at_every_full_minute(sqlite_template: Any) -> None:
    scheduler = Scheduler(context_of(Database(f"sqlite:///{sqlite_template}")))
    (job,) = scheduler._clock.get_jobs()
    found, instant = [], datetime(2026, 3, 11, 11, 59, 30, tzinfo=UTC)
    for _ in range(3):
        instant = job.trigger.get_next_fire_time(None, instant + timedelta(microseconds=1))
        found.append(f"{instant:%H:%M:%S}")
    assert found == ["12:00:00", "12:01:00", "12:02:00"]


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
    scheduler = Scheduler(context_of(database, clock=Clock(now)))
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
    scheduler = Scheduler(context_of(database, clock=Clock(now)))
    path.rename(aside)
    await scheduler.ring()
    aside.rename(path)
    await scheduler.ring()
    with database.read() as tx:
        assert len(rows(tx, tables.runs)) == 1
    database.close()


@pytest.mark.parametrize(("late", "made"), [(timedelta(minutes=9), 1), (timedelta(minutes=11), 0)])
def test_what_was_missed_is_left_out_where_the_schedule_says_so(
    tx: Connection, now: datetime, late: timedelta, made: int
) -> None:
    due = now.replace(hour=8, minute=0)
    site = a_site(tx)
    one = {
        "name": "s",
        "kind": SPRINT_HEALTH,
        "cron": WORKDAYS_AT_EIGHT,
        "time_zone": "UTC",
        "parameters": {},
    }
    runs.set_schedules(tx, site.id, [{**one, "next_due_at": due, "when_missed": "skip"}])
    assert len(fire_due(tx, now=due + late)) == made
    assert rows(tx, tables.schedules)[0]["next_due_at"] == due + timedelta(days=1)


async def test_a_replica_whose_clock_is_ahead_of_the_stores_does_not_fire_a_minute_late(
    database: Database, now: datetime
) -> None:
    """What is due goes by the store's clock; it says that half a second is missing still."""
    with database.write() as tx:
        schedule(tx, a_site(tx).id, now)
    clock = Clock(now - timedelta(seconds=0.5))
    scheduler = Scheduler(context_of(database, clock=clock))
    await scheduler.start()

    def asked_for() -> int:
        with database.read() as tx:
            return len(rows(tx, tables.runs))

    assert asked_for() == 0
    clock.pass_by(seconds=0.5)
    await until(asked_for, seconds=5)
    scheduler.stop()
