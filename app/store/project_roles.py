"""Roles of people in projects whose commands in comments count, with who has them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from app.store.grooming_tables import project_roles
from app.store.sites import Site
from app.store.upsert import upsert


def keep(
    connection: Connection, site: Site, project_key: str, name: str, members: Sequence[str], at: datetime
) -> None:
    """All who have a role in a project, by account id."""
    where = {"site_id": site.id, "project_key": project_key, "name": name.casefold()}
    upsert(connection, project_roles, [{**where, "members": list(members), "heard_at": at}])


def members(connection: Connection, site: Site, names: Collection[str]) -> Mapping[str, frozenset[str]]:
    """By project key, the account ids of who has one of the roles; a role that was not read has nobody."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    rows = connection.execute(
        select(project_roles.c.project_key, project_roles.c.members).where(
            project_roles.c.site_id == site.id,
            project_roles.c.name.in_([name.casefold() for name in names]),
        )
    )
    for row in rows:
        found[row.project_key] |= frozenset(row.members)
    return dict(found)


def members_of_each(connection: Connection, site: Site) -> Mapping[tuple[str, str], frozenset[str]]:
    """By project key and folded name of a role the account ids of who has it, of all that were read."""
    roles = project_roles
    rows = connection.execute(
        select(roles.c.project_key, roles.c.name, roles.c.members).where(roles.c.site_id == site.id)
    )
    return {(row.project_key, row.name): frozenset(row.members) for row in rows}


def read_since(connection: Connection, site: Site, since: datetime) -> set[tuple[str, str]]:
    """Project keys and folded names of roles that were read after an instant."""
    query = select(project_roles.c.project_key, project_roles.c.name).where(
        project_roles.c.site_id == site.id, project_roles.c.heard_at > since
    )
    return {(row.project_key, row.name) for row in connection.execute(query)}
