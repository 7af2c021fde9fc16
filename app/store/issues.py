"""Issues, their histories and comments. Any path may bring them, in any order, any number of times."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, select, update

from app.domain.scrum.from_jira import IssueRecord, read_sprint_field
from app.domain.scrum.history import read_sprint_ids
from app.domain.scrum.issue import KEY, Change, Gone
from app.store import former_keys, issue_texts, jira_tables, presence, tables
from app.store.among import among
from app.store.as_one import rows_of
from app.store.sites import Site
from app.store.upsert import Tuples, insert_new, upsert


def save_issues(
    connection: Connection,
    site: Site,
    records: Sequence[IssueRecord],
    *,
    history_complete: bool,
) -> set[str]:
    """Keep issues; an older picture of one never replaces a newer one.

    Args:
        connection: inside a transaction.
        site: whose.
        records: one document each.
        history_complete: whether all of their changelogs is being saved too. An event alone carries one
            entry, so it never makes a history complete, and never incomplete.

    Returns:
        Ids of those that are new, or whose `updated` is a later one now.
    """
    if not records:
        return set()
    stored = _stored(connection, site, {record.id for record in records})
    _save(connection, site, records, stored, history_complete=history_complete)
    return _moved(records, stored)


class _Stored(NamedTuple):
    """Of an issue that is in the store, what its next picture is held against.

    Attributes:
        steady: in the order of `_STEADY`.
    """

    steady: tuple[Any, ...]
    texts_digest: int | None
    is_gone: bool
    updated: datetime


_STEADY = ("key", "created", "parent_id", "parent_key", "security_id")
"""Columns that stand in indexes of their own and hardly ever change."""
_steady_of = itemgetter(*_STEADY)


def _stored(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, _Stored]:
    """Those of the issues that are there, by id."""
    table = tables.issues
    columns = (table.c[name] for name in ("id", "texts_digest", "deleted_at", "updated", *_STEADY))
    here = (table.c.site_id == site.id, among(connection, table.c.id, issue_ids))
    # Held fast, so that what is said of them next is still true when it is written.
    query = select(*columns).where(*here).order_by(table.c.id).with_for_update(key_share=True)
    return {
        issue_id: _Stored(tuple(steady), texts_digest, deleted_at is not None, updated)
        for issue_id, texts_digest, deleted_at, updated, *steady in rows_of(connection, query)
    }


def _moved(records: Iterable[IssueRecord], stored: Mapping[str, _Stored]) -> set[str]:
    return {
        record.id
        for record in records
        if record.id not in stored or record.updated > stored[record.id].updated
    }


def _save(
    connection: Connection,
    site: Site,
    records: Sequence[IssueRecord],
    stored: Mapping[str, _Stored],
    *,
    history_complete: bool,
) -> None:
    newest = {record.id: record for record in sorted(records, key=lambda record: record.updated)}
    _save_texts(connection, site, newest.values(), stored)
    rows = [_row(site, each, history_complete) for each in newest.values()]
    if site.fields.epic_link is not None:
        rows = former_keys.with_present_parents(connection, site, rows)
    # An update that names a column writes its indexes, whether or not the value is another one.
    as_ever = [row["id"] in stored and _steady_of(row) == stored[row["id"]].steady for row in rows]
    other = [row for row, same in zip(rows, as_ever, strict=True) if not same]
    upsert(connection, tables.issues, other, keep=("history_complete",), newer="updated")
    same = list(compress(rows, as_ever))
    upsert(connection, tables.issues, same, keep=("history_complete", *_STEADY), newer="updated")
    if history_complete:
        _mark_histories(connection, site, list(newest), complete=True)
    # What an older picture shows was so once.
    members = [(sprint, record.id) for record in records for sprint in record.sprint_ids]
    _save_sprint_issues(connection, site, members)


def _row(site: Site, record: IssueRecord, history_complete: bool) -> dict[str, Any]:
    return {
        "site_id": site.id,
        "id": record.id,
        "key": record.key,
        "project_key": record.project_key,
        "summary": record.summary,
        "type_name": record.type_name,
        "is_subtask": record.is_subtask,
        "status_id": record.status_id,
        "status_name": record.status_name,
        "assignee": record.assignee,
        "flagged": record.flagged,
        "created": record.created,
        "updated": record.updated,
        "fields": record.fields,
        "texts_digest": record.texts_digest,
        "history_complete": history_complete,
        **record.columns,
    }


def _save_texts(
    connection: Connection,
    site: Site,
    records: Iterable[IssueRecord],
    stored: Mapping[str, _Stored],
) -> None:
    """Most are there already, and are not sent again."""
    texts = {
        (each.id, each.texts_digest): each.texts
        for each in records
        if each.texts_digest is not None
        and not (each.id in stored and stored[each.id].texts_digest == each.texts_digest)
    }
    issue_texts.save(connection, site, texts)


def save_pictures(
    connection: Connection, site: Site, pictures: Sequence[tuple[IssueRecord, int | None]]
) -> set[str]:
    """Keep issues as events show them, each with the last change that it shows, where the event says so.

    Instants alone do not tell which of two pictures is newer: a change may follow another within a
    millisecond. So one that does not show a stored change of its own instant is left out. Those that changed
    after they were moved out, archived or hidden are back. Returns what `save_issues` returns.
    """
    if not pictures:
        return set()
    issue_ids = {record.id for record, _ in pictures}
    stored = _stored(connection, site, issue_ids)
    latest = _latest_changes(connection, site, pictures)
    current = [
        record
        for record, shown in pictures
        if shown is None or latest.get((record.id, record.updated), 0) <= shown
    ]
    _save(connection, site, current, stored, history_complete=False)
    presence.wake(connection, site, [issue_id for issue_id, found in stored.items() if found.is_gone])
    return _moved(current, stored)


def _latest_changes(
    connection: Connection, site: Site, pictures: Sequence[tuple[IssueRecord, int | None]]
) -> dict[tuple[str, datetime], int]:
    """By issue and instant the last of its changes then, from the instant of the oldest picture on."""
    table = tables.changes
    issue_ids = {record.id for record, _ in pictures}
    since = min(record.updated for record, _ in pictures)
    latest: defaultdict[tuple[str, datetime], int] = defaultdict(int)
    for record, shown in pictures:
        latest[record.id, record.updated] = max(latest[record.id, record.updated], shown or 0)
    # What the pictures show themselves need not be asked for, and mostly there is nothing else.
    own = {shown for _, shown in pictures if shown}
    rows = connection.execute(
        select(table.c.issue_id, table.c.at, func.max(table.c.history_id))
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.issue_id, issue_ids),
            table.c.at >= since,
            ~among(connection, table.c.history_id, own),
        )
        .group_by(table.c.issue_id, table.c.at)
    )
    for issue_id, at, history_id in rows:
        latest[issue_id, at] = max(latest[issue_id, at], history_id)
    return latest


def _mark_histories(connection: Connection, site: Site, issue_ids: Sequence[str], *, complete: bool) -> None:
    """Those that are marked so already are not written again."""
    if not issue_ids:
        return
    table = tables.issues
    others = table.c.history_complete.is_(not complete)
    connection.execute(
        update(table)
        .where(table.c.site_id == site.id, among(connection, table.c.id, issue_ids), others)
        .values(history_complete=complete)
    )


def bury_issues(connection: Connection, site: Site, deleted: Mapping[str, datetime]) -> None:
    """Tombstones by issue id of what was deleted; one that is not in the store gets none."""
    presence.bury(connection, site, deleted, reason=Gone.DELETED)


def known_among(connection: Connection, site: Site, issue_ids: Collection[str]) -> set[str]:
    """Which of the issues are in the store."""
    table = tables.issues
    query = select(table.c.id).where(table.c.site_id == site.id, among(connection, table.c.id, issue_ids))
    return set(connection.scalars(query))


def entries_among(
    connection: Connection, site: Site, history_ids: Collection[int], *, field: str
) -> set[int]:
    """Which entries of changelogs are in the store with a change of that field."""
    if not history_ids:
        return set()
    table = tables.changes
    wanted = (among(connection, table.c.history_id, history_ids), table.c.field == field)
    return set(connection.scalars(select(table.c.history_id).where(table.c.site_id == site.id, *wanted)))


def gone_among(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, datetime]:
    """Since when issues are gone, by id; of those that are."""
    table = tables.issues
    wanted = among(connection, table.c.id, issue_ids)
    query = select(table.c.id, table.c.deleted_at).where(table.c.site_id == site.id, wanted)
    return {
        row.id: row.deleted_at for row in connection.execute(query.where(table.c.deleted_at.is_not(None)))
    }


def keys_of(connection: Connection, site: Site, issue_ids: Collection[str]) -> dict[str, str]:
    """Keys by id; of the issues that are in the store, deleted ones, too."""
    table = tables.issues
    wanted = among(connection, table.c.id, issue_ids)
    query = select(table.c.id, table.c.key).where(table.c.site_id == site.id, wanted)
    return {row.id: row.key for row in connection.execute(query)}


def present_members(connection: Connection, site: Site, sprint_id: int) -> list[str]:
    """Ids of the issues that are in the sprint as far as we know, and were not deleted."""
    table, members = tables.issues, tables.sprint_issues
    rows = connection.execute(
        select(table.c.id, table.c.fields)
        .join(members, (members.c.site_id == table.c.site_id) & (members.c.issue_id == table.c.id))
        .where(members.c.site_id == site.id, members.c.sprint_id == sprint_id, table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )
    field = site.fields.sprint or ""
    return [row.id for row in rows if sprint_id in read_sprint_field(row.fields.get(field))]


def save_changes(
    connection: Connection, site: Site, changes: Mapping[str, Collection[Change]], *, final: bool
) -> None:
    """Append to histories, by issue id.

    Args:
        connection: inside a transaction.
        site: whose.
        changes: by issue id.
        final: whether they are Jira's own record. An event tells the same change with less care (no instant
            of its own), so it adds what is missing and never replaces what was read.
    """
    site_id = site.id
    # There are twenty for an issue. Without space around them: searches compare texts as they stand.
    rows = [
        (
            *(site_id, issue_id, history_id, position, at, field),
            before and before.strip(),
            before_text and before_text.strip(),
            after and after.strip(),
            after_text and after_text.strip(),
            author,
        )
        for issue_id, history in changes.items()
        for history_id, position, at, field, before, before_text, after, after_text, author in history
    ]
    (upsert if final else insert_new)(connection, tables.changes, Tuples(_OF_CHANGES, rows))
    _save_what_they_tell(connection, site, changes)


_OF_CHANGES = ("site_id", "issue_id", *Change._fields)


def _save_what_they_tell(
    connection: Connection, site: Site, changes: Mapping[str, Collection[Change]]
) -> None:
    """In which sprints issues were, and the keys that they had."""
    telling = {KEY, site.fields.sprint}
    found = [
        (issue_id, one) for issue_id, history in changes.items() for one in history if one.field in telling
    ]
    members = [
        (sprint, issue_id)
        for issue_id, one in found
        if one.field != KEY
        for sprint in read_sprint_ids(one.before) | read_sprint_ids(one.after)
    ]
    _save_sprint_issues(connection, site, members)
    former_keys.learn(connection, site, [(issue_id, one) for issue_id, one in found if one.field == KEY])


def _save_sprint_issues(connection: Connection, site: Site, members: Iterable[tuple[int, str]]) -> None:
    insert_new(
        connection,
        tables.sprint_issues,
        [
            {"site_id": site.id, "sprint_id": sprint, "issue_id": issue}
            for sprint, issue in dict.fromkeys(members)
        ],
    )


def find_by_key(connection: Connection, site: Site, key: str) -> str | None:
    """Id of the issue that has the key, or had it last before it was moved; None where there is none."""
    table, old = tables.issues, jira_tables.old_keys
    present = connection.scalar(
        select(table.c.id)
        .where(table.c.site_id == site.id, table.c.key == key)
        .order_by(table.c.deleted_at.is_not(None), table.c.updated.desc())
        .limit(1)
    )
    if present is not None:
        return str(present)
    return connection.scalar(
        select(old.c.issue_id)
        .where(old.c.site_id == site.id, old.c.key == key)
        .order_by(old.c.until.desc())
        .limit(1)
    )


def mark_incomplete(connection: Connection, site: Site, issue_ids: Sequence[str]) -> None:
    """Their histories could not be read whole; what is computed from them must say so."""
    _mark_histories(connection, site, issue_ids, complete=False)


def mark_present(connection: Connection, site: Site, issue_id: str) -> None:
    """It was only hidden. For reads of the issue itself: a search may still list what was deleted."""
    presence.mark_present(connection, site, [issue_id])


def count(connection: Connection, site: Site) -> int:
    """How many issues of the site are in the store."""
    table = tables.issues
    return connection.scalar(select(func.count()).select_from(table).where(table.c.site_id == site.id)) or 0


def incomplete(connection: Connection, site: Site, sprint_id: int) -> list[str]:
    """Ids of the sprint's issues whose whole history was never read."""
    table, members = tables.issues, tables.sprint_issues
    found = connection.scalars(
        select(table.c.id)
        .join(members, (members.c.site_id == table.c.site_id) & (members.c.issue_id == table.c.id))
        .where(
            members.c.site_id == site.id,
            members.c.sprint_id == sprint_id,
            table.c.history_complete.is_(False),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
    )
    return list(found)


def change_of(row: RowMapping) -> Change:
    """A change from its row."""
    return Change(
        history_id=row["history_id"],
        position=row["position"],
        at=row["at"],
        field=row["field"],
        before=row["before"],
        before_text=row["before_text"],
        after=row["after"],
        after_text=row["after_text"],
        author=row["author"],
    )
