"""What happened to issues in a span of time, as the store remembers it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, or_, select

from app.domain.scrum.issue import Change, Gone
from app.domain.scrum.sprint import Sprint
from app.store.boards import sprint_of
from app.store.issues import change_of
from app.store.jira_tables import sprints, versions, worklogs
from app.store.sites import Site
from app.store.tables import changes, comments, issues, sprint_issues


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


def logged_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Worklogs that were written or last edited then, with the `issue_key`."""
    instants = (func.coalesce(worklogs.c.created, worklogs.c.updated), worklogs.c.updated)
    then = or_(*(and_(each >= since, each < until) for each in instants))
    return _of_issues(connection, worklogs, _of(site, projects), then)


def unlogged_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Worklogs that were deleted then, with the `issue_key`."""
    then = _deleted_between(worklogs.c.deleted_at, since, until)
    return _of_issues(connection, worklogs, _of(site, projects), then)


def uncommented_between(
    connection: Connection, site: Site, projects: Sequence[str], since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Comments that were deleted then, with the `issue_key`."""
    then = _deleted_between(comments.c.deleted_at, since, until)
    return _of_issues(connection, comments, _of(site, projects), then)


def _deleted_between(at: ColumnElement[datetime], since: datetime, until: datetime) -> ColumnElement[bool]:
    """Not what was deleted with its issue."""
    return and_(at >= since, at < until, or_(issues.c.deleted_at.is_(None), issues.c.deleted_at > at))


def _of_issues(
    connection: Connection, table: Table, mine: ColumnElement[bool], then: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """Rows that hang on issues, with the `issue_key`, issue by issue."""
    same = and_(issues.c.site_id == table.c.site_id, issues.c.id == table.c.issue_id)
    query = select(table, issues.c.key.label("issue_key")).join(issues, same).where(mine, then)
    return connection.execute(query.order_by(table.c.issue_id, table.c.id)).mappings().all()


def sprints_between(
    connection: Connection, site: Site, since: datetime, until: datetime, *, closed: bool
) -> list[tuple[int, datetime]]:
    """Ids of the sprints that were started (or closed) then, with the instant."""
    started = func.coalesce(sprints.c.activated_at, sprints.c.start_at)
    at = sprints.c.completed_at if closed else started
    query = (
        select(sprints.c.id, at.label("at"))
        .where(sprints.c.site_id == site.id, sprints.c.state != "future", at >= since, at < until)
        .order_by(at, sprints.c.id)
    )
    return [(row.id, row.at) for row in connection.execute(query)]


def running_sprints(connection: Connection, site: Site, since: datetime, until: datetime) -> list[Sprint]:
    """Sprints that ran at any instant of a span of time, in the order of their ids."""
    started = func.coalesce(sprints.c.activated_at, sprints.c.start_at)
    query = select(sprints).where(
        sprints.c.site_id == site.id,
        sprints.c.state != "future",
        sprints.c.deleted_at.is_(None),
        started <= until,
        or_(sprints.c.completed_at.is_(None), sprints.c.completed_at > since),
    )
    return [sprint_of(row) for row in connection.execute(query.order_by(sprints.c.id)).mappings()]


def ever_in_sprint(connection: Connection, site: Site, sprint_id: int) -> set[str]:
    """Ids of all issues that are or were in a sprint."""
    query = select(sprint_issues.c.issue_id).where(
        sprint_issues.c.site_id == site.id, sprint_issues.c.sprint_id == sprint_id
    )
    return set(connection.scalars(query))


def of_version(connection: Connection, site: Site, version_id: str) -> set[str]:
    """Ids of all issues of the project of a version: any may have named it."""
    project = select(versions.c.project_id).where(versions.c.site_id == site.id, versions.c.id == version_id)
    query = select(issues.c.id).where(
        issues.c.site_id == site.id, issues.c.project_id.in_(project), issues.c.deleted_at.is_(None)
    )
    return set(connection.scalars(query))
