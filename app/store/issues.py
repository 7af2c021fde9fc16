"""Issues, their histories and comments. Any path may bring them, in any order, any number of times."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, exists, func, select, update

from app.domain.scrum.from_jira import IssueRecord, read_sprint_field
from app.domain.scrum.history import read_sprint_ids
from app.domain.scrum.issue import KEY, Change, Gone
from app.domain.scrum.kept_fields import digest
from app.store import jira_tables, presence, tables
from app.store.among import among
from app.store.sites import Site
from app.store.upsert import insert_new, upsert


def save_issues(
    connection: Connection,
    site: Site,
    records: Sequence[IssueRecord],
    *,
    history_complete: bool,
) -> None:
    """Keep issues; an older picture of one never replaces a newer one.

    Args:
        connection: inside a transaction.
        site: whose.
        records: one document each.
        history_complete: whether all of their changelogs is being saved too. An event alone carries one
            entry, so it never makes a history complete, and never incomplete.
    """
    newest = {record.id: record for record in sorted(records, key=lambda record: record.updated)}
    digests = {record.id: digest(record.texts) for record in newest.values()}
    rows = [
        {
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
            "texts_digest": digests[record.id],
            "history_complete": history_complete,
            **record.columns,
        }
        for record in newest.values()
    ]
    _save_texts(connection, site, digests, newest)
    upsert(connection, tables.issues, rows, keep=("history_complete",), newer="updated")
    if history_complete:
        _mark(connection, site, list(newest), history_complete=True)
    # What an older picture shows was so once.
    members = [(sprint, record.id) for record in records for sprint in record.sprint_ids]
    _save_sprint_issues(connection, site, members)


def _save_texts(
    connection: Connection,
    site: Site,
    digests: Mapping[str, int | None],
    records: Mapping[str, IssueRecord],
) -> None:
    """Keep the long texts of issues, by id; most are there already, and are not sent again."""
    table = tables.issue_texts
    wanted = {(issue_id, found) for issue_id, found in digests.items() if found is not None}
    of_them = (
        table.c.site_id == site.id,
        among(connection, table.c.issue_id, [issue_id for issue_id, _ in wanted]),
    )
    there = connection.execute(select(table.c.issue_id, table.c.digest).where(*of_them))
    rows = [
        {"site_id": site.id, "issue_id": issue_id, "digest": found, "texts": records[issue_id].texts}
        for issue_id, found in wanted - {(issue_id, found) for issue_id, found in there}
    ]
    insert_new(connection, table, rows)


def texts_of(connection: Connection, site: Site, issue_ids: Sequence[str]) -> dict[str, Any]:
    """Long texts of issues by issue id: by field id, what Jira sent; nothing for an issue that has none."""
    table, texts = tables.issues, tables.issue_texts
    same = (texts.c.site_id == table.c.site_id) & (texts.c.issue_id == table.c.id)
    rows = connection.execute(
        select(table.c.id, texts.c.texts)
        .join(texts, same & (texts.c.digest == table.c.texts_digest))
        .where(table.c.site_id == site.id, table.c.id.in_(issue_ids))
    )
    return {row.id: row.texts for row in rows}


def forget_texts(connection: Connection, limit: int) -> int:
    """Delete texts that no issue has any more; returns how many."""
    table, texts = tables.issues, tables.issue_texts
    same = (texts.c.site_id == table.c.site_id) & (texts.c.issue_id == table.c.id)
    needed = exists().where(same, texts.c.digest == table.c.texts_digest)
    old = connection.execute(
        select(texts.c.site_id, texts.c.issue_id, texts.c.digest).where(~needed).limit(limit)
    ).all()
    if old:
        which = [texts.c[name] == bindparam(f"old_{name}") for name in ("site_id", "issue_id", "digest")]
        connection.execute(
            delete(texts).where(*which),
            [{"old_site_id": site, "old_issue_id": issue, "old_digest": found} for site, issue, found in old],
        )
    return len(old)


def save_pictures(
    connection: Connection, site: Site, pictures: Sequence[tuple[IssueRecord, int | None]]
) -> None:
    """Keep issues as events show them, each with the last change that it shows, where the event says so.

    Instants alone do not tell which of two pictures is newer: a change may follow another within a
    millisecond. So one that does not show a stored change of its own instant is left out.
    """
    if not pictures:
        return
    since = min(record.updated for record, _ in pictures)
    latest = _latest_changes(connection, site, {record.id for record, _ in pictures}, since=since)
    current = [
        record
        for record, shown in pictures
        if shown is None or latest.get((record.id, record.updated), 0) <= shown
    ]
    save_issues(connection, site, current, history_complete=False)


def _latest_changes(
    connection: Connection, site: Site, issue_ids: Collection[str], *, since: datetime
) -> dict[tuple[str, datetime], int]:
    """By issue and instant the last of its changes then, from an instant on."""
    table = tables.changes
    rows = connection.execute(
        select(table.c.issue_id, table.c.at, func.max(table.c.history_id))
        .where(
            table.c.site_id == site.id, among(connection, table.c.issue_id, issue_ids), table.c.at >= since
        )
        .group_by(table.c.issue_id, table.c.at)
    )
    return {(issue_id, at): latest for issue_id, at, latest in rows}


def _mark(connection: Connection, site: Site, issue_ids: Sequence[str], **values: Any) -> None:
    table = tables.issues
    connection.execute(
        update(table)
        .where(table.c.site_id == site.id, among(connection, table.c.id, issue_ids))
        .values(**values)
    )


def mark_deleted(connection: Connection, site: Site, issue_id: str, at: datetime) -> None:
    """A tombstone: sprints that it was in keep their numbers."""
    bury_issues(connection, site, {issue_id: at})


def bury_issues(connection: Connection, site: Site, deleted: Mapping[str, datetime]) -> None:
    """Tombstones by issue id of what was deleted; one that is not in the store gets none."""
    presence.bury(connection, site, deleted, reason=Gone.DELETED)


def _bury(connection: Connection, table: Table, site: Site, deleted: Mapping[str, datetime]) -> None:
    if not deleted:
        return
    connection.execute(
        update(table)
        .where(table.c.site_id == site.id, table.c.id == bindparam("gone"))
        .values(deleted_at=bindparam("at")),
        [{"gone": one, "at": at} for one, at in sorted(deleted.items())],
    )


def known_among(connection: Connection, site: Site, issue_ids: Collection[str]) -> set[str]:
    """Which of the issues are in the store."""
    table = tables.issues
    query = select(table.c.id).where(table.c.site_id == site.id, among(connection, table.c.id, issue_ids))
    return set(connection.scalars(query))


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
    connection: Connection, site: Site, changes: Mapping[str, Iterable[Change]], *, final: bool
) -> None:
    """Append to histories, by issue id.

    Args:
        connection: inside a transaction.
        site: whose.
        changes: by issue id.
        final: whether they are Jira's own record. An event tells the same change with less care (no instant
            of its own), so it adds what is missing and never replaces what was read.
    """
    rows: list[dict[str, Any]] = [
        {
            "site_id": site.id,
            "history_id": change.history_id,
            "field": change.field,
            "position": change.position,
            "issue_id": issue_id,
            "at": change.at,
            "before": _bare(change.before),
            "before_text": _bare(change.before_text),
            "after": _bare(change.after),
            "after_text": _bare(change.after_text),
            "author": change.author,
        }
        for issue_id, history in changes.items()
        for change in history
    ]
    (upsert if final else insert_new)(connection, tables.changes, rows)
    members = [
        (sprint, row["issue_id"])
        for row in rows
        if row["field"] == site.fields.sprint
        for sprint in read_sprint_ids(row["before"]) | read_sprint_ids(row["after"])
    ]
    _save_sprint_issues(connection, site, members)
    moves = [row for row in rows if row["field"] == KEY and row["before_text"]]
    old_keys = [
        {"site_id": site.id, "key": row["before_text"], "issue_id": row["issue_id"], "until": row["at"]}
        for row in moves
    ]
    upsert(connection, jira_tables.old_keys, old_keys, newer="until")


def _bare(said: str | None) -> str | None:
    """Without space around it: searches compare it as it stands."""
    return None if said is None else said.strip()


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
    _mark(connection, site, issue_ids, history_complete=False)


def mark_present(connection: Connection, site: Site, issue_id: str) -> None:
    """It was only hidden. For reads of the issue itself: a search may still list what was deleted."""
    presence.mark_present(connection, site, [issue_id])


def save_comments(connection: Connection, site: Site, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep comments by id; the later edit wins, and one without an instant is left out."""
    known = [{"site_id": site.id, **row} for row in rows if is_dated(row)]
    upsert(connection, tables.comments, known, keep=("deleted_at",), newer="updated")


def is_dated(comment: Mapping[str, Any]) -> bool:
    """Whether it can be said which of two pictures of the comment is newer."""
    return comment["updated"] is not None


def bury_comments(connection: Connection, site: Site, deleted: Mapping[str, datetime]) -> None:
    """Tombstones by comment id; one that is not in the store gets none."""
    _bury(connection, tables.comments, site, deleted)


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
