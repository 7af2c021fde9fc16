"""Connections and transactions: the one place that begins and commits, and that knows which database it is.

SQLite: one file, WAL, synchronous=FULL, *one* writing connection (readers beside it, read-only). That is
also what keeps clear of SQLite's WAL-reset bug before 3.51.3, which needs two writing connections; a lock
file refuses a second writing process. PostgreSQL: a pool, its own locks, its own durability.
"""

import asyncio
import fcntl
import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import anyio.to_thread
from sqlalchemy import Connection, Engine, make_url, text

from app.errors import NotPossible, SettingsInvalid, StoreUnavailable
from app.store.afterwards import AFTERWARDS, Act, do_each
from app.store.along import Along, Done, tell
from app.store.engines import postgresql_engine, sqlite_engine
from app.store.store_faults import gave_way, named_errors
from app.store.writer_first import WriterFirst

OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING and DROP COLUMN."""

_BEFORE_TRYING_AGAIN = (0.02, 0.1, 0.5)
"""Seconds, more or less: two that were in each other's way must not meet again."""

_READS = "burnish_reads"
"""Option of a connection that only reads."""

T = TypeVar("T")


class Database:
    """The store's connections.

    Use `read()` and `write()` from threads; `call_read()` and `call_write()` from async code.

    Attributes:
        writer_first: for what prepares a transaction in a thread and takes long.
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
        self.writer_first = WriterFirst()
        self._along = Along()
        self._file: Path | None = None
        self._inode: int | None = None
        self._lock: IO[str] | None = None
        # One connection writes to SQLite, so one thread does: others would only wait for it.
        self._writing_thread: ThreadPoolExecutor | None = None
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                message = "database_url: a store in memory is lost at the next start; name a file"
                raise SettingsInvalid(message)
            check_sqlite(sqlite3.sqlite_version_info, has_fts5=_has_fts5())
            self._file = Path(parsed.database).absolute()
            self._writing_thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
            self._writer = sqlite_engine(url, writes=True)
            self.writer_first.heed(self._writer)
            self._reader = sqlite_engine(url, writes=False)
        else:
            self._writer = self._reader = postgresql_engine(parsed)

    @property
    def has_one_writer(self) -> bool:
        """Whether only one process can write, so that all claims are its own and others have to ask it."""
        return self.is_sqlite

    def server_time(self, connection: Connection, here: datetime) -> datetime:
        """What time it is for all who share the store: the server's clock, or ours where nobody shares it."""
        if self.is_sqlite:
            return here
        said = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return cast("datetime", said).astimezone(UTC)

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    def close(self) -> None:
        """Give back everything."""
        if self._writing_thread is not None:
            self._writing_thread.shutdown()
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
                f"Another process already writes {self._file}{self._who_writes()}. SQLite has one "
                "writer; stop that process, ask it over HTTP, or use PostgreSQL for several."
            )
            raise NotPossible(message) from error
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), **facts}))
        handle.flush()
        self._lock = handle

    def free_bytes(self) -> int | None:
        """How much the disk of the SQLite file still takes; None of a server, whose disk we do not see."""
        return None if self._file is None else shutil.disk_usage(self._file.parent).free

    def holder(self) -> dict[str, Any] | None:
        """What the process that writes the file said of itself, whether or not it still lives."""
        if self._file is None:
            return None
        try:
            said = json.loads(self._file.with_name(self._file.name + ".lock").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def _who_writes(self) -> str:
        """Of the process that holds the file, for a sentence: " (process 12, http://…)"."""
        said = self.holder() or {}
        known = [f"process {said['pid']}"] if "pid" in said else []
        known += [str(value) for name, value in said.items() if name != "pid"]
        return f" ({', '.join(known)})" if known else ""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is durable when the block ends, or none of it happened.

        Raises:
            StoreUnavailable: the database does not answer, is full, read-only, or was taken away.
        """
        acts: list[Act] = []
        with named_errors():
            self._check_that_the_file_is_ours()
            with self._writer.begin() as connection:
                yield connection.execution_options(**{AFTERWARDS: acts})
        do_each(acts)

    @contextmanager
    def write_schema(self) -> Iterator[Connection]:
        """`write()` for a change of tables: what has to be sorted for an index may be larger than memory."""
        self._keep_aside_in("FILE")
        try:
            with self.write() as connection:
                yield connection
        finally:
            self._keep_aside_in("MEMORY")

    def _keep_aside_in(self, where: str) -> None:
        if not self.is_sqlite:
            return
        with named_errors(), closing(self._writer.raw_connection()) as raw:
            raw.cursor().execute(f"PRAGMA temp_store = {where}")
            raw.cursor().execute("PRAGMA shrink_memory")  # pages of migrations, which nobody asks for again

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; writes are refused on SQLite and pointless on PostgreSQL."""
        if self._file is not None and not self._file.exists():
            # SQLite would make an empty one, or go on reading the lost one.
            raise StoreUnavailable(f"There is no store at {self._file}. `burnish sync` makes one.")
        with named_errors(), self._reader.connect() as connection:
            yield connection.execution_options(**{_READS: True})

    def read_anew(self) -> None:
        """Have readers begin again: an open connection to SQLite goes on with statistics of before."""
        if self.is_sqlite:
            self._reader.dispose()

    def check_writable(self) -> None:
        """Whether a write would go through; a standby or a full disk lets a mere BEGIN pass.

        Raises:
            StoreUnavailable: it would not.
        """
        with self.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    async def call_write(self, work: Callable[[Connection], T]) -> T:
        """`write()` around `work`, in a thread.

        Where PostgreSQL gives `work` up for another transaction, it is called again, up to three times: what
        it leaves behind outside of the store must be the same then.
        """

        def run() -> T:
            for pause in _BEFORE_TRYING_AGAIN:
                try:
                    return self._write_once(work)
                except StoreUnavailable as error:
                    if not gave_way(error):
                        raise
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads tries; nothing secret
            return self._write_once(work)

        return await _in_thread(run, self._writing_thread)

    async def call_along(self, work: Callable[[Connection], T]) -> T:
        """`call_write()` for something short: on SQLite at the end of a transaction that is under way."""
        if self._writing_thread is None:
            return await self.call_write(work)
        told = self._along.wish(work)
        self._writing_thread.submit(self._take_along)
        return await _to_its_end(asyncio.wrap_future(told))

    def _take_along(self) -> None:
        """Whoever is still waiting has a transaction of his own."""
        if self._along:
            try:
                self._write_once(lambda _: None)
            except Exception as error:  # noqa: BLE001 - it is told to all who wait
                self._along.refuse(error)

    def _write_once(self, work: Callable[[Connection], T]) -> T:
        done: list[Done] = []
        try:
            with self.write() as connection:
                result = work(connection)
                done = self._along.take(connection)
        except Exception:
            self._along.put_back(done)
            raise
        tell(done)
        return result

    async def call_read(self, work: Callable[[Connection], T]) -> T:
        """`read()` around `work`, in a thread."""

        def run() -> T:
            with self.read() as connection:
                return work(connection)

        return await _in_thread(run)

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


async def _in_thread(run: Callable[[], T], thread: ThreadPoolExecutor | None = None) -> T:
    return await _to_its_end(
        asyncio.ensure_future(
            anyio.to_thread.run_sync(run)
            if thread is None
            else asyncio.get_running_loop().run_in_executor(thread, copy_context().run, run)
        )
    )


async def _to_its_end(running: asyncio.Future[T]) -> T:
    """A transaction never outlives whoever asked for it: one that is cancelled waits for its end."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # nobody else will ask for it
        raise


def rest(connection: Connection) -> None:
    """Call it before long thinking between two reads: PostgreSQL ends a transaction that asks nothing.

    There each statement sees what is committed anyway. A transaction that writes stays as it is.
    """
    if connection.dialect.name == "postgresql" and connection.get_execution_options().get(_READS):
        connection.rollback()


def check_sqlite(version: tuple[int, ...], *, has_fts5: bool) -> None:
    """Refuse a SQLite that lacks what we use.

    Raises:
        NotPossible: it is too old, or was built without full-text search.
    """
    way_out = "Use another Python, or PostgreSQL as database_url."
    shown, needed = (".".join(map(str, each)) for each in (version, OLDEST_SQLITE))
    if version < OLDEST_SQLITE:
        raise NotPossible(f"This Python has SQLite {shown}; Burnish needs {needed} or newer. {way_out}")
    if not has_fts5:
        raise NotPossible(
            f"This Python's SQLite {shown} was built without FTS5, its full-text search. {way_out}"
        )


@cache
def _has_fts5() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE found USING fts5(words)")
        except sqlite3.OperationalError:
            return False
    return True
