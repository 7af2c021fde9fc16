"""The lists of a site that some queries need: versions, components, types, people, the links of an issue."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, or_, select

from app.domain.jql.catalogue import IssueType, LinkType, Named, Release
from app.domain.jql.needs import LINKED, Needs
from app.domain.jql.plan import folded
from app.store import jira_tables
from app.store.issues import find_by_key, known_among
from app.store.sites import Site

_VERSIONS = {"releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"}
_TYPES = {"hierarchylevel", "standardissuetypes", "subtaskissuetypes"}
_PEOPLE = {"projectsleadbyuser", "componentsleadbyuser", "worklogauthor"}


def rows_of(connection: Connection, site: Site, table: Table) -> Iterator[RowMapping]:
    """All that were not deleted, in the order of their keys."""
    found = select(table).where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
    return iter(connection.execute(found.order_by(*table.primary_key)).mappings())


def lists_for(connection: Connection, site: Site, needs: Needs | None) -> dict[str, Any]:
    """Attributes of a catalogue; without `needs` all lists that are short."""
    found: dict[str, Any] = {}
    if needs is None or needs.names & _VERSIONS:
        found["releases"] = tuple(
            Release(row["id"], row["project_id"], row["released"], row["archived"], row["position"])
            for row in rows_of(connection, site, jira_tables.versions)
        )
    if needs is None or "componentsleadbyuser" in needs.names:
        rows = rows_of(connection, site, jira_tables.components)
        found["components"] = tuple(Named(row["id"], row["name"], lead=row["lead"] or "") for row in rows)
    if needs is None or needs.names & _TYPES:
        found["issue_types"] = tuple(
            IssueType(row["id"], row["is_subtask"], row["hierarchy_level"])
            for row in rows_of(connection, site, jira_tables.issue_types)
        )
    if needs is not None and needs.names & {"issuelinktype", *LINKED}:
        rows = rows_of(connection, site, jira_tables.link_types)
        found["link_types"] = tuple(LinkType(row["id"], row["outward"], row["inward"]) for row in rows)
    if needs is not None and needs.names & _PEOPLE:
        found["users"] = _users(connection, site)
    if needs is not None:
        found["links"] = {
            each: links for each in needs.issues if (links := _links(connection, site, each)) is not None
        }
    return found


def _users(connection: Connection, site: Site) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows_of(connection, site, jira_tables.users):
        for name in (row["name"], row["username"]):
            if name:
                found[folded(name)].add(folded(row["account_id"]))
    return {name: frozenset(ids) for name, ids in found.items()}


def _links(connection: Connection, site: Site, issue: str) -> tuple[tuple[str, str], ...] | None:
    """Of the issue with that key or id; None where there is none."""
    issue_id = find_by_key(connection, site, issue.upper()) or (
        issue if issue.isdecimal() and known_among(connection, site, [issue]) else None
    )
    if issue_id is None:
        return None
    table = jira_tables.issue_links
    mine = or_(table.c.source_id == issue_id, table.c.target_id == issue_id)
    rows = connection.execute(
        select(table)
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None), mine)
        .order_by(table.c.id)
    ).mappings()
    return tuple(
        (f"out:{row['type_id']}", row["target_id"])
        if row["source_id"] == issue_id
        else (f"in:{row['type_id']}", row["source_id"])
        for row in rows
    )
