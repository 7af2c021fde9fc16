"""Whether anything in the store has, or ever had, a value that a query names."""

from collections.abc import Collection

from sqlalchemy import Connection, Table, select

from app.domain.jql.plan import Changed, Condition, Has, Kind, Plan, Side, Subject, Window, folded
from app.store import jira_tables, jql, jql_lists, tables
from app.store.among import among
from app.store.sites import Site

_LISTS: dict[str, Table] = {
    **dict.fromkeys(("fixVersions", "versions"), jira_tables.versions),
    "components": jira_tables.components,
}


def names_and_ids(connection: Connection, site: Site, subject: Subject) -> dict[str, str]:
    """Versions or components of the site, by id their names; nothing of another field."""
    table = _LISTS.get(subject.field)
    return (
        {}
        if table is None
        else {row["id"]: row["name"] for row in jql_lists.rows_of(connection, site, table)}
    )


def people(connection: Connection, site: Site) -> list[tuple[str, str, str]]:
    """Everybody who is known: account id, name, and login name or an empty text."""
    found = jql_lists.rows_of(connection, site, jira_tables.users)
    return [(row["account_id"], row["name"], row["username"] or "") for row in found]


def issues_named(
    connection: Connection, site: Site, said: Collection[str], *, hidden: Collection[str]
) -> set[str]:
    """Of keys and ids of issues, folded, those that are or were there; also keys that they had once."""
    table, old = tables.issues, jira_tables.old_keys
    keys = [each.upper() for each in said]
    by_key = select(table.c.id, table.c.key).where(among(connection, table.c.key, keys))
    by_id = select(table.c.id, table.c.id).where(among(connection, table.c.id, list(said)))
    former = select(old.c.issue_id, old.c.key).where(among(connection, old.c.key, keys))
    asked = (
        (by_key, table.c.site_id),
        (by_id, table.c.site_id),
        (former, old.c.site_id),
    )
    rows = (row for query, site_id in asked for row in connection.execute(query.where(site_id == site.id)))
    return {folded(str(name)) for issue, name in rows if issue not in hidden}


def is_held(
    connection: Connection, site: Site, subject: Subject, terms: frozenset[str], *, hidden: Collection[str]
) -> bool:
    """Whether an issue that is not hidden has, or ever had, one of the values; deleted ones count, too."""
    side = Side(terms)
    ways: list[Condition] = [Has(subject, terms)]
    if subject.kind is not Kind.ISSUE:
        ways += [Changed(subject, Window(), before=side), Changed(subject, Window(), after=side)]
    for way in ways:
        most = None if hidden else 1
        found = jql.search(connection, site, Plan(way), limit=most, column="id", gone=True)
        if any(each not in hidden for each in found):
            return True
    return False
