"""How many rows travel to the database in one statement; the one place that knows how each takes them.

On PostgreSQL they are sent as one JSON text, and their documents beside it, which would be read twice within
it: that is two to three times as fast as one statement for each, and costs us a fifth of the work. SQLite
takes the values of many rows bound to one statement. One for each would be as fast if it were alone: but
between two statements the driver needs the interpreter, for which it waits as long as another thread has it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from itertools import chain, repeat
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
from app.store.types import Document, Words, as_json, is_plain, utc_or_nothing
from app.store.writer_first import while_database_works

Row = Mapping[str, Any]
Insert = sqlite.Insert | postgresql.Insert
_MANY = 100
"""From so many rows on SQLite works for so long that it pays to let others have the interpreter meanwhile: to
get it back may take milliseconds."""
_MOST_BOUND = 32_766
"""Values of one statement that SQLite takes wherever it was built as it comes."""


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
            message = f"{self.name}: a number that no column of whole numbers holds"
            raise ValueError(message)
        return found if self.process is None or self._is_as_sent(found) else map(self.process, found)

    def _is_as_sent(self, found: Sequence[Any]) -> bool:
        if isinstance(self.kind, Words):
            return is_plain("".join(filter(None, found)))
        return self.process is utc_or_nothing and all(each is None or each.tzinfo is UTC for each in found)


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A statement in the database's own words.

    Attributes:
        sql: on SQLite, for one row.
        places: of one row; on PostgreSQL, of those in its first parameter.
        documents: on PostgreSQL, of its other parameters.
    """

    sql: str
    places: Sequence[_Place]
    documents: Sequence[_Place] = ()


def insert(dialect: Dialect, table: Table, names: Sequence[str]) -> Insert:
    """What the statement begins with."""
    if dialect.name == "sqlite":
        return sqlite.insert(table)
    columns = _written(table, names)
    rows = _as_table(columns, dialect)
    begun = postgresql.insert(table)
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


def _apart(columns: Sequence[Column[Any]]) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """The columns of documents apart from the others."""
    documents = [each for each in columns if isinstance(each.type, Document)]
    return [each for each in columns if not isinstance(each.type, Document)], documents


def _read(found: ColumnElement[Any], of: Column[Any]) -> ColumnElement[Any]:
    return cast(found, of.type) if isinstance(of.type, Document) else found


def prepared(statement: Insert, dialect: Dialect, table: Table, names: Sequence[str]) -> Prepared:
    """In the database's own words, for rows of those columns."""
    if dialect.name == "sqlite":
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        return Prepared(compiled.string, [_place(dialect, table.c[it]) for it in compiled.positiontup or ()])
    plain, documents = ([_place(dialect, each) for each in part] for part in _apart(_written(table, names)))
    by_place = psycopg_dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    # In binary: long texts would be looked through for signs that arrays spell otherwise.
    sql = statement.compile(dialect=by_place).string.replace("CAST(%s AS TEXT[])", "CAST(%b AS TEXT[])")
    return Prepared(sql, plain, documents)


def _place(dialect: Dialect, of: Column[Any]) -> _Place:
    default = of.default
    given = default.arg if isinstance(default, ScalarElementColumnDefault) else None
    return _Place(of.name, _sent(dialect, of), given, of.type)


def _sent(dialect: Dialect, of: Column[Any]) -> Callable[[Any], Any] | None:
    """What a value goes through on its way; mostly what SQLAlchemy does with one that is bound."""
    if isinstance(of.type, Document):
        return _as_text
    return of.type.dialect_impl(dialect).bind_processor(dialect)


def _as_text(value: Any) -> str | None:
    return None if value is None else as_json(value)


# --- running them ---------------------------------------------------------------------------------


def run(connection: Connection, prepared: Prepared, given: Given) -> int:
    """All of them; returns how many were written.

    Past SQLAlchemy's own way of many rows, which costs more than the database's work.
    """
    how = _bound if connection.dialect.name == "sqlite" else _as_json
    return how(connection, prepared, given)


def _bound(connection: Connection, prepared: Prepared, given: Given) -> int:
    written, width = 0, len(prepared.places)
    most = (_MOST_BOUND - 1) // width
    for rows in _parts(given.rows, most=most):
        columns, count = given._replace(rows=rows).columns, len(rows)
        values = zip(*(place.values(columns, count) for place in prepared.places), strict=True)
        room = min(_room_for(count), most)
        empty = repeat(None, (room - count) * width)
        parameters = (*chain.from_iterable(values), *empty, count)
        with while_database_works(connection) if count >= _MANY else nullcontext():
            written += connection.exec_driver_sql(_of_rows(prepared, room), parameters).rowcount
    return written


def _parts(rows: Sequence[Any], *, most: int) -> Iterator[Sequence[Any]]:
    """Of what fits one statement."""
    if len(rows) <= most:
        return iter((rows,))
    return (rows[begin : begin + most] for begin in range(0, len(rows), most))


def _room_for(count: int) -> int:
    """At least as many, and of three binary digits: then there are few statements for the driver to keep."""
    step = 1 << max(count.bit_length() - 3, 0)
    return -(-count // step) * step


@lru_cache(maxsize=512)
def _of_rows(prepared: Prepared, room: int) -> str:
    """The statement for as many rows, of which its last parameter says how many there are."""
    row = f"({', '.join('?' * len(prepared.places))})"
    before, _, after = prepared.sql.partition(f" VALUES {row}")
    # Without WHERE, SQLite would take ON CONFLICT for the condition of a join.
    return f"{before} SELECT * FROM (VALUES {', '.join([row] * room)}) WHERE true LIMIT ?{after}"  # noqa: S608 - question marks alone


_write = msgspec.json.Encoder().encode


def _as_json(connection: Connection, prepared: Prepared, given: Given) -> int:
    columns, rows = given.columns, len(given.rows)
    values = zip(*(place.values(columns, rows) for place in prepared.places), strict=True)
    documents = [list(place.values(columns, rows)) for place in prepared.documents]
    names = [place.name for place in prepared.places]
    written = _write([dict(zip(names, one, strict=True)) for one in values]).decode()
    return connection.exec_driver_sql(prepared.sql, (written, *documents)).rowcount
