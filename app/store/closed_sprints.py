"""What was worked out of closed sprints, kept for the next process that is asked about their board."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import zstandard
from sqlalchemy import Connection, delete, select

from app.store.report_tables import closed_sprint_memories as table
from app.store.upsert import insert_new_bytes

_LEVEL = 3
_MOST_BYTES = 64 * 2**20
"""Of one sprint, unpacked: a limit for what a damaged row can ask for."""


class KeptSprint(NamedTuple):
    """A closed sprint of a board with what was worked out of it.

    Attributes:
        made_from: digest of all that it was made from.
        body: what `app.domain.sprint_health.memory` packs.
    """

    site_id: int
    board_id: int
    sprint_id: int
    made_from: str
    body: bytes


def kept(
    connection: Connection, site_id: int, board_id: int, made_from: Mapping[int, str]
) -> dict[int, bytes]:
    """Bodies by sprint id, of those that were made from just this."""
    rows = connection.execute(
        select(table.c.sprint_id, table.c.made_from, table.c.packed).where(
            table.c.site_id == site_id, table.c.board_id == board_id, table.c.sprint_id.in_(list(made_from))
        )
    )
    unpack = zstandard.ZstdDecompressor().decompress
    return {
        row.sprint_id: unpack(row.packed, max_output_size=_MOST_BYTES)
        for row in rows
        if row.made_from == made_from[row.sprint_id]
    }


def keep(connection: Connection, sprints: Iterable[KeptSprint]) -> None:
    """Each in place of what was kept of it before; of two processes that keep one at once, one does."""
    pack = zstandard.ZstdCompressor(level=_LEVEL).compress
    rows = [
        {
            "site_id": one.site_id,
            "board_id": one.board_id,
            "sprint_id": one.sprint_id,
            "made_from": one.made_from,
            "packed": pack(one.body),
        }
        for one in sprints
    ]
    for row in rows:
        this = [table.c[name] == row[name] for name in ("site_id", "board_id", "sprint_id")]
        connection.execute(delete(table).where(*this))
    insert_new_bytes(connection, table, rows)
