"""Which issues a backlog has, and which of them are still as a run left them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import eq

import msgspec
from sqlalchemy import ColumnElement, Connection, Integer, String, Text, and_, cast, func, or_, select

from app.domain.grooming.memory import Memory
from app.store import issue_news, report_issues, tables
from app.store.among import among
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Scope:
    """Which issues a backlog has.

    Attributes:
        project_keys: of these projects.
        keys: only these issues; all of the projects where it is None.
        leave_out: keys of issues that do not belong to it all the same.
        fields: names or ids of fields that formulas and definitions ask for.
        bots: account ids whose doings are no human's, our own among them.
        commanders: by project key, account ids whose commands in comments count; None: everybody's.
        hides: what is restricted stands apart, and nothing else knows of it.
    """

    project_keys: tuple[str, ...] = ()
    keys: Collection[str] | None = None
    leave_out: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    commanders: Mapping[str, frozenset[str]] | None = None
    hides: bool = False


def stamps(connection: Connection, site: Site, scope: Scope, *, done: Collection[str]) -> dict[str, str]:
    """The open issues by id, each with what changes with every change of it; as the database writes it."""
    table = tables.issues
    where: list[ColumnElement[bool]] = [
        table.c.site_id == site.id,
        table.c.deleted_at.is_(None),
        table.c.status_id.not_in(sorted(done)),
        table.c.key.not_in(sorted(scope.leave_out)),
        table.c.id.not_in(report_issues.ids(site.id)),
    ]
    if scope.keys is not None:
        where.append(among(connection, table.c.key, scope.keys))
    else:
        where.append(table.c.project_key.in_(scope.project_keys))
    # What may be another one without that Jira updates the issue: where its epic was deleted, its type
    # renamed, or its history found to be cut.
    beside = (table.c.rank, table.c.parent_id, table.c.parent_key, table.c.type_name, table.c.status_name)
    stamp = cast(table.c.updated, String) + cast(cast(table.c.history_complete, Integer), String)
    for one in beside:
        stamp = stamp + " " + func.coalesce(one, "")
    # One text of all is read many times faster than a row for each.
    is_sqlite = connection.dialect.name == "sqlite"
    as_one = func.json_group_object if is_sqlite else func.json_object_agg
    found = connection.scalar(select(cast(as_one(table.c.id, stamp), Text)).where(*where))
    stamps = {} if found is None else msgspec.json.decode(found, type=dict[str, str])
    for issue_id, number in issue_news.numbers(connection, site).items():
        if issue_id in stamps:
            stamps[issue_id] += f" {number}"
    return stamps


def unchanged(stamps: Mapping[str, str], memory: Memory, restricted: frozenset[str]) -> list[bool]:
    """Of each issue that a memory knows whether it is so still.

    Jira does not update an issue with its security level where it has that from its parent.
    """
    overview, ids = memory.overview, memory.overview.ids
    same = list(map(eq, map(stamps.get, ids), memory.stamps))
    were_restricted = {ids[place] for place in overview.of_kind(lambda kind: kind.restricted)}
    others = (overview.places[one] for one in were_restricted ^ restricted if one in overview.places)
    # Data Center names an epic by its key alone, and nothing of the issue changes when that is read at last.
    by_key = (place for place, parent in enumerate(overview.parents) if parent and "-" in parent)
    for place in (*overview.incomplete, *others, *by_key):
        same[place] = False
    return same


def put_aside(
    connection: Connection, site: Site, stamps: dict[str, str], hidden: frozenset[str]
) -> dict[str, str]:
    """Take what is hidden out of the stamps; returns those of the backlog's issues that were.

    What stands below a hidden issue is another one from then on, and Jira does not update it.
    """
    if not hidden:
        return {}
    table, above = tables.issues, tables.issues.alias()
    level = above.c.site_id == site.id, above.c.security_id.is_not(None)
    below = connection.scalars(
        select(table.c.id).where(
            table.c.site_id == site.id,
            or_(
                table.c.parent_id.in_(select(above.c.id).where(*level)),
                and_(table.c.parent_id.is_(None), table.c.parent_key.in_(select(above.c.key).where(*level))),
            ),
        )
    )
    for one in below:
        if one in stamps:
            stamps[one] += " below"
    return {one: stamps.pop(one) for one in sorted(hidden & stamps.keys())}


def restricted(connection: Connection, site: Site) -> frozenset[str]:
    """Ids of all issues with a security level."""
    table = tables.issues
    level = table.c.security_id
    return frozenset(
        connection.scalars(select(table.c.id).where(table.c.site_id == site.id, level.is_not(None)))
    )
