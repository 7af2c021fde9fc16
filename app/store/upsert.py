"""INSERT … ON CONFLICT for both databases; the one place where their dialects differ in a statement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, and_, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Row = Mapping[str, Any]
_Insert = sqlite.Insert | postgresql.Insert


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert what is not there yet; a row that is there stays as it is. Returns how many were inserted."""
    if not rows:
        return 0
    return _run(connection, table, rows, _do_nothing(connection.dialect, table, tuple(rows[0])))


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    keep: Sequence[str] = (),
    newer: str | None = None,
) -> None:
    """Insert, or update what is there by primary key; a row that would stay as it is is not written.

    Args:
        connection: inside a transaction.
        table: where to.
        rows: all with the same keys.
        keep: columns that an update leaves alone.
        newer: name of an instant; an update with an older one than the stored one does nothing.
    """
    if rows:
        prepared = _do_update(connection.dialect, table, tuple(rows[0]), tuple(keep), newer)
        _run(connection, table, rows, prepared)


# --- statements, made once --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands in one place of a statement.

    Attributes:
        process: what a value goes through on its way to the database.
        default: what stands there where rows have no such column.
    """

    name: str
    process: Callable[[Any], Any] | None
    default: Any

    def values(self, rows: Sequence[Row]) -> Iterable[Any]:
        """Those of all rows."""
        if self.name not in rows[0]:
            return repeat(self.default, len(rows))
        found = map(itemgetter(self.name), rows)
        return found if self.process is None else map(self.process, found)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement in the database's own words."""

    sql: str
    places: Sequence[_Place]


@lru_cache(maxsize=64)
def _do_nothing(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Prepared:
    return _prepared(_insert(dialect, table).on_conflict_do_nothing(), dialect, table, names)


@lru_cache(maxsize=64)
def _do_update(
    dialect: Dialect, table: Table, names: tuple[str, ...], keep: tuple[str, ...], newer: str | None
) -> _Prepared:
    insert = _insert(dialect, table)
    key = [column.name for column in table.primary_key]
    # What tells pictures apart most often is compared first.
    changing = sorted(
        (name for name in names if name not in key and name not in keep), key=lambda name: name != newer
    )
    where = or_(*(insert.excluded[name].is_distinct_from(table.c[name]) for name in changing))
    if newer is not None:
        where = and_(insert.excluded[newer] >= table.c[newer], where)
    changed = {name: insert.excluded[name] for name in changing}
    statement = insert.on_conflict_do_update(index_elements=key, set_=changed, where=where)
    return _prepared(statement, dialect, table, names)


def _insert(dialect: Dialect, table: Table) -> _Insert:
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)


def _prepared(statement: _Insert, dialect: Dialect, table: Table, names: Sequence[str]) -> _Prepared:
    by_place = dialect if dialect.positional else psycopg_dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=by_place, column_keys=list(names))
    return _Prepared(compiled.string, [_place(dialect, table.c[name]) for name in compiled.positiontup or ()])


def _place(dialect: Dialect, column: Column[Any]) -> _Place:
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    default = column.default
    return _Place(
        column.name, process, default.arg if isinstance(default, ScalarElementColumnDefault) else None
    )


# --- many rows ------------------------------------------------------------------------------------


def _run(connection: Connection, table: Table, rows: Sequence[Row], prepared: _Prepared) -> int:
    """All at once; returns how many were written.

    Past SQLAlchemy's own way of many rows, which costs more than the database's work.
    """
    ordered = _in_key_order(table, rows)
    values = list(zip(*(place.values(ordered) for place in prepared.places), strict=True))
    return connection.exec_driver_sql(prepared.sql, values).rowcount


def _in_key_order(table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    """The same order everywhere, so that two writers on PostgreSQL never wait for each other in a ring."""
    keys = [column.name for column in table.primary_key if column.name in rows[0]]
    return sorted(rows, key=lambda row: tuple([str(row[key]) for key in keys])) if keys else rows
