"""What Jira told us, as it came. Deliveries that waited together are one row, packed as one.

The door only appends here: it looks nothing up and compares with nothing, so a long past does not slow it
down, and texts that resemble each other are packed together in half the time. Whoever works files them:
gives each an id, finds repeats, and lets them be claimed (`app.store.inbox`).
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import zstandard
from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from app.store.among import among
from app.store.claim import announce
from app.store.tables import arrival_bodies, arrivals, deliveries

# Level 1 shrinks webhook bodies six to twelve times; higher levels cost more than they save.
_LEVEL = 1
# A bound for reading back what we wrote ourselves; bodies are limited when they are received.
_MOST_BYTES = 256 * 1024 * 1024
# Small enough that reading one body again costs little.
_PART_BYTES, _PART = 768 * 1024, 64
_TOGETHER = 32 * 2**20
"""Bytes of bodies that are looked at together, unless one alone has more. Usually eight hundred have ten
million; as many of the size that Jira may send would fill the memory of any machine, at each start anew."""


class Arrived(msgspec.Struct, frozen=True, array_like=True):
    """A delivery that was trusted.

    Attributes:
        identity: the same for every repeat of the delivery.
        retry: Jira's count of earlier attempts.
    """

    site_id: int
    identity: str
    retry: int
    received_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """Deliveries that were stored together, in their order."""

    id: int
    deliveries: Sequence[Arrived]


def keep(connection: Connection, arrived: Sequence[Arrived]) -> list[Arrival]:
    """Store deliveries as they came, and wake whoever files them."""
    kept = []
    for part in _parts(arrived):
        row = {"number": len(part), "received_at": part[0].received_at}
        number = connection.execute(insert(arrivals).returning(arrivals.c.id), row).scalar_one()
        connection.execute(insert(arrival_bodies), {"arrival_id": number, "packed": _packed(part)})
        kept.append(Arrival(number, part))
    announce(connection, deliveries)
    return kept


def _parts(arrived: Iterable[Arrived]) -> Iterator[list[Arrived]]:
    part: list[Arrived] = []
    size = 0
    for one in arrived:
        if part and (size + len(one.body) > _PART_BYTES or len(part) == _PART):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.body)
    if part:
        yield part


def unfiled(connection: Connection, most: int) -> list[Arrival]:
    """The oldest that nobody filed: at least one row, beyond that no more deliveries than `most`."""
    rows = connection.execute(
        select(arrivals.c.id, arrivals.c.number, func.length(arrival_bodies.c.packed).label("bytes"))
        .join(arrival_bodies, arrival_bodies.c.arrival_id == arrivals.c.id)
        .where(arrivals.c.first_id.is_(None))
        .order_by(arrivals.c.id)
        .limit(most)
    ).all()
    wanted: list[int] = []
    room = _TOGETHER
    for row in rows:
        most, room = most - row.number, room - row.bytes
        if wanted and (most < 0 or room < 0):
            break
        wanted.append(row.id)
    packed = connection.execute(
        select(arrival_bodies).where(arrival_bodies.c.arrival_id.in_(wanted)).order_by("arrival_id")
    )
    found: list[Arrival] = []
    room = _TOGETHER
    for row in packed:
        room -= zstandard.frame_content_size(row.packed)
        if found and room < 0:
            break
        found.append(Arrival(row.arrival_id, _unpacked(row.packed)))
    return found


def mark_filed(connection: Connection, filed: Sequence[Arrival], first_id: int) -> None:
    """Their deliveries have ids from `first_id` on, in their order.

    Raises:
        RuntimeError: somebody else filed one; nothing of this transaction must stay.
    """
    rows = []
    for arrival in filed:
        rows.append({"arrival": arrival.id, "first": first_id})
        first_id += len(arrival.deliveries)
    still = (arrivals.c.id == bindparam("arrival"), arrivals.c.first_id.is_(None))
    marked = connection.execute(update(arrivals).where(*still).values(first_id=bindparam("first")), rows)
    if marked.rowcount != len(filed):
        message = "deliveries were filed twice"
        raise RuntimeError(message)


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many deliveries nobody filed yet, and when the oldest came in."""
    number, oldest = connection.execute(
        select(func.sum(arrivals.c.number), func.min(arrivals.c.received_at)).where(
            arrivals.c.first_id.is_(None)
        )
    ).one()
    return int(number or 0), oldest


def last_id(connection: Connection) -> int:
    """Of the delivery filed last, repeats included."""
    ends = select(arrivals.c.first_id + arrivals.c.number - 1).order_by(arrivals.c.first_id.desc()).limit(1)
    filed = connection.scalar(ends.where(arrivals.c.first_id.is_not(None)))
    newest = connection.scalar(select(func.max(deliveries.c.id)))
    return max(int(filed or 0), int(newest or 0))


def bodies_of(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, bytes]:
    """Raw bytes of deliveries as they came, by their ids; where they are large, of the oldest of them."""
    found: dict[int, bytes] = {}
    together: dict[int, bytes] = {}
    room = _TOGETHER
    for number in sorted(delivery_ids):
        if number not in together:
            together = _together_with(connection, number)
        room -= len(together[number])
        if found and room < 0:
            break
        found[number] = together[number]
    return found


def _together_with(connection: Connection, delivery_id: int) -> dict[int, bytes]:
    """The bodies that came together with that one."""
    row = connection.execute(
        select(arrivals.c.first_id, arrival_bodies.c.packed)
        .join(arrival_bodies, arrival_bodies.c.arrival_id == arrivals.c.id)
        .where(arrivals.c.first_id <= delivery_id)
        .order_by(arrivals.c.first_id.desc())
        .limit(1)
    ).one()
    return {number: one.body for number, one in enumerate(_unpacked(row.packed), row.first_id)}


def unneeded(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Ids of rows that have no delivery left: the first ones above `after`, never the newest."""
    newest = select(func.max(arrivals.c.first_id)).scalar_subquery()
    last = arrivals.c.first_id + arrivals.c.number - 1
    needed = exists().where(deliveries.c.id.between(arrivals.c.first_id, last))
    old = select(arrivals.c.id).where(arrivals.c.id > after, arrivals.c.first_id < newest, ~needed)
    return list(connection.scalars(old.order_by(arrivals.c.id).limit(limit)))


def forget(connection: Connection, ids: Sequence[int]) -> int:
    """Delete rows; a delivery that is gone does not come back. Returns how many."""
    connection.execute(delete(arrival_bodies).where(among(connection, arrival_bodies.c.arrival_id, ids)))
    return connection.execute(delete(arrivals).where(among(connection, arrivals.c.id, ids))).rowcount


# --- packing --------------------------------------------------------------------------------------


class _Own(threading.local):
    """What packs and unpacks costs more to make than to use, and serves one thread at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_own = _Own()
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(list[Arrived]).decode


def _packed(part: Sequence[Arrived]) -> bytes:
    return _own.compressor.compress(_write(part))


def _unpacked(packed: bytes) -> list[Arrived]:
    return _read(_own.decompressor.decompress(packed, max_output_size=_MOST_BYTES))
