"""Long texts of issues, apart from what changes every day, by what they say: a digest."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Exists, Row, bindparam, delete, exists, select, tuple_

from app.store import tables
from app.store.sites import Site
from app.store.upsert import upsert


def save(connection: Connection, site: Site, texts: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
    """Keep texts by issue id and digest."""
    rows = [
        {"site_id": site.id, "issue_id": issue_id, "digest": digest, "texts": every}
        for (issue_id, digest), every in texts.items()
    ]
    # What is there is locked, so that nobody forgets it before the issue that has it again is there.
    upsert(connection, tables.issue_texts, rows)


Key = tuple[int, str, int]
"""Of a text: its site, its issue, its digest."""


def unneeded(connection: Connection, *, after: Key, limit: int) -> list[Key]:
    """Texts that no issue has any more: the first ones behind `after`."""
    old = select(*_KEY).where(tuple_(*_KEY) > tuple_(*after), ~_needed())
    return [_key(row) for row in connection.execute(old.order_by(*_KEY).limit(limit))]


def forget(connection: Connection, keys: Sequence[Key]) -> int:
    """Delete those of them that no issue has any more; returns how many."""
    texts = tables.issue_texts
    held = select(*_KEY).where(tuple_(*_KEY).in_(keys)).with_for_update(of=texts, skip_locked=True)
    old = [_key(row) for row in connection.execute(held)]
    if not old:
        return 0
    which = [column == bindparam(f"old_{column.name}") for column in _KEY]
    # Asked again: an issue may have taken one up since.
    gone = connection.execute(
        delete(texts).where(*which, ~_needed()),
        [{f"old_{column.name}": value for column, value in zip(_KEY, key, strict=True)} for key in old],
    )
    return gone.rowcount


_KEY = tuple(tables.issue_texts.primary_key)


def _key(row: Row[Any]) -> Key:
    return row.site_id, row.issue_id, row.digest


def _needed() -> Exists:
    table, texts = tables.issues, tables.issue_texts
    same = (texts.c.site_id == table.c.site_id) & (texts.c.issue_id == table.c.id)
    return exists().where(same, texts.c.digest == table.c.texts_digest)
