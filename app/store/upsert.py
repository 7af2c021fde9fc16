"""INSERT … ON CONFLICT for both databases; the one place where their dialects differ in a statement.

SQLite takes many rows one after the other in its own process, which costs little. PostgreSQL is sent all of
them as one JSON text: one statement for hundreds of rows is two to three times as fast as one for each, and
costs us a fifth of the work. Their documents stand beside it, as a list for each column: within the text
PostgreSQL would read them twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    and_,
    cast,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.store.types import Document, Words, as_json, is_plain

Row = Mapping[str, Any]
_Insert = sqlite.Insert | postgresql.Insert


class Tuples(NamedTuple):
    """Rows as tuples: of thousands, mappings cost more to make than all the rest.

    Attributes:
        names: of their columns, in their order.
    """

    names: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def insert_new(connection: Connection, table: Table, rows: Sequence[Row] | Tuples) -> int:
    """Insert what is not there yet; a row that is there stays as it is. Returns how many were inserted."""
    given = _given(rows)
    if not given.rows:
        return 0
    prepared = _do_nothing(connection.dialect, table, given.names)
    return _run(connection, prepared, _in_key_order(table, given))


def insert_new_bytes(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """The same for a few rows with bytes, which the JSON that many rows travel in does not hold."""
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
    given = _given(rows)
    if not given.rows:
        return
    prepared = _do_update(connection.dialect, table, given.names, tuple(keep), newer, worked)
    ordered = _in_key_order(table, given)
    if prepared.as_one:
        # One statement must not write a row twice.
        for once in _each_key_once(table, ordered):
            _run(connection, prepared, once)
    else:
        _run(connection, prepared, ordered)


class _Given(NamedTuple):
    """Rows of either kind.

    Attributes:
        names: of their columns.
        at: by name, what an `itemgetter` takes to get the value out of a row.
    """

    names: tuple[str, ...]
    at: Mapping[str, Any]
    rows: Sequence[Any]

    @property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """Values of all rows, by name."""
        if len(self.names) == 1:
            (at,) = self.at.values()
            return {self.names[0]: [row[at] for row in self.rows]}
        in_order = map(itemgetter(*self.at.values()), self.rows)
        return dict(zip(self.names, zip(*in_order, strict=True), strict=True))


def _given(rows: Sequence[Row] | Tuples) -> _Given:
    if isinstance(rows, Tuples):
        return _Given(rows.names, {name: place for place, name in enumerate(rows.names)}, rows.rows)
    names = tuple(rows[0]) if rows else ()
    return _Given(names, {name: name for name in names}, rows)


# --- statements, made once --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands in one place of a statement.

    Attributes:
        process: what a value goes through on its way to the database.
        default: what stands there where rows have no such column.
        is_words: whether values are texts: that they can be stored as they are is seen of all at once.
    """

    name: str
    process: Callable[[Any], Any] | None
    default: Any
    is_words: bool

    def values(self, columns: Mapping[str, Sequence[Any]], rows: int) -> Iterable[Any]:
        """Those of all rows."""
        found = columns.get(self.name)
        if found is None:
            return repeat(self.default, rows)
        if self.process is None or (self.is_words and is_plain("".join(filter(None, found)))):
            return found
        return map(self.process, found)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement in the database's own words.

    Attributes:
        places: where it is sent as one, of the rows in its first parameter.
        documents: of its other parameters.
        as_one: whether its parameters are a JSON array of all rows and lists of their documents, rather than
            the values of one row.
    """

    sql: str
    places: Sequence[_Place]
    documents: Sequence[_Place]
    as_one: bool


@lru_cache(maxsize=64)
def _do_nothing(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Prepared:
    return _prepared(_insert(dialect, table, names).on_conflict_do_nothing(), dialect, table, names)


@lru_cache(maxsize=64)
def _do_update(
    dialect: Dialect,
    table: Table,
    names: tuple[str, ...],
    keep: tuple[str, ...],
    newer: str | None,
    worked: tuple[str, str] | None,
) -> _Prepared:
    insert = _insert(dialect, table, names)
    key = [column.name for column in table.primary_key]
    # What tells pictures apart most often is compared first.
    changing = sorted(
        (name for name in names if name not in key and name not in keep), key=lambda name: name != newer
    )
    where = or_(*(insert.excluded[name].is_distinct_from(table.c[name]) for name in changing))
    if newer is not None:
        where = and_(insert.excluded[newer] >= table.c[newer], where)
    changed: dict[str, ColumnElement[Any]] = {name: insert.excluded[name] for name in changing}
    if worked is not None:
        flag, of = worked
        changed[flag] = and_(table.c[flag], insert.excluded[of].is_not_distinct_from(table.c[of]))
    statement = insert.on_conflict_do_update(index_elements=key, set_=changed, where=where)
    return _prepared(statement, dialect, table, names)


def _insert(dialect: Dialect, table: Table, names: Sequence[str]) -> _Insert:
    if dialect.name == "sqlite":
        return sqlite.insert(table)
    columns = _written(table, names)
    return postgresql.insert(table).from_select(
        [each.name for each in columns], _as_table(columns, dialect), include_defaults=False
    )


def _written(table: Table, names: Sequence[str]) -> list[Column[Any]]:
    """The columns that rows give a value, and those that have a default of ours."""
    return [each for each in table.c if each.name in names or _has_default(each)]


def _has_default(of: Column[Any]) -> bool:
    return isinstance(of.default, ScalarElementColumnDefault)


def _as_table(columns: Sequence[Column[Any]], dialect: Dialect) -> Select[Any]:
    """The rows of the JSON array that is the statement's first parameter, and their documents beside them."""
    quoted = dialect.identifier_preparer.quote
    plain, documents = _apart(columns)
    typed = ", ".join(f"{quoted(each.name)} {each.type.compile(dialect)}" for each in plain)
    functions = [f"json_to_recordset(CAST(:rows AS JSON)) AS ({typed})"]
    functions += [f"unnest(CAST(:{each.name} AS TEXT[]))" for each in documents]
    names = ", ".join(quoted(each.name) for each in (*plain, *documents))
    rows = text(f"ROWS FROM ({', '.join(functions)}) AS rows({names})")
    found: dict[str, ColumnElement[Any]] = {
        each.name: literal_column(f"rows.{quoted(each.name)}") for each in columns
    }
    return select(*(_read(found[each.name], each) for each in columns)).select_from(rows)


def _apart(columns: Sequence[Column[Any]]) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """The columns of documents apart from the others."""
    documents = [each for each in columns if isinstance(each.type, Document)]
    return [each for each in columns if not isinstance(each.type, Document)], documents


def _read(found: ColumnElement[Any], of: Column[Any]) -> ColumnElement[Any]:
    return cast(found, of.type) if isinstance(of.type, Document) else found


def _prepared(statement: _Insert, dialect: Dialect, table: Table, names: Sequence[str]) -> _Prepared:
    if dialect.name == "sqlite":
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        places = [
            _place(table.c[name], _bound(dialect, table.c[name])) for name in compiled.positiontup or ()
        ]
        return _Prepared(compiled.string, places, (), as_one=False)
    by_place = psycopg_dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    plain, documents = (
        # An instant is written with its zone.
        [
            _place(each, _as_text if isinstance(each.type, Document) else _bound(dialect, each))
            for each in part
        ]
        for part in _apart(_written(table, names))
    )
    # In binary: long texts would be looked through for signs that arrays spell otherwise.
    sql = statement.compile(dialect=by_place).string.replace("CAST(%s AS TEXT[])", "CAST(%b AS TEXT[])")
    return _Prepared(sql, plain, documents, as_one=True)


def _place(of: Column[Any], process: Callable[[Any], Any] | None) -> _Place:
    default = of.default
    given = default.arg if isinstance(default, ScalarElementColumnDefault) else None
    return _Place(of.name, process, given, isinstance(of.type, Words))


def _bound(dialect: Dialect, of: Column[Any]) -> Callable[[Any], Any] | None:
    """What SQLAlchemy does with a value that is bound."""
    return of.type.dialect_impl(dialect).bind_processor(dialect)


def _as_text(value: Any) -> str | None:
    return None if value is None else as_json(value)


# --- many rows ------------------------------------------------------------------------------------

_write = msgspec.json.Encoder().encode


def _run(connection: Connection, prepared: _Prepared, given: _Given) -> int:
    """All at once; returns how many were written.

    Past SQLAlchemy's own way of many rows, which costs more than the database's work.
    """
    columns, rows = given.columns, len(given.rows)
    values = zip(*(place.values(columns, rows) for place in prepared.places), strict=True)
    if not prepared.as_one:
        return connection.exec_driver_sql(prepared.sql, list(values)).rowcount
    names = [place.name for place in prepared.places]
    written = _write([dict(zip(names, one, strict=True)) for one in values]).decode()
    documents = (list(place.values(columns, rows)) for place in prepared.documents)
    return connection.exec_driver_sql(prepared.sql, (written, *documents)).rowcount


def _in_key_order(table: Table, given: _Given) -> _Given:
    """The same order everywhere, so that two writers on PostgreSQL never wait for each other in a ring."""
    key = _key(table, given)
    return given if key is None else given._replace(rows=sorted(given.rows, key=key))


def _key(table: Table, given: _Given) -> Callable[[Any], Any] | None:
    places = [given.at[each.name] for each in table.primary_key if each.name in given.at]
    return itemgetter(*places) if places else None


def _each_key_once(table: Table, ordered: _Given) -> Iterator[_Given]:
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
