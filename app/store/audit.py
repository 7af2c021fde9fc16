"""The record of changes: appended to, read, and nothing else."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from app.errors import NotFound
from app.store.pages import newest_first
from app.store.tables import audit


def append(connection: Connection, **values: Any) -> None:
    """One more entry."""
    connection.execute(insert(audit).values(values))


def get(connection: Connection, entry_id: int) -> RowMapping:
    """An entry.

    Raises:
        NotFound: none with that id.
    """
    row = connection.execute(select(audit).where(audit.c.id == entry_id)).mappings().first()
    if row is None:
        raise NotFound("entry of the audit", entry_id)
    return row


def listed(connection: Connection, *, before: int | None, limit: int, **wanted: Any) -> Sequence[RowMapping]:
    """Entries, newest first, below the id `before`.

    Args:
        connection: inside a transaction.
        before: only older ones.
        limit: most of them.
        wanted: columns with the value that they must have (None: any); `since` and `until` are instants.
    """
    query = newest_first(select(audit), audit.c.id, before=before, limit=limit)
    since, until = wanted.pop("since", None), wanted.pop("until", None)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(audit.c[name] == value)
    return connection.execute(query).mappings().all()
