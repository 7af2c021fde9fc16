"""Where issues stand in the order of the backlog, told without anything else of them.

Jira gives many issues new ranks when there is no room between two: none of them is updated by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from app.store import tables
from app.store.among import among
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Ranked:
    """An issue's rank, and the picture of it that it belongs to.

    Attributes:
        updated: `updated` of the picture; a newer one in the store knows better.
    """

    rank: str
    updated: datetime


def save(connection: Connection, site: Site, ranked: Mapping[str, Ranked]) -> None:
    """Keep ranks by issue id, both as a column and in the field, unless the issue changed meanwhile."""
    field, table = site.fields.rank, tables.issues
    if field is None or not ranked:
        return
    stored = connection.execute(
        select(table.c.id, table.c.updated, table.c.fields).where(
            table.c.site_id == site.id, among(connection, table.c.id, ranked)
        )
    )
    rows = [
        {"issue": row.id, "as_of": row.updated, "rank": told.rank, "fields": {**row.fields, field: told.rank}}
        for row in stored
        if row.updated == (told := ranked[row.id]).updated
    ]
    same = (
        table.c.site_id == site.id,
        table.c.id == bindparam("issue"),
        table.c.updated == bindparam("as_of"),
    )
    if rows:
        connection.execute(update(table).where(*same), sorted(rows, key=lambda row: str(row["issue"])))
