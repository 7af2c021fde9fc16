"""What was found in backlogs, from when to when, so that one week can be held against another."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import compress, islice
from typing import Any, TypeVar

import msgspec
from msgspec import structs
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select, update

from app.domain.grooming.health import Noted
from app.domain.grooming.item import SHAPE
from app.domain.grooming.memory import Memory
from app.domain.grooming.parts import Part, written
from app.store.among import among
from app.store.grooming_tables import grooming_memories as memories
from app.store.grooming_tables import grooming_memory_parts as parts
from app.store.tables import grooming_findings as findings
from app.store.upsert import insert_new

T = TypeVar("T")
_AT_ONCE = 5000


def standing(connection: Connection, site_id: int, board_id: int) -> Iterator[Noted]:
    """Findings of a board that nothing has ended."""
    rows = connection.execute(
        select(findings.c.check_name, findings.c.issue_id, findings.c.issue_key)
        .where(_of(site_id, board_id), findings.c.gone_at.is_(None))
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in rows:
        yield Noted(*row)


def memory(connection: Connection, site_id: int, board_id: int) -> Memory | None:
    """What the last run of a board left; None where it left nothing that can be read."""
    body = connection.scalar(select(memories.c.body).where(*_left(memories, site_id, board_id)))
    if body is None:
        return None
    try:
        with _no_collection():
            found = msgspec.msgpack.decode(body, type=Memory)
            bodies = _bodies(connection, site_id, board_id, found.parts) if found.shape == SHAPE else None
    except msgspec.DecodeError:
        return None
    return None if bodies is None else structs.replace(found, bodies=bodies)


def _bodies(
    connection: Connection, site_id: int, board_id: int, of: Sequence[Part]
) -> list[msgspec.Raw] | None:
    """What is left in the parts; None where they are not as they were written."""
    rows = connection.execute(select(parts.c.number, parts.c.body).where(*_left(parts, site_id, board_id)))
    read, found = {row.number: row.body for row in rows}, list[msgspec.Raw]()
    for part in of:
        stored = msgspec.msgpack.decode(read.get(part.number, b"\x90"), type=list[msgspec.Raw])
        if len(stored) != len(part.there):
            return None
        found += compress(stored, part.there)
    return found


def _left(table: Table, site_id: int, board_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.site_id == site_id, table.c.board_id == board_id


@contextmanager
def _no_collection() -> Iterator[None]:
    """What is read back has no circles, and looking for them among a million things takes as long as reading.

    The process collects nothing meanwhile, which is a quarter of a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def keep(
    connection: Connection,
    site_id: int,
    board_id: int,
    *,
    new: Iterable[tuple[Noted, int]],
    gone: Iterable[Noted],
    at: datetime,
    leaves: Memory,
) -> None:
    """Begin what is new and end what is gone; a run about an earlier instant than the newest changes nothing.

    Args:
        connection: inside a transaction.
        site_id: whose.
        board_id: which backlog.
        new: what did not stand before, with its weight.
        gone: what stands no more.
        at: the instant of the run.
        leaves: what it leaves for the next one.
    """
    mine = _left(memories, site_id, board_id)
    newest = connection.scalar(select(func.max(memories.c.at)).where(*mine))
    if newest is not None and newest > at:
        return
    for ended in _in_parts(gone):
        _end(connection, site_id, board_id, ended, at)
    for part in _in_parts(new):
        insert_new(connection, findings, [_row(site_id, board_id, one, weight, at) for one, weight in part])
    stored = leaves.parts if leaves.before == newest else ()
    now = _keep_parts(connection, site_id, board_id, stored, leaves.bodies)
    body = msgspec.msgpack.encode(structs.replace(leaves, bodies=[], parts=now))
    connection.execute(delete(memories).where(*mine))
    connection.execute(insert(memories), [{"site_id": site_id, "board_id": board_id, "at": at, "body": body}])


def _keep_parts(
    connection: Connection, site_id: int, board_id: int, stored: Sequence[Part], bodies: Sequence[msgspec.Raw]
) -> list[Part]:
    """Of the parts that are stored those stay of which enough is left."""
    now, to_write = written(stored, bodies)
    stay = [part.number for part in now if part.number not in to_write]
    gone = parts.c.number.not_in(stay)
    connection.execute(delete(parts).where(*_left(parts, site_id, board_id), gone))
    for number, some in to_write.items():
        row = {"site_id": site_id, "board_id": board_id, "number": number}
        connection.execute(insert(parts), [{**row, "body": msgspec.msgpack.encode(some)}])
    return now


def _in_parts(of: Iterable[T]) -> Iterator[list[T]]:
    every = iter(of)
    while part := list(islice(every, _AT_ONCE)):
        yield part


def _row(site_id: int, board_id: int, one: Noted, weight: int, at: datetime) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "board_id": board_id,
        "check_name": one.check,
        "issue_id": one.issue_id,
        "found_at": at,
        "issue_key": one.key,
        "weight": weight,
    }


def _end(connection: Connection, site_id: int, board_id: int, ended: Sequence[Noted], at: datetime) -> None:
    by_check: dict[str, list[str]] = {}
    for one in ended:
        by_check.setdefault(one.check, []).append(one.issue_id)
    for check, ids in by_check.items():
        connection.execute(
            update(findings)
            .where(
                _of(site_id, board_id),
                findings.c.check_name == check,
                among(connection, findings.c.issue_id, ids),
                findings.c.gone_at.is_(None),
            )
            .values(gone_at=at)
        )


def _of(site_id: int, board_id: int) -> ColumnElement[bool]:
    return and_(findings.c.site_id == site_id, findings.c.board_id == board_id)
