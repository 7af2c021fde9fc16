"""Groups of people that rules name, with who is in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from app.store.rule_tables import rule_groups
from app.store.sites import Site
from app.store.upsert import upsert


def keep(connection: Connection, site: Site, name: str, members: Sequence[str], at: datetime) -> None:
    """All members of a group, by account id; `name` is folded."""
    row = {"site_id": site.id, "name": name, "members": list(members), "heard_at": at}
    upsert(connection, rule_groups, [row])


def members(connection: Connection, site: Site) -> dict[str, frozenset[str]]:
    """Account ids by the folded names of all groups that were read."""
    query = select(rule_groups.c.name, rule_groups.c.members).where(rule_groups.c.site_id == site.id)
    return {row.name: frozenset(row.members) for row in connection.execute(query)}


def read_since(connection: Connection, site: Site, since: datetime) -> set[str]:
    """Folded names of groups that were read after an instant."""
    query = select(rule_groups.c.name).where(rule_groups.c.site_id == site.id, rule_groups.c.heard_at > since)
    return set(connection.scalars(query))
