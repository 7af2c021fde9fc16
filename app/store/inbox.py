"""Deliveries: what Jira told us, each once, and how far it is. Their bodies are in `app.store.arrivals`."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, text, update

from app.store import arrivals
from app.store.among import among
from app.store.arrivals import Arrival, Arrived
from app.store.claim import Claimed, announce
from app.store.tables import OPEN_STATES, deliveries, sites, still_open
from app.store.upsert import insert_new

APPLIED, IGNORED, UNKNOWN, DEAD, DISCARDED = "applied", "ignored", "unknown", "dead", "discarded"
STATES = (*OPEN_STATES, APPLIED, IGNORED, UNKNOWN, DEAD, DISCARDED)

# PostgreSQL's number of the lock under which deliveries are filed.
_FILING = 7_305_110_221


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery, read as far as filing it needs.

    Attributes:
        identity: the same for every repeat of the delivery.
        subject: what it is about; deliveries of one subject are applied in order.
        retry: Jira's count of earlier attempts.
        content: what it says, where that was read already; goes to whoever applies it.
    """

    site_id: int
    identity: str
    event: str | None
    subject: str
    retry: int
    received_at: datetime
    body: bytes
    content: Any = None


def put(connection: Connection, received: Sequence[Received]) -> None:
    """Store and file deliveries at once, in their order; one that is there already is left as it is."""
    may_file(connection, patiently=True)
    kept = arrivals.keep(
        connection,
        [Arrived(one.site_id, one.identity, one.retry, one.received_at, one.body) for one in received],
    )
    _file(connection, kept, [_row(one) for one in received])


def may_file(connection: Connection, *, patiently: bool = False) -> bool:
    """Whether it is ours to file until the transaction ends: one at a time, so that the order stays."""
    if connection.dialect.name != "postgresql":
        return True  # one writer
    if patiently:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _FILING})
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _FILING}))


def take_in(
    connection: Connection,
    arrived: Sequence[Arrival],
    received: Sequence[Received],
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
) -> list[Claimed]:
    """File what arrived, and claim of it what nothing stands before: saves writing each row twice.

    Args:
        connection: inside a transaction that may file.
        arrived: the oldest that nobody filed.
        received: their deliveries, read.
        worker: as for a claim, like the next two.
        now: of the store.
        lease: how long the rows are ours.
    """
    claim = {"state": "claimed", "attempts": 1, "claimed_by": worker, "claimed_until": now + lease}
    behind = _open_subjects(connection, received)
    rows = [_row(one) if (one.site_id, one.subject) in behind else _row(one) | claim for one in received]
    ids = _file(connection, arrived, rows)
    if arrivals.waiting(connection)[0]:  # whoever was turned away by our lock goes on with it
        announce(connection, deliveries)
    return [
        Claimed(deliveries, number, 1, {**_UNTOUCHED, **row, "id": number}, one.content)
        for number, row, one in zip(ids, rows, received, strict=True)
        if number is not None and row["state"] == "claimed"
    ]


_UNTOUCHED: Mapping[str, Any] = {column.name: None for column in deliveries.c} | {"failures": 0, "deaths": 0}


def _open_subjects(connection: Connection, received: Sequence[Received]) -> set[tuple[int, str]]:
    """Subjects of theirs, by site, that have deliveries which are not settled."""
    wanted: defaultdict[int, set[str]] = defaultdict(set)
    for one in received:
        wanted[one.site_id].add(one.subject)
    found = set()
    for site_id, subjects in wanted.items():
        of_site = (deliveries.c.site_id == site_id, among(connection, deliveries.c.subject, subjects))
        query = select(deliveries.c.subject).where(still_open(deliveries), *of_site)
        found |= {(site_id, subject) for subject in connection.scalars(query)}
    return found


def _row(one: Received) -> dict[str, Any]:
    return {
        "site_id": one.site_id,
        "identity": one.identity,
        "event": one.event,
        "subject": one.subject,
        "retry": one.retry,
        "received_at": one.received_at,
        "due_at": one.received_at,
        "state": "waiting",
        "attempts": 0,
        "claimed_by": None,
        "claimed_until": None,
    }


def _file(
    connection: Connection, arrived: Sequence[Arrival], rows: Sequence[dict[str, Any]]
) -> list[int | None]:
    """Insert rows in their order; the id of each, None for a repeat."""
    first = arrivals.last_id(connection) + 1
    arrivals.mark_filed(connection, arrived, first)
    numbers = range(first, first + len(rows))
    numbered = [{"id": number, **row} for number, row in zip(numbers, rows, strict=True)]
    if insert_new(connection, deliveries, numbered) == len(rows):
        return list(numbers)
    there = deliveries.c.id.between(numbers[0], numbers[-1])
    new = set(connection.scalars(select(deliveries.c.id).where(there)))
    return [number if number in new else None for number in numbers]


def note_heard(connection: Connection, heard: Mapping[int, datetime]) -> None:
    """Remember when sites were last heard of, by their ids."""
    for site_id, at in sorted(heard.items()):
        later = or_(sites.c.heard_at.is_(None), sites.c.heard_at < at)
        connection.execute(update(sites).where(sites.c.id == site_id, later).values(heard_at=at))


def counts(connection: Connection, site_id: int | None = None) -> dict[str, int]:
    """Deliveries by state, every state named; of all sites, those that nobody filed yet are waiting too."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if site_id is not None:
        query = query.where(deliveries.c.site_id == site_id)
    found = {state: int(number) for state, number in connection.execute(query)}
    if site_id is None:
        found["waiting"] = found.get("waiting", 0) + arrivals.waiting(connection)[0]
    return {state: found.get(state, 0) for state in STATES}


def heard_until(connection: Connection) -> int:
    """Id of the last delivery before the first open one: whatever is told from now on has a later one."""
    first = connection.scalar(select(func.min(deliveries.c.id)).where(still_open(deliveries)))
    return arrivals.last_id(connection) if first is None else int(first) - 1


def subjects_after(
    connection: Connection, site_id: int, subjects: Collection[str], *, after: int
) -> set[str]:
    """Those of the subjects of which a delivery with a later id tells."""
    told = (deliveries.c.site_id == site_id, among(connection, deliveries.c.subject, subjects))
    return set(connection.scalars(select(deliveries.c.subject).where(deliveries.c.id > after, *told)))
