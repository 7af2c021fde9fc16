"""Who works with the interpreter first: whoever writes to SQLite, for whom all others wait.

Python lets one thread work at a time, and all that ask have it equally often. The database needs it for none
of its own work, which others can use for theirs: but only for what they have left then. So whoever prepares
for the next transaction gives way to the one that is going on, and gets through its work while that one waits
for the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from sqlalchemy import Connection, Engine, event

_KEY = "burnish_writer_first"
_MOMENT = 0.01
"""Seconds that one piece of work gives way: a writer who waits for something else must not stop anybody."""


class WriterFirst:
    """Of a store. On PostgreSQL nobody gives way to anybody."""

    def __init__(self) -> None:
        self._has_no_need = Event()
        self._has_no_need.set()

    def give_way(self) -> None:
        """Between two pieces of work of a tenth of a millisecond or so."""
        if not self._has_no_need.is_set():
            self._has_no_need.wait(_MOMENT)

    def heed(self, engine: Engine) -> None:
        """Give way to the transactions of an engine, until they are committed or undone."""

        @event.listens_for(engine, "connect")
        def _connected(_: object, record: object) -> None:
            record.info[_KEY] = self._has_no_need  # type: ignore[attr-defined]

        @event.listens_for(engine, "begin")
        def _begun(_: Connection) -> None:
            self._has_no_need.clear()

        @event.listens_for(engine, "commit")
        @event.listens_for(engine, "rollback")
        def _ending(_: Connection) -> None:
            self._has_no_need.set()


@contextmanager
def while_database_works(connection: Connection) -> Iterator[None]:
    """Around a statement that takes long: nobody has to give way."""
    has_no_need: Event | None = connection.info.get(_KEY)
    if has_no_need is None:
        yield
        return
    has_no_need.set()
    try:
        yield
    finally:
        has_no_need.clear()
