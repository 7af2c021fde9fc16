"""Connections and transactions: the one place that begins and commits, and that knows which database it is.

SQLite: one file, WAL, synchronous=FULL, *one* writing connection (readers beside it, read-only). That is
also what keeps clear of SQLite's WAL-reset bug before 3.51.3, which needs two writing connections; a lock
file refuses a second writing process. PostgreSQL: a pool, its own locks, its own durability.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import NotPossible, SettingsInvalid, StoreUnavailable

_BUSY_MILLISECONDS = 10_000
_POOL_SECONDS = 10

T = TypeVar("T")


class Database:
    """The store's connections.

    Use `read()` and `write()` from threads; `call_read()` and `call_write()` from async code.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except Exception as error:
            message = "database_url cannot be read; write it like sqlite:///burnish.db"
            raise SettingsInvalid(message) from error
        if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
            message = (
                f"database_url: {parsed.drivername!r} is not supported; "
                "use sqlite:///… or postgresql+psycopg://…"
            )
            raise SettingsInvalid(message)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._file: Path | None = None
        self._inode: int | None = None
        self._lock: IO[str] | None = None
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                message = "database_url: a store in memory is lost at the next start; name a file"
                raise SettingsInvalid(message)
            self._file = Path(parsed.database).absolute()
            self._writer = _sqlite_engine(url, writes=True)
            self._reader = _sqlite_engine(url, writes=False)
        else:
            self._writer = self._reader = create_engine(url, pool_pre_ping=True, pool_timeout=_POOL_SECONDS)

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    def close(self) -> None:
        """Give back everything."""
        self._writer.dispose()
        self._reader.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def claim_file(self, facts: Mapping[str, Any]) -> None:
        """Be the only process that writes this SQLite file, until `close()` or death.

        Args:
            facts: what another process that is refused should know of us, e.g. our address.

        Raises:
            NotPossible: another process has it. PostgreSQL has no such limit.
        """
        if self._file is None:
            return
        path = self._file.with_name(self._file.name + ".lock")
        try:
            handle = path.open("a+", encoding="utf-8")
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}. Choose another database_url."
            raise StoreUnavailable(message) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            message = (
                f"Another process already writes {self._file}: {self.holder() or 'unknown'}. SQLite has one "
                "writer; stop that process, ask it over HTTP, or use PostgreSQL for several."
            )
            raise NotPossible(message) from error
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), **facts}))
        handle.flush()
        self._lock = handle

    def holder(self) -> dict[str, Any] | None:
        """What the process that writes the file said of itself, whether or not it still lives."""
        if self._file is None:
            return None
        try:
            said = json.loads(self._file.with_name(self._file.name + ".lock").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block ends, or none of it happened.

        Raises:
            StoreUnavailable: the database does not answer, is full, read-only, or was taken away.
        """
        with _named_errors():
            self._check_that_the_file_is_ours()
            with self._writer.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; writes are refused on SQLite and pointless on PostgreSQL."""
        with _named_errors(), self._reader.connect() as connection:
            yield connection

    async def call_write(self, work: Callable[[Connection], T]) -> T:
        """`write()` around `work`, in a thread."""

        def run() -> T:
            with self.write() as connection:
                return work(connection)

        return await anyio.to_thread.run_sync(run)

    async def call_read(self, work: Callable[[Connection], T]) -> T:
        """`read()` around `work`, in a thread."""

        def run() -> T:
            with self.read() as connection:
                return work(connection)

        return await anyio.to_thread.run_sync(run)

    def _check_that_the_file_is_ours(self) -> None:
        """A deleted or replaced SQLite file still takes writes through the old handle, and they are lost."""
        if self._file is None:
            return
        try:
            inode = self._file.stat().st_ino
        except FileNotFoundError:
            if self._inode is None:
                return  # the first connection creates it
            message = f"{self._file} is gone; put it back and start Burnish again."
            raise StoreUnavailable(message) from None
        if self._inode is None:
            self._inode = inode
        elif inode != self._inode:
            message = f"{self._file} was replaced while Burnish ran; start Burnish again."
            raise StoreUnavailable(message)


@contextmanager
def _named_errors() -> Iterator[None]:
    """Faults of the store itself get our name; faults of a statement stay what they are."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
        message = f"The store does not answer: {(reason.strip() or type(error).__name__).splitlines()[0]}"
        raise StoreUnavailable(message) from error


def _sqlite_engine(url: str, *, writes: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=1 if writes else 4,
        max_overflow=0 if writes else 4,
        pool_timeout=_POOL_SECONDS,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if writes:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        else:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own BEGIN comes late and deferred: two writers could then both read and one fail.
        connection.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))

    return engine
