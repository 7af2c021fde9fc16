"""How each database is connected to."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, FromClause, create_engine, event, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from app.store.sqlite_functions import add_functions
from app.store.types import as_json, from_json

_BUSY_MILLISECONDS = 10_000
_POOL_SECONDS = 10
# A server that hangs, or a lock that somebody forgot, becomes an error that can be tried again.
_CONNECT_SECONDS = 5
_TIME_LIMITS = {
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    # A process that is frozen in the middle of a transaction holds its locks no longer than this.
    "idle_in_transaction_session_timeout": "10s",
}
_KEEPALIVES = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}


def postgresql_engine(url: URL) -> Engine:
    """A pool of connections, for reading and for writing."""
    return create_engine(
        url,
        pool_size=10,
        pool_pre_ping=True,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,  # they are issue content, and errors are logged
        json_serializer=as_json,
        json_deserializer=from_json,
        connect_args=_connect_args(url),
    )


def _connect_args(url: URL) -> dict[str, Any]:
    """How we connect to PostgreSQL; what the address itself says stands above it."""
    limits = " ".join(f"-c {name}={value}" for name, value in _TIME_LIMITS.items())
    wanted = {"connect_timeout": _CONNECT_SECONDS, "options": limits, **_KEEPALIVES}
    return {name: value for name, value in wanted.items() if name not in url.query}


class _WithHints(SQLiteCompiler):
    """SQLAlchemy leaves `with_hint` out for SQLite, and says nothing."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002
        return text


def sqlite_engine(url: str, *, writes: bool) -> Engine:
    """The one connection that writes, or some that read."""
    engine = create_engine(
        url,
        pool_size=1 if writes else 4,
        max_overflow=0 if writes else 4,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,  # they are issue content, and errors are logged
        json_serializer=as_json,
        json_deserializer=from_json,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    engine.dialect.statement_compiler = _WithHints

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        add_functions(connection)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if writes:
            cursor.execute("PRAGMA page_size = 8192")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            # Kibibytes. Pages that do not fit go to the log in the middle of a transaction, and again later:
            # with the usual two megabytes that is a quarter of all that is written.
            cursor.execute("PRAGMA cache_size = -8000")
            # What a statement of many rows would take back is kept in memory, not in a file of its own.
            cursor.execute("PRAGMA temp_store = MEMORY")
            # Triggers call functions of ours, which some builds refuse unless they are told.
            cursor.execute("PRAGMA trusted_schema = ON")
            # A page that many commits change is written back once; more would make single commits slow.
            cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        else:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own BEGIN comes late and deferred: two writers could then both read and one fail.
        connection.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))

    return engine
