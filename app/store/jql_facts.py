"""What checking and the interpreter in memory need from the store."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, select

from app.domain.jql.catalogue import Catalogue, CustomField, Named
from app.domain.jql.memory import Facts
from app.store import tables
from app.store.among import among
from app.store.issues import change_of
from app.store.sites import Site


def catalogue(
    connection: Connection, site: Site, *, now: datetime, zone: ZoneInfo, account: str | None = None
) -> Catalogue:
    """What names in a query can mean on that site."""

    def rows(table: Table) -> Iterator[RowMapping]:
        found = select(table).where(table.c.site_id == site.id).order_by(*table.primary_key)
        return iter(connection.execute(found).mappings())

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
    )


def all_facts(
    connection: Connection, site: Site, *, created_until: datetime | None = None
) -> Iterator[Facts]:
    """Every issue of the site with its whole history, by id; deleted ones are left out."""
    table = tables.issues
    wanted: ColumnElement[bool] = table.c.deleted_at.is_(None)
    if created_until is not None:
        wanted &= table.c.created <= created_until
    return _facts(connection, site, wanted, tables.changes.c.issue_id.is_not(None))


def facts_of(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, Facts]:
    """Some issues with their whole histories, by id; deleted ones, too."""
    if not issue_ids:
        return {}
    wanted = among(connection, tables.issues.c.id, issue_ids)
    theirs = among(connection, tables.changes.c.issue_id, issue_ids)
    return {one.id: one for one in _facts(connection, site, wanted, theirs)}


def _facts(
    connection: Connection, site: Site, wanted: ColumnElement[bool], theirs: ColumnElement[bool]
) -> Iterator[Facts]:
    table, texts, history = tables.issues, tables.issue_texts, tables.changes
    same = and_(
        texts.c.site_id == table.c.site_id,
        texts.c.issue_id == table.c.id,
        texts.c.digest == table.c.texts_digest,
    )
    found = connection.execute(
        select(table, texts.c.texts)
        .outerjoin(texts, same)
        .where(table.c.site_id == site.id, wanted)
        .order_by(table.c.id)
    ).mappings()
    entries = connection.execute(
        select(history).where(history.c.site_id == site.id, theirs).order_by(history.c.issue_id)
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
