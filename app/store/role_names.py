"""Which roles projects have, and which groups there are, by their names: as far as Jira told them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from app.store.rule_tables import role_and_group_names as table
from app.store.sites import Site
from app.store.tables import projects
from app.store.upsert import upsert

_GROUPS = ""


def keep_roles(
    connection: Connection, site: Site, project_id: str, names: Sequence[str], at: datetime
) -> None:
    """All roles of a project."""
    row = {"site_id": site.id, "project_id": project_id, "names": sorted(names), "heard_at": at}
    upsert(connection, table, [row])


def keep_groups(connection: Connection, site: Site, names: Sequence[str], at: datetime) -> None:
    """All groups of the site; none where not all are told."""
    keep_roles(connection, site, _GROUPS, names, at)


def roles(connection: Connection, site: Site) -> dict[str, list[str]]:
    """By key of the project; of those whose roles were read."""
    query = (
        select(projects.c.key, table.c.names)
        .join(projects, (projects.c.site_id == table.c.site_id) & (projects.c.id == table.c.project_id))
        .where(table.c.site_id == site.id)
    )
    return {row.key: list(row.names) for row in connection.execute(query)}


def groups(connection: Connection, site: Site) -> list[str]:
    """Of the site; none where they were not read, or not all of them."""
    query = select(table.c.names).where(table.c.site_id == site.id, table.c.project_id == _GROUPS)
    return list(connection.scalar(query) or ())
