"""What checking and the interpreter in memory need from the store."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, Table, and_, select

from app.domain.jql.catalogue import Catalogue, CustomField, Named
from app.domain.jql.memory import Facts
from app.store import jira_tables, tables
from app.store.issues import change_of
from app.store.sites import Site


def catalogue(
    connection: Connection, site: Site, *, now: datetime, zone: ZoneInfo, account: str | None = None
) -> Catalogue:
    """What names in a query can mean on that site."""

    def rows(table: Table) -> Iterator[RowMapping]:
        found = select(table).where(table.c.site_id == site.id).order_by(*table.primary_key)
        return iter(connection.execute(found).mappings())

    by_rank = sorted(rows(jira_tables.priorities), key=lambda row: row["position"], reverse=True)
    priorities = tuple(Named(row["id"], row["name"]) for row in by_rank if row["deleted_at"] is None)
    return Catalogue(
        now=now,
        zone=zone,
        fields=tuple(
            CustomField(row["id"], row["name"], row["schema_type"], row["schema_custom"])
            for row in rows(tables.fields)
            if row["custom"]
        ),
        statuses=tuple(Named(row["id"], row["name"], row["category"]) for row in rows(tables.statuses)),
        sprints=tuple(Named(str(row["id"]), row["name"], row["state"]) for row in rows(tables.sprints)),
        projects=tuple(Named(row["id"], row["name"], key=row["key"]) for row in rows(tables.projects)),
        account=account,
        sprint_field=site.fields.sprint,
        rank_field=site.fields.rank,
        priorities=priorities or None,
    )


def all_facts(
    connection: Connection, site: Site, *, created_until: datetime | None = None
) -> Iterator[Facts]:
    """Every issue of the site with its whole history, by id; deleted ones are left out."""
    table, texts, history = tables.issues, tables.issue_texts, tables.changes
    wanted = [table.c.site_id == site.id, table.c.deleted_at.is_(None)]
    if created_until is not None:
        wanted.append(table.c.created <= created_until)
    same = and_(
        texts.c.site_id == table.c.site_id,
        texts.c.issue_id == table.c.id,
        texts.c.digest == table.c.texts_digest,
    )
    found = connection.execute(
        select(table, texts.c.texts).outerjoin(texts, same).where(*wanted).order_by(table.c.id)
    ).mappings()
    entries = connection.execute(
        select(history).where(history.c.site_id == site.id).order_by(history.c.issue_id)
    ).mappings()
    changes = {
        str(issue_id): tuple(change_of(row) for row in group)
        for issue_id, group in groupby(entries, key=lambda row: row["issue_id"])
    }
    for row in found:
        yield Facts(
            id=row["id"],
            key=row["key"],
            project_key=row["project_key"],
            status_id=row["status_id"],
            summary=row["summary"],
            created=row["created"],
            updated=row["updated"],
            fields={**row["fields"], **(row["texts"] or {})},
            changes=changes.get(row["id"], ()),
        )
