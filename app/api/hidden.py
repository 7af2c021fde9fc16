"""What is not there for the key that asks."""

from sqlalchemy import Connection

from app.services.access import Caller
from app.store import restricted
from app.store.restricted import Hidden


def hidden_from(tx: Connection, site_id: int, caller: Caller) -> Hidden:
    """Its restricted issues, if the key does not see them."""
    return restricted.NOTHING_HIDDEN if caller.sees_restricted else restricted.all_of(tx, site_id)


def is_hidden(tx: Connection, key: str | None, caller: Caller) -> bool:
    """Whether what is asked for by an issue's key is answered as of an issue that never was.

    By what would be found one could tell by which name the issue stands in other answers.
    """
    return key is not None and not caller.sees_restricted and key in restricted.among_keys(tx, [key])
