"""API keys: by the digest of what their owners send."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from app.errors import NotFound
from app.store.pages import newest_first
from app.store.tables import api_keys

_EVERYTHING_BUT_THE_DIGEST = [column for column in api_keys.c if column.name != "digest"]


def by_digest(connection: Connection, digest: bytes) -> RowMapping | None:
    """The key of that digest, whether or not it is still good."""
    query = select(*_EVERYTHING_BUT_THE_DIGEST).where(api_keys.c.digest == digest)
    return connection.execute(query).mappings().first()


def get(connection: Connection, key_id: int, *, lock: bool = False) -> RowMapping:
    """A key.

    Raises:
        NotFound: none with that id.
    """
    query = select(*_EVERYTHING_BUT_THE_DIGEST).where(api_keys.c.id == key_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("key", key_id)
    return row


def listed(
    connection: Connection, *, before: int | None, limit: int, revoked: bool | None = None
) -> Sequence[RowMapping]:
    """Keys, newest first, below the id `before`."""
    query = newest_first(select(*_EVERYTHING_BUT_THE_DIGEST), api_keys.c.id, before=before, limit=limit)
    if revoked is not None:
        gone = api_keys.c.revoked_at.is_not(None)
        query = query.where(gone if revoked else ~gone)
    return connection.execute(query).mappings().all()


def in_use(connection: Connection, name: str) -> bool:
    """Whether a key of that name is there that nobody revoked."""
    query = select(api_keys.c.id).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    return connection.execute(query).first() is not None


def put(connection: Connection, **values: Any) -> int:
    """A new key; returns its id."""
    return int(connection.execute(insert(api_keys).values(values).returning(api_keys.c.id)).scalar_one())


def revoke(connection: Connection, key_id: int, *, by: str, now: datetime) -> None:
    """From now on it opens nothing."""
    ended = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    connection.execute(ended.values(revoked_at=now, revoked_by=by))


def note_use(connection: Connection, key_id: int, *, now: datetime, apart: timedelta) -> None:
    """It was used, unless that was noted less than `apart` ago."""
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= now - apart)
    connection.execute(update(api_keys).where(api_keys.c.id == key_id, stale).values(last_used_at=now))
