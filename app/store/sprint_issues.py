"""Sprints as reports need them: many at once, and of histories only what moves work."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import read_sprint_field
from app.domain.scrum.history import read_estimate
from app.domain.scrum.issue import ASSIGNEE, LINKS, PRIORITY, STATUS, Change, Gone, Issue
from app.domain.scrum.issue_columns import id_of
from app.domain.scrum.sprint import Sprint
from app.store import report_issues, tables
from app.store import restricted as restricted_issues
from app.store.sites import Site

_OF_CHANGE = (
    "history_id",
    "position",
    "at",
    "field",
    "before",
    "before_text",
    "after",
    "after_text",
    "author",
)
"""Columns in the order of `Change`."""
_OF_MARK = ("at", "field", "before", "before_text", "after", "after_text", "author")
"""All of a change that is told of it; the others are numbers for it."""
_OF_ISSUE = (
    "id",
    "key",
    "summary",
    "type_name",
    "is_subtask",
    "status_id",
    "status_name",
    "created",
    "updated",
    "fields",
    "flagged",
    "assignee",
    "history_complete",
    "deleted_at",
    "gone_reason",
    "security_id",
)
"""Columns in the order in which `_issue` takes them."""


_NEXT, _NOTHING = "\x1f", "\x01"
"""Between parts of what is digested, and in place of NULL; Jira's texts have neither."""
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.json.Decoder(list[Change]).decode
_WHEN = attrgetter("at")


def of_sprint(connection: Connection, site: Site, board: Board, sprint: Sprint) -> list[Issue]:
    """Every issue that is or ever was in the sprint; see `of_sprints`."""
    return of_sprints(connection, site, board, [sprint])[0][1]


def of_sprints(
    connection: Connection, site: Site, board: Board, sprints: Sequence[Sprint]
) -> list[tuple[Sprint, list[Issue]]]:
    """Each sprint with every issue that is or ever was in it; an issue of several sprints is one object.

    Histories hold changes of status, sprint, estimate, flag, links, assignee and priority, and nothing else:
    an issue has ten times as many of labels, ranks and texts.
    """
    members = tables.sprint_issues
    numbers = [sprint.id for sprint in sprints]
    mine = _inside(site, numbers)
    belongs = connection.execute(select(members.c.sprint_id, members.c.issue_id).where(*mine)).all()
    ids = select(members.c.issue_id).where(*mine)
    known = {issue.id: issue for issue, _ in read_issues(connection, site, board, ids)}
    inside: dict[int, list[Issue]] = {number: [] for number in numbers}
    for sprint_id, issue_id in belongs:
        if issue_id in known:
            inside[sprint_id].append(known[issue_id])
    return [(sprint, inside[sprint.id]) for sprint in sprints]


def read_issues(
    connection: Connection, site: Site, board: Board, ids: Select[Any], *, also: Collection[str] = ()
) -> Iterator[tuple[Issue, dict[str, Any]]]:
    """The issues that a statement gives the ids of, by id, each with its document's fields.

    Args:
        connection: reading.
        site: whose.
        board: how they are estimated.
        ids: the statement.
        also: fields whose changes are read beside those that `of_sprints` reads.
    """
    table = tables.issues
    changes = _changes(connection, site, board, ids, also)
    rows = connection.execute(
        select(*(table.c[name] for name in _OF_ISSUE))
        .where(table.c.site_id == site.id, table.c.id.in_(ids))
        .order_by(table.c.id)
    ).all()
    for row in rows:
        yield _issue(row, changes.get(row[0], ()), site, board), row.fields


def _changes(
    connection: Connection, site: Site, board: Board, ids: Select[Any], also: Collection[str] = ()
) -> dict[str, tuple[Change, ...]]:
    """Histories by issue, of one instant in any order.

    Each comes as one JSON document, which takes half the time of a row for each change.
    """
    history = tables.changes
    if connection.dialect.name == "sqlite":
        at = cast(history.c.at, Text) + "Z"
        each, every = func.json_array, func.json_group_array
    else:
        at = func.to_char(func.timezone("UTC", history.c.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        each, every = func.json_build_array, func.json_agg
    columns = (at if name == "at" else history.c[name] for name in _OF_CHANGE)
    rows = connection.execute(
        select(history.c.issue_id, cast(every(each(*columns)), Text))
        .where(*_moves(site, board, ids, also))
        .group_by(history.c.issue_id)
    ).all()
    # No database promises an order in what it puts together.
    return {issue_id: tuple(sorted(_read(told), key=_WHEN)) for issue_id, told in rows}


def parents(connection: Connection, site: Site, sprint: Sprint) -> dict[str, str]:
    """Of the sub-tasks that are or ever were in the sprint: their parents, by id."""
    members, table = tables.sprint_issues, tables.issues
    inside = select(members.c.issue_id).where(*_inside(site, [sprint.id]))
    rows = connection.execute(
        select(table.c.id, table.c.parent_id).where(
            table.c.site_id == site.id,
            table.c.id.in_(inside),
            table.c.is_subtask,
            table.c.parent_id.is_not(None),
        )
    )
    return {row.id: row.parent_id for row in rows}


class Member(NamedTuple):
    """An issue that is or ever was in a sprint.

    Attributes:
        key: as it is now.
        parent_id: of a sub-task, where it is known; None for all others.
    """

    sprint_id: int
    issue_id: str
    key: str
    parent_id: str | None


def members(
    connection: Connection,
    site: Site,
    numbers: Sequence[int],
    *,
    outside: Collection[str] | None = None,
) -> list[Member]:
    """Of each of these sprints every issue that is or ever was in it.

    Args:
        connection: reading.
        site: whose.
        numbers: of the sprints.
        outside: only issues that are in none of the projects with these keys, or were in another one before.
    """
    inside, table = tables.sprint_issues, tables.issues
    where = _inside(site, numbers)
    if outside is not None:
        moved = select(tables.changes.c.issue_id).where(*_other_keys(site, numbers))
        where = (*where, or_(table.c.project_key.not_in(sorted(outside)), table.c.id.in_(moved)))
    rows = connection.execute(
        select(inside.c.sprint_id, table.c.id, table.c.key, table.c.is_subtask, table.c.parent_id)
        .join(table, and_(table.c.site_id == inside.c.site_id, table.c.id == inside.c.issue_id))
        .where(*where)
    )
    return [Member(number, one, key, above if subtask else None) for number, one, key, subtask, above in rows]


def ids_in(site: Site, numbers: Sequence[int]) -> Select[Any]:
    """A statement for the ids of all issues that are or ever were in these sprints."""
    return select(tables.sprint_issues.c.issue_id).where(*_inside(site, numbers))


def former_keys(
    connection: Connection, site: Site, numbers: Sequence[int]
) -> dict[str, list[tuple[datetime, str]]]:
    """Of the issues of these sprints that ever got another key: when, and which they had until then."""
    table = tables.changes
    rows = connection.execute(
        select(table.c.issue_id, table.c.at, table.c.before_text)
        .where(*_other_keys(site, numbers))
        .order_by(table.c.at)
    )
    found: dict[str, list[tuple[datetime, str]]] = {}
    for issue_id, at, key in rows:
        found.setdefault(issue_id, []).append((at, key))
    return found


def _other_keys(site: Site, numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    table = tables.changes
    return (
        table.c.site_id == site.id,
        table.c.field == "Key",
        table.c.before_text.is_not(None),
        table.c.issue_id.in_(ids_in(site, numbers)),
    )


def last_changes(
    connection: Connection, site: Site, until: Mapping[int, datetime]
) -> dict[int, dict[str, datetime]]:
    """By sprint and issue id when that was changed last, up to an instant of each sprint."""
    if not until:
        return {}
    inside, table = tables.sprint_issues, tables.changes
    ends = case(
        {number: literal(at, table.c.at.type) for number, at in until.items()}, value=inside.c.sprint_id
    )
    rows = connection.execute(
        select(inside.c.sprint_id, table.c.issue_id, func.max(table.c.at, type_=table.c.at.type))
        .join(table, and_(table.c.site_id == inside.c.site_id, table.c.issue_id == inside.c.issue_id))
        .where(*_inside(site, list(until)), table.c.at <= ends)
        .group_by(inside.c.sprint_id, table.c.issue_id)
    )
    found: dict[int, dict[str, datetime]] = {number: {} for number in until}
    for number, issue_id, at in rows:
        found[number][issue_id] = at
    return found


def marks(
    connection: Connection,
    site: Site,
    board: Board,
    sprints: Sequence[Sprint],
    *,
    also: Collection[str] = (),
    texts: bool = False,
) -> dict[int, bytes]:
    """By sprint a digest that is another one when anything of its issues changed that reports look at.

    It looks at all that `of_sprints` reads, in one piece for each issue: a fraction of the work of reading.
    Counts and newest instants would not do: a history that is corrected has as many changes as before.
    Other processes find the same digests.

    Args:
        connection: reading.
        site: whose.
        board: how issues are estimated.
        sprints: which.
        also: fields whose changes are looked at beside those that `of_sprints` reads.
        texts: whether long texts are looked at, too.
    """
    members, table = tables.sprint_issues, tables.issues
    mine = _inside(site, [sprint.id for sprint in sprints])
    belongs = connection.execute(
        select(members.c.sprint_id, members.c.issue_id).where(*mine).order_by(members.c.issue_id)
    ).all()
    ids = select(members.c.issue_id).where(*mine)
    names = (*_OF_ISSUE, *(("texts_digest",) if texts else ()))
    columns = [table.c[name] for name in names if name != "fields"]
    rows = connection.execute(
        select(*columns, func.hashtextextended(cast(table.c.fields, Text), 0)).where(
            table.c.site_id == site.id, table.c.id.in_(ids)
        )
    )
    like = {row.id: tuple(row) for row in rows}
    said = _said_of_changes(site, board, ids, also).subquery()
    whole = (func.aggregate_strings(said.c[name], _NEXT) for name in _OF_MARK)
    entries = connection.execute(select(said.c.issue_id, *whole).group_by(said.c.issue_id))
    changed = {row.issue_id: tuple(row) for row in entries}
    inside: dict[int, list[object]] = {sprint.id: [] for sprint in sprints}
    for sprint_id, issue_id in belongs:
        inside[sprint_id].append((like.get(issue_id), changed.get(issue_id)))
    return {number: blake2b(_write(every), digest_size=16).digest() for number, every in inside.items()}


def _said_of_changes(site: Site, board: Board, ids: Select[Any], also: Collection[str]) -> Select[Any]:
    """What changes say, as texts, in the order of their index."""
    history = tables.changes
    said = (func.coalesce(cast(history.c[name], Text), _NOTHING).label(name) for name in _OF_MARK)
    query = select(history.c.issue_id, *said).where(*_moves(site, board, ids, also))
    return query.order_by(history.c.issue_id, history.c.at, history.c.field)


def _moves(
    site: Site, board: Board, ids: Select[Any], also: Collection[str] = ()
) -> tuple[ColumnElement[bool], ...]:
    """Changes of these issues that reports read."""
    history = tables.changes
    fields = site.fields
    moves = {STATUS, LINKS, ASSIGNEE, PRIORITY, fields.sprint, fields.flagged, board.estimation_field, *also}
    return (
        history.c.site_id == site.id,
        history.c.issue_id.in_(ids),
        history.c.field.in_(sorted(field for field in moves if field)),
    )


def restricted(connection: Connection, site: Site, keys: Collection[str]) -> dict[str, str]:
    """Those of these issues that have a security level, also by keys that they had: key to id.

    Changelogs and queries go on naming an issue by the key that it had when they were written.
    """
    return restricted_issues.among_keys(connection, sorted(keys), site_id=site.id) if keys else {}


def _inside(site: Site, numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """What is or ever was in these sprints, but for issues that carry reports: nobody works on those."""
    members = tables.sprint_issues
    return (
        members.c.site_id == site.id,
        members.c.sprint_id.in_(numbers),
        members.c.issue_id.not_in(report_issues.ids(site.id)),
    )


def _issue(row: Sequence[Any], changes: tuple[Change, ...], site: Site, board: Board) -> Issue:
    """An issue from its row and its history, as the board estimates it."""
    issue_id, key, summary, type_name, is_subtask, status_id, status_name, *more = row
    created, updated, fields, flagged, assignee, history_complete, deleted_at, gone_reason, security_id = more
    return Issue(
        id=issue_id,
        key=key,
        summary=summary,
        type_name=type_name,
        is_subtask=is_subtask,
        status_id=status_id,
        status_name=status_name,
        created=created,
        updated=updated,
        sprint_ids=read_sprint_field(fields.get(site.fields.sprint or "")),
        estimate=_estimate(fields.get(board.estimation_field or ""), board.estimation_field),
        flagged=flagged,
        assignee=assignee,
        changes=changes,
        history_complete=history_complete,
        deleted_at=deleted_at,
        gone_reason=Gone(gone_reason) if gone_reason else None,
        restricted=security_id is not None,
        priority=id_of(fields.get(PRIORITY)),
    )


def _estimate(value: object, field: str | None) -> Decimal | None:
    """The present value, read by the same rules as the history."""
    return read_estimate(str(value), field) if isinstance(value, int | float | str) else None
