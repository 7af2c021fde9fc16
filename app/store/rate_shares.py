"""What replicas have taken of the requests that a key may make within a minute."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select, update

from app.store.admin_tables import rate_shares
from app.store.upsert import insert_new

_MINUTE = timedelta(minutes=1)


def take(connection: Connection, whose: str, *, wanted: int, most: int, now: datetime) -> int:
    """Take a share of the minute that holds `now`, the store's clock; returns its size.

    Args:
        connection: inside a transaction.
        whose: the key.
        wanted: requests.
        most: of all replicas together, in a minute.
        now: of the store.
    """
    minute = minute_of(now)
    row = _locked(connection, whose)
    if row is None:
        insert_new(connection, rate_shares, [{"whose": whose, "minute": minute, "taken": 0}])
        row = _locked(connection, whose)
    assert row is not None
    before = row["taken"] if row["minute"] >= minute else 0
    granted = max(min(wanted, most - before), 0)
    changed = update(rate_shares).where(rate_shares.c.whose == whose)
    connection.execute(changed.values(minute=max(row["minute"], minute), taken=before + granted))
    return granted


def minute_of(instant: datetime) -> datetime:
    """The beginning of its minute."""
    return instant.replace(second=0, microsecond=0)


def left_of(instant: datetime) -> timedelta:
    """How long its minute goes on."""
    return minute_of(instant) + _MINUTE - instant


def _locked(connection: Connection, whose: str) -> RowMapping | None:
    query = select(rate_shares).where(rate_shares.c.whose == whose).with_for_update()
    return connection.execute(query).mappings().first()
