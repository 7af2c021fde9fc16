"""What happened to the issues of a backlog, as far as its checks ask: few values of each, worked out by SQL.

An issue has dozens of changes; of most only the newest instant matters. What a bot, an automation or an
anonymous caller did (an author that is named as a bot, or none) is no human's doing.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, case, cast, func, or_, select

from app.domain.grooming.commands import WORDS, Command, Said, Unread, read_commands, said
from app.domain.grooming.facts import Children
from app.domain.grooming.item import SUBTASK, Item
from app.domain.grooming.items import Items
from app.domain.grooming.texts import lines_of
from app.domain.scrum.issue import ASSIGNEE, STATUS
from app.domain.scrum.sprint import Sprint, SprintState
from app.store import jira_tables, tables
from app.store.among import among
from app.store.sites import Site

LABELS = "labels"
_AT_ONCE = 5000


@dataclass(slots=True)
class Past:
    """What is known of one issue; None where nothing of the kind happened.

    Attributes:
        touched_at: when a person last changed it or wrote a comment.
        way: ids of the statuses that it came through, the present one last; empty where it never moved.
        spoke_at: by account, when somebody last wrote a comment.
    """

    touched_at: datetime | None = None
    status_since: datetime | None = None
    assigned_since: datetime | None = None
    labelled_since: datetime | None = None
    way: tuple[str, ...] = ()
    spoke_at: dict[str, datetime] | None = None


NO_PAST = Past()


@dataclass(frozen=True, slots=True)
class Pasts:
    """By issue id what happened to it, and what people told us about it."""

    by_issue: Mapping[str, Past] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)


def read(
    connection: Connection,
    site: Site,
    ids: Sequence[str],
    *,
    bots: Collection[str],
    commanders: Mapping[str, Collection[str]] | None = None,
) -> Pasts:
    """Of those issues; with `commanders`, account ids by project key, nobody else's commands count."""
    pasts: defaultdict[str, Past] = defaultdict(Past)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        _touched(connection, site, some, bots, pasts)
        _moved(connection, site, some, pasts)
        _spoken(connection, site, some, bots, pasts)

    def may_command(project_key: str, account: str, _: str) -> bool:
        return commanders is None or account in commanders.get(project_key, ())

    return Pasts(pasts, said_on(connection, site, ids, bots=bots, may_command=may_command))


def said_on(
    connection: Connection,
    site: Site,
    ids: Sequence[str],
    *,
    bots: Collection[str],
    may_command: Callable[[str, str, str], bool],
) -> dict[str, Said]:
    """What people told us of those of the issues on which somebody gave a command or meant to.

    Args:
        connection: inside a transaction.
        site: whose.
        ids: of issues.
        bots: account ids that say nothing.
        may_command: whether in a project, by its key, an account may give a command, by its word.
    """
    commands: defaultdict[tuple[str, str], list[Command | Unread]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        _told(connection, site, ids[start : start + _AT_ONCE], bots, commands)
    return {
        issue_id: said(every, partial(may_command, project_key))
        for (issue_id, project_key), every in commands.items()
    }


def _touched(
    connection: Connection,
    site: Site,
    ids: Sequence[str],
    bots: Collection[str],
    pasts: Mapping[str, Past],
) -> None:
    """Moves of rank and sprint are done to many issues at once, and are meant for none of them."""
    table = tables.changes
    not_meant = sorted({name for name in ("Rank", site.fields.rank, site.fields.sprint) if name})
    meant = and_(_is_human(table.c.author, bots), table.c.field.not_in(not_meant))
    # Labels of bots, such as our own "stale", do not put off the question that somebody else's label asks.
    labelled = table.c.field == LABELS
    not_ours = and_(labelled, or_(table.c.author.is_(None), table.c.author.not_in(sorted(bots))))
    rows = connection.execute(
        select(
            table.c.issue_id,
            func.max(case((meant, table.c.at))),
            func.max(case((table.c.field == ASSIGNEE, table.c.at))),
            func.coalesce(func.max(case((not_ours, table.c.at))), func.max(case((labelled, table.c.at)))),
        )
        .where(table.c.site_id == site.id, among(connection, table.c.issue_id, ids))
        .group_by(table.c.issue_id)
    )
    for issue_id, touched, assigned, labelled in rows:
        past = pasts[issue_id]
        past.touched_at, past.assigned_since, past.labelled_since = touched, assigned, labelled


def _is_human(author: ColumnElement[Any], bots: Collection[str]) -> ColumnElement[bool]:
    return and_(author.is_not(None), author.not_in(sorted(bots)))


def _moved(connection: Connection, site: Site, ids: Sequence[str], pasts: Mapping[str, Past]) -> None:
    table = tables.changes
    rows = connection.execute(
        select(table.c.issue_id, table.c.at, table.c.before, table.c.after)
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.issue_id, ids),
            table.c.field == STATUS,
        )
        .order_by(table.c.issue_id, table.c.at, table.c.history_id, table.c.position)
    )
    for issue_id, moves in groupby(rows, key=itemgetter(0)):
        way: list[str] = []
        past = pasts[issue_id]
        for _, at, before, after in moves:
            if not way and before:
                way.append(sys.intern(before))
            if after and after != (way[-1] if way else None):
                way.append(sys.intern(after))
                past.status_since = at
        past.way = tuple(way)


def _spoken(
    connection: Connection,
    site: Site,
    ids: Sequence[str],
    bots: Collection[str],
    pasts: Mapping[str, Past],
) -> None:
    table = tables.comments
    rows = connection.execute(
        select(table.c.issue_id, table.c.author, func.max(table.c.created))
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.issue_id, ids),
            table.c.deleted_at.is_(None),
            table.c.created.is_not(None),
            _is_human(table.c.author, bots),
        )
        .group_by(table.c.issue_id, table.c.author)
    )
    for issue_id, author, at in rows:
        past = pasts[issue_id]
        past.touched_at = at if past.touched_at is None else max(past.touched_at, at)
        past.spoke_at = {**(past.spoke_at or {}), author: at}


def _told(
    connection: Connection,
    site: Site,
    ids: Sequence[str],
    bots: Collection[str],
    commands: Mapping[tuple[str, str], list[Command | Unread]],
) -> None:
    """By issue and project. Few comments have a command, so the database looks for the words first.

    Nothing tells which line an edit changed; a command that came with it must not count from before it.
    """
    table, issues = tables.comments, tables.issues
    written = func.coalesce(table.c.updated, table.c.created)
    text = cast(table.c.body, Text)
    rows = connection.execute(
        select(table.c.issue_id, issues.c.project_key, table.c.author, written, table.c.body, table.c.limited)
        .join(issues, and_(issues.c.site_id == table.c.site_id, issues.c.id == table.c.issue_id))
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.issue_id, ids),
            table.c.deleted_at.is_(None),
            table.c.created.is_not(None),
            _is_human(table.c.author, bots),
            or_(*(text.ilike(f"%{word}%") for word in WORDS)),
        )
        .order_by(written, table.c.id)
    )
    for issue_id, project_key, author, at, body, limited in rows:
        lines = (line.text for line in lines_of(body))
        commands[issue_id, project_key] += read_commands(lines, at=at, by=author, limited=limited)


def blocks(connection: Connection, site: Site, ids: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Links that say that one of the issues waits: blocker and blocked, by id."""
    links = jira_tables.issue_links
    found: set[tuple[str, str]] = set()
    ends = (
        ("inward", links.c.source_id, links.c.target_id),
        ("outward", links.c.target_id, links.c.source_id),
    )
    for reading, blocker, blocked in ends:
        types = _read_as_blocked(connection, site, reading)
        if not types:
            continue
        such = links.c.site_id == site.id, links.c.type_id.in_(types), links.c.deleted_at.is_(None)
        # Of many issues few are blocked: to tell the database which are meant costs more than all such links.
        meant = (among(connection, blocked, ids),) if len(ids) < _AT_ONCE else ()
        rows = connection.execute(select(blocker, blocked).where(*such, *meant))
        found.update((by, whom) for by, whom in rows if whom in ids)
    return tuple(sorted(found, key=itemgetter(1, 0)))


def _read_as_blocked(connection: Connection, site: Site, reading: str) -> list[str]:
    """Ids of types of links that say so to the issue at one end, whatever the case of their letters."""
    types = jira_tables.link_types
    rows = connection.execute(select(types.c.id, types.c[reading]).where(types.c.site_id == site.id))
    said = {words.casefold() for words in site.blocked_by_links}
    return [type_id for type_id, words in rows if words.casefold() in said]


def done_in(
    connection: Connection,
    site: Site,
    items: Items,
    sprints: Mapping[int, Sprint],
    *,
    done: frozenset[str],
) -> dict[str, frozenset[int]]:
    """By id of an open issue that was done before, the closed sprints at whose end it was done."""
    closes = {one.id: one.completed for one in sprints.values() if one.state is SprintState.CLOSED}
    planned = (items[place] for place in items.overview.naming(lambda named: bool(named.sprints)))
    again = {one.id: one.sprints for one in planned if not done.isdisjoint(one.way[:-1])}
    table = tables.changes
    rows = connection.execute(
        select(table.c.issue_id, table.c.at, table.c.after)
        .where(
            table.c.site_id == site.id,
            among(connection, table.c.issue_id, list(again)),
            table.c.field == STATUS,
        )
        .order_by(table.c.issue_id, table.c.at, table.c.history_id, table.c.position)
    )
    found: dict[str, frozenset[int]] = {}
    for issue_id, moves in groupby(rows, key=itemgetter(0)):
        way = [(at, after) for _, at, after in moves]
        ends = ((number, closes.get(number)) for number in again[issue_id])
        found[issue_id] = frozenset(
            number
            for number, end in ends
            if end and next((after for at, after in reversed(way) if at <= end), None) in done
        )
    return found


def children(
    connection: Connection,
    site: Site,
    items: Mapping[str, Item],
    *,
    done: Collection[str],
    restricted: bool = True,
) -> dict[str, Children]:
    """Of open issues, given by id, how many children each has, wherever they are; sub-tasks have none.

    Those that are `restricted` count only where that is asked for.
    """
    table = tables.issues
    # Most parents are done: which there are tells an index, and children of the others are counted.
    every = connection.scalars(
        select(table.c.parent_id).where(table.c.site_id == site.id, table.c.parent_id.is_not(None)).distinct()
    )
    wanted = () if restricted else (table.c.security_id.is_(None),)
    of_ids = (among(connection, table.c.parent_id, [one for one in every if one in items]), *wanted)
    found = dict(_counted(connection, site, table.c.parent_id, of_ids, done))
    if site.fields.epic_link is not None:  # Data Center's tells a key alone; elsewhere a parent has an id
        ids = _open_parents(connection, site, items)
        of_keys = table.c.parent_id.is_(None), among(connection, table.c.parent_key, list(ids)), *wanted
        by_key = _counted(connection, site, table.c.parent_key, of_keys, done)
        found |= {ids[key]: children for key, children in by_key}
    return {issue_id: children for issue_id, children in found.items() if items[issue_id].level != SUBTASK}


def _open_parents(connection: Connection, site: Site, ids: Container[str]) -> dict[str, str]:
    """By key the ids of those issues that others name as their parent by key alone."""
    table, child = tables.issues, tables.issues.alias()
    by_key = child.c.parent_id.is_(None), child.c.parent_key.is_not(None)
    named = select(child.c.parent_key).where(child.c.site_id == site.id, *by_key)
    rows = connection.execute(
        select(table.c.key, table.c.id).where(
            table.c.site_id == site.id, table.c.key.in_(named), table.c.deleted_at.is_(None)
        )
    )
    return {row.key: row.id for row in rows if row.id in ids}


def _counted(
    connection: Connection,
    site: Site,
    parent: ColumnElement[str | None],
    which: Sequence[ColumnElement[bool]],
    done: Collection[str],
) -> Iterator[tuple[str, Children]]:
    """By what names a parent, its children."""
    table = tables.issues
    is_done = table.c.status_id.in_(sorted(done))
    # Not every workflow sets a resolution; then the last change of status, or its creation, says since when.
    moves = tables.changes
    moved_at = (
        select(func.max(moves.c.at))
        .where(moves.c.site_id == table.c.site_id, moves.c.issue_id == table.c.id, moves.c.field == STATUS)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            parent,
            func.count(case((is_done, 1))),
            func.count(case((~is_done, 1))),
            func.max(case((is_done, func.coalesce(table.c.resolved_at, moved_at, table.c.created)))),
        )
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None), parent.is_not(None), *which)
        .group_by(parent)
    )
    for name, finished, opened, last in rows:
        yield name, Children(finished, opened, last)
