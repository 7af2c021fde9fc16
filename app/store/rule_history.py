"""What happened to issues in a span of time, as the store remembers it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from app.domain.scrum.issue import Change, Gone
from app.store.issues import change_of
from app.store.sites import Site
from app.store.tables import changes, comments, issues


def _of(site: Site, projects: Sequence[str]) -> ColumnElement[bool]:
    mine = issues.c.site_id == site.id
    return and_(mine, issues.c.project_key.in_(projects)) if projects else mine


def created_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Issues: `id`, `key`, `created`, `creator_id`; of all projects where none is named."""
    query = select(issues.c.id, issues.c.key, issues.c.created, issues.c.creator_id).where(
        _of(site, projects), issues.c.created >= since, issues.c.created < until
    )
    return connection.execute(query.order_by(issues.c.id)).mappings().all()


def deleted_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Issues: `id`, `key`, `deleted_at`."""
    query = select(issues.c.id, issues.c.key, issues.c.deleted_at).where(
        _of(site, projects),
        issues.c.deleted_at >= since,
        issues.c.deleted_at < until,
        issues.c.gone_reason == Gone.DELETED.value,
    )
    return connection.execute(query.order_by(issues.c.id)).mappings().all()


def changed_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Iterator[tuple[str, str, list[Change]]]:
    """Id and key of each issue that changed, with what was changed."""
    same = and_(issues.c.site_id == changes.c.site_id, issues.c.id == changes.c.issue_id)
    query = (
        select(changes, issues.c.key)
        .join(issues, same)
        .where(_of(site, projects), changes.c.at >= since, changes.c.at < until)
        .order_by(changes.c.issue_id, changes.c.at, changes.c.history_id, changes.c.field, changes.c.position)
    )
    rows = connection.execute(query).mappings()
    for (issue_id, key), theirs in groupby(rows, key=lambda row: (row["issue_id"], row["key"])):
        yield issue_id, key, [change_of(row) for row in theirs]


def commented_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Comments that were written or last edited then, with the `issue_key`."""
    same = and_(issues.c.site_id == comments.c.site_id, issues.c.id == comments.c.issue_id)

    def then(column: ColumnElement[datetime]) -> ColumnElement[bool]:
        return and_(column >= since, column < until)

    query = (
        select(comments, issues.c.key.label("issue_key"))
        .join(issues, same)
        .where(_of(site, projects), or_(then(comments.c.created), then(comments.c.updated)))
        .order_by(comments.c.issue_id, comments.c.id)
    )
    return connection.execute(query).mappings().all()
