"""What checking and the interpreter in memory need from the store."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    false,
    null,
    select,
)

from app.domain.jql.catalogue import Catalogue, CustomField, Named, holds_versions
from app.domain.jql.memory import Around, Facts, Work, Writing
from app.domain.jql.needs import needs_of
from app.domain.jql.plan import folded
from app.domain.jql.tree import Query
from app.domain.jql.unseen import seen
from app.domain.scrum.issue import Change, Gone
from app.store import jira_tables, tables
from app.store.among import among, among_named, as_named
from app.store.jql_lists import lists_for, rows_of
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site


def catalogue(
    connection: Connection,
    site: Site,
    *,
    now: datetime,
    zone: ZoneInfo,
    account: str | None = None,
    query: Query | None = None,
    past: bool = False,
    hidden: Collection[str] = (),
) -> Catalogue:
    """What names in a query can mean on that site.

    Args:
        connection: reading.
        site: which.
        now: the instant of the question.
        zone: in which dates of the query are read.
        account: who asks.
        query: reads the lists that it names, and lets it ask for what stands beside issues. Left out, the
            catalogue serves any queries about issues and their histories alone.
        past: the question is about an instant that is gone: nothing that has no history may be asked for.
        hidden: ids of issues that are not there for who asks.
    """

    def rows(table: Table) -> Iterator[RowMapping]:
        found = select(table).where(table.c.site_id == site.id).order_by(*table.primary_key)
        return iter(connection.execute(found).mappings())

    def in_order(table: Table, *, last_first: bool = False) -> tuple[Named, ...] | None:
        found = sorted(rows_of(connection, site, table), key=lambda row: row["position"], reverse=last_first)
        return tuple(Named(row["id"], row["name"]) for row in found) or None

    custom = [row for row in rows(tables.fields) if row["custom"]]
    statuses = sorted(rows(tables.statuses), key=lambda row: row["position"] or 0)
    return Catalogue(
        now=now,
        zone=zone,
        fields=tuple(
            CustomField(row["id"], row["name"], row["schema_type"], row["schema_custom"]) for row in custom
        ),
        statuses=tuple(Named(row["id"], row["name"], row["category"]) for row in statuses),
        statuses_are_ordered=all(row["position"] is not None for row in statuses),
        sprints=tuple(Named(str(row["id"]), row["name"], row["state"]) for row in rows(tables.sprints)),
        projects=projects_of(connection, site),
        account=account,
        sprint_field=site.fields.sprint,
        rank_field=site.fields.rank,
        priorities=in_order(jira_tables.priorities, last_first=True),
        resolutions=in_order(jira_tables.resolutions),
        language=site.text_language,
        has_surroundings=query is not None and not past,
        **lists_for(
            connection,
            site,
            None if query is None else needs_of(query),
            past=past,
            hidden=hidden,
            version_fields=_version_fields(custom),
        ),
    )


def _version_fields(custom: Iterable[RowMapping]) -> set[str]:
    """Of pickers of versions the names by which a query may mean them: `Picker`, `cf[10019]`."""
    pickers = [row for row in custom if holds_versions(row["schema_type"], row["schema_custom"])]
    numbers = [row["id"].removeprefix("customfield_") for row in pickers]
    names = [name for row in pickers for name in (folded(row["name"]), folded(row["id"]))]
    return {*numbers, *(f"cf[{each}]" for each in numbers), *names}


def projects_of(connection: Connection, site: Site) -> tuple[Named, ...]:
    """All projects of the site."""
    table = tables.projects
    found = select(table).where(table.c.site_id == site.id).order_by(*table.primary_key)
    return tuple(map(_project, connection.execute(found).mappings()))


def _project(row: RowMapping) -> Named:
    return Named(
        row["id"],
        row["name"],
        row["kind"] or "",
        row["key"],
        row["lead"] or "",
        row["category"] or "",
    )


def all_facts(
    connection: Connection,
    site: Site,
    *,
    at: datetime | None = None,
    gone: bool = True,
    around: bool = False,
    hidden: Hidden = NOTHING_HIDDEN,
) -> Iterator[Facts]:
    """Every issue of the site with its whole history, by id; those that are gone are left out.

    Args:
        connection: reading.
        site: whose.
        at: those that were there at that instant instead, but for what our account may not see any more.
        gone: of these also such as went since.
        around: with comments, worklogs, files and links.
        hidden: left out, as is what the others say of them.
    """
    table = tables.issues
    wanted: ColumnElement[bool] = table.c.deleted_at.is_(None)
    if at is not None and gone:
        wanted |= and_(table.c.deleted_at > at, table.c.gone_reason.is_distinct_from(Gone.HIDDEN.value))
    if at is not None:
        wanted &= table.c.created <= at
    beside = _around(connection, site, hidden) if around else None
    found, entries = map(connection.execute, _facts(site.id, wanted, tables.changes.c.issue_id.is_not(None)))
    for each in _read(found, entries):
        if each.id not in hidden.ids:
            shown = as_seen(each, site, hidden)
            yield shown if beside is None else replace(shown, around=beside.get(each.id, Around()))


def as_seen(issue: Facts, site: Site, hidden: Hidden) -> Facts:
    """An issue without what it says of hidden ones."""
    return seen(issue, hidden.names, hidden.ids, epic_link=site.fields.epic_link)


def facts_of(
    connection: Connection, site: Site, issue_ids: Collection[str], *, present: bool = False
) -> dict[str, Facts]:
    """Some issues with their whole histories, by id; deleted ones, too, but for `present`."""
    if not issue_ids:
        return {}
    asked = {"site": site.id, "ids": as_named(connection, issue_ids)}
    found, entries = (
        connection.execute(each, asked) for each in _some_facts(connection.dialect.name, present=present)
    )
    return {one.id: one for one in _read(found, entries)}


@lru_cache
def _some_facts(dialect: str, *, present: bool) -> tuple[Select[Any], Select[Any]]:
    """Rules ask it of every event, so the statements are made once."""
    wanted = among_named(dialect, tables.issues.c.id, "ids")
    if present:
        wanted &= tables.issues.c.deleted_at.is_(None)
    return _facts(bindparam("site"), wanted, among_named(dialect, tables.changes.c.issue_id, "ids"))


def without_histories(connection: Connection, site: Site, keys: Sequence[str]) -> list[Facts]:
    """Issues by their keys, in that order; deleted ones are left out."""
    table = tables.issues
    wanted = among(connection, table.c.key, keys) & table.c.deleted_at.is_(None)
    found, _ = _facts(site.id, wanted, false())
    by_key = {each.key: each for each in _read(connection.execute(found), ())}
    return [by_key[key] for key in keys if key in by_key]


def facts_among(
    connection: Connection, site: Site, ids: Select[Any], *, fields: Collection[str], texts: bool
) -> dict[str, Facts]:
    """The issues that a statement gives the ids of, by id; deleted ones, too.

    Args:
        connection: reading.
        site: whose.
        ids: the statement.
        fields: names of those whose changes are read.
        texts: whether long texts are read, too.
    """
    theirs = tables.changes.c.issue_id.in_(ids) & tables.changes.c.field.in_(sorted(fields))
    wanted, history = _facts(site.id, tables.issues.c.id.in_(ids), theirs)
    if not texts:
        none = select(*_OF_ISSUES, null()).order_by(tables.issues.c.id)
        wanted = none.where(tables.issues.c.site_id == site.id, tables.issues.c.id.in_(ids))
    found, entries = map(connection.execute, (wanted, history))
    return {one.id: one for one in _read(found, entries)}


def _facts(
    site: Any, wanted: ColumnElement[bool], theirs: ColumnElement[bool]
) -> tuple[Select[Any], Select[Any]]:
    """Statements for issues with their texts, and for their histories."""
    table, texts, history = tables.issues, tables.issue_texts, tables.changes
    same = and_(
        texts.c.site_id == table.c.site_id,
        texts.c.issue_id == table.c.id,
        texts.c.digest == table.c.texts_digest,
    )
    found = (
        select(*_OF_ISSUES, texts.c.texts)
        .outerjoin(texts, same)
        .where(table.c.site_id == site, wanted)
        .order_by(table.c.id)
    )
    said = (history.c.issue_id, *(history.c[name] for name in Change._fields))
    return found, select(*said).where(history.c.site_id == site, theirs).order_by(history.c.issue_id)


_OF_ISSUES = [
    tables.issues.c[name]
    for name in (
        *("id", "key", "project_key", "status_id", "summary", "created", "updated", "fields", "project_id"),
        "history_complete",
    )
]


def _read(found: Iterable[Sequence[Any]], entries: Iterable[Sequence[Any]]) -> Iterator[Facts]:
    """Rows of the two statements of `_facts`; none has a column that is not read."""
    changes = {
        str(issue_id): tuple(Change._make(row[1:]) for row in group)
        for issue_id, group in groupby(entries, key=itemgetter(0))
    }
    for (
        id_,
        key,
        project_key,
        status_id,
        summary,
        created,
        updated,
        fields,
        project_id,
        whole,
        texts,
    ) in found:
        yield Facts(
            id=id_,
            key=key,
            project_key=project_key,
            status_id=status_id,
            summary=summary,
            created=created,
            updated=updated,
            fields={**fields, **(texts or {})},
            changes=changes.get(id_, ()),
            project_id=project_id,
            history_complete=whole,
        )


def _around(connection: Connection, site: Site, hidden: Hidden) -> Mapping[str, Around]:
    """By issue id what is held beside it."""

    def rows(table: Table) -> Iterator[RowMapping]:
        return (
            row for row in rows_of(connection, site, table) if not (hidden.limited and row.get("limited"))
        )

    comments: defaultdict[str, list[object]] = defaultdict(list)
    worklogs: defaultdict[str, list[Work]] = defaultdict(list)
    links: defaultdict[str, set[str]] = defaultdict(set)
    writings: defaultdict[str, list[Writing]] = defaultdict(list)
    for row in rows(tables.comments):
        comments[row["issue_id"]].append(row["body"])
        writings[row["issue_id"]].append(Writing(row["author"], row["created"], row["updated"]))
    for row in rows(jira_tables.worklogs):
        worklogs[row["issue_id"]].append(Work(row["author"], row["started"], row["comment"]))
    for row in rows(jira_tables.issue_links):
        if hidden.ids.isdisjoint((row["source_id"], row["target_id"])):
            links[row["source_id"]].add(f"out:{row['type_id']}")
            links[row["target_id"]].add(f"in:{row['type_id']}")
    files = Counter(row["issue_id"] for row in rows(jira_tables.attachments))
    return {
        issue: Around(
            tuple(comments[issue]),
            tuple(worklogs[issue]),
            files[issue],
            frozenset(links[issue]),
            tuple(writings[issue]),
        )
        for issue in {*comments, *worklogs, *links, *files}
    }
