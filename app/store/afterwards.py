"""What is done once a transaction is durable, and never for one that was undone: counting, above all.

Where PostgreSQL gives a transaction up for another, its work is done again; what it did outside of the store
meanwhile would be done twice.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from app import log

_log = log.get(__name__)
Act = Callable[[], object]
AFTERWARDS = "burnish_afterwards"
"""Option of a connection that writes: the list of what is done after its commit."""


def after_commit(connection: Connection, act: Act) -> None:
    """Do that when this transaction, which `Database.write` began, is durable."""
    connection.get_execution_options()[AFTERWARDS].append(act)


def do_each(acts: Iterable[Act]) -> None:
    """What was registered, when the transaction is durable.

    A fault is logged and no more: to whoever called, it would say that nothing was written.
    """
    for act in acts:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the transaction stands
            _log.error("store.after_commit_failed", kind=type(error).__name__, exc_info=error)
