"""Comments that are gone although no event said so: the whole list of an issue tells it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.store import tables
from app.store.among import among
from app.store.comments import bury_comments
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Listed:
    """All comments that an issue had.

    Attributes:
        ids: of the comments, every one.
        at: `updated` of the picture of the issue that the list is from: what came later says nothing here.
    """

    ids: Collection[str]
    at: datetime


def bury_unlisted(connection: Connection, site: Site, listed: Mapping[str, Listed]) -> None:
    """Tombstones for comments that a whole list, by issue id, does not hold.

    A comment changes `updated` of its issue, so one that is older than the picture must be in its list; a
    newer one was only heard of before the picture was read.
    """
    if not listed:
        return
    table = tables.comments
    here = (table.c.site_id == site.id, among(connection, table.c.issue_id, listed))
    rows = connection.execute(
        select(table.c.id, table.c.issue_id, table.c.created).where(*here, table.c.deleted_at.is_(None))
    )
    gone = {
        row.id: listed[row.issue_id].at
        for row in rows
        if row.id not in listed[row.issue_id].ids
        and row.created is not None
        and row.created < listed[row.issue_id].at
    }
    bury_comments(connection, site, gone)
