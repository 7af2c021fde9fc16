"""Cron. APScheduler is only the clock: when it rings, the store decides who makes the run.

A schedule is a row with the instant at which it is due next. Whoever moves that instant on, in the
transaction that adds the run, has fired it; all others find it moved. So any number of replicas may ring.
"""

import asyncio
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, RowMapping

from app import log
from app.cron import due_and_next
from app.errors import StoreUnavailable
from app.services.runs import RECONCILE, SYNC, subject_of
from app.store import runs
from jobs.context import Context

_log = log.get(__name__)
_MOST_SKEW = timedelta(seconds=30)
MISSED_AFTER = timedelta(minutes=10)
"""So late, a firing counts as missed."""


def fire_due(connection: Connection, *, now: datetime) -> list[int]:
    """Make the runs of all schedules that are due; returns their ids."""
    made = []
    for schedule in runs.enabled_schedules(connection):
        if schedule["next_due_at"] is None or schedule["next_due_at"] > now:
            continue
        at, following = due_and_next(schedule["cron"], schedule["time_zone"], schedule["next_due_at"], now)
        if not runs.advance(connection, schedule, next_due_at=following):
            continue
        if schedule["when_missed"] == "skip" and now - at > MISSED_AFTER:
            _log.warning("schedule.skipped", schedule=schedule["name"], due=str(at))
            continue
        kind = schedule["kind"]
        if kind in {SYNC, RECONCILE} and runs.is_open(connection, schedule["site_id"], kind):
            continue  # one that is under way reads what this one would
        made.append(_request(connection, schedule, at=at, now=now))
    return made


def _request(connection: Connection, schedule: RowMapping, *, at: datetime, now: datetime) -> int:
    return runs.request(
        connection,
        schedule["site_id"],
        schedule["kind"],
        schedule["parameters"],
        at=at,
        now=now,
        requested_by=f"schedule {schedule['name']}",
        schedule_id=schedule["id"],
        subject=subject_of(schedule["kind"], schedule["site_id"]),
    )


class Scheduler:
    """Rings at every full minute, as fine as cron goes, and once at the start for what was missed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._again: asyncio.TimerHandle | None = None
        self._clock = AsyncIOScheduler(timezone="UTC")
        self._clock.add_job(self.ring, CronTrigger(second=0), coalesce=True, misfire_grace_time=None)

    async def ring(self) -> None:
        """Fire what is due."""
        try:
            made, soon = await self._context.database.call_write(self._fire)
        except StoreUnavailable as error:
            # The schedule has not moved on, so the next ring makes it up.
            _log.error("schedule.store_unavailable", reason=str(error))
            return
        if soon is not None:
            self._ring_in(soon)
        if made:
            _log.info("schedule.fired", runs=made)
            self._context.wake()

    def _ring_in(self, delay: timedelta) -> None:
        """Once more before the full minute: our clock is ahead of the store's, by which things are due."""
        loop = asyncio.get_running_loop()
        self._again = loop.call_later(delay.total_seconds(), lambda: loop.create_task(self.ring()))

    def _fire(self, connection: Connection) -> tuple[list[int], timedelta | None]:
        """The runs made, and how long until a firing that our next ring may be too late for."""
        now = self._context.store_now(connection)
        made = fire_due(connection, now=now)
        following = runs.next_firing(connection)
        wait = None if following is None else following - now
        return made, wait if wait is not None and wait < _MOST_SKEW else None

    async def start(self) -> None:
        """Begin."""
        self._clock.start()
        await self.ring()

    def stop(self) -> None:
        """End; rings under way are not waited for."""
        self._clock.shutdown(wait=False)
        if self._again is not None:
            self._again.cancel()
