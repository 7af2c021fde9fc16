"""What reports of a board's flow read: its issues, what changed meanwhile, and what is done elsewhere."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from app.domain.flow.elsewhere import Step, done_since
from app.domain.scrum.board import Board
from app.domain.scrum.issue import STATUS, Issue
from app.store import jira_tables, report_issues, sprint_issues, tables
from app.store.among import among
from app.store.sites import Site

_EPIC = "Epic"
"""What Data Center calls that type of issues, and tells no level."""
_AT_ONCE = 2_000
"""Issues whose whole histories are held at a time."""


def of_ids(connection: Connection, site: Site, board: Board, ids: Collection[str]) -> list[Issue]:
    """Issues with what moves work of their histories, but for epics, and for those that carry reports."""
    table, types = tables.issues, jira_tables.issue_types
    epics = select(types.c.id).where(
        types.c.site_id == site.id,
        or_(types.c.hierarchy_level > 0, and_(types.c.hierarchy_level.is_(None), types.c.name == _EPIC)),
    )
    wanted = select(table.c.id).where(
        table.c.site_id == site.id,
        among(connection, table.c.id, ids),
        table.c.id.not_in(report_issues.ids(site.id)),
        or_(table.c.type_id.is_(None), table.c.type_id.not_in(epics)),
    )
    return [issue for issue, _ in sprint_issues.read_issues(connection, site, board, wanted)]


def changed_since(connection: Connection, site: Site, at: datetime) -> Iterator[Sequence[str]]:
    """Ids of the issues that were there at an instant and are not any more as they were, some at a time."""
    table = tables.issues
    rows = connection.scalars(
        select(table.c.id)
        .where(
            table.c.site_id == site.id,
            table.c.created <= at,
            or_(table.c.updated > at, table.c.deleted_at > at),
        )
        .order_by(table.c.id)
    ).all()
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def done_at(
    connection: Connection, site: Site, keys: Collection[str], *, statuses: Collection[str], at: datetime
) -> dict[str, datetime]:
    """Those of these issues that stood in one of the statuses at an instant, and since when.

    By their keys, also by those that they had: changelogs of links go on naming these.
    """
    named = _named(connection, site, sorted(keys))
    table, history = tables.issues, tables.changes
    issues = connection.execute(
        select(table.c.id, table.c.created, table.c.status_id).where(
            table.c.site_id == site.id, among(connection, table.c.id, sorted(named))
        )
    )
    changes = connection.execute(
        select(history.c.issue_id, history.c.at, history.c.before, history.c.after)
        .where(
            history.c.site_id == site.id,
            among(connection, history.c.issue_id, sorted(named)),
            history.c.field == STATUS,
        )
        .order_by(history.c.at, history.c.history_id, history.c.position)
    )
    steps: dict[str, list[Step]] = {}
    for number, *step in changes:
        steps.setdefault(number, []).append(Step(*step))
    found: dict[str, datetime] = {}
    for number, created, status_id in issues:
        since = done_since(created, status_id, steps.get(number, ()), done=statuses, at=at)
        if since is not None:
            found |= dict.fromkeys(named[number], since)
    return found


def _named(connection: Connection, site: Site, keys: Sequence[str]) -> dict[str, list[str]]:
    """By id the keys by which these issues are named; a key that one has goes before one that another had."""
    table, former = tables.issues, jira_tables.old_keys
    old = select(former.c.key, former.c.issue_id).where(
        former.c.site_id == site.id, among(connection, former.c.key, keys)
    )
    present = (
        select(table.c.key, table.c.id)
        .where(table.c.site_id == site.id, among(connection, table.c.key, keys))
        .order_by(table.c.deleted_at.is_(None), table.c.updated)
    )
    ids = {
        key: number
        for query in (old.order_by(former.c.until), present)
        for key, number in connection.execute(query)
    }
    found: dict[str, list[str]] = {}
    for key, number in ids.items():
        found.setdefault(number, []).append(key)
    return found
