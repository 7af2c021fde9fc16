"""The lists of a site that some queries need: versions, components, types, people, the links of an issue."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, or_, select

from app.domain.jql.catalogue import IssueType, LinkType, Named, Release
from app.domain.jql.needs import LINKED, Needs
from app.domain.jql.plan import folded
from app.store import groups, jira_tables, tables
from app.store.among import among
from app.store.issues import find_by_key, keys_of, known_among
from app.store.sites import Site

_VERSIONS = {"releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"}
_VERSIONS |= {"fixversion", "affectedversion"}
_MOST_LEVELS = 20
"""Of a hierarchy; Jira has seven. Parents that go in a circle end here."""
_TYPES = {"type", "issuetype", "worktype", "hierarchylevel"}
_TYPES |= {"standardissuetypes", "subtaskissuetypes", "standardworktypes", "subtaskworktypes"}
_PEOPLE = {
    "projectsleadbyuser",
    "spacesleadbyuser",
    "componentsleadbyuser",
    "worklogauthor",
    "by",
    "updatedby",
}


def rows_of(connection: Connection, site: Site, table: Table) -> Iterator[RowMapping]:
    """All that were not deleted, in the order of their keys."""
    found = select(table).where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
    return iter(connection.execute(found.order_by(*table.primary_key)).mappings())


def lists_for(
    connection: Connection,
    site: Site,
    needs: Needs | None,
    *,
    past: bool,
    hidden: Collection[str] = (),
    version_fields: Collection[str] = (),
) -> dict[str, Any]:
    """Attributes of a catalogue; without `needs` all lists that are short.

    Those that tell how issues stand to each other now are left out where the question is about the past.
    They lead over none that is `hidden`, by id. Of `version_fields` there are the names that queries may use.
    """
    found: dict[str, Any] = {}
    if needs is None or needs.names & _VERSIONS.union(version_fields):
        found["releases"] = tuple(
            Release(
                row["id"],
                row["project_id"],
                row["released"],
                row["archived"],
                row["position"],
                row["name"],
                row["released_on"],
                row["start_on"],
                row["description"],
            )
            for row in rows_of(connection, site, jira_tables.versions)
        )
        found["has_releases"] = _were_read(connection, site)
    if needs is None or "componentsleadbyuser" in needs.names:
        rows = rows_of(connection, site, jira_tables.components)
        found["components"] = tuple(Named(row["id"], row["name"], lead=row["lead"] or "") for row in rows)
    if needs is None or needs.names & _TYPES:
        found["issue_types"] = tuple(
            IssueType(row["id"], row["is_subtask"], row["hierarchy_level"], row["name"])
            for row in rows_of(connection, site, jira_tables.issue_types)
        )
    if needs is not None and needs.names & {"issuelinktype", "workitemlinktype", *LINKED}:
        found["link_types"] = _link_types(connection, site)
    if needs is None or "membersof" in needs.names:
        found["groups"] = groups.members(connection, site)
    if needs is not None and (needs.addresses or needs.names & _PEOPLE):
        found["users"] = _users(connection, site)
    if needs is not None and not past:
        found |= _others(connection, site, needs, hidden)
    return found


def _others(connection: Connection, site: Site, needs: Needs, hidden: Collection[str]) -> dict[str, Any]:
    """How the issues that a query names stand to others."""
    links = {each: _links(connection, site, each, hidden) for each in needs.issues}
    children = {each: _below(connection, site, each, hidden) for each in needs.parents}
    return {
        "links": {each: every for each, every in links.items() if every is not None},
        "children": {each: every for each, every in children.items() if every is not None},
    }


def named(connection: Connection, site: Site) -> dict[str, Any]:
    """Attributes of a catalogue: the kinds of links and the people, whom rules name outright."""
    return {"link_types": _link_types(connection, site), "users": _users(connection, site)}


def _link_types(connection: Connection, site: Site) -> tuple[LinkType, ...]:
    rows = rows_of(connection, site, jira_tables.link_types)
    return tuple(LinkType(row["id"], row["outward"], row["inward"], row["name"]) for row in rows)


def _were_read(connection: Connection, site: Site) -> bool:
    """Whether the site's lists were, so that one that has nothing is empty: issue types there are always."""
    types = jira_tables.issue_types
    return connection.scalar(select(types.c.id).where(types.c.site_id == site.id).limit(1)) is not None


def _below(connection: Connection, site: Site, issue: str, hidden: Collection[str]) -> tuple[str, ...] | None:
    """Ids of all issues below the one with that key or id; None where there is none."""
    issue_id = _id_of(connection, site, issue)
    if issue_id is None:
        return None
    table = tables.issues
    found: dict[str, None] = {}
    level = [(issue_id, keys_of(connection, site, [issue_id]).get(issue_id, issue.upper()))]
    for _ in range(_MOST_LEVELS):
        theirs = or_(
            among(connection, table.c.parent_id, [each for each, _ in level]),
            among(connection, table.c.parent_key, [key for _, key in level]),
        )
        rows = connection.execute(
            select(table.c.id, table.c.key)
            .where(table.c.site_id == site.id, table.c.deleted_at.is_(None), theirs)
            .order_by(table.c.id)
        )
        level = [(row.id, row.key) for row in rows if row.id not in found and row.id not in hidden]
        if not level:
            break
        found |= dict.fromkeys(each for each, _ in level)
    return tuple(found)


def _id_of(connection: Connection, site: Site, issue: str) -> str | None:
    return find_by_key(connection, site, issue.upper()) or (
        issue if issue.isdecimal() and known_among(connection, site, [issue]) else None
    )


def _users(connection: Connection, site: Site) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows_of(connection, site, jira_tables.users):
        for name in (row["name"], row["username"]):
            if name:
                found[folded(name)].add(folded(row["account_id"]))
    return {name: frozenset(ids) for name, ids in found.items()}


def _links(
    connection: Connection, site: Site, issue: str, hidden: Collection[str]
) -> tuple[tuple[str, str], ...] | None:
    """Of the issue with that key or id; None where there is none."""
    issue_id = _id_of(connection, site, issue)
    if issue_id is None:
        return None
    table = jira_tables.issue_links
    mine = or_(table.c.source_id == issue_id, table.c.target_id == issue_id)
    rows = connection.execute(
        select(table)
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None), mine)
        .order_by(table.c.id)
    ).mappings()
    found = (
        (f"out:{row['type_id']}", row["target_id"])
        if row["source_id"] == issue_id
        else (f"in:{row['type_id']}", row["source_id"])
        for row in rows
    )
    return tuple(link for link in found if link[1] not in hidden)
