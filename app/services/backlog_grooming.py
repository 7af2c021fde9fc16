"""The grooming of a board's backlog, from the store: for the job that posts it and for whoever asks."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from app.domain.comments import Audience, LivingComment, backlog_marker
from app.domain.grooming.catalogue import EDITION
from app.domain.grooming.facts import Backlog
from app.domain.grooming.health import (
    BacklogHealth,
    Earlier,
    Fate,
    Figures,
    Noted,
    Stood,
    assess,
    differences,
)
from app.domain.grooming.memory import Memory, known, remember
from app.domain.grooming.review import Review, review
from app.domain.reports.backlog import report as describe
from app.domain.reports.backlog_as_json import read_counts, read_figures, to_json
from app.domain.reports.digest import call, digest, digest_as_json, digests, digests_as_json
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.errors import require_done_column
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.velocity import JIRAS_SPRINTS
from app.errors import NotFound, NotPossible
from app.services.board_habits import policy_of
from app.services.commanders import bots_of
from app.services.grooming_wish import Wish
from app.services.jql import search
from app.services.like_issues import with_like_issues
from app.services.missing import missing_of
from app.services.rendering import Described, comment_of
from app.services.restricted import hidden_changes, without_restricted
from app.services.runs import BACKLOG_GROOMING
from app.services.similarity import Learnt
from app.services.velocity import board_velocity
from app.store import boards, grooming, project_roles, reports
from app.store.backlog import read_backlog
from app.store.backlog_scope import Scope
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site

MOST_TOLD = 26
"""Earlier reports that the trend is drawn from: half a year of Mondays."""


# --- the review -----------------------------------------------------------------------------------


def backlog_review(
    connection: Connection,
    site: Site,
    board: Board,
    wish: Wish,
    *,
    at: datetime,
    calendar: Calendar,
    memory: Memory | None = None,
    learnt: Learnt | None = None,
    habits: BoardHabits | None = None,
) -> Review:
    """What all wanted checks find, in the store as it is now and by the clock of an instant.

    With what the last look left, only what changed since is read and asked about anew; that finds the same.
    Duplicates and estimates are looked for with what was learnt; without, those of the last look are told.
    Work has begun where the habits of the board's team say so.

    Raises:
        JqlNotUnderstood, JqlRefused: the wish's query.
        NotPossible: the board belongs to no project and the wish has no query.
    """
    backlog = backlog_of(
        connection, site, board, wish, at=at, calendar=calendar, memory=memory, habits=habits
    )
    names = [each.check.name for each in wish.wanted]
    backlog = with_like_issues(connection, site, backlog, memory=memory, learnt=learnt, checks=names)
    backlog = without_restricted(connection, site, backlog)
    same = memory is not None and (memory.facts, memory.asked) == (backlog.facts, asked_of(wish, calendar))
    return review(backlog, wish.wanted, known(memory, backlog) if same and memory is not None else None)


def asked_of(wish: Wish, calendar: Calendar) -> str:
    """Tells what is asked of each issue from other questions, in a few letters."""
    checks = [(each.check.name, each.options, each.exemptions) for each in wish.wanted]
    asked = (EDITION, checks, wish.definitions, str(calendar.zone))
    return blake2b(msgspec.json.encode(asked, order="sorted"), digest_size=16).hexdigest()


def backlog_of(
    connection: Connection,
    site: Site,
    board: Board,
    wish: Wish,
    *,
    at: datetime,
    calendar: Calendar,
    memory: Memory | None = None,
    habits: BoardHabits | None = None,
) -> Backlog:
    """The backlog as the store has it now, before anything is asked about it."""
    return read_backlog(
        connection,
        site,
        board,
        _scope(connection, site, board, wish, at=at, calendar=calendar),
        calendar=calendar,
        now=at,
        definitions=wish.definitions,
        policy=policy_of(connection, site, board, board, habits or BoardHabits()),
        memory=memory,
    )


def _scope(
    connection: Connection, site: Site, board: Board, wish: Wish, *, at: datetime, calendar: Calendar
) -> Scope:
    roles = wish.command_roles
    scope = Scope(
        leave_out=wish.leave_out,
        fields=wish.fields,
        bots=bots_of(site, wish),
        commanders=project_roles.members(connection, site, roles) if roles else None,
        hides=not wish.show_restricted,
    )
    if wish.query:
        return replace(
            scope, keys=search_keys(connection, site, wish.query, calendar, at=at, hidden=wish.hidden)
        )
    project = boards.project_of(connection, site, board.id)
    if project is None:
        message = (
            f"Jira does not tell to which project board {board.id} belongs. "
            "Say which issues its backlog has, as `query` in the settings of its grooming."
        )
        raise NotPossible(message)
    return replace(scope, project_keys=(project,))


def projects_of(
    connection: Connection, site: Site, board: Board, wish: Wish, *, at: datetime, calendar: Calendar
) -> list[str]:
    """Keys of the projects that a board's backlog has issues of.

    Raises:
        See `backlog_review`.
    """
    scope = _scope(connection, site, board, wish, at=at, calendar=calendar)
    found = scope.project_keys if scope.keys is None else {key.rpartition("-")[0] for key in scope.keys}
    return sorted(found)


def search_keys(
    connection: Connection,
    site: Site,
    query: str,
    calendar: Calendar,
    *,
    at: datetime,
    hidden: Hidden = NOTHING_HIDDEN,
) -> list[str]:
    """Keys of the issues of a query, its dates read where the team is; without those that are hidden.

    Raises:
        JqlNotUnderstood, JqlRefused: the query.
    """
    zone = calendar.zone if isinstance(calendar.zone, ZoneInfo) else ZoneInfo("UTC")
    return search(connection, site, query, now=at, zone=zone, account=site.account_id, hidden=hidden)


def backlog_health(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    calendar: Calendar,
    wish: Wish,
    learnt: Learnt | None = None,
    habits: BoardHabits | None = None,
) -> BacklogHealth:
    """How a board's backlog stands, and what changed since the last report that was kept.

    Raises:
        NotFound: the store has no such board.
        NotPossible: the site was never synced; see `backlog_review`.
    """
    board = boards.get_board(connection, site, board_id)
    require_done_column(board)
    memory = grooming.memory(connection, site.id, board_id)
    found = backlog_review(
        connection, site, board, wish, at=at, calendar=calendar, memory=memory, learnt=learnt, habits=habits
    )
    health = assess(
        found,
        scope=_in_words(wish, found),
        velocity=_velocity(connection, site, board_id, at, calendar, habits),
        earlier=_earlier(connection, site, board, at),
        stood=stands(connection, site, found, memory),
        trend=_trend(connection, site, board, at),
    )
    missing = missing_of(connection, site, board, found.backlog.overview.ids)
    changes = health.changes and hidden_changes(connection, site, found.backlog, health.changes)
    return replace(health, missing=tuple(missing), changes=changes)


def _in_words(wish: Wish, found: Review) -> str:
    if wish.query:
        return f"The open issues of: {wish.query}"
    projects = sorted({kind.project_key for kind in found.backlog.overview.counts})
    return f"The open issues of {', '.join(projects)}" if projects else "No open issues"


def _velocity(
    connection: Connection,
    site: Site,
    board_id: int,
    at: datetime,
    calendar: Calendar,
    habits: BoardHabits | None,
) -> Decimal | None:
    told = board_velocity(
        connection, site, board_id=board_id, at=at, calendar=calendar, last=JIRAS_SPRINTS, habits=habits
    )
    return told.velocity.median


def _trend(
    connection: Connection, site: Site, board: Board, at: datetime
) -> tuple[tuple[datetime, Figures], ...]:
    told = reports.documents_before(
        connection, site.id, BACKLOG_GROOMING, board_id=board.id, at=at, last=MOST_TOLD
    )
    found = ((instant, read_figures(document, board.estimation_field)) for instant, document in told)
    return tuple((instant, figures) for instant, figures in found if figures is not None)


def _earlier(connection: Connection, site: Site, board: Board, at: datetime) -> Earlier | None:
    told = reports.documents_before(connection, site.id, BACKLOG_GROOMING, board_id=board.id, at=at, last=1)
    for instant, document in told:
        figures = read_figures(document, board.estimation_field)
        if figures is not None:
            return Earlier(instant, figures, read_counts(document))
    return None


def stands(connection: Connection, site: Site, found: Review, memory: Memory | None) -> Stood:
    """What stands since the last run; with other checks than then, as the findings that were kept say."""
    board_id, names = found.backlog.board.id, tuple(each.check.name for each in found.wanted)
    if memory is not None and memory.checks == names:
        return Stood(names, memory.marks, memory.keys_without(found.backlog))
    bits = {name: 1 << place for place, name in enumerate(names)}
    marks, keys = dict[str, int](), dict[str, str]()
    for one in grooming.standing(connection, site.id, board_id):
        marks[one.issue_id] = marks.get(one.issue_id, 0) | bits.get(one.check, 0)
        keys[one.issue_id] = one.key
    return Stood(names, marks, keys)


# --- keeping and telling --------------------------------------------------------------------------


def keep(connection: Connection, site: Site, health: BacklogHealth, *, asked: str = "") -> None:
    """Remember what was found, to compare with and to go on from.

    Args:
        connection: inside a transaction.
        site: whose.
        health: what was found.
        asked: what was asked of each issue, see `asked_of`; without, the next run asks everything anew.
    """
    new, gone = list[tuple[Noted, int]](), list[Noted]()
    for fate, each, noted in differences(health.review, health.stood):
        if fate is Fate.NEW:
            new.append((noted, int(each.weight)))
        else:
            gone.append(noted)
    leaves = remember(health.review, asked)
    grooming.keep(
        connection, site.id, health.backlog.board.id, new=new, gone=gone, at=health.backlog.now, leaves=leaves
    )


def described(health: BacklogHealth) -> Described:
    """For people and for machines."""
    return Described(describe(health), lambda: to_json(health))


def described_digest(health: BacklogHealth, person: str | None) -> Described:
    """What is for one person, or how much is for each.

    Raises:
        NotFound: nobody of that account id or name has an open issue in the backlog.
    """
    if person is None:
        return Described(digests(health), lambda: digests_as_json(health))
    backlog = health.backlog
    accounts = {named.assignee for named in backlog.overview.named if named.assignee is not None}
    named = {backlog.name_of(account).casefold(): account for account in sorted(accounts)}
    account = person if person in accounts else named.get(person.casefold())
    if account is None:
        raise NotFound("person", person, "Name somebody who has an open issue of this backlog.")
    return Described(digest(health, account), lambda: digest_as_json(health, account))


def as_comment(
    health: BacklogHealth,
    site: Site,
    issue_key: str,
    *,
    picture: bool = True,
    audience: Audience | None = None,
) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    marker = backlog_marker(health.backlog.board.id)
    return comment_of(describe(health), site, issue_key, marker, picture=picture, audience=audience)


def as_call(
    health: BacklogHealth, site: Site, issue_key: str, *, audience: Audience | None = None
) -> LivingComment | None:
    """One comment that mentions everybody who has something to mend; None where nobody has."""
    report = call(health)
    if report is None:
        return None
    marker = f"digest:{health.backlog.board.id}"
    return comment_of(report, site, issue_key, marker, audience=audience)
