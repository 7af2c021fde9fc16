"""What stands around issues: versions, types, people, links, files. The newest word of each wins.

Every row carries the instant of the word that it is from. A deletion is a word like any other, a microsecond
after its instant: of two words of one instant it is the last, and Jira's own instants are milliseconds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, or_, select, update

from app.domain.scrum.person import Person
from app.store import jira_tables
from app.store.among import among
from app.store.jira_tables import worklogs
from app.store.sites import Site
from app.store.upsert import insert_new, upsert

Row = Mapping[str, Any]
_LAST = timedelta(microseconds=1)


def save(
    connection: Connection,
    site: Site,
    table: Table,
    rows: Sequence[Row],
    at: datetime,
    *,
    keep: Sequence[str] = (),
) -> None:
    """Keep what was said of things, unless something newer is known.

    Args:
        connection: inside a transaction.
        site: whose.
        table: one of `jira_tables` that has `heard_at`.
        rows: as `app.domain.scrum.things_from_jira` reads them.
        at: when Jira said it, by its own clock.
        keep: columns that these documents do not tell: they stay as they are.
    """
    said = [{"site_id": site.id, **row, "heard_at": at, "deleted_at": None} for row in rows]
    upsert(connection, table, said, keep=keep, newer="heard_at")


def bury(
    connection: Connection,
    site: Site,
    table: Table,
    rows: Sequence[Row],
    at: datetime,
    *,
    keep: Sequence[str] = (),
) -> None:
    """They were deleted; what we never heard of gets a row, so that an older word does not bring it back."""
    said = [{"site_id": site.id, **row, "heard_at": at + _LAST, "deleted_at": at} for row in rows]
    upsert(connection, table, said, keep=keep, newer="heard_at")


class Write(Protocol):
    """`save` or `bury`."""

    def __call__(
        self,
        connection: Connection,
        site: Site,
        table: Table,
        rows: Sequence[Row],
        at: datetime,
        *,
        keep: Sequence[str] = (),
    ) -> None:
        """See there."""
        ...


def bury_unlisted(
    connection: Connection,
    site: Site,
    table: Table,
    listed: Collection[str],
    *,
    at: datetime,
    of: ColumnElement[bool] | None = None,
) -> None:
    """Bury what a whole list does not hold and no newer word tells of.

    Args:
        connection: inside a transaction.
        site: whose.
        table: one that has an id and `heard_at`.
        listed: all ids of the list.
        at: when the list was asked for, or the instant of the picture that it is from.
        of: what the list is of, such as one project's versions; all of the site's where it is None.
    """
    where = [table.c.site_id == site.id, table.c.deleted_at.is_(None), table.c.heard_at < at]
    if of is not None:
        where.append(of)
    stored = set(connection.scalars(select(table.c.id).where(*where)))
    gone = sorted(stored - set(listed))
    if gone:
        connection.execute(
            update(table)
            .where(*where, table.c.id == bindparam("gone"))
            .values(deleted_at=at, heard_at=at + _LAST),
            [{"gone": one} for one in gone],
        )


# --- of a project or a site -----------------------------------------------------------------------


def replace_versions(
    connection: Connection, site: Site, project_id: str, rows: Sequence[Row], *, at: datetime
) -> None:
    """The whole list of a project, as Jira gives it."""
    table = jira_tables.versions
    save(connection, site, table, rows, at, keep=("merged_into",))
    ids = [row["id"] for row in rows]
    bury_unlisted(connection, site, table, ids, at=at, of=table.c.project_id == project_id)


def unreleased_versions(connection: Connection, site: Site, project_id: str, *, before: datetime) -> set[str]:
    """Ids of a project's versions of which the last word, older than an instant, was that they are not."""
    table = jira_tables.versions
    query = select(table.c.id).where(
        table.c.site_id == site.id,
        table.c.project_id == project_id,
        table.c.deleted_at.is_(None),
        table.c.released.is_(False),
        table.c.heard_at <= before,
    )
    return set(connection.scalars(query))


def replace_components(
    connection: Connection, site: Site, project_id: str, rows: Sequence[Row], *, at: datetime
) -> None:
    """The whole list of a project; Jira has no events about components."""
    table = jira_tables.components
    save(connection, site, table, rows, at)
    ids = [row["id"] for row in rows]
    bury_unlisted(connection, site, table, ids, at=at, of=table.c.project_id == project_id)


def replace_all(
    connection: Connection, site: Site, table: Table, rows: Sequence[Row], *, at: datetime
) -> None:
    """The whole list of a site: issue types, priorities, resolutions or link types."""
    save(connection, site, table, rows, at)
    bury_unlisted(connection, site, table, [row["id"] for row in rows], at=at)


def learn_link_type(connection: Connection, site: Site, row: Row, at: datetime) -> None:
    """A type that only a link told of so far; the site's own list says more, and counts more.

    Nothing is written over: two workers that see the same types must not wait for each other.
    """
    learnt = {"site_id": site.id, **row, "heard_at": at, "deleted_at": None}
    insert_new(connection, jira_tables.link_types, [learnt])


def save_users(connection: Connection, site: Site, rows: Sequence[Row], at: datetime) -> None:
    """People as documents show them; the same person may come many times, and is written once."""
    by_account = {row["account_id"]: row for row in rows}
    save(connection, site, jira_tables.users, list(by_account.values()), at)


def people_unheard_of(connection: Connection, site: Site, *, since: datetime, most: int) -> list[str]:
    """Accounts of people of whom nothing was heard since an instant, the longest silence first."""
    table = jira_tables.users
    query = (
        select(table.c.account_id)
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None), table.c.heard_at < since)
        .order_by(table.c.heard_at, table.c.account_id)
        .limit(most)
    )
    return list(connection.scalars(query))


def bury_user(connection: Connection, site: Site, account_id: str, *, name: str | None, at: datetime) -> None:
    """Somebody was deleted; what we know of them stays, as histories name them."""
    row = {
        "account_id": account_id,
        "name": name or account_id,
        "username": name,
        "active": False,
        "account_type": None,
    }
    keep = ("name", "username", "account_type")
    bury(connection, site, jira_tables.users, [row], at, keep=keep)


# --- of issues ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfIssue:
    """A whole list of an issue, as a picture of it shows it.

    Attributes:
        at: the instant of the picture; what came later says nothing here.
    """

    rows: Sequence[Row]
    at: datetime


def replace_links(connection: Connection, site: Site, lists: Mapping[str, OfIssue]) -> None:
    """All links of issues, by issue id, in both directions, as their documents show them."""
    table = jira_tables.issue_links
    _replace(connection, site, table, lists, (table.c.source_id, table.c.target_id))


def replace_attachments(connection: Connection, site: Site, lists: Mapping[str, OfIssue]) -> None:
    """All files of issues, by issue id, as their documents show them."""
    table = jira_tables.attachments
    _replace(connection, site, table, lists, (table.c.issue_id,))


def _replace(
    connection: Connection,
    site: Site,
    table: Table,
    lists: Mapping[str, OfIssue],
    ends: Sequence[Column[Any]],
) -> None:
    """Keep what the lists hold, and bury what one of them should hold and does not.

    Args:
        connection: inside a transaction.
        site: whose.
        table: what the lists are of.
        lists: by issue id.
        ends: columns that name the issues in whose list a row stands.
    """
    if not lists:
        return
    said: dict[str, Row] = {}
    for each in lists.values():
        for row in each.rows:
            known = said.get(row["id"])
            if known is None or known["heard_at"] < each.at:  # a link stands in the lists of both its ends
                said[row["id"]] = {"site_id": site.id, **row, "heard_at": each.at, "deleted_at": None}
    upsert(connection, table, list(said.values()), newer="heard_at")
    stored = connection.execute(
        select(table.c.id, table.c.heard_at, *ends).where(
            table.c.site_id == site.id,
            table.c.deleted_at.is_(None),
            or_(*(among(connection, end, lists) for end in ends)),
        )
    )
    gone = []
    for row_id, heard_at, *issue_ids in stored:
        ends_of_it = [lists[one] for one in issue_ids if one in lists]
        silent = [each.at for each in ends_of_it if row_id not in _ids(each)]
        if silent and heard_at < max(silent):
            gone.append({"gone": row_id, "at": max(silent), "heard": max(silent) + _LAST})
    if gone:
        connection.execute(
            update(table)
            .where(table.c.site_id == site.id, table.c.id == bindparam("gone"))
            .values(
                deleted_at=bindparam("at", type_=table.c.deleted_at.type),
                heard_at=bindparam("heard", type_=table.c.heard_at.type),
            ),
            gone,
        )


def _ids(listed: OfIssue) -> set[str]:
    return {row["id"] for row in listed.rows}


def save_worklogs(connection: Connection, site: Site, rows: Sequence[Row]) -> None:
    """Keep worklogs by id; the later edit wins, and what was deleted stays so."""
    said = [{"site_id": site.id, **row} for row in rows]
    upsert(connection, worklogs, said, keep=("deleted_at",), newer="updated")


def bury_unlisted_worklogs(connection: Connection, site: Site, lists: Mapping[str, OfIssue]) -> None:
    """Those that whole lists, by issue id, do not hold, though they are older than these."""
    stored = connection.execute(
        select(worklogs.c.id, worklogs.c.issue_id, worklogs.c.updated).where(
            worklogs.c.site_id == site.id,
            worklogs.c.deleted_at.is_(None),
            among(connection, worklogs.c.issue_id, lists),
        )
    )
    gone = [
        {"gone": row.id, "at": listed.at}
        for row in stored
        if row.updated < (listed := lists[row.issue_id]).at and row.id not in _ids(listed)
    ]
    if gone:
        at = bindparam("at", type_=worklogs.c.deleted_at.type)
        same = (worklogs.c.site_id == site.id, worklogs.c.id == bindparam("gone"))
        connection.execute(update(worklogs).where(*same).values(deleted_at=at), gone)


def bury_worklogs(connection: Connection, site: Site, rows: Sequence[Row], *, at: datetime) -> None:
    """They were deleted, and since the first word of it."""
    insert_new(connection, worklogs, [{"site_id": site.id, **row, "deleted_at": at} for row in rows])
    earlier = or_(worklogs.c.deleted_at.is_(None), worklogs.c.deleted_at > at)
    connection.execute(
        update(worklogs)
        .where(worklogs.c.site_id == site.id, worklogs.c.id.in_([row["id"] for row in rows]), earlier)
        .values(deleted_at=at)
    )


def links_of(connection: Connection, site: Site, issue_id: str) -> list[tuple[str, str, str]]:
    """What an issue is linked with: the words towards it, the other issue's id, the link's id."""
    table, types = jira_tables.issue_links, jira_tables.link_types
    same = (types.c.site_id == table.c.site_id) & (types.c.id == table.c.type_id)
    rows = connection.execute(
        select(table, types.c.outward, types.c.inward)
        .outerjoin(types, same)
        .where(
            table.c.site_id == site.id,
            or_(table.c.source_id == issue_id, table.c.target_id == issue_id),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
    )
    return [
        (row.outward or "", row.target_id, row.id)
        if row.source_id == issue_id
        else (row.inward or "", row.source_id, row.id)
        for row in rows
    ]


def login_name(connection: Connection, site_id: int, account: str | None) -> str | None:
    """By which Jira takes a person: the login name on Data Center, otherwise the account id as it is."""
    if account is None:
        return None
    table = jira_tables.users
    query = select(table.c.username).where(table.c.site_id == site_id, table.c.account_id == account)
    return connection.scalar(query) or account


def person_of(connection: Connection, site: Site, account: str) -> Person | None:
    """Somebody by account id; histories of Data Center may have a login name instead. None where unknown."""
    table = jira_tables.users
    ways = [table.c.account_id] if site.is_cloud else [table.c.account_id, table.c.username]
    for way in ways:
        query = select(table).where(table.c.site_id == site.id, way == account)
        row = connection.execute(query).mappings().first()
        if row is not None:
            return Person(row["account_id"], row["name"], row["username"], row["active"], row["account_type"])
    return None
