"""What is done once a transaction is durable, and never for one that was undone: counting, above all.

Where PostgreSQL gives a transaction up for another, its work is done again; what it did outside of the store
meanwhile would be done twice.
"""

from collections.abc import Callable

from sqlalchemy import Connection

Act = Callable[[], object]
AFTERWARDS = "burnish_afterwards"
"""Option of a connection that writes: the list of what is done after its commit."""


def after_commit(connection: Connection, act: Act) -> None:
    """Do that when this transaction, which `Database.write` began, is durable."""
    connection.get_execution_options()[AFTERWARDS].append(act)
