"""What of a site is not there for the key that asks."""

from sqlalchemy import Connection

from app.services.access import Caller
from app.store import restricted
from app.store.restricted import Hidden


def hidden_from(tx: Connection, site_id: int, caller: Caller) -> Hidden:
    """Its restricted issues, if the key does not see them."""
    return restricted.NOTHING_HIDDEN if caller.sees_restricted else restricted.all_of(tx, site_id)
