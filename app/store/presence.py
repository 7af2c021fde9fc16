"""Which issues are still there, and why the others are not. A row stays, whatever became of its issue."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from app.domain.scrum.issue import Gone
from app.store import jira_tables, tables
from app.store.among import among
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Counts:
    """Issues of a project in the store.

    Attributes:
        present: as far as we know.
        gone: the others by reason.
    """

    present: int = 0
    gone: Mapping[Gone, int] = field(default_factory=dict)


def bury(connection: Connection, site: Site, gone: Mapping[str, datetime], *, reason: Gone) -> int:
    """Tombstones by issue id; returns how many are new or have a new reason.

    What is deleted stays so, and since the earliest instant that was said. For any other reason a picture
    that is newer than the finding stands against it, and a later finding replaces an earlier one.

    Args:
        connection: inside a transaction.
        site: whose.
        gone: since when, by Jira's clock; an issue that is not in the store gets no tombstone.
        reason: of all of them.
    """
    if not gone:
        return 0
    table = tables.issues
    at = bindparam("at", type_=table.c.deleted_at.type)
    known = func.coalesce(table.c.gone_reason, "")
    if reason is Gone.DELETED:
        applies = or_(table.c.deleted_at.is_(None), known != Gone.DELETED.value, table.c.deleted_at > at)
    else:
        changed = or_(table.c.deleted_at.is_(None), known != reason.value)
        later = or_(table.c.deleted_at.is_(None), table.c.deleted_at <= at)
        applies = and_(known != Gone.DELETED.value, table.c.updated <= at, changed, later)
    result = connection.execute(
        update(table)
        .where(table.c.site_id == site.id, table.c.id == bindparam("gone"), applies)
        .values(deleted_at=at, gone_reason=reason.value),
        [{"gone": one, "at": since} for one, since in sorted(gone.items())],
    )
    return max(result.rowcount, 0)


def mark_present(connection: Connection, site: Site, issue_ids: Collection[str]) -> int:
    """They are there after all, whatever was said of them; returns how many had a tombstone.

    For reads of the issue itself: a search may still list what was deleted.
    """
    return _return(connection, site, issue_ids, even_deleted=True)


def see(connection: Connection, site: Site, issue_ids: Collection[str]) -> int:
    """A search listed them: those that were moved out, archived or hidden are back. Returns how many.

    What was deleted stays so: Jira's search lags behind.
    """
    return _return(connection, site, issue_ids, even_deleted=False)


def _return(connection: Connection, site: Site, issue_ids: Collection[str], *, even_deleted: bool) -> int:
    if not issue_ids:
        return 0
    table = tables.issues
    where = [
        table.c.site_id == site.id,
        among(connection, table.c.id, issue_ids),
        table.c.deleted_at.is_not(None),
    ]
    if not even_deleted:
        where.append(table.c.gone_reason != Gone.DELETED.value)
    back = update(table).where(*where).values(deleted_at=None, gone_reason=None)
    return connection.execute(back).rowcount


def wake(connection: Connection, site: Site, issue_ids: Collection[str]) -> None:
    """Of issues that an event showed: those that changed after they were moved out, archived or hidden."""
    if not issue_ids:
        return
    table = tables.issues
    connection.execute(
        update(table)
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.id, issue_ids),
            table.c.deleted_at < table.c.updated,
            table.c.gone_reason != Gone.DELETED.value,
        )
        .values(deleted_at=None, gone_reason=None)
    )


def bury_project(connection: Connection, site: Site, project_id: str, *, at: datetime, reason: Gone) -> None:
    """Its issues went with it."""
    table = tables.issues
    connection.execute(
        update(table)
        .where(
            table.c.site_id == site.id,
            table.c.project_id == project_id,
            table.c.deleted_at.is_(None),
            table.c.updated <= at,
        )
        .values(deleted_at=at, gone_reason=reason.value)
    )


def restore_project(connection: Connection, site: Site, project_id: str, *, gone_at: datetime | None) -> None:
    """Its issues are back: the archived ones, and those that were deleted with it and not before.

    Args:
        connection: inside a transaction.
        site: whose.
        project_id: the project.
        gone_at: when the project was deleted; None where it was not.
    """
    table = tables.issues
    connection.execute(
        update(table)
        .where(
            table.c.site_id == site.id,
            table.c.project_id == project_id,
            or_(
                table.c.gone_reason == Gone.ARCHIVED.value,
                and_(table.c.gone_reason == Gone.DELETED.value, table.c.deleted_at == gone_at),
            ),
        )
        .values(deleted_at=None, gone_reason=None)
    )


def counts(connection: Connection, site: Site) -> dict[str, Counts]:
    """By project key; what moved out to a project that is not kept counts for the one that it left."""
    table = tables.issues
    rows = connection.execute(
        select(table.c.project_key, table.c.gone_reason, func.count())
        .where(table.c.site_id == site.id)
        .group_by(table.c.project_key, table.c.gone_reason)
    )
    found: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for key, reason, number in rows:
        found[key][reason] += number
    for (left, key), number in _moved_out(connection, site).items():
        found[key][Gone.MOVED_OUT.value] -= number
        found[left][Gone.MOVED_OUT.value] += number
    return {
        key: Counts(
            present=by_reason.get(None, 0),
            gone={Gone(reason): number for reason, number in by_reason.items() if reason and number},
        )
        for key, by_reason in found.items()
    }


def _moved_out(connection: Connection, site: Site) -> Counter[tuple[str, str]]:
    """How many issues left a project of ours for one that is not: by both keys, as their former keys say."""
    table, old = tables.issues, jira_tables.old_keys
    of_project = tables.projects.c.site_id == site.id
    ours = set(connection.scalars(select(tables.projects.c.key).where(of_project)))
    rows = connection.execute(
        select(table.c.id, table.c.project_key, old.c.key)
        .join(old, and_(old.c.site_id == table.c.site_id, old.c.issue_id == table.c.id))
        .where(
            table.c.site_id == site.id,
            table.c.gone_reason == Gone.MOVED_OUT.value,
            table.c.project_key.not_in(sorted(ours)),
        )
        .order_by(table.c.id, old.c.until)
    )
    left = {
        issue_id: (project, key)
        for issue_id, key, former in rows
        if (project := former.rpartition("-")[0]) in ours
    }
    return Counter(left.values())
