"""A copy of an SQLite store, made while others write it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from app.errors import NotPossible, StoreUnavailable
from app.store.database import Database


def copy_store(database: Database, target: Path) -> int:
    """Copy the store as it is at one instant; writers go on meanwhile, and nobody waits.

    The copy is whole or not there: it gets its name when all of it is on disk. Its owner alone can read it.

    Args:
        database: an SQLite store.
        target: a file that is not there yet.

    Returns:
        The copy's size in bytes.

    Raises:
        NotPossible: a server's store, or a target that cannot be written.
        StoreUnavailable: there is no store.
    """
    if not database.is_sqlite:
        raise NotPossible("The store is PostgreSQL's: back it up with `pg_dump`.")
    if target.exists():
        raise NotPossible(f"{target} is there already, and nothing is written over. Name another file.")
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        _copy(database, partial)
        size = partial.stat().st_size
        partial.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise NotPossible(f"{target} cannot be written: {error}. Is there room, and may we write?") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return size


def _copy(database: Database, partial: Path) -> None:
    with database.read() as connection, closing(sqlite3.connect(partial)) as copy:
        source = connection.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise StoreUnavailable("The store's driver cannot copy.")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it that must come along
    with partial.open("rb") as written:
        os.fsync(written.fileno())
