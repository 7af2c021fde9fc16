"""What Jira names by ids: issue types and link types, by name."""

from sqlalchemy import Connection, select

from app.store.jira_tables import issue_types, link_types


def names_by_id(connection: Connection, site_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """Names of issue types and of link types, each by id."""
    found = [
        {
            str(row.id): row.name
            for row in connection.execute(select(table.c.id, table.c.name).where(table.c.site_id == site_id))
        }
        for table in (issue_types, link_types)
    ]
    return found[0], found[1]
