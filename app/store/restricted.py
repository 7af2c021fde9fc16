"""Which issues have a security level: not everybody who may look may read them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from app.store.among import among
from app.store.jira_tables import old_keys
from app.store.tables import boards, issues

_LEVEL = issues.c.security_id.is_not(None)
_SAME = and_(issues.c.site_id == old_keys.c.site_id, issues.c.id == old_keys.c.issue_id)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a site is not there for somebody.

    Attributes:
        names: keys of issues, also those that they had.
        ids: their ids.
        limited: whether comments and logged work for some readers only are not there either.
    """

    names: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    limited: bool = False


NOTHING_HIDDEN = Hidden()


def all_of(connection: Connection, site_id: int) -> Hidden:
    """All restricted issues of a site, and the comments that not everybody may read."""
    rows = connection.execute(select(issues.c.key, issues.c.id).where(issues.c.site_id == site_id, _LEVEL))
    names = {str(one): key for key, one in rows}
    if not names:
        return Hidden(limited=True)
    former = select(old_keys.c.key).join(issues, _SAME).where(old_keys.c.site_id == site_id, _LEVEL)
    return Hidden(frozenset({*names.values(), *connection.scalars(former)}), frozenset(names), True)


def any_of(connection: Connection, site_id: int) -> bool:
    """Whether the site has a restricted issue."""
    query = select(issues.c.id).where(issues.c.site_id == site_id, _LEVEL).limit(1)
    return connection.scalar(query) is not None


def number_beside(connection: Connection, site_id: int, board_id: int) -> int:
    """How many issues are restricted in the project of a board; of the site, where Jira tells no project.

    However they stand and whatever they say: of a number that changed with either, whoever asks again, or for
    another instant or scope, would learn it.
    """
    project = select(boards.c.project_key).where(boards.c.site_id == site_id, boards.c.id == board_id)
    of_it = project.scalar_subquery()
    there = (issues.c.site_id == site_id, _LEVEL, issues.c.deleted_at.is_(None))
    query = select(func.count()).select_from(issues).where(*there)
    return connection.scalar(query.where(or_(of_it.is_(None), issues.c.project_key == of_it))) or 0


def is_restricted(connection: Connection, site_id: int, issue_id: str) -> bool:
    """Whether an issue is."""
    query = select(issues.c.id).where(issues.c.site_id == site_id, issues.c.id == issue_id, _LEVEL)
    return connection.scalar(query) is not None


def among_keys(
    connection: Connection, keys: Collection[str], *, site_id: int | None = None
) -> dict[str, str]:
    """Of keys, of one site or of whatever site, those that a restricted issue has or had: key to id."""
    here = () if site_id is None else (issues.c.site_id == site_id,)
    then = () if site_id is None else (old_keys.c.site_id == site_id,)
    present = select(issues.c.key, issues.c.id).where(*here, _LEVEL, among(connection, issues.c.key, keys))
    former = (
        select(old_keys.c.key, old_keys.c.issue_id)
        .join(issues, _SAME)
        .where(*then, _LEVEL, among(connection, old_keys.c.key, keys))
    )
    return {key: str(one) for query in (former, present) for key, one in connection.execute(query)}


def among_ids(connection: Connection, ids: Collection[str], *, site_id: int) -> frozenset[str]:
    """Of ids of a site's issues, those of restricted ones."""
    query = select(issues.c.id).where(
        issues.c.site_id == site_id, _LEVEL, among(connection, issues.c.id, ids)
    )
    return frozenset(connection.scalars(query)) if ids else frozenset()
