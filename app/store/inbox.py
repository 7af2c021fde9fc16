"""What Jira told us: deliveries, exactly as they came."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection, func, or_, select, update

from app.store.claim import announce
from app.store.tables import OPEN_STATES, deliveries, delivery_bodies, sites
from app.store.upsert import insert_new

APPLIED, IGNORED, UNKNOWN, DEAD, DISCARDED = "applied", "ignored", "unknown", "dead", "discarded"
STATES = (*OPEN_STATES, APPLIED, IGNORED, UNKNOWN, DEAD, DISCARDED)

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
    """Store deliveries in their order; one that is there already is left as it is."""
    numbers = _numbers(connection, len(received))
    rows = [
        {
            "id": number,
            "site_id": one.site_id,
            "identity": one.identity,
            "event": one.event,
            "subject": one.subject,
            "retry": one.retry,
            "received_at": one.received_at,
            "due_at": one.received_at,
            "state": "waiting",
            "attempts": 0,
        }
        for number, one in zip(numbers, received, strict=True)
    ]
    new = set(numbers)
    if insert_new(connection, deliveries, rows) < len(rows):
        new = set(connection.scalars(select(deliveries.c.id).where(deliveries.c.id.in_(numbers))))
    fresh = [(number, one.body) for number, one in zip(numbers, received, strict=True) if number in new]
    bodies = [{"delivery_id": number, "body": _own.compressor.compress(body)} for number, body in fresh]
    insert_new(connection, delivery_bodies, bodies)
    announce(connection, deliveries)


def _numbers(connection: Connection, count: int) -> list[int]:
    """Ids for new deliveries; taken here, because a bulk insert does not tell which ids it gave."""
    if connection.dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence("deliveries", "id"))
        return list(connection.scalars(select(sequence).select_from(func.generate_series(1, count))))
    newest = connection.scalar(select(func.max(deliveries.c.id))) or 0
    return list(range(newest + 1, newest + 1 + count))


def note_heard(connection: Connection, heard: Mapping[int, datetime]) -> None:
    """Remember when sites were last heard of, by their ids."""
    for site_id, at in sorted(heard.items()):
        later = or_(sites.c.heard_at.is_(None), sites.c.heard_at < at)
        connection.execute(update(sites).where(sites.c.id == site_id, later).values(heard_at=at))


class _Own(threading.local):
    """What packs and unpacks costs more to make than to use, and serves one thread at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_own = _Own()


def packed_bodies(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, bytes]:
    """Bodies of deliveries by their ids, as they are stored; see `unpacked`."""
    table = delivery_bodies
    rows = connection.execute(select(table).where(table.c.delivery_id.in_(delivery_ids)))
    return {row.delivery_id: row.body for row in rows}


def unpacked(body: bytes) -> bytes:
    """The raw bytes as they came."""
    return _own.decompressor.decompress(body, max_output_size=_MOST_BYTES)


def body_of(connection: Connection, delivery_id: int) -> bytes:
    """The raw bytes of a delivery as they came."""
    return unpacked(packed_bodies(connection, [delivery_id])[delivery_id])


def counts(connection: Connection, site_id: int | None = None) -> dict[str, int]:
    """Deliveries by state, every state named."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if site_id is not None:
        query = query.where(deliveries.c.site_id == site_id)
    found = {state: int(number) for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES}
