"""INSERT … ON CONFLICT for both databases. How the rows travel there is for `app.store.many_rows` to know."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, and_, or_
from sqlalchemy.dialects import postgresql, sqlite

from app.store.many_rows import (
    Given,
    Prepared,
    Row,
    Tuples,
    given_as,
    insert,
    prepared,
    run,
)

__all__ = ["Row", "Tuples", "insert_new", "insert_new_bytes", "upsert"]


def insert_new(connection: Connection, table: Table, rows: Sequence[Row] | Tuples) -> int:
    """Insert what is not there yet; a row that is there stays as it is. Returns how many were inserted."""
    given = given_as(rows)
    if not given.rows:
        return 0
    statement = _do_nothing(connection.dialect, table, given.names)
    return run(connection, statement, _in_key_order(table, given))


def insert_new_bytes(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """The same for a few rows with bytes, which the JSON that rows travel to PostgreSQL in does not hold."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    if rows:
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row] | Tuples,
    *,
    keep: Sequence[str] = (),
    newer: str | None = None,
    worked: tuple[str, str] | None = None,
) -> None:
    """Insert, or update what is there by primary key; a row that would stay as it is is not written.

    Args:
        connection: inside a transaction.
        table: where to.
        rows: mappings with the same keys all, or tuples.
        keep: columns that an update leaves alone.
        newer: name of an instant; an update with an older one than the stored one does nothing.
        worked: names of a flag, and of the column of which it says that something was made of it: where an
            update changes the column, the flag becomes false.
    """
    given = given_as(rows)
    if not given.rows:
        return
    statement = _do_update(connection.dialect, table, given.names, tuple(keep), newer, worked)
    ordered = _in_key_order(table, given)
    if connection.dialect.name == "postgresql":
        # One statement must not write a row twice there.
        for once in _each_key_once(table, ordered):
            run(connection, statement, once)
    else:
        run(connection, statement, ordered)


# --- statements, made once --------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _do_nothing(dialect: Dialect, table: Table, names: tuple[str, ...]) -> Prepared:
    begun = insert(dialect, table, names)
    return prepared(begun.on_conflict_do_nothing(), dialect, table, names)


@lru_cache(maxsize=64)
def _do_update(
    dialect: Dialect,
    table: Table,
    names: tuple[str, ...],
    keep: tuple[str, ...],
    newer: str | None,
    worked: tuple[str, str] | None,
) -> Prepared:
    begun = insert(dialect, table, names)
    key = [column.name for column in table.primary_key]
    # What tells pictures apart most often is compared first.
    changing = sorted(
        (name for name in names if name not in key and name not in keep), key=lambda name: name != newer
    )
    if not changing:  # the key is all there is
        return _do_nothing(dialect, table, names)
    where = or_(*(begun.excluded[name].is_distinct_from(table.c[name]) for name in changing))
    if newer is not None:
        where = and_(begun.excluded[newer] >= table.c[newer], where)
    changed: dict[str, ColumnElement[Any]] = {name: begun.excluded[name] for name in changing}
    if worked is not None:
        flag, of = worked
        changed[flag] = and_(table.c[flag], begun.excluded[of].is_not_distinct_from(table.c[of]))
    statement = begun.on_conflict_do_update(index_elements=key, set_=changed, where=where)
    return prepared(statement, dialect, table, names)


def _in_key_order(table: Table, given: Given) -> Given:
    """The same order everywhere, so that two writers on PostgreSQL never wait for each other in a ring."""
    key = _key(table, given)
    return given if key is None else given._replace(rows=sorted(given.rows, key=key))


def _key(table: Table, given: Given) -> Callable[[Any], Any] | None:
    places = [given.at[each.name] for each in table.primary_key if each.name in given.at]
    return itemgetter(*places) if places else None


def _each_key_once(table: Table, ordered: Given) -> Iterator[Given]:
    """Rows in order, cut into parts in which no key stands twice; all in one nearly always."""
    key = _key(table, ordered)
    rest = ordered.rows
    while rest:
        first: dict[Any, Any] = {}
        later = []
        for row in rest:
            if key is not None and key(row) in first:
                later.append(row)
            else:
                first[key(row) if key is not None else id(row)] = row
        yield ordered._replace(rows=list(first.values()))
        rest = later
