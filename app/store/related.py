"""Which issues may belong to an issue: those that do now, and those whose history names it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, union

from app.store.jira_tables import issue_links, link_types, old_keys
from app.store.sites import Site
from app.store.tables import changes, issues


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as an issue sees it.

    Attributes:
        other_id: the issue at the other end.
        words: how this one reads towards it ("blocks", "is blocked by").
        type_name: of the kind ("Blocks").
    """

    other_id: str
    words: str
    type_name: str


def may_be_children(connection: Connection, site: Site, issue_id: str, key: str) -> set[str]:
    """Ids of all issues that are below it, or were once; also sub-tasks and issues of an epic."""
    now = select(issues.c.id).where(
        issues.c.site_id == site.id, or_(issues.c.parent_id == issue_id, issues.c.parent_key == key)
    )
    fields = [name for name in ("parent", "Parent", "IssueParentAssociation", site.fields.epic_link) if name]
    once = select(changes.c.issue_id).where(
        changes.c.site_id == site.id,
        changes.c.field.in_(fields),
        or_(changes.c.before == issue_id, changes.c.before_text == key),
    )
    return set(connection.scalars(union(now, once)))


def links_of(connection: Connection, site: Site, issue_id: str) -> list[Linked]:
    """Its links now."""
    table, kinds = issue_links, link_types
    query = (
        select(table.c.source_id, table.c.target_id, kinds.c.name, kinds.c.outward, kinds.c.inward)
        .join(kinds, (kinds.c.site_id == table.c.site_id) & (kinds.c.id == table.c.type_id))
        .where(
            table.c.site_id == site.id,
            table.c.deleted_at.is_(None),
            or_(table.c.source_id == issue_id, table.c.target_id == issue_id),
        )
        .order_by(table.c.id)
    )
    return [
        Linked(row.target_id, row.outward, row.name)
        if row.source_id == issue_id
        else Linked(row.source_id, row.inward, row.name)
        for row in connection.execute(query)
    ]


def ids_of(connection: Connection, site: Site, keys: set[str]) -> dict[str, str]:
    """Ids by key, also by one that an issue had before it was moved; of those that are here."""
    query = select(issues.c.key, issues.c.id).where(issues.c.site_id == site.id, issues.c.key.in_(keys))
    found = {row.key: row.id for row in connection.execute(query)}
    if former := keys - found.keys():
        old = select(old_keys.c.key, old_keys.c.issue_id).where(
            old_keys.c.site_id == site.id, old_keys.c.key.in_(former)
        )
        found |= {row.key: row.issue_id for row in connection.execute(old.order_by(old_keys.c.until))}
    return found


def changed_since(connection: Connection, site: Site, at: datetime) -> dict[str, str]:
    """Keys by id of the issues that were made, changed or commented on after an instant; no deleted ones."""
    there = select(issues.c.id, issues.c.key).where(
        issues.c.site_id == site.id, issues.c.deleted_at.is_(None)
    )
    # With OR, SQLite reads the whole site where it has no statistics.
    both = union(there.where(issues.c.updated > at), there.where(issues.c.created > at))
    return {row.id: row.key for row in connection.execute(both)}


def created_at(connection: Connection, site: Site, key: str) -> datetime | None:
    """When the issue of that key was created; None where it is not here, or not any more."""
    query = select(issues.c.created).where(
        issues.c.site_id == site.id, issues.c.key == key, issues.c.deleted_at.is_(None)
    )
    return connection.scalar(query)
