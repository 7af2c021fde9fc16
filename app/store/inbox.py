"""What Jira told us: deliveries, exactly as they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zstandard
from sqlalchemy import Connection, RowMapping, func, select

from app.store.tables import deliveries
from app.store.upsert import insert_new

APPLIED, IGNORED, UNKNOWN, DEAD = "applied", "ignored", "unknown", "dead"
STATES = ("waiting", "claimed", APPLIED, IGNORED, UNKNOWN, DEAD)

# Level 1 shrinks a webhook body six times in some 15 microseconds; higher levels cost more than they save.
_LEVEL = 1
# A bound for reading back what we wrote ourselves; bodies are limited when they are received.
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery that was trusted, ready to be stored.

    Attributes:
        identity: the same for every repeat of the delivery.
        subject: what it is about; deliveries of one subject are applied in order.
        retry: Jira's count of earlier attempts.
    """

    site_id: int
    identity: str
    event: str | None
    subject: str
    retry: int
    received_at: datetime
    body: bytes


def put(connection: Connection, received: Sequence[Received]) -> None:
    """Store deliveries; one that is there already is left as it is."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    rows = [
        {
            "site_id": one.site_id,
            "identity": one.identity,
            "event": one.event,
            "subject": one.subject,
            "retry": one.retry,
            "received_at": one.received_at,
            "due_at": one.received_at,
            "state": "waiting",
            "attempts": 0,
            "body": compressor.compress(one.body),
        }
        for one in received
    ]
    insert_new(connection, deliveries, rows)


def body_of(row: RowMapping | Any) -> bytes:
    """The raw bytes as they came."""
    return zstandard.ZstdDecompressor().decompress(row["body"], max_output_size=_MOST_BYTES)


def counts(connection: Connection, site_id: int | None = None) -> dict[str, int]:
    """Deliveries by state, every state named."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if site_id is not None:
        query = query.where(deliveries.c.site_id == site_id)
    found = {state: int(number) for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def listed(
    connection: Connection, *, state: str | None, before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Deliveries without their bodies, newest first, below the id `before`."""
    columns = [column for column in deliveries.c if column.name != "body"]
    query = select(*columns).order_by(deliveries.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(deliveries.c.state == state)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    return connection.execute(query).mappings().all()
