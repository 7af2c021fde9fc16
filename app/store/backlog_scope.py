"""Which issues a backlog has, and which of them are still as a run left them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, String, cast, func, select

from app.domain.grooming.commands import Said
from app.domain.grooming.facts import Item
from app.domain.grooming.memory import Memory
from app.store import report_issues, tables
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
    """

    project_keys: tuple[str, ...] = ()
    keys: Collection[str] | None = None
    leave_out: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    commanders: Mapping[str, frozenset[str]] | None = None


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
    stamp = cast(table.c.updated, String) + " " + func.coalesce(table.c.rank, "")
    # The order comes later: with it, SQLite would rather read each row than the index that has all of this.
    rows = connection.execute(select(table.c.id, stamp).where(*where)).all()
    return dict(sorted((issue_id, found) for issue_id, found in rows))


def unchanged(stamps: Mapping[str, str], memory: Memory, restricted: frozenset[str]) -> dict[str, Item]:
    """By id what a memory knows and what is so still: Jira updates an issue with its comments, too.

    Not with its security level, though, where it has that from its parent.
    """
    return {
        item.id: item
        for item, stamp in zip(memory.items, memory.stamps, strict=True)
        if stamps.get(item.id) == stamp
        and item.history_complete
        and item.restricted == (item.id in restricted)
    }


def restricted(connection: Connection, site: Site) -> frozenset[str]:
    """Ids of all issues with a security level."""
    table = tables.issues
    level = table.c.security_id
    return frozenset(
        connection.scalars(select(table.c.id).where(table.c.site_id == site.id, level.is_not(None)))
    )


def said_before(memory: Memory | None, kept: Collection[str]) -> dict[str, Said]:
    """What people told us of issues that are not read again."""
    return {} if memory is None else {one: said for one, said in memory.said.items() if one in kept}
