"""Issues that bear former names of versions and components: Jira renames these without updating an issue."""

from collections.abc import Collection

from sqlalchemy import Connection, or_, select, true

from app.domain.scrum.issue_terms import as_held, marked, things_of
from app.store import jira_tables, tables
from app.store.among import among
from app.store.sites import Site

_OF_VERSIONS, _OF_COMPONENTS = ("fixVersions", "versions"), ("components",)


def bearers(
    connection: Connection,
    site: Site,
    project_id: str,
    *,
    most: int,
    issue_ids: Collection[str] | None = None,
) -> dict[str, str]:
    """Issues of a project in which a version or a component is not called as the project's list has it.

    Args:
        connection: reading.
        site: whose.
        project_id: its lists were read.
        most: of them.
        issue_ids: only of these; None for all.

    Returns:
        By id the present name of one such thing, in the order of the ids.
    """
    names = {
        **dict.fromkeys(_OF_VERSIONS, _names(connection, site, project_id, "versions")),
        **dict.fromkeys(_OF_COMPONENTS, _names(connection, site, project_id, "components")),
    }
    fields = [field for field, listed in names.items() if listed]
    if not fields:
        return {}
    table = tables.issues
    lines = connection.execute(
        select(table.c.id, table.c.terms)
        .where(
            table.c.site_id == site.id,
            table.c.project_id == project_id,
            table.c.deleted_at.is_(None),
            true() if issue_ids is None else among(connection, table.c.id, issue_ids),
            or_(*(table.c.terms.contains(marked(field), autoescape=True) for field in fields)),
        )
        .order_by(table.c.id)
    )
    found: dict[str, str] = {}
    for issue_id, line in lines:
        if len(found) == most:
            break
        for field in fields:
            for thing, said in things_of(line, field):
                name = names[field].get(thing)
                if name is not None and said != as_held(name):
                    found[issue_id] = name
    return found


def _names(connection: Connection, site: Site, project_id: str, what: str) -> dict[str, str]:
    """Of what is there, by id."""
    table = {"versions": jira_tables.versions, "components": jira_tables.components}[what]
    here = (table.c.site_id == site.id, table.c.project_id == project_id, table.c.deleted_at.is_(None))
    return {row.id: row.name for row in connection.execute(select(table.c.id, table.c.name).where(*here))}
