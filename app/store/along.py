"""Short work goes along with a transaction that is under way: one commit is for both."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.store.afterwards import AFTERWARDS
from app.store.store_faults import is_store_fault


@dataclass(eq=False, slots=True)
class Wish:
    """Work that waits, and what whoever wished it will be told once it is durable."""

    work: Callable[[Connection], Any]
    told: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a wish, as soon as the transaction is durable."""

    wish: Wish
    result: Any = None
    error: Exception | None = None


class Along:
    """Those who wait for a transaction that takes them along.

    Whoever likes may wish; all else is for the one thread that writes.
    """

    def __init__(self) -> None:
        self._waiting: deque[Wish] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def wish(self, work: Callable[[Connection], Any]) -> Future[Any]:
        """Wait for a transaction."""
        context = copy_context()
        wish = Wish(lambda connection: context.run(work, connection))
        wish.told.set_running_or_notify_cancel()  # from now on nobody can call it off, and it has an end
        self._waiting.append(wish)
        return wish.told

    def take(self, connection: Connection) -> list[Done]:
        """Do what was wished for, each behind a savepoint: one that fails undoes nothing of the others."""
        wishes = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            return [_do(connection, wish) for wish in wishes]
        except Exception:
            self._wait_again(wishes)
            raise

    def put_back(self, done: Sequence[Done]) -> None:
        """The transaction was undone: they wait for the next."""
        self._wait_again([one.wish for one in done])

    def _wait_again(self, wishes: Sequence[Wish]) -> None:
        self._waiting.extendleft(reversed(wishes))

    def refuse(self, error: Exception) -> None:
        """There is no transaction to be had."""
        while self._waiting:
            self._waiting.popleft().told.set_exception(error)


def _do(connection: Connection, wish: Wish) -> Done:
    acts = connection.get_execution_options()[AFTERWARDS]
    before = len(acts)
    savepoint = connection.begin_nested()
    try:
        result = wish.work(connection)
    except Exception as error:
        if is_store_fault(error):  # SQLite may have undone everything, and then nobody must commit
            raise
        savepoint.rollback()
        del acts[before:]
        return Done(wish, error=error)
    savepoint.commit()
    return Done(wish, result)


def tell(done: Sequence[Done]) -> None:
    """The transaction is durable."""
    for one in done:
        if one.error is None:
            one.wish.told.set_result(one.result)
        else:
            one.wish.told.set_exception(one.error)
