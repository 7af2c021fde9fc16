"""Long texts of issues, apart from what changes every day, by what they say: a digest."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select

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


def forget(connection: Connection, limit: int) -> int:
    """Delete texts that no issue has any more; returns how many."""
    table, texts = tables.issues, tables.issue_texts
    same = (texts.c.site_id == table.c.site_id) & (texts.c.issue_id == table.c.id)
    needed = exists().where(same, texts.c.digest == table.c.texts_digest)
    old = connection.execute(
        select(texts.c.site_id, texts.c.issue_id, texts.c.digest)
        .where(~needed)
        .limit(limit)
        .with_for_update(of=texts, skip_locked=True)
    ).all()
    if old:
        which = [texts.c[name] == bindparam(f"old_{name}") for name in ("site_id", "issue_id", "digest")]
        # Asked again: an issue may have taken one up since.
        connection.execute(
            delete(texts).where(*which, ~needed),
            [{"old_site_id": site, "old_issue_id": issue, "old_digest": found} for site, issue, found in old],
        )
    return len(old)
