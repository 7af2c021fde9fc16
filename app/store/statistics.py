"""What SQLite's planner knows of the tables: how many rows there are, and how many are alike in an index.

PostgreSQL sees to that by itself. SQLite is told: its `PRAGMA optimize` looks only at tables that the same
connection was asked about (before 3.46), and here one connection writes while others are asked.
"""

from functools import partial

from sqlalchemy import Connection, Table, select, text

from app.store import tables
from app.store.base import metadata
from app.store.database import Database

_LOOKED_AT = 10_000
"""Entries of each index, so that a store of any size takes no longer. Of 400, as SQLite's documentation
recommends, all are of one project: then it does not know that a project is a small part of a site."""
_WORTH_IT = 1_000
"""Rows. A table with fewer is fast in any way, and one that grew since must not be read from end to end."""
_COME_AND_GO = frozenset(
    {
        tables.arrivals,
        tables.arrival_bodies,
        tables.deliveries,
        tables.effects,
        tables.runs,
        tables.sweeps,
        tables.workers,
    }
)
"""Full in one hour and empty in the next: what was seen of them misleads."""


async def take(database: Database) -> None:
    """Look at all tables anew, each in a transaction of its own; on PostgreSQL nothing is done."""
    for table in _looked_at(database):
        await database.call_write(partial(_take_of, table=table))
    database.read_anew()


def take_here(database: Database) -> None:
    """The same in this thread, for who has the store alone."""
    for table in _looked_at(database):
        with database.write() as connection:
            _take_of(connection, table=table)
    database.read_anew()


def _looked_at(database: Database) -> list[Table]:
    tables_there = metadata.sorted_tables if database.is_sqlite else ()
    return [table for table in tables_there if table not in _COME_AND_GO]


def _take_of(connection: Connection, *, table: Table) -> None:
    if connection.execute(select(1).select_from(table).limit(1).offset(_WORTH_IT - 1)).first() is None:
        return
    connection.execute(text(f"PRAGMA analysis_limit = {_LOOKED_AT}"))
    connection.execute(text(f"ANALYZE {table.name}"))
