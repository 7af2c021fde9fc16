"""Work as rows: claim, renew, settle, hand back. One meaning for deliveries, effects and runs.

A row is open while it is `waiting` or `claimed`. Only the oldest open row of a subject can be claimed, so
work on one issue happens in order and never twice at once. A claim is a lease: when its time is over, the
row may be claimed again. `attempts` counts the claims and is the fencing token: whoever settles must still
be the one who claimed last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, func, or_, select, update

from app.store.tables import OPEN_STATES


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in our hands. `row` holds every column."""

    table: Table
    id: int
    attempts: int
    row: Mapping[str, Any]


def claim(
    connection: Connection,
    table: Table,
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[Claimed]:
    """Take up to `limit` rows that are due, oldest first, at most one of each subject."""
    older = table.alias("older")
    blocked = exists().where(
        older.c.site_id == table.c.site_id,
        older.c.subject == table.c.subject,
        older.c.id < table.c.id,
        older.c.state.in_(OPEN_STATES),
    )
    free = or_(
        table.c.state == "waiting",
        and_(table.c.state == "claimed", table.c.claimed_until <= now),
    )
    due = (
        select(table.c.id)
        .where(table.c.state.in_(OPEN_STATES), table.c.due_at <= now, free, ~blocked)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # A bare IN (SELECT … LIMIT) may be evaluated more than once by PostgreSQL and exceed the limit.
        .cte("due")
    )
    taken = connection.execute(
        update(table)
        .where(table.c.id.in_(select(due.c.id)))
        .values(
            state="claimed",
            claimed_by=worker,
            claimed_until=now + lease,
            attempts=table.c.attempts + 1,
        )
        .returning(*table.c)
    )
    rows = [dict(row._mapping) for row in taken]  # noqa: SLF001 - SQLAlchemy's public name starts so
    rows.sort(key=lambda row: int(row["id"]))
    return [Claimed(table, row["id"], row["attempts"], row) for row in rows]


def _mine(work: Claimed) -> Any:
    table = work.table
    return and_(
        table.c.id == work.id,
        table.c.state == "claimed",
        table.c.claimed_by == work.row["claimed_by"],
        table.c.attempts == work.attempts,
    )


def renew(connection: Connection, work: Claimed, *, until: datetime) -> bool:
    """Say that we are still at it. False: the row was taken from us, and we must stop."""
    renewed = connection.execute(update(work.table).where(_mine(work)).values(claimed_until=until))
    return renewed.rowcount == 1


def settle(
    connection: Connection,
    work: Claimed,
    *,
    state: str,
    now: datetime,
    reason: str | None = None,
    **values: Any,
) -> bool:
    """End the row. False: it was no longer ours; whatever else is in this transaction must not happen."""
    settled = connection.execute(
        update(work.table)
        .where(_mine(work))
        .values(
            state=state,
            reason=reason,
            settled_at=now,
            claimed_by=None,
            claimed_until=None,
            **values,
        )
    )
    return settled.rowcount == 1


def hand_back(connection: Connection, work: Claimed, *, due_at: datetime, reason: str | None = None) -> bool:
    """Let the row be claimed again from `due_at` on, by anybody."""
    returned = connection.execute(
        update(work.table)
        .where(_mine(work))
        .values(
            state="waiting",
            reason=reason,
            due_at=due_at,
            claimed_by=None,
            claimed_until=None,
        )
    )
    return returned.rowcount == 1


def release_all(connection: Connection, table: Table) -> int:
    """Free every claim at once; right only where no other process can hold one (SQLite's single writer)."""
    freed = connection.execute(
        update(table)
        .where(table.c.state == "claimed")
        .values(state="waiting", claimed_by=None, claimed_until=None)
    )
    return freed.rowcount


def next_due(connection: Connection, table: Table) -> datetime | None:
    """When the next open row becomes due or its lease ends; None when nothing is open."""
    waiting = select(func.min(table.c.due_at)).where(table.c.state == "waiting")
    leased = select(func.min(table.c.claimed_until)).where(table.c.state == "claimed")
    instants = (connection.scalar(waiting), connection.scalar(leased))
    return min((instant for instant in instants if instant is not None), default=None)
