"""Versions and epics of a project, and the issues that are or were in them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, or_, select

from app.domain.delivery.scopes import FIX_VERSIONS
from app.domain.scrum.issue_terms import marked, terms_of
from app.store import report_issues, tables
from app.store.among import among
from app.store.backlog_around import day_of
from app.store.jira_tables import issue_types, versions
from app.store.sites import Site

PARENT = "parent"
_EPIC_NAME = "Epic"


class VersionRow(NamedTuple):
    """A version; days as Jira has them, `released_on` is the planned one where it is not released."""

    id: str
    name: str
    released: bool
    archived: bool
    released_on: date | None
    position: int | None


def versions_of(connection: Connection, site: Site, project_key: str) -> list[VersionRow]:
    """All versions of a project, by their place in it."""
    projects = tables.projects
    rows = connection.execute(
        select(
            versions.c.id,
            versions.c.name,
            versions.c.released,
            versions.c.archived,
            versions.c.released_on,
            versions.c.position,
        )
        .join(projects, (projects.c.site_id == versions.c.site_id) & (projects.c.id == versions.c.project_id))
        .where(versions.c.site_id == site.id, projects.c.key == project_key, versions.c.deleted_at.is_(None))
        .order_by(versions.c.position.is_(None), versions.c.position, versions.c.id)
    )
    return [VersionRow(*row[:4], day_of(row.released_on), row.position) for row in rows]


def in_versions(connection: Connection, site: Site, project_key: str, ids: Collection[str]) -> Select[Any]:
    """A statement for the ids of all issues that are or ever were in these versions; epics are none.

    Who is in one now is looked for in their lines of terms: a condition for each version would read each line
    as often as there are versions.
    """
    table, history = tables.issues, tables.changes
    lines = connection.execute(
        select(table.c.id, table.c.terms).where(
            table.c.site_id == site.id,
            table.c.project_key == project_key,
            table.c.terms.contains(marked(FIX_VERSIONS), autoescape=True),
        )
    )
    now = [issue_id for issue_id, line in lines if not terms_of(line, FIX_VERSIONS).isdisjoint(ids)]
    once = select(history.c.issue_id).where(
        history.c.site_id == site.id,
        history.c.field == FIX_VERSIONS,
        or_(among(connection, history.c.before, ids), among(connection, history.c.after, ids)),
    )
    return _counted(site).where(
        or_(table.c.id.in_(once), among(connection, table.c.id, now)),
        or_(table.c.type_id.is_(None), table.c.type_id.not_in(_epic_types(site))),
    )


class EpicRow(NamedTuple):
    """An epic; the rank is None where it has none."""

    id: str
    key: str
    due: date | None
    rank: str | None


def epics_of(connection: Connection, site: Site, project_key: str) -> list[EpicRow]:
    """All epics of a project, by rank."""
    table = tables.issues
    rows = connection.execute(
        select(table.c.id, table.c.key, table.c.due_on, table.c.rank)
        .where(
            table.c.id.in_(_counted(site)),
            table.c.site_id == site.id,
            table.c.project_key == project_key,
            or_(table.c.type_id.in_(_epic_types(site)), table.c.type_name == _EPIC_NAME),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.rank.is_(None), table.c.rank, table.c.id)
    )
    return [EpicRow(row.id, row.key, day_of(row.due_on), row.rank) for row in rows]


def below(connection: Connection, site: Site, ids: Sequence[str], keys: Sequence[str]) -> Select[Any]:
    """A statement for the ids of all issues that are or ever were below these epics."""
    table, history = tables.issues, tables.changes
    fields = [name for name in (PARENT, site.fields.epic_link) if name]
    named = [*ids, *keys]
    once = select(history.c.issue_id).where(
        history.c.site_id == site.id,
        history.c.field.in_(fields),
        or_(
            *(among(connection, history.c[side], ids) for side in ("before", "after")),
            *(among(connection, history.c[side], named) for side in ("before_text", "after_text")),
        ),
    )
    return _counted(site).where(
        or_(
            table.c.id.in_(once),
            among(connection, table.c.parent_id, ids),
            among(connection, table.c.parent_key, keys),
        )
    )


def of_ids(connection: Connection, site: Site, ids: Collection[str]) -> Select[Any]:
    """A statement for these issues."""
    table = tables.issues
    return select(table.c.id).where(table.c.site_id == site.id, among(connection, table.c.id, ids))


def of_keys(connection: Connection, site: Site, keys: Collection[str]) -> Select[Any]:
    """A statement for the ids of issues by their keys."""
    return _counted(site).where(among(connection, tables.issues.c.key, keys))


def _counted(site: Site) -> Select[Any]:
    """Sub-tasks count through their parents; nobody works on issues that carry reports."""
    table = tables.issues
    return select(table.c.id).where(
        table.c.site_id == site.id,
        table.c.is_subtask.is_(False),
        table.c.id.not_in(report_issues.ids(site.id)),
    )


def _epic_types(site: Site) -> Select[Any]:
    """Jira Cloud says of each type how high it stands; of Data Center's we go by the name."""
    return select(issue_types.c.id).where(
        issue_types.c.site_id == site.id,
        or_(
            issue_types.c.hierarchy_level > 0,
            issue_types.c.hierarchy_level.is_(None) & (issue_types.c.name == _EPIC_NAME),
        ),
    )
