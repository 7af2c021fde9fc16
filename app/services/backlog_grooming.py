"""The grooming of a board's backlog, from the store: for the job that posts it and for whoever asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from app.domain.effects import LivingComment, backlog_marker
from app.domain.flow.path import Policy
from app.domain.grooming.catalogue import BY_NAME
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Proposal
from app.domain.grooming.formula import FormulaNotUnderstood
from app.domain.grooming.health import BacklogHealth, Earlier, Figures, Standing, assess
from app.domain.grooming.priority import Scoring, rank
from app.domain.grooming.readiness import unknown_criteria
from app.domain.grooming.review import EVERY_CHECK, Review, Wanted, read_wanted, review
from app.domain.reports import priority as priority_report
from app.domain.reports.backlog import report as describe
from app.domain.reports.backlog_as_json import read_counts, read_figures, to_json
from app.domain.reports.comment_pictures import pictures_of
from app.domain.reports.priority import BacklogPriority
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.errors import DoneColumnUnknown
from app.domain.sprint_health.velocity import JIRAS_SPRINTS
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services.jql import search
from app.services.missing import missing_of
from app.services.rendering import Described, as_adf, as_wiki
from app.services.runs import BACKLOG_GROOMING
from app.services.velocity import board_velocity
from app.store import boards, grooming, outbox, reports
from app.store.backlog import Scope, read_backlog
from app.store.sites import Site

MOST_TOLD = 26
"""Earlier reports that the trend is drawn from: half a year of Mondays."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a team wants of the grooming of its backlog.

    Attributes:
        query: JQL of the issues that it is about; the open ones of the board's project where there is none.
        wanted: the checks with their options.
        scoring: how priority is worked out, where the team has said so.
        leave_out: keys of issues that belong to no backlog, such as those that carry reports.
        bots: account ids besides our own whose doings are no person's.
    """

    query: str | None = None
    wanted: tuple[Wanted, ...] = EVERY_CHECK
    definitions: Definitions = field(default_factory=Definitions)
    scoring: Scoring | None = None
    leave_out: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that are asked for."""
        asked = {getattr(each.options, "field", None) for each in self.wanted}
        scored = self.scoring.fields.values() if self.scoring is not None else ()
        return self.definitions.fields | {name for name in asked if name} | set(scored)


def read_wish(parameters: Mapping[str, Any]) -> Wish:
    """As settings and runs tell it: `query`, `checks`, `ready`, `priority`, `leave_out`, `bots`.

    `checks` has options by the name of a check, or false to leave it out; the others are asked as they are.

    Raises:
        NotUnderstood: an unknown check, option or criterion; it knows which.
    """
    checks: Mapping[str, Any] = parameters.get("checks") or {}
    for name in checks:
        if name not in BY_NAME:
            message = f"There is no check {name!r}. There are: {', '.join(BY_NAME)}."
            raise NotUnderstood(message, field=f"/checks/{name}")
    wanted = [
        _wanted(each.check.name, checks[each.check.name]) if each.check.name in checks else each
        for each in EVERY_CHECK
        if checks.get(each.check.name, True) is not False
    ]
    return Wish(
        query=parameters.get("query"),
        wanted=tuple(wanted),
        definitions=_definitions(parameters.get("ready") or {}),
        scoring=_scoring(parameters.get("priority")),
        leave_out=frozenset(parameters.get("leave_out") or ()),
        bots=frozenset(parameters.get("bots") or ()),
    )


def _wanted(name: str, document: Any) -> Wanted:
    place = f"/checks/{name}"
    if document is True:
        document = {}
    if not isinstance(document, Mapping):
        raise NotUnderstood(f"{document!r} is neither options by name nor false.", field=place)
    try:
        return read_wanted(name, document)
    except msgspec.ValidationError as error:
        raise NotUnderstood(f"Check {name!r}: {error}", field=place) from error


def _definitions(document: Mapping[str, Any]) -> Definitions:
    try:
        found = msgspec.convert(document, Definitions)
    except msgspec.ValidationError as error:
        raise NotUnderstood(f"The definition of ready: {error}", field="/ready") from error
    for type_name, definition in [("otherwise", found.otherwise), *found.by_type.items()]:
        if unknown := unknown_criteria(definition):
            message = f"{unknown[0]!r} is no criterion of a definition of ready."
            raise NotUnderstood(message, field=f"/ready/{type_name}")
    return found


def _scoring(document: Any) -> Scoring | None:
    if document is None:
        return None
    try:
        found = msgspec.convert(document, Scoring)
        found.read()
    except (msgspec.ValidationError, FormulaNotUnderstood) as error:
        raise NotUnderstood(f"The priority: {error}", field="/priority") from error
    return found


# --- the review -----------------------------------------------------------------------------------


def backlog_review(
    connection: Connection, site: Site, board: Board, wish: Wish, *, at: datetime, calendar: Calendar
) -> Review:
    """What all wanted checks find, in the store as it is now and by the clock of an instant.

    Raises:
        JqlNotUnderstood, JqlRefused: the wish's query.
        NotPossible: the board belongs to no project and the wish has no query.
    """
    return review(_backlog(connection, site, board, wish, at=at, calendar=calendar), wish.wanted)


def _backlog(
    connection: Connection, site: Site, board: Board, wish: Wish, *, at: datetime, calendar: Calendar
) -> Backlog:
    return read_backlog(
        connection,
        site,
        board,
        _scope(connection, site, board, wish, at=at, calendar=calendar),
        calendar=calendar,
        now=at,
        definitions=wish.definitions,
        policy=Policy(flag_field=site.fields.flagged),
    )


def backlog_priority(
    connection: Connection, site: Site, *, board_id: int, at: datetime, calendar: Calendar, wish: Wish
) -> BacklogPriority:
    """The board's backlog in the order of its scores, beside today's; nothing is moved.

    Raises:
        NotFound: the store has no such board.
        NotPossible: nobody said how priority is worked out; see `backlog_review`, too.
    """
    if wish.scoring is None:
        message = (
            f"Nobody has said how the priority of board {board_id} is worked out. "
            'Set `priority` in the settings of its grooming, such as {formula = "wsjf", fields = {…}}.'
        )
        raise NotPossible(message)
    board = boards.get_board(connection, site, board_id)
    backlog = _backlog(connection, site, board, wish, at=at, calendar=calendar)
    return BacklogPriority(backlog, rank(backlog, wish.scoring))


def described_priority(told: BacklogPriority) -> Described:
    """For people and for machines."""
    return Described(priority_report.report(told), lambda: priority_report.to_json(told))


def _scope(
    connection: Connection, site: Site, board: Board, wish: Wish, *, at: datetime, calendar: Calendar
) -> Scope:
    bots = wish.bots | ({site.account_id} if site.account_id else set())
    if wish.query:
        keys = search_keys(connection, site, wish.query, calendar, at=at)
        return Scope(keys=keys, leave_out=wish.leave_out, fields=wish.fields, bots=frozenset(bots))
    project = boards.project_of(connection, site, board.id)
    if project is None:
        message = (
            f"Jira does not tell to which project board {board.id} belongs. "
            "Say which issues its backlog has, as `query` in the settings of its grooming."
        )
        raise NotPossible(message)
    return Scope(project_keys=(project,), leave_out=wish.leave_out, fields=wish.fields, bots=frozenset(bots))


def search_keys(
    connection: Connection, site: Site, query: str, calendar: Calendar, *, at: datetime
) -> list[str]:
    """Keys of the issues of a query, its dates read where the team is.

    Raises:
        JqlNotUnderstood, JqlRefused: the query.
    """
    zone = calendar.zone if isinstance(calendar.zone, ZoneInfo) else ZoneInfo("UTC")
    return search(connection, site, query, now=at, zone=zone, account=site.account_id)


def backlog_health(
    connection: Connection, site: Site, *, board_id: int, at: datetime, calendar: Calendar, wish: Wish
) -> BacklogHealth:
    """How a board's backlog stands, and what changed since the last report that was kept.

    Raises:
        NotFound: the store has no such board.
        NotPossible: the site was never synced; see `backlog_review`.
    """
    board = boards.get_board(connection, site, board_id)
    if not board.done_status_ids:
        raise DoneColumnUnknown(board)
    found = backlog_review(connection, site, board, wish, at=at, calendar=calendar)
    trend = _trend(connection, site, board_id, at)
    health = assess(
        found,
        scope=_in_words(wish, found),
        velocity=_velocity(connection, site, board_id, at, calendar),
        earlier=_earlier(connection, site, board_id, at, found),
        trend=trend,
    )
    missing = missing_of(connection, site, board, [item.id for item in found.backlog.items])
    return replace(health, missing=tuple(missing))


def _in_words(wish: Wish, found: Review) -> str:
    if wish.query:
        return f"The open issues of: {wish.query}"
    projects = sorted({item.project_key for item in found.backlog.items})
    return f"The open issues of {', '.join(projects)}" if projects else "No open issues"


def _velocity(
    connection: Connection, site: Site, board_id: int, at: datetime, calendar: Calendar
) -> Decimal | None:
    told = board_velocity(connection, site, board_id=board_id, at=at, calendar=calendar, last=JIRAS_SPRINTS)
    return told.velocity.median


def _trend(
    connection: Connection, site: Site, board_id: int, at: datetime
) -> tuple[tuple[datetime, Figures], ...]:
    told = reports.documents_before(
        connection, site.id, BACKLOG_GROOMING, board_id=board_id, at=at, last=MOST_TOLD
    )
    found = ((instant, read_figures(document)) for instant, document in told)
    return tuple((instant, figures) for instant, figures in found if figures is not None)


def _earlier(
    connection: Connection, site: Site, board_id: int, at: datetime, found: Review
) -> Earlier | None:
    told = reports.documents_before(connection, site.id, BACKLOG_GROOMING, board_id=board_id, at=at, last=1)
    for instant, document in told:
        figures = read_figures(document)
        if figures is None:
            continue
        standing = grooming.standing(connection, site.id, board_id)
        return Earlier(instant, figures, read_counts(document), standing, _closed(standing, found))
    return None


def _closed(standing: Collection[Standing], found: Review) -> frozenset[str]:
    """Keys of issues that are open no more, or have left the backlog."""
    there = {item.id for item in found.backlog.items}
    return frozenset(one.key for one in standing if one.issue_id not in there)


# --- keeping and telling --------------------------------------------------------------------------


def keep(connection: Connection, site: Site, health: BacklogHealth) -> None:
    """Remember what was found, to compare with."""
    found = [
        grooming.Found(one.check.name, one.finding.item.id, one.finding.item.key, int(one.weight))
        for one in health.review.judged
    ]
    board_id, at = health.backlog.board.id, health.backlog.now
    asked = {each.check.name for each in health.review.wanted}
    grooming.keep(connection, site.id, board_id, found, at=at, checks=asked)


def described(health: BacklogHealth) -> Described:
    """For people and for machines."""
    return Described(describe(health), lambda: to_json(health))


def as_comment(health: BacklogHealth, site: Site, issue_key: str, *, picture: bool = True) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    report = describe(health)
    marker = backlog_marker(health.backlog.board.id)
    render = as_adf if site.is_cloud else as_wiki
    body = render(report, site.base_url, places=picture)
    return LivingComment(issue_key, marker, body, pictures_of(report, marker) if picture else ())


def accept(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    check: str,
    key: str,
    wish: Wish,
    calendar: Calendar,
    now: datetime,
    by: str,
) -> Proposal:
    """Owe what a finding proposes, if it still stands; asking twice in a day changes nothing.

    Raises:
        NotFound: nothing of the kind is found on that issue.
        NotPossible: the finding proposes nothing.
    """
    board = boards.get_board(connection, site, board_id)
    asked = tuple(each for each in wish.wanted if each.check.name == check)
    if not asked:
        raise NotFound("check", check, f"There are: {', '.join(each.check.name for each in wish.wanted)}.")
    found = backlog_review(connection, site, board, replace(wish, wanted=asked), at=now, calendar=calendar)
    here = [one.finding for one in found.judged if one.finding.item.key == key]
    if not here:
        raise NotFound("finding", f"{check} on {key}", "It may have been mended; look at the report.")
    proposal = next((finding.proposal for finding in here if finding.proposal is not None), None)
    if proposal is None:
        raise NotPossible(f"{here[0].reason} Burnish proposes nothing for that. {here[0].todo}")
    outbox.put(
        connection,
        site.id,
        proposal.effect,
        key=f"accepted:{board_id}:{check}:{here[0].item.id}:{now:%Y-%m-%d}",
        cause=f"proposal of check {check}, accepted by {by}",
        correlation=f"accepted:{key}",
        now=now,
    )
    return proposal
