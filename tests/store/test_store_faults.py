"""What is trouble of the store, and how it is told."""

import resource
from typing import Any

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from app.errors import StoreUnavailable
from app.store.database import Database
from app.store.store_faults import describe, is_store_fault
from app.store.tables import sites
from tests.stores import read_only


def a_site_named(tx: Connection, name: str, **values: Any) -> None:
    tx.execute(insert(sites).values(name=name, base_url="https://a.test", **values))


def test_a_store_that_takes_no_writes_is_found_out(database: Database, database_url: str) -> None:
    """On PostgreSQL an empty transaction tells nothing."""
    database.check_writable()
    with read_only(database, database_url), pytest.raises(StoreUnavailable, match=r"(?i)read.?only"):
        database.check_writable()
    database.check_writable()


def test_a_disk_that_is_full_is_found_out(file_database: Database) -> None:
    """SQLite begins and ends a transaction all the same, as long as nothing is to be written."""
    file_database.check_writable()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with file_database.write():
            pass
        with pytest.raises(StoreUnavailable):
            file_database.check_writable()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    file_database.check_writable()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (OperationalError, True),
        (InternalError, True),
        (InterfaceError, True),
        (DatabaseError, True),
        (NotSupportedError, True),
        (IntegrityError, False),
        (DataError, False),
        (ProgrammingError, False),
    ],
)
def test_only_wrong_statements_and_values_are_no_trouble_of_the_store(
    kind: type[DBAPIError], expected: bool
) -> None:
    error = kind("SELECT planted", {"summary": "planted"}, Exception("what the database says\nand adds"))
    assert is_store_fault(error) is expected
    assert describe(error) == "Exception: what the database says"


def test_what_is_no_error_of_a_database_is_described_as_it_is() -> None:
    assert describe(ValueError("no number")) == "ValueError: no number"
    assert not is_store_fault(ValueError("no number"))
    assert is_store_fault(OSError("disk"))


def test_an_error_of_the_database_names_no_value(database: Database) -> None:
    with database.write() as tx:
        a_site_named(tx, "demo")
    with pytest.raises(IntegrityError) as refused, database.write() as tx:
        a_site_named(tx, "demo", account_id="planted-content")
    assert "planted-content" not in str(refused.value)
    assert "planted-content" not in describe(refused.value)
    assert "unique" in describe(refused.value).lower()
