"""Sweeps: what they compare, what they found, and changes that no webhook told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from app.domain.scrum.issue import Gone
from app.errors import NotFound
from app.store import arrivals, jira_tables, tables
from app.store.among import among
from app.store.sites import Site
from app.store.sync_tables import drift, sweeps, unannounced
from app.store.upsert import upsert


class Drift(StrEnum):
    """How an issue was not here as it is in Jira.

    Attributes:
        DELETED: it was here; Jira does not know it.
        HIDDEN: it was here; our account may not see it any more.
        ARCHIVED: it was here; Jira has it archived.
        MOVED_OUT: it is in a project now that is not kept.
        MOVED: it has another key than here.
        UNKNOWN: Jira lists it, and it was not here.
        STALE: it changed in Jira after what was known here.
        RETURNED: it was held for gone, and Jira lists it.
        ORPHANED: its parent was deleted, and it still named it.
        HISTORY_CUT: its whole history was not here.
        RENAMED: it bore the former name of a version or a component.
    """

    DELETED = "deleted"
    HIDDEN = "hidden"
    ARCHIVED = "archived"
    MOVED_OUT = "moved_out"
    MOVED = "moved"
    UNKNOWN = "unknown"
    STALE = "stale"
    RETURNED = "returned"
    ORPHANED = "orphaned"
    HISTORY_CUT = "history_cut"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One issue that differed.

    Attributes:
        why: in a sentence, for people.
        mended: whether the store is right about it now.
    """

    issue_id: str
    issue_key: str
    kind: Drift
    why: str
    mended: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """An issue as it is here, as far as a sweep compares it; `is_whole` with all of its history."""

    id: str
    key: str
    created: datetime
    updated: datetime
    gone_reason: Gone | None
    bore_security: bool
    rank: str | None = None
    is_whole: bool = True


# --- what is compared -----------------------------------------------------------------------------


def _held(row: Any) -> Held:
    reason = None if row.gone_reason is None else Gone(row.gone_reason)
    return Held(
        row.id,
        row.key,
        row.created,
        row.updated,
        reason,
        row.security_id is not None,
        row.rank,
        row.history_complete,
    )


_COLUMNS = tuple(
    tables.issues.c[name]
    for name in ("id", "key", "created", "updated", "gone_reason", "security_id", "rank", "history_complete")
)


def held_among(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, Held]:
    """Those of the issues that are in the store, gone or not, by id."""
    table = tables.issues
    found = connection.execute(
        select(*_COLUMNS).where(table.c.site_id == site.id, among(connection, table.c.id, issue_ids))
    )
    return {row.id: _held(row) for row in found}


def told_beside(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, datetime]:
    """When a link, file, comment or logged work of the issues was last told of, by id of the issue.

    Jira moves `updated` of the issue with each, and tells them in events of their own.
    """
    links = jira_tables.issue_links
    beside = [(links, links.c.source_id, links.c.heard_at), (links, links.c.target_id, links.c.heard_at)]
    files, comments, work = jira_tables.attachments, tables.comments, jira_tables.worklogs
    beside.append((files, files.c.issue_id, files.c.heard_at))
    beside += [(table, table.c.issue_id, table.c.updated) for table in (comments, work)]
    told: dict[str, datetime] = {}
    for table, of, at in beside:
        last = func.max(at), func.max(table.c.deleted_at)
        here = (table.c.site_id == site.id, among(connection, of, issue_ids))
        for issue_id, *instants in connection.execute(select(of, *last).where(*here).group_by(of)):
            told[issue_id] = max(one for one in (*instants, told.get(issue_id)) if one is not None)
    return told


def _of_project(site: Site, project_id: str) -> ColumnElement[bool]:
    table = tables.issues
    return and_(table.c.site_id == site.id, table.c.project_id == project_id, table.c.deleted_at.is_(None))


def present_between(
    connection: Connection,
    site: Site,
    project_id: str,
    *,
    since: datetime | None,
    until: datetime | None,
    after: Held | None,
    limit: int,
) -> list[Held]:
    """Issues of a project that are here, in the order of their creation, which never changes.

    Args:
        connection: inside a transaction.
        site: whose.
        project_id: of which project.
        since: created then or later; None from the first on.
        until: created before then; None to the last.
        after: the last one of the page before.
        limit: most on a page.
    """
    table = tables.issues
    from_there = true() if since is None else table.c.created >= since
    to_there = true() if until is None else table.c.created < until
    further: ColumnElement[bool] = true()
    if after is not None:
        same = and_(table.c.created == after.created, table.c.id > after.id)
        further = or_(table.c.created > after.created, same)
    found = connection.execute(
        select(*_COLUMNS)
        .where(_of_project(site, project_id), from_there, to_there, further)
        .order_by(table.c.created, table.c.id)
        .limit(limit)
    )
    return [_held(row) for row in found]


def count_present(connection: Connection, site: Site, project_id: str) -> int:
    """How many issues of the project are here."""
    query = select(func.count()).select_from(tables.issues).where(_of_project(site, project_id))
    return int(connection.scalar(query) or 0)


def orphans(
    connection: Connection, site: Site, project_id: str, *, after: str = "", limit: int
) -> list[tuple[str, str]]:
    """Issues that name a parent which was deleted, by id: no event tells that they lost it.

    Returns:
        The id of each, and the key that its parent had.
    """
    table, parent = tables.issues, tables.issues.alias("parent")
    by_key = and_(table.c.parent_id.is_(None), table.c.parent_key == parent.c.key)
    names = and_(parent.c.site_id == table.c.site_id, or_(parent.c.id == table.c.parent_id, by_key))
    found = connection.execute(
        select(table.c.id, parent.c.key)
        .join(parent, names)
        .where(
            _of_project(site, project_id),
            table.c.id > after,
            or_(table.c.parent_id.is_not(None), table.c.parent_key.is_not(None)),
            parent.c.gone_reason == Gone.DELETED.value,
        )
        .order_by(table.c.id)
        .limit(limit)
    )
    return [(row.id, row.key) for row in found]


# --- what was found -------------------------------------------------------------------------------


def open_sweep(
    connection: Connection,
    site: Site,
    project: tuple[str, str],
    *,
    run_id: int | None,
    began_at: datetime,
) -> int:
    """Write down that a project (id, key) is being swept; returns the sweep's id."""
    row = {
        "site_id": site.id,
        "project_id": project[0],
        "project_key": project[1],
        "run_id": run_id,
        "began_at": began_at,
        "listed": 0,
        "unannounced": 0,
    }
    return int(connection.execute(insert(sweeps).values(row).returning(sweeps.c.id)).scalar_one())


def note(connection: Connection, sweep_id: int, found: Sequence[Difference]) -> None:
    """What differed, in the transaction that mends it."""
    rows = [
        {
            "sweep_id": sweep_id,
            "issue_id": one.issue_id,
            "issue_key": one.issue_key,
            "kind": one.kind.value,
            "why": one.why,
            "mended": one.mended,
        }
        for one in found
    ]
    if rows:
        connection.execute(insert(drift), rows)


def close_sweep(connection: Connection, sweep_id: int, **values: Any) -> None:
    """How a sweep ended: any of its columns."""
    connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(**values))


def reports(
    connection: Connection,
    *,
    site: str | None,
    project_key: str | None,
    before: int | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Sweeps, newest first, with the name of their site."""
    where = [
        true() if site is None else tables.sites.c.name == site,
        true() if project_key is None else sweeps.c.project_key == project_key,
        true() if before is None else sweeps.c.id < before,
    ]
    query = select(sweeps, tables.sites.c.name.label("site")).join(tables.sites).where(*where)
    return connection.execute(query.order_by(sweeps.c.id.desc()).limit(limit)).mappings().all()


def get_sweep(connection: Connection, sweep_id: int) -> RowMapping:
    """A sweep, with the name of its site.

    Raises:
        NotFound: none with that id.
    """
    query = select(sweeps, tables.sites.c.name.label("site")).join(tables.sites)
    row = connection.execute(query.where(sweeps.c.id == sweep_id)).mappings().first()
    if row is None:
        raise NotFound("comparison", sweep_id, "`burnish sync drift` lists them.")
    return row


def newest(connection: Connection, site_id: int) -> dict[str, RowMapping]:
    """The last sweep of each project that came to its end, by project id, with the name of the site."""
    last = (
        select(func.max(sweeps.c.id))
        .where(sweeps.c.site_id == site_id, sweeps.c.ended_at.is_not(None))
        .group_by(sweeps.c.project_id)
    )
    query = select(sweeps, tables.sites.c.name.label("site")).join(tables.sites)
    found = connection.execute(query.where(sweeps.c.id.in_(last))).mappings()
    return {row["project_id"]: row for row in found}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many issues differed in one way, and how many of them are right now."""

    found: int
    mended: int


def tallies(connection: Connection, sweep_ids: Collection[int]) -> dict[int, dict[Drift, Tally]]:
    """By sweep and kind; a sweep that found nothing is not named."""
    rows = connection.execute(
        select(
            drift.c.sweep_id,
            drift.c.kind,
            func.count(),
            func.count().filter(drift.c.mended),
        )
        .where(among(connection, drift.c.sweep_id, sweep_ids) if sweep_ids else false())
        .group_by(drift.c.sweep_id, drift.c.kind)
        .order_by(drift.c.sweep_id, drift.c.kind)
    )
    found: dict[int, dict[Drift, Tally]] = {}
    for sweep_id, kind, number, mended in rows:
        found.setdefault(sweep_id, {})[Drift(kind)] = Tally(number, mended)
    return found


def differences(connection: Connection, sweep_id: int, *, limit: int) -> list[Difference]:
    """What a sweep found, in the order in which it did."""
    rows = connection.execute(
        select(drift).where(drift.c.sweep_id == sweep_id).order_by(drift.c.id).limit(limit)
    ).mappings()
    return [
        Difference(row["issue_id"], row["issue_key"], Drift(row["kind"]), row["why"], row["mended"])
        for row in rows
    ]


def forget(connection: Connection, site_id: int, *, before: datetime) -> int:
    """Delete sweeps that began long ago; the last whole one of each project stays."""
    last = [row["id"] for row in newest(connection, site_id).values()]
    old = delete(sweeps).where(sweeps.c.site_id == site_id, sweeps.c.began_at < before)
    return connection.execute(old.where(sweeps.c.id.not_in(last))).rowcount


# --- what no webhook told -------------------------------------------------------------------------


def heard_at(connection: Connection, site_id: int, *, before: datetime) -> datetime | None:
    """When the site's last webhook came in; None where none ever did.

    Also while one waits that came in before an instant: nobody can say yet what it will tell.
    """
    table = tables.deliveries
    waiting = select(table.c.id).where(
        table.c.site_id == site_id, tables.still_open(table), table.c.received_at < before
    )
    _, unfiled_since = arrivals.waiting(connection)
    if connection.execute(waiting.limit(1)).first() or (unfiled_since and unfiled_since < before):
        return None
    found: datetime | None = connection.scalar(
        select(tables.sites.c.heard_at).where(tables.sites.c.id == site_id)
    )
    return found


def note_unannounced(
    connection: Connection, site: Site, project_id: str, *, found_by: str, keys: Sequence[str], at: datetime
) -> None:
    """Remember the last time that changes came to light which no webhook had told."""
    before = unannounced_of(connection, site.id).get(project_id)
    row = {
        "site_id": site.id,
        "project_id": project_id,
        "found_at": at,
        "found_by": found_by,
        "number": len(keys),
        "total": len(keys) + (0 if before is None else before["total"]),
        "example_key": keys[0],
    }
    upsert(connection, unannounced, [row])


def unannounced_of(connection: Connection, site_id: int) -> Mapping[str, RowMapping]:
    """The last such finding of each project, by project id."""
    rows = connection.execute(select(unannounced).where(unannounced.c.site_id == site_id)).mappings()
    return {row["project_id"]: row for row in rows}
