"""INSERT … ON CONFLICT for both databases; the one place where their dialects differ in a statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _in_key_order(table: Table, rows: Sequence[Row]) -> list[Row]:
    """The same order everywhere, so that two writers on PostgreSQL never wait for each other in a ring."""
    keys = [column.name for column in table.primary_key if column.name in rows[0]]
    return sorted(rows, key=lambda row: tuple(str(row[key]) for key in keys)) if keys else list(rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert what is not there yet; a row that is there stays as it is."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), _in_key_order(table, rows))


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    keep: Sequence[str] = (),
    newer: str | None = None,
) -> None:
    """Insert, or update what is there by primary key.

    Args:
        connection: inside a transaction.
        table: where to.
        rows: all with the same keys.
        keep: columns that an update leaves alone.
        newer: name of an instant; an update with an older one than the stored one does nothing.
    """
    if not rows:
        return
    statement = _insert(connection, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep}
    where: ColumnElement[bool] | None = None
    if newer is not None:
        where = statement.excluded[newer] >= table.c[newer]
    connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed, where=where),
        _in_key_order(table, rows),
    )
