"""A replica that does nothing but keep the schedules: a process of its own with its own connections."""

import asyncio
from datetime import datetime
from multiprocessing.synchronize import Barrier

from sqlalchemy import insert, select, update

from app.clock import utc_now
from app.main import make_worker
from app.settings import Settings
from app.store import sites, tables
from app.store.database import Database
from jobs.scheduler import Scheduler

TOGETHER = 30.0
"""Seconds that one waits for the others at most."""


def ring(database_url: str, barrier: Barrier, rounds: int) -> None:
    """Ring with all others at the same instant, as often as told."""
    database = Database(database_url)
    context, _ = make_worker(Settings(), database, (), utc_now)
    scheduler = Scheduler(context)

    async def in_turn() -> None:
        for _ in range(rounds):
            await asyncio.to_thread(barrier.wait, TOGETHER)
            await scheduler.ring()
            await asyncio.to_thread(barrier.wait, TOGETHER)

    asyncio.run(in_turn())
    database.close()


def make_schedules(database: Database, number: int) -> list[int]:
    """Of one site; their ids."""
    row = {"kind": "sprint_health", "cron": "0 8 * * *", "time_zone": "UTC", "enabled": True}
    with database.write() as connection:
        site = sites.ensure_site(connection, "demo", "https://burnish.test")
        for place in range(number):
            name, board = f"report {place}", {"board": place + 1}
            connection.execute(
                insert(tables.schedules).values(site_id=site.id, name=name, parameters=board, **row)
            )
        return list(connection.scalars(select(tables.schedules.c.id)))


def make_due(database: Database) -> datetime:
    """Let all be due now; the instant."""
    with database.write() as connection:
        now = database.server_time(connection, utc_now())
        connection.execute(update(tables.schedules).values(next_due_at=now))
    return now


def made(database: Database) -> list[tuple[int, datetime]]:
    """The runs so far: schedule and instant."""
    table = tables.runs
    with database.read() as connection:
        return [(row.schedule_id, row.at) for row in connection.execute(select(table))]
