"""Keys that issues had before they were moved to another project, and those who still name them by these.

Data Center's Epic Link gives the key of an epic alone, and Jira updates no child when its epic is moved.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select, text, update

from app.domain.scrum.issue import KEY, Change
from app.store.among import among
from app.store.jira_tables import old_keys
from app.store.sites import Site
from app.store.tables import changes, issues
from app.store.types import from_json
from app.store.upsert import upsert

Row = Mapping[str, Any]

_LOCK = 0x6B6579 << 40
"""Number of site 0 among PostgreSQL's advisory locks."""


def lock(connection: Connection, site: Site, histories: Iterable[Collection[Change]]) -> None:
    """Ask for it before issues are written: nobody names a parent while its key changes.

    Two transactions do not see each other's rows: the one would not find a child to take along, the other
    not know that the key is a former one. Those without a move write beside each other, one with it alone.
    Before any row is locked, so that no ring of waits closes around it.

    Args:
        connection: inside a transaction, until whose end it holds.
        site: whose.
        histories: the changes that will be written.
    """
    if site.fields.epic_link is None or connection.dialect.name != "postgresql":
        return  # others name parents by ids; and SQLite has one writer
    is_move = any(one.field == KEY for history in histories for one in history)
    kind = "pg_advisory_xact_lock" if is_move else "pg_advisory_xact_lock_shared"
    connection.execute(text(f"SELECT {kind}(:key)"), {"key": _LOCK + site.id})


def learn(connection: Connection, site: Site, moves: Sequence[tuple[str, Change]]) -> None:
    """From changes of keys that were just stored, each with its issue's id; children of what moved follow."""
    former = [(key, issue_id, one.at) for issue_id, one in moves if (key := (one.before_text or "").strip())]
    if not former:
        return
    rows = [{"site_id": site.id, "key": key, "issue_id": id_, "until": at} for key, id_, at in former]
    upsert(connection, old_keys, rows, newer="until")
    _follow(connection, site, _present(connection, site, {key for key, *_ in former}))


def with_present_parents(
    connection: Connection, site: Site, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of issues as they are to be saved: a late picture names its parent by the key that it had."""
    named = {row["parent_key"] for row in rows if row["parent_key"] and not row["parent_id"]}
    present = _present(connection, site, named) if named else {}
    return [
        {**row, **_named_anew(site, row, present)} if row["parent_key"] in present else row for row in rows
    ]


def _follow(connection: Connection, site: Site, present: Mapping[str, str]) -> None:
    """Children that name their parent by a key that it had."""
    if not present:
        return
    wanted = issues.c.site_id == site.id, among(connection, issues.c.parent_key, [*present])
    children = connection.execute(
        select(issues.c.id, issues.c.parent_key, issues.c.fields)
        .where(*wanted)
        .order_by(issues.c.id)
        .with_for_update(key_share=True)
    )
    for row in children.mappings().all():
        one = issues.c.site_id == site.id, issues.c.id == row["id"]
        connection.execute(update(issues).where(*one).values(_named_anew(site, dict(row), present)))


def _named_anew(site: Site, row: Row, present: Mapping[str, str]) -> dict[str, Any]:
    """What changes of a child: its column, and the field where Data Center has it."""
    key, field, fields = present[row["parent_key"]], site.fields.epic_link, row["fields"]
    if field is not None and isinstance(fields, msgspec.Raw):
        fields = from_json(bytes(fields))
    named = {} if field is None or field not in fields else {"fields": {**fields, field: key}}
    return {"parent_key": key, **named}


def _present(connection: Connection, site: Site, keys: Collection[str]) -> dict[str, str]:
    """By key that an issue had, the one that it has; not where the key is another issue's now.

    As the histories say it: the issue itself may be saved after its move was.
    """
    had = _pairs(
        connection,
        select(old_keys.c.key, old_keys.c.issue_id)
        .where(old_keys.c.site_id == site.id, among(connection, old_keys.c.key, keys))
        .order_by(old_keys.c.until),
    )
    if not had:
        return {}
    moved = [*had.values()]
    is_move = changes.c.field == KEY, changes.c.after_text.is_not(None)
    latest = _pairs(
        connection,
        select(changes.c.issue_id, changes.c.after_text)
        .where(changes.c.site_id == site.id, among(connection, changes.c.issue_id, moved), *is_move)
        .order_by(changes.c.issue_id, changes.c.at, changes.c.history_id, changes.c.position),
    )
    others = set(
        connection.scalars(
            select(issues.c.key).where(
                issues.c.site_id == site.id,
                among(connection, issues.c.key, [*had]),
                issues.c.id.not_in(moved),
            )
        )
    )
    found = {key: latest.get(issue_id, key) for key, issue_id in had.items() if key not in others}
    return {old: new for old, new in found.items() if old != new}


def _pairs(connection: Connection, query: Select[tuple[Any, Any]]) -> dict[str, str]:
    """The last value of each first one."""
    return {row[0]: row[1] for row in connection.execute(query)}
