"""What the store is known not to have whole. A number that is computed from it must say so.

Scopes are "site" and "project:<id>". What a scope lacks is noted by whoever could not read it,
and cleared by whoever could.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, or_, select

from app.store import tables
from app.store.among import among
from app.store.jira_tables import partial_data
from app.store.sites import Site
from app.store.upsert import upsert

SITE = "site"


class Kind(StrEnum):
    """What is missing: issues that were not read yet, older changes of some, or a field."""

    UNREAD = "unread"
    HISTORY_CUT = "history_cut"
    FIELD_HIDDEN = "field_hidden"


@dataclass(frozen=True, slots=True)
class Partial:
    """Something that is not whole.

    Attributes:
        scope: `SITE`, or see `of_project`.
        part: which part of it: the name of a segment, the id of a field; empty where there is but one.
        reason: for people.
    """

    scope: str
    kind: Kind
    reason: str
    part: str = ""


HISTORY_NOT_READ = "Its whole history was not read yet."
"""Why an issue is not whole that says so itself (`issues.history_complete`)."""


def of_project(project_id: str) -> str:
    """The scope of a project."""
    return f"project:{project_id}"


def note(connection: Connection, site: Site, found: Sequence[Partial], *, at: datetime) -> None:
    """Write down what is missing; noting it again only renews the reason."""
    rows = [
        {
            "site_id": site.id,
            "scope": one.scope,
            "kind": one.kind.value,
            "part": one.part,
            "reason": one.reason,
            "noted_at": at,
        }
        for one in found
    ]
    upsert(connection, partial_data, rows, keep=("noted_at",))


def clear(
    connection: Connection, site: Site, scope: str, *, kind: Kind | None = None, part: str | None = None
) -> None:
    """It is whole now: one part of a scope, all of a kind, or everything."""
    where = [partial_data.c.site_id == site.id, partial_data.c.scope == scope]
    if kind is not None:
        where.append(partial_data.c.kind == kind.value)
    if part is not None:
        where.append(partial_data.c.part == part)
    connection.execute(delete(partial_data).where(*where))


def of_site(connection: Connection, site: Site) -> list[Partial]:
    """All that was noted of a site and its projects; issues whose histories were cut say it themselves."""
    rows = connection.execute(
        select(partial_data).where(partial_data.c.site_id == site.id).order_by(*partial_data.primary_key)
    ).mappings()
    return [Partial(row["scope"], Kind(row["kind"]), row["reason"], row["part"]) for row in rows]


def of_projects(connection: Connection, site: Site, project_ids: Collection[str]) -> list[Partial]:
    """What is missing of these projects and the site; issues whose histories were cut are only counted."""
    table, projects = tables.issues, tables.projects
    unread = connection.scalars(
        select(projects.c.id).where(
            projects.c.site_id == site.id, projects.c.id.in_(project_ids), projects.c.read_until.is_(None)
        )
    )
    found = _noted(connection, site, list(map(of_project, project_ids)))
    noted = {(one.scope, one.kind) for one in found}
    found += [
        Partial(of_project(each), Kind.UNREAD, "None of its issues was read yet.")
        for each in sorted(unread)
        if (of_project(each), Kind.UNREAD) not in noted
    ]
    cut = connection.execute(
        select(table.c.project_id, func.count())
        .where(
            table.c.site_id == site.id,
            table.c.project_id.in_(project_ids),
            table.c.history_complete.is_(False),
            table.c.deleted_at.is_(None),
        )
        .group_by(table.c.project_id)
        .order_by(table.c.project_id)
    )
    return found + [
        _cut(of_project(each), f"The whole histories of {number} issues were not read yet.")
        if number > 1
        else _cut(of_project(each), "The whole history of 1 issue was not read yet.")
        for each, number in cut
    ]


def unread(
    connection: Connection, site: Site, issue_ids: Collection[str], *, project_key: str | None = None
) -> list[Partial]:
    """What of a site could not be read, as far as it concerns issues, or a project by its key.

    Cut histories are not among them: their issues say it themselves.
    """
    table, projects = tables.issues, tables.projects
    theirs = select(table.c.project_id).where(
        table.c.site_id == site.id, among(connection, table.c.id, issue_ids)
    )
    wanted = or_(projects.c.id.in_(theirs), projects.c.key == project_key)
    found = connection.scalars(select(projects.c.id).where(projects.c.site_id == site.id, wanted))
    noted = _noted(connection, site, [of_project(each) for each in found])
    return [one for one in noted if one.kind is not Kind.HISTORY_CUT]


def _cut(scope: str, reason: str) -> Partial:
    return Partial(scope, Kind.HISTORY_CUT, reason)


def _noted(connection: Connection, site: Site, scopes: Collection[str]) -> list[Partial]:
    where = or_(partial_data.c.scope == SITE, partial_data.c.scope.in_(scopes))
    rows = connection.execute(
        select(partial_data)
        .where(partial_data.c.site_id == site.id, where)
        .order_by(*partial_data.primary_key)
    ).mappings()
    return [Partial(row["scope"], Kind(row["kind"]), row["reason"], row["part"]) for row in rows]
