"""What reports of a board's flow read: its issues, what changed meanwhile, and what is done elsewhere."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from app.domain.scrum.board import Board
from app.domain.scrum.issue import STATUS, Issue
from app.domain.scrum.restricted import name_of
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
    """Those of these issues that stand in one of the statuses, and since when, up to an instant.

    By their keys, and by the names that stand for them where they are restricted.
    """
    table, history = tables.issues, tables.changes
    last = func.max(history.c.at, type_=history.c.at.type)
    rows = connection.execute(
        select(table.c.id, table.c.key, last)
        .join(history, (history.c.site_id == table.c.site_id) & (history.c.issue_id == table.c.id))
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.key, sorted(keys)),
            table.c.status_id.in_(sorted(statuses)),
            history.c.field == STATUS,
        )
        .group_by(table.c.id, table.c.key)
    )
    return {name: since for number, key, since in rows if since <= at for name in (key, name_of(number))}
