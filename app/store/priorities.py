"""The priorities of a site, in its order."""

from sqlalchemy import Connection, select

from app.domain.scrum.priorities import Priority
from app.store import jira_tables
from app.store.sites import Site


def of_site(connection: Connection, site: Site) -> tuple[Priority, ...]:
    """The most urgent first; none where they were not read yet."""
    table = jira_tables.priorities
    rows = connection.execute(
        select(table.c.id, table.c.name)
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
        .order_by(table.c.position, table.c.id)
    )
    return tuple(Priority(id_, name) for id_, name in rows)
