"""Runs: scheduled or asked for, each once; and the schedules that make them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from app.errors import NotFound
from app.store.claim import announce
from app.store.tables import OPEN_STATES, runs, schedules, still_open

DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
STATES = (*OPEN_STATES, DONE, FAILED, CANCELLED)
RULE = "rule"
"""The kind of runs that rules have on schedule."""
PATIENCE = timedelta(hours=1)
"""So long a run that fails is tried again; runs of a site wait for each other, so not for ever."""


def request(
    connection: Connection,
    site_id: int,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    at: datetime,
    now: datetime,
    requested_by: str,
    schedule_id: int | None = None,
    subject: str = "",
) -> int:
    """Ask for a run that speaks about the instant `at`; returns its id.

    Runs of a site are worked off one after the other: two syncs at once would do the same work twice.
    One with a subject of its own waits only for others of that subject.
    """
    row = {
        "site_id": site_id,
        "kind": kind,
        "parameters": dict(parameters),
        "at": at,
        "requested_by": requested_by,
        "requested_at": now,
        "schedule_id": schedule_id,
        "subject": subject or f"site:{site_id}",
        "state": "waiting",
        "attempts": 0,
        "due_at": now,
        "give_up_at": now + PATIENCE,
    }
    announce(connection, runs)
    return int(connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one())


def is_open(connection: Connection, site_id: int, kind: str) -> bool:
    """Whether a run of that kind is waiting or under way."""
    query = select(runs.c.id).where(runs.c.site_id == site_id, runs.c.kind == kind, still_open(runs))
    return connection.execute(query.limit(1)).first() is not None


def note_progress(connection: Connection, run_id: int, progress: Mapping[str, Any]) -> None:
    """Tell whoever watches the run how far it is."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(progress=dict(progress)))


def get(connection: Connection, run_id: int) -> RowMapping:
    """A run.

    Raises:
        NotFound: none with that id.
    """
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    if row is None:
        raise NotFound("run", run_id)
    return row


def set_schedules(connection: Connection, site_id: int, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make the site's schedules those of the settings; one that is no longer named is switched off.

    `next_due_at` of an unchanged schedule stays, so that what was missed while we were down is still due.
    Schedules of rules are none of the settings'.
    """
    _set(connection, site_id, schedules.c.kind != RULE, wanted)


def set_rule_schedules(
    connection: Connection, site_id: int, rule_id: int, wanted: Sequence[Mapping[str, Any]]
) -> None:
    """Make the schedules of a rule these; one that is no longer wanted is switched off."""
    of_rule = schedules.c.parameters["rule"].as_integer() == rule_id
    _set(connection, site_id, (schedules.c.kind == RULE) & of_rule, wanted)


def _set(
    connection: Connection, site_id: int, which: ColumnElement[bool], wanted: Sequence[Mapping[str, Any]]
) -> None:
    table = schedules
    theirs = select(table).where(table.c.site_id == site_id, which)
    known = {row["name"]: row for row in connection.execute(theirs).mappings()}
    for one in wanted:
        before = known.pop(one["name"], None)
        if before is None:
            connection.execute(insert(table).values(site_id=site_id, enabled=True, **one))
            continue
        same_times = (before["cron"], before["time_zone"]) == (one["cron"], one["time_zone"])
        values = {**one, "enabled": True}
        if same_times and before["enabled"]:
            values.pop("next_due_at")
        connection.execute(update(table).where(table.c.id == before["id"]).values(**values))
    for left in known.values():
        connection.execute(update(table).where(table.c.id == left["id"]).values(enabled=False))


def switch_off_others(connection: Connection, site_ids: Collection[int]) -> None:
    """Switch off the schedules of all sites but these: nobody could carry their runs out."""
    table = schedules
    connection.execute(update(table).where(table.c.site_id.not_in(site_ids)).values(enabled=False))


def enabled_schedules(connection: Connection) -> Sequence[RowMapping]:
    """All schedules that fire."""
    query = select(schedules).where(schedules.c.enabled).order_by(schedules.c.id)
    return connection.execute(query).mappings().all()


def next_firing(connection: Connection) -> datetime | None:
    """When the next schedule fires."""
    query = select(func.min(schedules.c.next_due_at)).where(schedules.c.enabled)
    following: datetime | None = connection.scalar(query)
    return following


def advance(connection: Connection, schedule: RowMapping, *, next_due_at: datetime | None) -> bool:
    """Move a schedule on from where we saw it; False when another replica was first."""
    table = schedules
    moved = connection.execute(
        update(table)
        .where(
            table.c.id == schedule["id"],
            table.c.next_due_at == schedule["next_due_at"],
            table.c.enabled,
        )
        .values(next_due_at=next_due_at)
    )
    return moved.rowcount == 1
