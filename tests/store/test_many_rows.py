"""Rows of any table come to SQLite in one statement or in several: who reads them does not see which."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Connection, Engine, Integer, LargeBinary, String, Table, delete
from sqlalchemy.exc import IntegrityError

from app.store.base import metadata
from app.store.engines import sqlite_engine
from app.store.tables import changes
from app.store.types import Document, Instant, Words
from app.store.upsert import insert_new, upsert

_EDGES = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 1 - 2**63]
_ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]
_TODAY = datetime(2026, 1, 1, tzinfo=UTC)
_LIKE_OTHERS = ["", "\0", "\ud83d", "😀", "null", "1e5", "2026-01-01T00:00:00Z"]
_WORDS = st.text(st.characters(), max_size=6) | st.sampled_from(_LIKE_OTHERS)
_DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | _WORDS
    | st.just(msgspec.Raw(b'{"z":1.0}')),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_WORDS, part, max_size=3),
    max_leaves=5,
)
_INSTANTS = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 - the zone is drawn
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from(_ZONES),
) | st.just(_TODAY)
_NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
TABLES = [
    table for table in metadata.sorted_tables if not any(isinstance(c.type, LargeBinary) for c in table.c)
]


def values(of: Column[Any]) -> st.SearchStrategy[Any]:
    """What a column may hold; few keys, so that they come twice."""
    kinds: Sequence[tuple[type, st.SearchStrategy[Any], Sequence[Any]]] = (
        (Document, _DOCUMENTS, ()),
        (Instant, _INSTANTS, (_TODAY, _TODAY + timedelta(days=1))),
        (Words, _WORDS, ("", "b")),
        (String, _NAMES, ("", "ä")),
        (Boolean, st.booleans(), (False, True)),
        (Integer, st.sampled_from(_EDGES) | st.integers(1 - 2**63, 2**63 - 1), (1, 2**63 - 1)),
    )
    drawn, keys = next((every, keys) for kind, every, keys in kinds if isinstance(of.type, kind))
    if of.primary_key:
        return st.sampled_from(keys)
    return st.none() | drawn if of.nullable else drawn


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """All tables, of which none looks whether another has what it names."""
    made = sqlite_engine(f"sqlite:///{tmp_path_factory.mktemp('rows') / 'burnish.db'}", writes=True)
    raw = made.raw_connection()  # the only one, which stays
    raw.driver_connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)  # as SQLite comes
    raw.cursor().execute("PRAGMA foreign_keys = OFF")
    raw.close()
    with made.begin() as tx:
        metadata.create_all(tx)
    return made


Write = Callable[[Connection, Table, Sequence[Mapping[str, Any]]], int | None]


def written(engine: Engine, table: Table, write: Write, parts: Sequence[Sequence[Mapping[str, Any]]]) -> Any:
    """How many were said to be new, and what is there then, with the type of each value; or a refusal."""
    looked = ", ".join(f'typeof("{column.name}"), "{column.name}"' for column in table.c)
    with engine.connect() as tx:
        tx.execute(delete(table))
        try:
            new = sum(write(tx, table, part) or 0 for part in parts)
        except IntegrityError as refused:  # a key besides the one that is compared stands twice
            return str(refused.orig)
        found = tx.exec_driver_sql(f'SELECT {looked} FROM "{table.name}"').all()
    return new, sorted(found, key=repr)


@settings(max_examples=15)
@given(drawn=st.data())
def test_rows_of_any_table_end_alike_as_one_and_one_by_one(engine: Engine, drawn: st.DataObject) -> None:
    table = drawn.draw(st.sampled_from(TABLES))
    row = st.fixed_dictionaries({column.name: values(column) for column in table.c})
    told = drawn.draw(st.lists(row, min_size=2, max_size=19))
    instants = [
        c.name for c in table.c if isinstance(c.type, Instant) and not c.nullable and not c.primary_key
    ]
    newer = drawn.draw(st.sampled_from([None, *instants]))

    def newest(tx: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        upsert(tx, into, rows, newer=newer)

    key = [column.name for column in table.primary_key]
    in_order = sorted(told, key=lambda one: [one[name] for name in key])
    for write in (insert_new, newest):
        together = written(engine, table, write, [told])
        assert together == written(engine, table, write, [[one] for one in in_order])


def test_as_many_rows_as_there_are_are_taken_by_any_sqlite(engine: Engine) -> None:
    """A page of a sync has ten thousand changes; some builds take eight times as many values as others."""
    row = {"site_id": 1, "field": "status", "position": 0, "issue_id": "1", "at": _TODAY}
    for count in (2_000, 10_000):
        with engine.connect() as tx:
            assert (
                insert_new(tx, changes, [{**row, "history_id": number} for number in range(count)]) == count
            )
