"""The issues that others are linked with, as a formula of priority counts them: requests, feedback."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from app.domain.grooming.priority import Linked
from app.store import jira_tables, tables
from app.store.among import among
from app.store.sites import Site


def link_words(connection: Connection, site: Site) -> dict[str, tuple[str, str, str]]:
    """By id of a type of links its name, and how the source and the target of one read it."""
    types = jira_tables.link_types
    rows = connection.execute(
        select(types.c.id, types.c.name, types.c.outward, types.c.inward).where(
            types.c.site_id == site.id, types.c.deleted_at.is_(None)
        )
    )
    return {row.id: (row.name, row.outward, row.inward) for row in rows}


def readings(connection: Connection, site_id: int) -> tuple[str, ...]:
    """How issues of a site read their links, from either end; in the order of the alphabet."""
    types = jira_tables.link_types
    rows = connection.execute(
        select(types.c.outward, types.c.inward).where(
            types.c.site_id == site_id, types.c.deleted_at.is_(None)
        )
    )
    return tuple(sorted({words for row in rows for words in row}))


def linked_with(
    connection: Connection,
    site: Site,
    issue_ids: Collection[str],
    fields: Collection[str],
    *,
    restricted: bool,
) -> Mapping[str, tuple[Linked, ...]]:
    """By issue id what it is linked with; what is gone, or not in the store, is left out.

    Args:
        connection: to read by.
        site: whose.
        issue_ids: of the issues that ask.
        fields: names of the fields of the others that are asked for.
        restricted: whether links with restricted issues are any.
    """
    links, words = jira_tables.issue_links, link_words(connection, site)
    named = site.fields.by_name or {}
    ids = {name: named.get(name, name) for name in fields}
    ends = ((links.c.source_id, links.c.target_id, 1), (links.c.target_id, links.c.source_id, 2))
    pairs: list[tuple[str, str, str, int]] = []
    for here, there, reading in ends:
        rows = connection.execute(
            select(here, there, links.c.type_id).where(
                links.c.site_id == site.id, links.c.deleted_at.is_(None), among(connection, here, issue_ids)
            )
        )
        pairs += [(issue_id, other, type_id, reading) for issue_id, other, type_id in rows]
    others = _others(connection, site, {other for _, other, _, _ in pairs}, ids, restricted=restricted)
    found: defaultdict[str, list[Linked]] = defaultdict(list)
    for issue_id, other, type_id, reading in sorted(pairs):
        if other in others and type_id in words:
            project, values = others[other]
            found[issue_id].append(Linked(words[type_id][0], words[type_id][reading], project, values))
    return {issue_id: tuple(each) for issue_id, each in found.items()}


def _others(
    connection: Connection,
    site: Site,
    issue_ids: Collection[str],
    fields: Mapping[str, str],
    *,
    restricted: bool,
) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Project key and fields of issues that are there, by id."""
    table = tables.issues
    rows = connection.execute(
        select(table.c.id, table.c.project_key, table.c.fields).where(
            table.c.site_id == site.id,
            table.c.deleted_at.is_(None),
            among(connection, table.c.id, issue_ids),
            *(() if restricted else (table.c.security_id.is_(None),)),
        )
    )
    return {
        row.id: (row.project_key, {name: row.fields.get(id_) for name, id_ in fields.items()}) for row in rows
    }
