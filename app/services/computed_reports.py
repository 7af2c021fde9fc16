"""Reports that are computed from the store when somebody asks, over HTTP or on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.grooming.health import BacklogHealth
from app.domain.reports.charts.pictures import early
from app.domain.reports.kinds import Kind
from app.domain.reports.query_warnings import warned, warnings_as_json
from app.domain.sprint_health.health import SprintHealth
from app.services import backlog_grooming, backlog_priority
from app.services import delivery as delivery_service
from app.services import flow as flow_service
from app.services import sprint_health as health_service
from app.services import velocity as velocity_service
from app.services.board_habits import Team
from app.services.closed_sprints import ClosedSprints
from app.services.delivery_scopes import Wanted
from app.services.grooming_wish import Wish, read_wish
from app.services.jql import warnings_of
from app.services.rendering import Described, DrawSoon
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class OfBoard:
    """A board that is asked about, with what the settings say of it.

    Attributes:
        show_restricted: whether issues with a security level are named.
        wish: of the grooming of its backlog; see `app.services.grooming_wish.read_wish`.
        weeks: that its flow is measured over.
        hidden: what is not there for whoever asks by a query of their own.
    """

    id: int
    team: Team = field(default_factory=Team)
    show_restricted: bool = False
    wish: Mapping[str, Any] = field(default_factory=dict)
    weeks: int = flow_service.WEEKS
    hidden: Hidden = NOTHING_HIDDEN


def sprint_health(
    connection: Connection,
    site: Site,
    board: OfBoard,
    at: datetime,
    *,
    sprint_id: int | None,
    kind: Kind,
    closed_sprints: ClosedSprints | None = None,
    draw_soon: DrawSoon | None = None,
) -> Described:
    """A sprint; see `app.services.sprint_health`. `draw_soon` is for who wants its page."""
    show = board.show_restricted

    def assessed(health: SprintHealth) -> None:
        if draw_soon is not None and kind is not Kind.START:  # which has none
            draw_soon(early(health, past=kind is not Kind.MIDDLE))

    health = health_service.sprint_health(
        connection,
        site,
        board_id=board.id,
        sprint_id=sprint_id,
        at=at,
        calendar=board.team.calendar,
        kind=kind,
        show_restricted=show,
        habits=board.team.habits,
        closed_sprints=closed_sprints,
        assessed=assessed,
    )
    earlier = health_service.before(connection, site, health, at, show_restricted=show)
    return health_service.described(health, earlier, kind)


def velocity(connection: Connection, site: Site, board: OfBoard, at: datetime, *, last: int) -> Described:
    """What the last closed sprints came to; see `app.services.velocity`."""
    told = velocity_service.board_velocity(
        connection,
        site,
        board_id=board.id,
        at=at,
        calendar=board.team.calendar,
        last=last,
        show_restricted=board.show_restricted,
        habits=board.team.habits,
    )
    return velocity_service.described(told)


def flow(
    connection: Connection,
    site: Site,
    board: OfBoard,
    at: datetime,
    *,
    weeks: int | None = None,
    issues: int | None = None,
) -> Described:
    """How work flows over a board; see `app.services.flow`.

    Args:
        connection: reading.
        site: whose.
        board: of any kind of board.
        at: the instant.
        weeks: whole weeks that are measured; None: as the settings say.
        issues: when are so many more finished? None: as many as are in progress.
    """
    told = flow_service.board_flow(
        connection,
        site,
        board_id=board.id,
        at=at,
        calendar=board.team.calendar,
        weeks=weeks or board.weeks,
        asked=issues,
        show_restricted=board.show_restricted,
        habits=board.team.habits,
        leave_out=board.wish.get("leave_out", ()),
    )
    return flow_service.described(told)


def backlog(
    connection: Connection, site: Site, board: OfBoard, at: datetime, *, query: str | None = None
) -> Described:
    """What is wrong with a backlog; with a query, of its issues instead of those in the settings.

    Raises:
        NotUnderstood: the wish.
    """
    wish = read_wish({**board.wish, **({"query": query} if query else {})})
    wish = replace(wish, hidden=board.hidden)
    found = _backlog(connection, site, board, at, wish)
    told = backlog_grooming.described(found)
    return (
        told
        if query is None
        else _warned(connection, site, told, query, board, at, bool(found.backlog.by_id))
    )


def digest(
    connection: Connection, site: Site, board: OfBoard, at: datetime, *, person: str | None
) -> Described:
    """What a backlog asks of one person; without one, how much of each."""
    found = _backlog(connection, site, board, at, read_wish(board.wish))
    return backlog_grooming.described_digest(found, person)


def priority(
    connection: Connection, site: Site, board: OfBoard, at: datetime, *, version: int | None = None
) -> Described:
    """A backlog in the order of its scores beside today's ranks; by an earlier version of them, if wanted."""
    told = backlog_priority.backlog_priority(
        connection,
        site,
        board_id=board.id,
        at=at,
        calendar=board.team.calendar,
        wish=read_wish(board.wish),
        habits=board.team.habits,
        version=version,
    )
    return backlog_priority.described_priority(told)


def delivery(
    connection: Connection,
    site: Site,
    board: OfBoard,
    at: datetime,
    *,
    wanted: Wanted,
    now: datetime,
) -> Described:
    """When what is open of a board's project is done; see `app.services.delivery`."""
    told = delivery_service.board_delivery(
        connection,
        site,
        board_id=board.id,
        at=at,
        now=now,
        calendar=board.team.calendar,
        wanted=replace(wanted, hidden=board.hidden),
        show_restricted=board.show_restricted,
        habits=board.team.habits,
        leave_out=board.wish.get("leave_out", ()),
    )
    described = delivery_service.described(told)
    if wanted.jql is None:
        return described
    return _warned(connection, site, described, wanted.jql, board, now, bool(told.keys))


def _warned(
    connection: Connection,
    site: Site,
    told: Described,
    query: str,
    board: OfBoard,
    now: datetime,
    finds: bool,
) -> Described:
    """With what the query of whoever asks names, and nothing has or ever had."""
    warnings = warnings_of(connection, site, query, now=now, hidden=board.hidden, unlisted=not finds)

    def document() -> Mapping[str, Any]:
        return {**told.document(), "warnings": warnings_as_json(warnings)}

    return Described(warned(told.report, warnings), document, tuple(warnings))


def _backlog(connection: Connection, site: Site, board: OfBoard, at: datetime, wish: Wish) -> BacklogHealth:
    return backlog_grooming.backlog_health(
        connection,
        site,
        board_id=board.id,
        at=at,
        calendar=board.team.calendar,
        wish=wish,
        habits=board.team.habits,
    )
