"""Rules and their versions. A version never changes; which one acts does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from app.errors import NotFound
from app.store.among import among_named, as_named
from app.store.pages import newest_first
from app.store.rule_tables import rule_versions, rules

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule with which of its versions do what.

    Attributes:
        live_version: number of the version that acts; None where none does.
        shadow_version: of the one that only shows what it would do.
        last_version: the newest.
        since: events before it are none of the rule's; None while it is off.
        paused_reason: why it does nothing until an admin lets it go on.
        revision: counts every change.
    """

    id: int
    site_id: int
    name: str
    live_version: int | None
    shadow_version: int | None
    last_version: int
    since: datetime | None
    paused_at: datetime | None
    paused_reason: str | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def mode(self) -> Literal["off", "shadow", "live"]:
        """What the newest word about it is: `live`, `shadow` or `off`."""
        if self.live_version is not None:
            return "live"
        return "off" if self.shadow_version is None else "shadow"


_COLUMNS = [rules.c[each.name] for each in fields(StoredRule)]
_SIGNATURE = select(func.count(), func.coalesce(func.sum(rules.c.revision), 0)).where(
    rules.c.site_id == bindparam("site")
)
_MOST_NUMBER = 2**31 - 1
# Any constant will do, as long as every replica uses the same one.
_TURN_LOCK = 0x72756C65
_STANDS = rules.c.deleted_at.is_(None)


def create(
    connection: Connection, site_id: int, document: Document, *, author: str, note: str, now: datetime
) -> int:
    """A new rule with its first version, which shows what it would do; returns its id."""
    row = {
        "site_id": site_id,
        "name": document["name"],
        "shadow_version": 1,
        "last_version": 1,
        "since": now,
        "created_at": now,
        "updated_at": now,
        "revision": 1,
    }
    made = connection.execute(insert(rules).values(row).returning(rules.c.id)).scalar_one()
    _add(connection, made, 1, document, author=author, note=note, now=now)
    return int(made)


def add_version(
    connection: Connection, rule: StoredRule, document: Document, *, author: str, note: str, now: datetime
) -> int:
    """One more version; it shows what it would do, and the live one goes on. Returns its number."""
    number = rule.last_version + 1
    _add(connection, rule.id, number, document, author=author, note=note, now=now)
    change(
        connection,
        rule,
        now=now,
        name=document["name"],
        last_version=number,
        shadow_version=number,
        since=rule.since or now,
    )
    return number


def _add(
    connection: Connection, rule_id: int, number: int, document: Document, **about: str | datetime
) -> None:
    row = {
        "rule_id": rule_id,
        "number": number,
        "document": dict(document),
        "author": about["author"],
        "note": about["note"],
        "created_at": about["now"],
    }
    connection.execute(insert(rule_versions).values(row))


def change(connection: Connection, rule: StoredRule, *, now: datetime, **values: Any) -> None:
    """Change what a rule does; whoever looked before sees by its revision that it changed."""
    connection.execute(
        update(rules)
        .where(rules.c.id == rule.id)
        .values(**values, updated_at=now, revision=rules.c.revision + 1)
    )


def get(connection: Connection, rule_id: int, *, lock: bool = False) -> StoredRule:
    """A rule.

    Args:
        connection: reading; inside a transaction where it is locked.
        rule_id: which.
        lock: nobody changes it until the transaction ends.

    Raises:
        NotFound: none with that id, or it was deleted.
    """
    query = select(*_COLUMNS).where(rules.c.id == rule_id, _STANDS)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("rule", rule_id)
    return StoredRule(**row)


@lru_cache
def _locked(dialect: str) -> Select[Any]:
    """Asked of every event that a rule acts on, so it is made once."""
    wanted = among_named(dialect, rules.c.id, "ids")
    return select(*_COLUMNS).where(wanted).order_by(rules.c.id).with_for_update()


def locked(connection: Connection, rule_ids: Collection[int]) -> dict[int, StoredRule]:
    """Rules by id, which nobody changes until the transaction ends.

    In the order of their ids, so that two workers never wait for each other in a ring.
    """
    found = connection.execute(_locked(connection.dialect.name), {"ids": as_named(connection, rule_ids)})
    return {row[0]: StoredRule(*row) for row in found}


def take_turns(connection: Connection, site_id: int) -> None:
    """Let one transaction at a time decide on what rests on several issues of a site, until it ends.

    Whoever is next sees what the one before wrote. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        wanted = {"key": _TURN_LOCK, "site": site_id}
        connection.execute(text("SELECT pg_advisory_xact_lock(:key, :site)"), wanted)


def named(connection: Connection, site_id: int, name: str) -> StoredRule | None:
    """The rule of that name; names are unique on a site."""
    query = select(*_COLUMNS).where(rules.c.site_id == site_id, rules.c.name == name, _STANDS)
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredRule(**row)


def page(
    connection: Connection,
    *,
    site_id: int | None,
    before: int | None,
    limit: int,
    name: str | None = None,
    mode: str | None = None,
    paused: bool | None = None,
) -> Sequence[StoredRule]:
    """Rules, newest first; what is None is not asked for."""
    wanted: list[ColumnElement[bool]] = [_STANDS]
    if name is not None:
        wanted.append(rules.c.name == name)
    if mode is not None:
        acts, shows = rules.c.live_version.is_not(None), rules.c.shadow_version.is_not(None)
        wanted.append({"live": acts, "shadow": and_(~acts, shows), "off": and_(~acts, ~shows)}[mode])
    if paused is not None:
        rests = rules.c.paused_at.is_not(None)
        wanted.append(rests if paused else ~rests)
    if site_id is not None:
        wanted.append(rules.c.site_id == site_id)
    query = newest_first(select(*_COLUMNS).where(*wanted), rules.c.id, before=before, limit=limit)
    return [StoredRule(**row) for row in connection.execute(query).mappings()]


def version(connection: Connection, rule_id: int, number: int) -> RowMapping:
    """A version: `number`, `document`, `author`, `note`, `created_at`.

    Raises:
        NotFound: the rule has no such version.
    """
    table = rule_versions
    query = select(table).where(table.c.rule_id == rule_id, table.c.number == number)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("version", number, f"See those of the rule: `burnish rules versions {rule_id}`.")
    return row


def versions(connection: Connection, rule_id: int, *, before: int | None, limit: int) -> Sequence[RowMapping]:
    """Versions, newest first; only those of lower numbers where one is named."""
    table = rule_versions
    query = select(table).where(table.c.rule_id == rule_id).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.number < min(before, _MOST_NUMBER))
    return connection.execute(query).mappings().all()


def signature(connection: Connection, site_id: int) -> tuple[int, int]:
    """Another pair whenever a rule of the site changes: rules stay, and their revisions only grow."""
    number, revisions = connection.execute(_SIGNATURE, {"site": site_id}).one()
    return int(number), int(revisions)


def documents_in_use(connection: Connection, site_id: int) -> dict[str, list[Document]]:
    """By name of a rule, its documents that act, are in shadow, or are the newest."""
    is_used = rule_versions.c.number.in_([rules.c.live_version, rules.c.shadow_version, rules.c.last_version])
    query = (
        select(rules.c.name, rule_versions.c.document)
        .join(rule_versions, and_(rule_versions.c.rule_id == rules.c.id, is_used))
        .where(rules.c.site_id == site_id, _STANDS)
        .order_by(rules.c.id, rule_versions.c.number)
    )
    found: dict[str, list[Document]] = {}
    for name, document in connection.execute(query):
        found.setdefault(name, []).append(document)
    return found


def active(connection: Connection, site_id: int) -> Sequence[RowMapping]:
    """What may fire: `id`, `since`, `paused`, `number`, `shadow` and `document`, in the order of rules.

    A rule has two rows where a newer version shows what it would do beside the live one.
    """
    is_live: ColumnElement[bool] = rule_versions.c.number == rules.c.live_version
    is_shadow = rule_versions.c.number == rules.c.shadow_version
    query = (
        select(
            rules.c.id,
            rules.c.since,
            rules.c.paused_at.is_not(None).label("paused"),
            rule_versions.c.number,
            rule_versions.c.document,
            is_shadow.label("shadow"),
        )
        .join(rule_versions, and_(rule_versions.c.rule_id == rules.c.id, or_(is_live, is_shadow)))
        .where(rules.c.site_id == site_id, _STANDS)
        .order_by(rules.c.id, rule_versions.c.number)
    )
    return connection.execute(query).mappings().all()
