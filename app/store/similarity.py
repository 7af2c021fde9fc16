"""What is asked of the store about like issues: texts, what is shown of an issue, estimates of done ones."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, String, and_, func, or_, select, type_coerce

from app.domain.grooming.facts import Alike
from app.domain.scrum.board import Board
from app.domain.scrum.texts import plain_text
from app.domain.similarity.estimates import Estimated
from app.domain.similarity.index import IssueText
from app.store import jira_tables, tables
from app.store.among import among
from app.store.boards import get_board
from app.store.sites import Site

_ISSUES, _TEXTS = tables.issues, tables.issue_texts
_SAME = and_(
    _TEXTS.c.site_id == _ISSUES.c.site_id,
    _TEXTS.c.issue_id == _ISSUES.c.id,
    _TEXTS.c.digest == _ISSUES.c.texts_digest,
)
_DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of an issue beside its text.

    Attributes:
        done: whether its status is of Jira's category "done".
        gone: whether it was deleted, or is not seen any more.
        done_at: since when it is done: when it was resolved, or else last changed; None while it is not.
    """

    id: str
    key: str
    project_key: str
    status: str
    done: bool
    gone: bool
    text: IssueText
    fields: dict[str, Any]
    done_at: datetime | None


def newest(connection: Connection, site: Site) -> datetime | None:
    """When an issue of the site was updated last; of one project it would cost a look at all newer ones."""
    last = select(_ISSUES.c.updated).where(_ISSUES.c.site_id == site.id)
    found: datetime | None = connection.scalar(last.order_by(_ISSUES.c.updated.desc()).limit(1))
    return found


def known(
    connection: Connection, site: Site, project_key: str | None, *, since: datetime | None = None
) -> dict[str, object]:
    """By id of each issue of a project, or of the site, what changes with every change of the issue.

    That is when it was updated, as the database gives it: to compare a hundred thousand instants none has to
    be read. Issues that are gone are left out.
    """
    stamp = type_coerce(_ISSUES.c.updated, String)
    here = _living(site, project_key)
    if since is not None:
        here.append(_ISSUES.c.updated >= since)
    rows = connection.execute(select(_ISSUES.c.id, stamp).where(*here))
    return {issue_id: found for issue_id, found in rows}  # noqa: C416 - `dict` would not know what rows hold


def texts(connection: Connection, site: Site, ids: Collection[str]) -> Iterator[IssueText]:
    """What issues say, in no order."""
    rows = connection.execute(
        select(_ISSUES.c.id, _ISSUES.c.summary, _TEXTS.c.texts)
        .outerjoin(_TEXTS, _SAME)
        .where(_ISSUES.c.site_id == site.id, among(connection, _ISSUES.c.id, ids))
        .execution_options(yield_per=1000)
    )
    for issue_id, summary, found in rows:
        yield IssueText(issue_id, summary, plain_text((found or {}).get(_DESCRIPTION)))


def shown(connection: Connection, site: Site, ids: Collection[str]) -> dict[str, Shown]:
    """What is told of issues, by id."""
    statuses = tables.statuses
    of_status = and_(statuses.c.site_id == _ISSUES.c.site_id, statuses.c.id == _ISSUES.c.status_id)
    rows = connection.execute(
        select(_ISSUES, _TEXTS.c.texts, statuses.c.category)
        .outerjoin(_TEXTS, _SAME)
        .outerjoin(statuses, of_status)
        .where(_ISSUES.c.site_id == site.id, among(connection, _ISSUES.c.id, ids))
    )
    return {
        row.id: Shown(
            id=row.id,
            key=row.key,
            project_key=row.project_key,
            status=row.status_name,
            done=row.category == "done",
            gone=row.deleted_at is not None,
            text=IssueText(row.id, row.summary, plain_text((row.texts or {}).get(_DESCRIPTION))),
            fields=row.fields,
            done_at=(row.resolved_at or row.updated) if row.category == "done" else None,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Family:
    """Where an issue stands in the hierarchy.

    Attributes:
        parent: id, or key where Jira gives no more, of what it is a sub-task of; None for what is none.
        above: ids and keys of its parent and of its parent's parent.
    """

    id: str
    key: str
    parent: str | None
    above: frozenset[str]

    def has(self, other: "Family") -> bool:
        """Whether one is a part of the other, or both are sub-tasks of one issue.

        Stories of one epic are no family here: there duplicates are likeliest.
        """
        if not self.above.isdisjoint({other.id, other.key}) or not other.above.isdisjoint(
            {self.id, self.key}
        ):
            return True
        return self.parent is not None and self.parent == other.parent


def families(connection: Connection, site: Site, ids: Collection[str]) -> dict[str, Family]:
    """Where issues stand in the hierarchy, by id."""
    table, above = _ISSUES, _ISSUES.alias()
    joined = and_(above.c.site_id == table.c.site_id, above.c.id == table.c.parent_id)
    rows = connection.execute(
        select(table.c.id, table.c.key, table.c.is_subtask, table.c.parent_id, table.c.parent_key)
        .add_columns(above.c.parent_id.label("second_id"), above.c.parent_key.label("second_key"))
        .outerjoin(above, joined)
        .where(table.c.site_id == site.id, among(connection, table.c.id, ids))
    )
    return {
        row.id: Family(
            row.id,
            row.key,
            (row.parent_id or row.parent_key) if row.is_subtask else None,
            frozenset({row.parent_id, row.parent_key, row.second_id, row.second_key} - {None}),
        )
        for row in rows
    }


def linked(connection: Connection, site: Site, issue_id: str) -> set[str]:
    """Ids of the issues that an issue is linked with, in either direction."""
    table = jira_tables.issue_links
    rows = connection.execute(
        select(table.c.source_id, table.c.target_id).where(
            table.c.site_id == site.id,
            table.c.deleted_at.is_(None),
            or_(table.c.source_id == issue_id, table.c.target_id == issue_id),
        )
    )
    return {each for row in rows for each in row} - {issue_id}


def duplicate_link(connection: Connection, site: Site) -> str | None:
    """Name of the site's kind of links between duplicates; None where it has none."""
    table = jira_tables.link_types
    rows = connection.execute(
        select(table.c.name, table.c.outward)
        .where(table.c.site_id == site.id, table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )
    return next((row.name for row in rows if row.outward.lower().startswith("duplicate")), None)


def still_unlinked(
    connection: Connection, site: Site, found: Mapping[str, tuple[Alike, ...]]
) -> dict[str, tuple[Alike, ...]]:
    """As they are now, without those that are linked by now, belong to one family or are gone."""
    keys = {one.key for every in found.values() for one in every}
    rows = connection.execute(
        select(_ISSUES.c.key, _ISSUES.c.id).where(
            *_living(site, None), among(connection, _ISSUES.c.key, keys)
        )
    )
    ids = {row.key: row.id for row in rows}
    now, family = shown(connection, site, ids.values()), families(connection, site, {*ids.values(), *found})
    left = {}
    for one, every in found.items():
        near = linked(connection, site, one)
        stay = tuple(
            msgspec.structs.replace(each, status=now[other].status, done_at=now[other].done_at)
            for each in every
            if (other := ids.get(each.key)) is not None
            and other not in near
            and not (one in family and family[one].has(family[other]))
        )
        if stay:
            left[one] = stay
    return left


def estimating_boards(connection: Connection, site: Site, project_key: str) -> list[Board]:
    """The project's boards that estimate with a field, by id."""
    table = jira_tables.boards
    found = connection.scalars(
        select(table.c.id)
        .where(
            table.c.site_id == site.id,
            table.c.project_key == project_key,
            table.c.estimation_field.is_not(None),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
    ).all()
    return [get_board(connection, site, board) for board in found]


def estimated(
    connection: Connection,
    site: Site,
    board: Board,
    project_key: str,
    *,
    last: int | None = None,
    most: int | None = None,
    restricted: bool = True,
) -> list[Estimated]:
    """The project's issues that are done on a board, with an estimate above zero, by id.

    When an issue was resolved is taken for the instant from which its estimate could be learnt from; without
    one, its last change. With `last` they are among so many done issues that changed last, the last change
    first; with `most`, the first so many. Texts are read of these alone. Those that are `restricted` count,
    but where that is not wanted.
    """
    estimate = _ISSUES.c.fields[board.estimation_field]
    asked = (
        select(_ISSUES.c.id, _ISSUES.c.summary, _ISSUES.c.created, estimate.label("estimate"))
        .add_columns(func.coalesce(_ISSUES.c.resolved_at, _ISSUES.c.updated).label("done"))
        .where(
            *_living(site, project_key),
            among(connection, _ISSUES.c.status_id, sorted(board.done_status_ids)),
            *(() if restricted else (_ISSUES.c.security_id.is_(None),)),
        )
        .order_by(*(() if last is None else (_ISSUES.c.updated.desc(),)), _ISSUES.c.id)
        .limit(last)
    )
    found = [row for row in connection.execute(asked) if _is_estimate(row.estimate)][:most]
    said = {each.id: each for each in texts(connection, site, [row.id for row in found])}
    return [Estimated(said[row.id], float(row.estimate), row.created, row.done) for row in found]


def _is_estimate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _living(site: Site, project_key: str | None) -> list[ColumnElement[bool]]:
    here = [_ISSUES.c.site_id == site.id, _ISSUES.c.deleted_at.is_(None)]
    return here if project_key is None else [*here, _ISSUES.c.project_key == project_key]
