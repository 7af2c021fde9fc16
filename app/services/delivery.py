"""When the versions and epics of a board's project are done, from the store."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, Select

from app.domain.comments import Audience, LivingComment, delivery_marker
from app.domain.delivery.backtest import deliver
from app.domain.delivery.ledger import Ledger
from app.domain.delivery.risks import Stuck, risks_of
from app.domain.delivery.scopes import (
    FIX_VERSIONS,
    Kind,
    Life,
    Progress,
    Scope,
    Stay,
    Workflow,
    read_life,
    stays_below,
    stays_in_versions,
)
from app.domain.delivery.since import compare
from app.domain.effects import Announcement
from app.domain.flow.path import Policy
from app.domain.reports.delivery import report
from app.domain.reports.delivery_as_json import to_json
from app.domain.reports.delivery_parts import BoardDelivery, Part
from app.domain.reports.restricted import without_restricted
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import status_at
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import name_of
from app.domain.scrum.wording import counted
from app.domain.sprint_health.errors import require_done_column
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services.backlog_grooming import search_keys
from app.services.board_habits import policy_of
from app.services.delivery_around import stuck_of, told_before
from app.services.missing import missing_of
from app.services.rendering import Described, announcement_of, comment_of
from app.store import boards, delivery, sites, sprint_issues, tables
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site

PAST = timedelta(days=400)
"""Scopes that were closed before that teach nothing."""
MOST_SCOPES = 100
"""Of a kind, open and closed ones each."""
BOTH: tuple[Literal["versions", "epics"], ...] = ("versions", "epics")
SCOPES = {Kind.VERSION: "versions", Kind.EPIC: "epics"}
_AT_ONCE = 250
"""Issues that are in memory with their documents and histories."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Stays = Callable[[Issue, Mapping[str, Any]], list[Stay]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scopes are told; all open versions and epics where nothing is named.

    Attributes:
        versions: names.
        epics: keys.
        scopes: what is told where nothing is named.
        jql: instead of all these, the issues that it finds, as one scope.
        by: the day by which those shall be done.
        hidden: what it does not find, as it is not there for whoever asks.

    Raises:
        NotUnderstood: parts that do not go together, of which one would count for nothing.
    """

    versions: tuple[str, ...] = ()
    epics: tuple[str, ...] = ()
    scopes: tuple[Literal["versions", "epics"], ...] = BOTH
    jql: str | None = None
    by: date | None = None
    hidden: Hidden = NOTHING_HIDDEN

    def __post_init__(self) -> None:
        if self.by is not None and self.jql is None:
            raise NotUnderstood(
                f"The day {self.by} is for the issues of a query, and none is given. Versions are due on "
                "their release dates, epics on their due dates, as Jira has them.",
                field="/query/by",
            )
        if self.jql is not None and (self.versions or self.epics):
            raise NotUnderstood(
                "A query is told alone. Leave out the versions and epics, or ask about them in the query, "
                'such as `fixVersion = "Shop 1.6"`.',
                field="/query/query",
            )

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is looked at."""
        if self.jql is not None:
            return (Kind.QUERY,)
        if not (self.versions or self.epics):
            return tuple(kind for kind, name in SCOPES.items() if name in self.scopes)
        named = {Kind.VERSION: self.versions, Kind.EPIC: self.epics}
        return tuple(kind for kind, names in named.items() if names)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Those that are told of a kind; none: all of them."""
        return {Kind.VERSION: self.versions, Kind.EPIC: self.epics}.get(kind, ())


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a board is asked about."""

    connection: Connection
    site: Site
    board: Board
    project: str | None
    at: datetime
    now: datetime
    calendar: Calendar
    workflow: Workflow
    show_restricted: bool
    leave_out: Collection[str]
    policy: Policy
    keys: dict[str, str] = field(default_factory=dict)
    stuck: dict[str, Stuck] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def lives(self, ids: Select[Any], stays: Stays, also: Collection[str]) -> list[Life]:
        """Issues as scopes have them.

        What they are called is noted, what stops those that were open, and whose histories are not whole.
        They are read in parts: documents and histories of thousands would take hundreds of megabytes.
        """
        found: list[Life] = []
        every = self.connection.scalars(ids.order_by(tables.issues.c.id)).all()
        for begin in range(0, len(every), _AT_ONCE):
            part = delivery.of_ids(self.connection, self.site, every[begin : begin + _AT_ONCE])
            found += self._lives_of(part, stays, also)
        return found

    def _lives_of(self, ids: Select[Any], stays: Stays, also: Collection[str]) -> Iterator[Life]:
        undone = []
        for issue, document in sprint_issues.read_issues(
            self.connection, self.site, self.board, ids, also=also
        ):
            if issue.key in self.leave_out:
                continue
            hides = issue.restricted and not self.show_restricted
            self.keys[issue.id] = name_of(issue.id) if hides else issue.key
            if not issue.history_complete:
                self.cut.add(issue.id)
            life = read_life(issue, stays(issue, document), self.workflow)
            now = life.at(self.at)
            if now is not None and now.scopes and now.progress is not Progress.DONE:
                undone.append(issue)
            yield life
        stuck = stuck_of(
            self.connection,
            self.site,
            self.board,
            undone,
            at=self.at,
            calendar=self.calendar,
            policy=self.policy,
            done=self.workflow.done,
            show_restricted=self.show_restricted,
        )
        self.stuck.update(stuck)


def board_delivery(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    now: datetime,
    calendar: Calendar,
    wanted: Wanted | None = None,
    show_restricted: bool = False,
    habits: BoardHabits | None = None,
    leave_out: Collection[str] = (),
) -> BoardDelivery:
    """When what is open of a board's project is done, seen from an instant.

    All open scopes of a kind are looked at, whatever is wanted: they stand in each other's way. Which
    versions are released is known of `now`; of earlier days, the days of their releases tell.
    `leave_out` has keys of issues that carry reports; what is below one that is an epic counts all the same.

    Raises:
        NotFound: the store has no such board, or no such version or epic that is open.
        NotPossible: the site was never synced, or the board belongs to no project.
        JqlNotUnderstood, JqlRefused: the query.
        SprintHealthRefused: the board's columns do not tell what is done.
    """
    wanted, habits = wanted or Wanted(), habits or BoardHabits()
    board = boards.get_board(connection, site, board_id)
    require_done_column(board)
    project = boards.project_of(connection, site, board_id)
    if project is None and wanted.jql is None:
        message = (
            f"Jira does not tell to which project board {board_id} belongs, so its versions are not known."
        )
        raise NotPossible(message)
    policy = policy_of(connection, site, board, board, habits)
    workflow = _workflow(connection, site, board, policy)
    asked = _Asked(
        connection, site, board, project, at, now, calendar, workflow, show_restricted, leave_out, policy
    )
    parts = [_part(asked, wanted, kind, away=habits.away()) for kind in wanted.kinds]
    needs = {board.estimation_field} if board.estimation_field is not None else set()
    missing = missing_of(connection, site, board, set(asked.keys), of_sprints=False, needs=needs)
    if asked.cut:
        missing.append(f"The whole histories of {counted(len(asked.cut), 'issue')} were not read yet")
    return BoardDelivery(board, at, calendar, tuple(parts), tuple(missing), asked.keys)


def _part(asked: _Asked, wanted: Wanted, kind: Kind, *, away: Mapping[date, float]) -> Part:
    """Scopes of a kind: when they are done, what stands in their way, and what became of them since."""
    board, at = asked.board, asked.at
    ledger, left_out = _LEDGERS[kind](asked, wanted)
    told, score = deliver(ledger, at=at, away=away, seed=board.id)
    inside = {one.scope.id: ledger.open_ids(one.scope.id, at) for one in told.deliveries}
    risks = risks_of(asked.stuck, inside)
    before = told_before(asked.connection, asked.site, board.id, kind, at)
    versions = _all_versions(asked) if kind is Kind.VERSION and before is not None else None
    since = None if before is None else compare(before, ledger, told, at=at, versions=versions)
    return _chosen(Part(kind, told, score, left_out, risks, since), wanted.names(kind))


def _workflow(connection: Connection, site: Site, board: Board, policy: Policy) -> Workflow:
    """What was called done off the board (such as "Won't do") will not be worked on either."""
    started = policy.started_statuses(board)
    done = board.done_status_ids.union(sites.done_status_ids(connection, site))
    return Workflow(board.estimation_field, started - done, done)


def _chosen(part: Part, names: Collection[str]) -> Part:
    """Only those that are named, by name or by key.

    Raises:
        NotFound: one of them is not open.
    """
    if not names:
        return part
    there = {one.scope.key or one.scope.name: one for one in part.outlook.deliveries}
    known = {name.casefold(): one for name, one in there.items()}
    for name in names:
        if name.casefold() not in known:
            listed = f"Open are: {', '.join(there)}." if there else "None is open."
            raise NotFound(part.kind.value, name, listed)
    wanted = {known[name.casefold()].scope.id for name in names}
    return part.only(wanted)


def _versions(asked: _Asked, _: Wanted) -> tuple[Ledger, int]:
    """All versions with their issues, and how many open ones are too many to be looked at."""
    assert asked.project is not None
    chosen, left_out = _bounded(_all_versions(asked), asked.at)
    if not chosen:
        return _ledger(asked, chosen, []), 0
    ids = delivery.in_versions(asked.connection, asked.site, asked.project, chosen)
    stays = partial(stays_in_versions, known=chosen.keys())
    return _ledger(asked, chosen, asked.lives(ids, stays, {FIX_VERSIONS})), left_out


def _all_versions(asked: _Asked) -> list[Scope]:
    """Those of the project that were not put away unreleased."""
    assert asked.project is not None
    rows = delivery.versions_of(asked.connection, asked.site, asked.project)
    return [_version(row, asked) for row in rows if row.released or not row.archived]


def _version(row: delivery.VersionRow, asked: _Asked) -> Scope:
    """A version that was released without a day was so before any instant.

    One is released with the end of its day, as Jira keeps no time. Today one is whatever its day.
    """
    calendar = asked.calendar
    closed = None
    if row.released:
        closed = _LONG_AGO
        if row.released_on is not None:
            following = row.released_on + timedelta(days=1)
            closed = datetime.combine(following, time(), calendar.zone).astimezone(UTC)
            if calendar.day_of(asked.at) >= calendar.day_of(asked.now):
                closed = min(closed, asked.at)
    place = f"{row.position:09}" if row.position is not None else "~"
    return Scope(row.id, Kind.VERSION, row.name, due=row.released_on, order=(place,), closed_at=closed)


def _epics(asked: _Asked, _: Wanted) -> tuple[Ledger, int]:
    """All epics with their issues, and how many open ones are too many; those that are empty are left out."""
    assert asked.project is not None
    connection, site, board = asked.connection, asked.site, asked.board
    rows = {row.id: row for row in delivery.epics_of(connection, site, asked.project)}
    ids = delivery.of_ids(connection, site, rows)
    read = sprint_issues.read_issues(connection, site, board, ids) if rows else ()
    scopes = [_epic(issue, rows[issue.id], asked) for issue, _ in read if issue.created <= asked.at]
    chosen, left_out = _bounded(scopes, asked.at)
    if not chosen:
        return _ledger(asked, chosen, []), 0
    keys = {rows[one].key: one for one in chosen}
    below = delivery.below(connection, site, list(chosen), list(keys))
    fields = [name for name in (delivery.PARENT, site.fields.epic_link) if name]
    stays = partial(stays_below, epics=keys | {one: one for one in chosen}, fields=fields)
    lives = asked.lives(below, stays, fields)
    return _with_issues(_ledger(asked, chosen, lives), asked.at), left_out


def _epic(issue: Issue, row: delivery.EpicRow, asked: _Asked) -> Scope:
    done, closed = asked.workflow.done, None
    if status_at(issue, asked.at) in done:
        entered = (change.at for change in issue.changes if change.field == "status" and change.after in done)
        closed = max((at for at in entered if at <= asked.at), default=issue.created)
    hides = issue.restricted and not asked.show_restricted
    return Scope(
        row.id,
        Kind.EPIC,
        "" if hides else issue.summary,
        key=name_of(issue.id) if hides else row.key,
        due=None if hides else row.due,
        order=(row.rank or "~",),
        closed_at=closed,
    )


def _with_issues(ledger: Ledger, at: datetime) -> Ledger:
    there = {one: scope for one, scope in ledger.scopes.items() if ledger.first.get(one, at) < at}
    return Ledger(there, ledger.lives, ledger.calendar, ledger.counts_issues)


def _query(asked: _Asked, wanted: Wanted) -> tuple[Ledger, int]:
    """The issues that a query finds today; each is taken to have been found since it was made."""
    jql = wanted.jql or ""
    keys = search_keys(asked.connection, asked.site, jql, asked.calendar, at=asked.at, hidden=wanted.hidden)
    scope = Scope("query", Kind.QUERY, jql, due=wanted.by)

    def stays(issue: Issue, _: Mapping[str, Any]) -> list[Stay]:
        return [Stay(issue.created, frozenset({scope.id}))]

    lives = asked.lives(delivery.of_keys(asked.connection, asked.site, keys), stays, ())
    return _ledger(asked, {scope.id: scope}, lives), 0


_LEDGERS: Mapping[Kind, Callable[[_Asked, Wanted], tuple[Ledger, int]]] = {
    Kind.VERSION: _versions,
    Kind.EPIC: _epics,
    Kind.QUERY: _query,
}


def _bounded(scopes: Sequence[Scope], at: datetime) -> tuple[dict[str, Scope], int]:
    """Open scopes that come first, and those closed last, by id; and how many open ones are left out."""
    ordered = sorted(scopes, key=lambda scope: scope.place)
    still = [scope for scope in ordered if not scope.closed_by(at)]
    closed = [scope for scope in ordered if scope.closed_at is not None and at - PAST < scope.closed_at <= at]
    last = sorted(closed, key=lambda scope: scope.closed_at or at)[-MOST_SCOPES:]
    return {scope.id: scope for scope in (*still[:MOST_SCOPES], *last)}, max(len(still) - MOST_SCOPES, 0)


def _ledger(asked: _Asked, scopes: Mapping[str, Scope], lives: Sequence[Life]) -> Ledger:
    return Ledger(scopes, lives, asked.calendar, asked.board.estimation_field is None)


def described(told: BoardDelivery) -> Described:
    """For people and for machines."""
    return Described(without_restricted(report(told)), lambda: to_json(told))


def as_messages(
    told: BoardDelivery, site: Site, issue_key: str | None, channels: Sequence[str]
) -> tuple[Announcement, ...]:
    """The beginning of it for each of these channels."""
    told_all = described(told).report
    return tuple(announcement_of(told_all, site, issue_key, channel) for channel in channels)


def as_comment(
    told: BoardDelivery,
    site: Site,
    issue_key: str,
    *,
    picture: bool = True,
    audience: Audience | None = None,
) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    told_all, marker = described(told).report, delivery_marker(told.board.id)
    return comment_of(told_all, site, issue_key, marker, picture=picture, titled=True, audience=audience)
