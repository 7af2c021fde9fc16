"""The open issues of a backlog with all that stands around them, in few statements whatever its size."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from itertools import compress
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    select,
)

from app.domain.flow.path import Policy
from app.domain.flow.status_order import status_order
from app.domain.grooming.commands import Said
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import EPIC, STORY, SUBTASK, Item
from app.domain.grooming.items import ById, Items
from app.domain.grooming.memory import Memory
from app.domain.grooming.parts import Kept
from app.domain.grooming.texts import read_description
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_sprint_field
from app.domain.scrum.history import read_estimate
from app.store import backlog_around, backlog_past, backlog_scope, jira_tables, tables
from app.store.among import among
from app.store.backlog_around import day_of
from app.store.backlog_past import NO_PAST, Past
from app.store.backlog_scope import Scope
from app.store.restricted import number_beside
from app.store.sites import Site

_AT_ONCE = 2000
FORMAT = 3
"""Counts up when facts of an issue are worked out in another way: what was kept of them is void then."""
_EPIC_NAME = "Epic"
"""What Data Center calls the type that has no level there."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """What names of the site stand behind ids, and which issues the others do not know of."""

    levels: Mapping[str, int | None]
    priorities: Mapping[str, tuple[str, int]]
    field_ids: Mapping[str, str]
    done: frozenset[str]
    called_done: frozenset[str]
    started: frozenset[str]
    hidden: frozenset[str] = frozenset()
    shared: dict[Any, Any] = field(default_factory=dict)

    def same(self, value: Any) -> Any:
        """One object for what is said again and again: names of types, labels, people."""
        return self.shared.setdefault(value, value)


def read_backlog(
    connection: Connection,
    site: Site,
    board: Board,
    scope: Scope,
    *,
    calendar: Calendar,
    now: datetime,
    definitions: Definitions,
    policy: Policy,
    memory: Memory | None = None,
) -> Backlog:
    """All facts, as the store has them now; what a memory knows and did not change since is not read again.

    Where the scope hides what is restricted, that is a backlog of its own, and to all else it is not there: a
    restricted parent is none, a link with it no link.

    A memory whose facts mean something else is no help: other settings, other lists of the site.
    """
    started = policy.started_statuses(board)
    lists = _lists(connection, site, board, started, scope)
    stamps = backlog_scope.stamps(connection, site, scope, done=lists.done)
    aside = backlog_scope.put_aside(connection, site, stamps, lists.hidden)
    facts = _facts(board, lists, scope)
    if memory is None or memory.facts != facts:
        judged = _read(connection, site, board, scope, lists, stamps)
    else:
        judged = _read_since(connection, site, board, scope, lists, stamps, memory)
    sprints = backlog_around.sprints(connection, site)
    whole = Backlog(
        board=board,
        order=status_order(board, started),
        calendar=calendar,
        now=now,
        items=(),
        sprints=sprints,
        called_done=lists.called_done,
        versions=backlog_around.versions(connection, site),
        people=backlog_around.people(connection, site),
        definitions=definitions,
        sprint_field=site.fields.sprint,
        facts=facts,
        show_restricted=not scope.hides,
        restricted=number_beside(connection, site.id, board.id) if scope.hides else 0,
    )
    found = _with(connection, site, whole, judged, lists, stamps)
    if not aside:
        return found
    apart = _read(connection, site, board, scope, lists, aside)
    return replace(
        found, apart=_with(connection, site, whole, apart, replace(lists, hidden=frozenset()), aside)
    )


def _with(
    connection: Connection,
    site: Site,
    backlog: Backlog,
    judged: "_Judged",
    lists: _Lists,
    stamps: Mapping[str, str],
) -> Backlog:
    """A backlog with its issues, and with what stands around these."""
    items, hidden, board = judged.items, lists.hidden, backlog.board
    parents = {parent for parent in items.overview.parents if parent is not None}
    blocks = backlog_past.blocks(connection, site, stamps)
    blocks = tuple(pair for pair in blocks if pair[0] not in hidden) if hidden else blocks
    near = (parents | {blocker for blocker, _ in blocks}) - stamps.keys()
    around = {item.id: item for item in _items(connection, site, board, sorted(near), lists, {})}
    children = backlog_past.children(
        connection, site, ById(items, {}), done=lists.done, restricted=not hidden
    )
    return replace(
        backlog,
        items=items,
        around=around,
        gone=backlog_around.gone(connection, site, sorted(parents - stamps.keys() - around.keys())),
        blocks=blocks,
        all_children=children,
        done_in=backlog_past.done_in(connection, site, items, backlog.sprints, done=lists.done),
        said=judged.said,
        stamps=stamps,
        kept=judged.kept,
        ordered=judged.ordered,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """The open issues, what people told of them, what of these a run left, and how that is ordered."""

    items: Items
    said: Mapping[str, Said]
    kept: Kept
    ordered: Sequence[int]


def _read(
    connection: Connection, site: Site, board: Board, scope: Scope, lists: _Lists, ids: Collection[str]
) -> _Judged:
    every = sorted(ids)
    past = backlog_past.read(connection, site, every, bots=scope.bots, commanders=scope.commanders)
    items = Items.of(_items(connection, site, board, every, lists, past.by_issue))
    return _Judged(items, past.said, Kept(), ())


def _read_since(
    connection: Connection,
    site: Site,
    board: Board,
    scope: Scope,
    lists: _Lists,
    stamps: Mapping[str, str],
    memory: Memory,
) -> _Judged:
    """Only what is not as a run left it."""
    same = backlog_scope.unchanged(stamps, memory, backlog_scope.restricted(connection, site))
    kept = set(compress(memory.overview.ids, same))
    anew = _read(connection, site, board, scope, lists, stamps.keys() - kept)
    items, said = memory.items.going_on(same, anew.items), dict(anew.said)
    said |= {one: told for one, told in memory.said.items() if one in kept}
    return _Judged(items, said, memory.left(same), memory.ranked_left(same, items))


def _facts(board: Board, lists: _Lists, scope: Scope) -> str:
    """What facts of an issue mean besides what it says itself, in a few letters."""
    asked = (
        FORMAT,
        board,
        lists.levels,
        lists.priorities,
        lists.field_ids,
        sorted(lists.done),
        sorted(lists.called_done),
        sorted(lists.started),
        sorted(scope.bots),
        None if scope.commanders is None else {key: sorted(who) for key, who in scope.commanders.items()},
    )
    return blake2b(msgspec.json.encode(asked, order="sorted"), digest_size=16).hexdigest()


# --- which issues ---------------------------------------------------------------------------------


def _lists(connection: Connection, site: Site, board: Board, started: frozenset[str], scope: Scope) -> _Lists:
    types, priorities = jira_tables.issue_types, jira_tables.priorities
    called_done = backlog_around.called_done(connection, site)
    named = site.fields.by_name or {}
    return _Lists(
        levels={
            row.id: row.hierarchy_level
            for row in connection.execute(
                select(types.c.id, types.c.hierarchy_level).where(types.c.site_id == site.id)
            )
        },
        priorities={
            row.id: (row.name, row.position)
            for row in connection.execute(select(priorities).where(priorities.c.site_id == site.id))
        },
        field_ids={name: named.get(name, name) for name in scope.fields},
        done=board.done_status_ids | (called_done - board.mapped_status_ids),
        called_done=called_done,
        started=started,
        hidden=backlog_scope.restricted(connection, site) if scope.hides else frozenset(),
    )


# --- issues ---------------------------------------------------------------------------------------

_COLUMNS = (
    "id",
    "key",
    "project_key",
    "summary",
    "type_name",
    "type_id",
    "is_subtask",
    "status_id",
    "status_name",
    "flagged",
    "created",
    "fields",
    "priority_id",
    "assignee_id",
    "reporter_id",
    "creator_id",
    "parent_id",
    "parent_key",
    "due_on",
    "resolved_at",
    "rank",
    "history_complete",
    "security_id",
)


def _query(connection: Connection, site: Site, ids: Collection[str]) -> Select[Any]:
    table, texts = tables.issues, tables.issue_texts
    same = and_(
        texts.c.site_id == table.c.site_id,
        texts.c.issue_id == table.c.id,
        texts.c.digest == table.c.texts_digest,
    )
    return (
        select(*(table.c[name] for name in _COLUMNS), texts.c.texts)
        .outerjoin(texts, same)
        .where(table.c.site_id == site.id, among(connection, table.c.id, ids), table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )


def _items(
    connection: Connection,
    site: Site,
    board: Board,
    ids: list[str],
    lists: _Lists,
    past: Mapping[str, Past],
) -> Iterator[Item]:
    parents = _ParentIds(connection, site)
    for start in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(_query(connection, site, ids[start : start + _AT_ONCE])).all()
        parents.learn(row.parent_key for row in rows if row.parent_id is None and row.parent_key is not None)
        for row in rows:
            parent = parents.of(row)
            known = None if parent in lists.hidden and row.security_id is None else parent
            yield _item(row, site, board, lists, past.get(row.id, NO_PAST), known)


class _ParentIds:
    """Data Center's Epic Link gives a key alone."""

    def __init__(self, connection: Connection, site: Site) -> None:
        self._connection, self._site = connection, site
        self._ids: dict[str, str] = {}

    def learn(self, keys: Iterator[str]) -> None:
        wanted = sorted(set(keys) - self._ids.keys())
        if wanted:
            table = tables.issues
            of_keys = table.c.site_id == self._site.id, among(self._connection, table.c.key, wanted)
            rows = self._connection.execute(
                select(table.c.key, table.c.id).where(*of_keys).order_by(table.c.deleted_at.is_(None))
            )
            self._ids.update({row.key: row.id for row in rows})

    def of(self, row: Row[Any]) -> str | None:
        """Of a parent that is not here, its key: it has one all the same."""
        return row.parent_id or self._ids.get(row.parent_key) or row.parent_key


def _kept(value: Any) -> Any:
    """A value as it can be kept between runs: a whole number beyond 64 bits as the nearest that can."""
    is_beyond = isinstance(value, int) and not -(2**63) <= value < 2**63
    return float(value) if is_beyond else value


def _item(row: Row[Any], site: Site, board: Board, lists: _Lists, past: Past, parent: str | None) -> Item:
    fields, texts, same = row.fields, row.texts or {}, lists.same
    priority, place = lists.priorities.get(row.priority_id, (None, None))
    human = past.touched_at or row.created
    return Item(
        id=row.id,
        key=row.key,
        project_key=same(row.project_key),
        summary=row.summary,
        type_name=same(row.type_name),
        level=_level(row, lists),
        status_id=same(row.status_id),
        status_name=same(row.status_name),
        created=row.created,
        status_since=past.status_since or row.created,
        touched_at=max(human, row.created),
        done=row.status_id in lists.done,
        way=same((*past.way, row.status_id) if past.way[-1:] != (row.status_id,) else past.way),
        priority=same(priority or _name(fields.get("priority"))),
        priority_place=place,
        assignee=same(row.assignee_id),
        reporter=same(row.reporter_id),
        labels=same(tuple(one for one in fields.get("labels") or () if isinstance(one, str))),
        components=same(_names(fields.get("components"))),
        fix_versions=same(_ids(fields.get("fixVersions"))),
        affects=same(_ids(fields.get("versions"))),
        due=day_of(row.due_on),
        estimate=same(_estimate(fields.get(board.estimation_field or ""), board.estimation_field)),
        parent=parent,
        sprints=same(read_sprint_field(fields.get(site.fields.sprint or ""))),
        rank=row.rank,
        flagged=row.flagged,
        description=same(read_description(texts.get("description") or fields.get("description"))),
        assigned_since=past.assigned_since,
        labelled_since=past.labelled_since,
        resolved_at=row.resolved_at,
        reporter_spoke_at=past.spoke_at.get(row.reporter_id) if past.spoke_at else None,
        fields={name: _kept(fields.get(id_, texts.get(id_))) for name, id_ in lists.field_ids.items()}
        if lists.field_ids
        else _NO_FIELDS,
        history_complete=row.history_complete,
        restricted=row.security_id is not None,
    )


_NO_FIELDS: Mapping[str, object] = {}


def _level(row: Row[Any], lists: _Lists) -> int:
    if row.is_subtask:
        return SUBTASK
    level = lists.levels.get(row.type_id)
    if level is not None:
        return level
    return EPIC if row.type_name == _EPIC_NAME else STORY


def _name(value: Any) -> str | None:
    return value.get("name") if isinstance(value, Mapping) else None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(one["name"]) for one in _things(value) if one.get("name"))


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(one["id"]) for one in _things(value) if one.get("id"))


def _things(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _estimate(value: object, field: str | None) -> Decimal | None:
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    return read_estimate(str(value), field) if is_number else None
