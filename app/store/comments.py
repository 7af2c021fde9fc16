"""Comments of issues, as they were told last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from app.store import tables
from app.store.sites import Site
from app.store.upsert import upsert


def save_comments(connection: Connection, site: Site, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep comments by id; the later edit wins, and one without an instant is left out."""
    known = [{"site_id": site.id, **row} for row in rows if is_dated(row)]
    is_indexed = ("has_words", "body")
    upsert(connection, tables.comments, known, keep=("deleted_at",), newer="updated", worked=is_indexed)


def is_dated(comment: Mapping[str, Any]) -> bool:
    """Whether it can be said which of two pictures of the comment is newer."""
    return comment["updated"] is not None


def bury_comments(connection: Connection, site: Site, deleted: Mapping[str, datetime]) -> None:
    """Tombstones by comment id; one that is not in the store gets none."""
    if not deleted:
        return
    table = tables.comments
    connection.execute(
        update(table)
        .where(table.c.site_id == site.id, table.c.id == bindparam("gone"))
        .values(deleted_at=bindparam("at")),
        [{"gone": one, "at": at} for one, at in sorted(deleted.items())],
    )
