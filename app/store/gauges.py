"""What an operator looks at: how much work waits, since when, and when each site was last heard of.

Asked every few seconds while millions of rows lie there, so each question is answered by an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, String, Table, func, literal_column, select

from app.store import arrivals, inbox, outbox, runs, tables


@dataclass(frozen=True, slots=True)
class Queue:
    """A table of work.

    Attributes:
        open: rows by state, every open state named.
        oldest: when the oldest open row came in; None where nothing is open.
        dead: rows that were given up and wait for a human.
    """

    name: str
    open: Mapping[str, int]
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """When we last heard of a site.

    Attributes:
        last_webhook: when the newest delivery came in, to a few seconds.
        last_poll: when the last whole sync ended.
        paused_until: nothing is asked of it before; None if nothing is in the way.
    """

    name: str
    last_webhook: datetime | None
    last_poll: datetime | None
    paused_until: datetime | None


_QUEUES: Sequence[tuple[Table, Column[datetime], str]] = (
    (tables.deliveries, tables.deliveries.c.received_at, inbox.DEAD),
    (tables.runs, tables.runs.c.requested_at, runs.FAILED),
    (tables.effects, tables.effects.c.created_at, outbox.DEAD),
)


def queues(connection: Connection) -> list[Queue]:
    """Every queue as it is now."""
    deliveries, *others = (_queue(connection, *one) for one in _QUEUES)
    return [_with_unfiled(connection, deliveries), *others]


def _with_unfiled(connection: Connection, filed: Queue) -> Queue:
    """Deliveries that nobody filed yet wait like the others."""
    number, since = arrivals.waiting(connection)
    oldest = min((at for at in (filed.oldest, since) if at is not None), default=None)
    return replace(filed, open={**filed.open, "waiting": filed.open["waiting"] + number}, oldest=oldest)


def _queue(connection: Connection, table: Table, came_in: Column[datetime], dead: str) -> Queue:
    found = connection.execute(
        select(table.c.state, func.count(), func.min(table.c.id))
        .where(tables.still_open(table))
        .group_by(table.c.state)
    ).all()
    counted = {state: int(number) for state, number, _ in found}
    first = min((oldest for _, _, oldest in found), default=None)
    given_up = select(func.count()).select_from(table).where(table.c.state == _literal(dead))
    return Queue(
        name=table.name,
        open={state: counted.get(state, 0) for state in tables.OPEN_STATES},
        oldest=None if first is None else connection.scalar(select(came_in).where(table.c.id == first)),
        dead=int(connection.scalar(given_up) or 0),
    )


def sites_seen(connection: Connection) -> list[SiteSeen]:
    """Every site in the store, by name."""
    site = tables.sites.c
    found = connection.execute(
        select(site.name, site.heard_at, site.synced_at, site.paused_until).order_by(site.name)
    )
    return [SiteSeen(*row) for row in found]


def _literal(state: str) -> ColumnElement[str]:
    """A partial index is used only where its condition stands in the query word for word."""
    return literal_column(f"'{state}'", String)
