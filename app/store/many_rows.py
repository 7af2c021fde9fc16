"""How many rows travel to the database in one statement; the one place that knows how each takes them.

They are sent as one JSON text, and their documents beside it, which would be read twice within it. On
PostgreSQL one statement for hundreds of rows is two to three times as fast as one for each, and costs us a
fifth of the work. SQLite works as long on one as on many, but alone: between two statements it needs the
interpreter, for which it waits as long as another thread has it. Few rows it takes one after the other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    String,
    Table,
    cast,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.store.tables import MOST_ID
from app.store.types import Document, Instant, Words, as_json, is_plain, utc_or_nothing
from app.store.writer_first import while_database_works

Row = Mapping[str, Any]
Insert = sqlite.Insert | postgresql.Insert
MANY = 16
"""From so many rows on SQLite is sent them as one."""


class Tuples(NamedTuple):
    """Rows as tuples: of thousands, mappings cost more to make than all the rest.

    Attributes:
        names: of their columns, in their order.
    """

    names: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


class Given(NamedTuple):
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


def given_as(rows: Sequence[Row] | Tuples) -> Given:
    if isinstance(rows, Tuples):
        return Given(rows.names, {name: place for place, name in enumerate(rows.names)}, rows.rows)
    names = tuple(rows[0]) if rows else ()
    return Given(names, {name: name for name in names}, rows)


def are_sent_as_one(connection: Connection, given: Given) -> bool:
    """Whether one statement takes them all."""
    return connection.dialect.name != "sqlite" or len(given.rows) >= MANY


# --- statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands in one place of a statement.

    Attributes:
        process: what a value goes through on its way to the database.
        default: what stands there where rows have no such column.
        kind: what is known of all values at once need not be found out of each: that texts can be stored as
            they are, that instants are in UTC.
    """

    name: str
    process: Callable[[Any], Any] | None
    default: Any
    kind: object

    def values(self, columns: Mapping[str, Sequence[Any]], rows: int) -> Iterable[Any]:
        """Those of all rows."""
        found = columns.get(self.name)
        if found is None:
            return repeat(self.default, rows)
        if isinstance(self.kind, String) and "\0" in "".join(filter(None, found)):
            message = f"{self.name}: a NUL, which neither JSON nor PostgreSQL has in a word"
            raise ValueError(message)
        if isinstance(self.kind, Integer) and max(map(abs, filter(None, found)), default=0) > MOST_ID:
            # Out of JSON, SQLite would take it for a number with a fraction, and keep that.
            message = f"{self.name}: a number that no column of whole numbers holds"
            raise ValueError(message)
        return found if self.process is None or self._is_as_sent(found) else map(self.process, found)

    def _is_as_sent(self, found: Sequence[Any]) -> bool:
        if isinstance(self.kind, Words):
            return is_plain("".join(filter(None, found)))
        return self.process is utc_or_nothing and all(each is None or each.tzinfo is UTC for each in found)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the database's own words.

    Attributes:
        places: of one row; where all rows are sent as one, of those in its first parameter.
        documents: of its other parameters.
    """

    sql: str
    places: Sequence[_Place]
    documents: Sequence[_Place]


def insert(dialect: Dialect, table: Table, names: Sequence[str], *, as_one: bool) -> Insert:
    """What the statement begins with: all rows, or the values of one."""
    begun: Insert = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
    if not as_one:
        return begun
    columns = _written(table, names)
    rows = _in_text(columns) if dialect.name == "sqlite" else _as_table(columns, dialect)
    return begun.from_select([each.name for each in columns], rows, include_defaults=False)


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


def _in_text(columns: Sequence[Column[Any]]) -> Select[Any]:
    """The same on SQLite: lists of values, and in the second parameter all documents, one behind the other.

    A row ends with where each of its documents begins in there, and how long it is.
    """
    plain, documents = _apart(columns)
    found = {each.name: _kept(_item(place), each) for place, each in enumerate(plain)}
    for place, each in enumerate(documents):
        begin, length = (_item(len(plain) + 2 * place + which) for which in (0, 1))
        found[each.name] = f"CAST(substr(?2, {begin}, {length}) AS TEXT)"
    # Without WHERE, SQLite would take ON CONFLICT for the condition of a join.
    every: list[ColumnElement[Any]] = [literal_column(found[each.name]) for each in columns]
    return select(*every).where(text("true")).select_from(text("json_each(?1) AS rows"))


def _item(place: int) -> str:
    return f"json_extract(rows.value, '$[{place}]')"


def _kept(found: str, of: Column[Any]) -> str:
    """As it is stored: JSON has instants with a T, a Z, and no fraction where that is zero."""
    if not isinstance(of.type, Instant):
        return found
    return f"substr(replace(replace({found}, 'T', ' '), 'Z', '.000000'), 1, 26)"


def _apart(columns: Sequence[Column[Any]]) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """The columns of documents apart from the others."""
    documents = [each for each in columns if isinstance(each.type, Document)]
    return [each for each in columns if not isinstance(each.type, Document)], documents


def _read(found: ColumnElement[Any], of: Column[Any]) -> ColumnElement[Any]:
    return cast(found, of.type) if isinstance(of.type, Document) else found


def prepared(
    statement: Insert, dialect: Dialect, table: Table, names: Sequence[str], *, as_one: bool
) -> Prepared:
    """In the database's own words, for rows of those columns."""
    if not as_one:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        places = [
            _place(table.c[name], _bound(dialect, table.c[name])) for name in compiled.positiontup or ()
        ]
        return Prepared(compiled.string, places, ())
    plain, documents = (
        [_place(each, _sent(dialect, each)) for each in part] for part in _apart(_written(table, names))
    )
    if dialect.name == "sqlite":
        return Prepared(statement.compile(dialect=dialect).string, plain, documents)
    by_place = psycopg_dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    # In binary: long texts would be looked through for signs that arrays spell otherwise.
    sql = statement.compile(dialect=by_place).string.replace("CAST(%s AS TEXT[])", "CAST(%b AS TEXT[])")
    return Prepared(sql, plain, documents)


def _place(of: Column[Any], process: Callable[[Any], Any] | None) -> _Place:
    default = of.default
    given = default.arg if isinstance(default, ScalarElementColumnDefault) else None
    return _Place(of.name, process, given, of.type)


def _bound(dialect: Dialect, of: Column[Any]) -> Callable[[Any], Any] | None:
    """What SQLAlchemy does with a value that is bound."""
    return of.type.dialect_impl(dialect).bind_processor(dialect)


def _sent(dialect: Dialect, of: Column[Any]) -> Callable[[Any], Any] | None:
    """What a value goes through that is sent with many others."""
    if isinstance(of.type, Document):
        return _as_text
    return utc_or_nothing if isinstance(of.type, Instant) else _bound(dialect, of)


def _as_text(value: Any) -> str | None:
    return None if value is None else as_json(value)


# --- running them ---------------------------------------------------------------------------------

_write = msgspec.json.Encoder().encode


def run(connection: Connection, prepared: Prepared, given: Given, *, as_one: bool) -> int:
    """All at once; returns how many were written.

    Past SQLAlchemy's own way of many rows, which costs more than the database's work.
    """
    columns, rows = given.columns, len(given.rows)
    values = zip(*(place.values(columns, rows) for place in prepared.places), strict=True)
    documents = [list(place.values(columns, rows)) for place in prepared.documents]
    if not as_one:
        return connection.exec_driver_sql(prepared.sql, list(values)).rowcount
    if connection.dialect.name == "sqlite":
        parameters = _behind_each_other(values, documents)
        with while_database_works(connection):
            return connection.exec_driver_sql(prepared.sql, parameters).rowcount
    names = [place.name for place in prepared.places]
    written = _write([dict(zip(names, one, strict=True)) for one in values]).decode()
    return connection.exec_driver_sql(prepared.sql, (written, *documents)).rowcount


def _behind_each_other(
    values: Iterable[tuple[Any, ...]], documents: Sequence[Sequence[str | None]]
) -> tuple[str | bytes, ...]:
    """The parameters of `_in_text`."""
    if not documents:
        return (_write(list(values)).decode(),)
    packed: list[bytes] = []
    places: list[Sequence[int | None]] = []
    begin = 1
    for column in documents:
        begins: list[int | None] = []
        lengths: list[int | None] = []
        for each in column:
            if each is None:
                begins.append(None)
                lengths.append(None)
            else:
                written = each.encode()
                packed.append(written)
                begins.append(begin)
                lengths.append(len(written))
                begin += len(written)
        places += [begins, lengths]
    rows = [one + where for one, where in zip(values, zip(*places, strict=True), strict=True)]
    return _write(rows).decode(), b"".join(packed)
