"""What the issues of a backlog name: sprints, versions and people of the site, and parents that are gone."""

from datetime import date

from sqlalchemy import Connection, select

from app.domain.grooming.facts import Person, Version
from app.domain.scrum.issue import Gone
from app.domain.scrum.sprint import Sprint
from app.store import boards, jira_tables, tables
from app.store.among import among
from app.store.sites import Site


def day_of(text: str | None) -> date | None:
    """A day as Jira writes it; None for what is none."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None


def sprints(connection: Connection, site: Site) -> dict[int, Sprint]:
    """Of the site, by id."""
    table = tables.sprints
    rows = connection.execute(
        select(table).where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
    ).mappings()
    return {row["id"]: boards.sprint_of(row) for row in rows}


def called_done(connection: Connection, site: Site) -> frozenset[str]:
    """Ids of the statuses that Jira itself calls done."""
    table = tables.statuses
    return frozenset(
        connection.scalars(select(table.c.id).where(table.c.site_id == site.id, table.c.category == "done"))
    )


def versions(connection: Connection, site: Site) -> dict[str, Version]:
    """Of the site, by id."""
    table = jira_tables.versions
    rows = connection.execute(select(table).where(table.c.site_id == site.id, table.c.deleted_at.is_(None)))
    return {
        row.id: Version(row.id, row.name, row.released, row.archived, day_of(row.released_on)) for row in rows
    }


def people(connection: Connection, site: Site) -> dict[str, Person]:
    """By account id."""
    table = jira_tables.users
    rows = connection.execute(select(table).where(table.c.site_id == site.id))
    return {row.account_id: Person(row.name, row.active and row.deleted_at is None) for row in rows}


def gone(connection: Connection, site: Site, ids: list[str]) -> frozenset[str]:
    """Those that were deleted: what was archived, moved away or hidden from us is somebody's parent still."""
    table = tables.issues
    found = connection.scalars(
        select(table.c.id).where(
            table.c.site_id == site.id,
            among(connection, table.c.id, ids),
            table.c.deleted_at.is_not(None),
            table.c.gone_reason == Gone.DELETED.value,
        )
    )
    return frozenset(found)
