"""Which versions, epics and queries a board has to deliver, each with its issues, as the store tells them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, Select

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.risks import Stuck
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
from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import status_at
from app.domain.scrum.issue import Issue
from app.errors import NotUnderstood
from app.services.backlog_grooming import search_keys
from app.services.delivery_around import stuck_of
from app.store import delivery, sprint_issues, tables
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
class Asked:
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

    def hides(self, issue: Issue) -> bool:
        """Whether nothing that is told may know of it."""
        return issue.restricted and not self.show_restricted

    def lives(self, ids: Select[Any], stays: Stays, also: Collection[str]) -> list[Life]:
        """Issues as scopes have them.

        What they are called is noted, what stops those that were open, and whose histories are not whole.
        Restricted ones are none of them, but where they are shown.
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
            if issue.key in self.leave_out or self.hides(issue):
                continue
            life = read_life(issue, stays(issue, document), self.workflow)
            now = life.at(self.at)
            self.keys[issue.id] = issue.key
            if not issue.history_complete:
                self.cut.add(issue.id)
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


def ledger_of(kind: Kind, asked: Asked, wanted: Wanted) -> tuple[Ledger, int]:
    """All scopes of a kind with their issues, and how many open ones are too many to be looked at.

    Raises:
        JqlNotUnderstood, JqlRefused: the query.
    """
    return _LEDGERS[kind](asked, wanted)


def _versions(asked: Asked, _: Wanted) -> tuple[Ledger, int]:
    """All versions with their issues, and how many open ones are too many to be looked at."""
    assert asked.project is not None
    chosen, left_out = _bounded(all_versions(asked), asked.at)
    if not chosen:
        return _ledger(asked, chosen, []), 0
    ids = delivery.in_versions(asked.connection, asked.site, asked.project, chosen)
    stays = partial(stays_in_versions, known=chosen.keys())
    return _ledger(asked, chosen, asked.lives(ids, stays, {FIX_VERSIONS})), left_out


def all_versions(asked: Asked) -> list[Scope]:
    """Those of the project that were not put away unreleased."""
    assert asked.project is not None
    rows = delivery.versions_of(asked.connection, asked.site, asked.project)
    return [_version(row, asked) for row in rows if row.released or not row.archived]


def _version(row: delivery.VersionRow, asked: Asked) -> Scope:
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


def _epics(asked: Asked, _: Wanted) -> tuple[Ledger, int]:
    """All epics with their issues, and how many open ones are too many; those that are empty are left out."""
    assert asked.project is not None
    connection, site, board = asked.connection, asked.site, asked.board
    rows = {row.id: row for row in delivery.epics_of(connection, site, asked.project)}
    ids = delivery.of_ids(connection, site, rows)
    read = sprint_issues.read_issues(connection, site, board, ids) if rows else ()
    there = [issue for issue, _ in read if issue.created <= asked.at and not asked.hides(issue)]
    scopes = [_epic(issue, rows[issue.id], asked) for issue in there]
    chosen, left_out = _bounded(scopes, asked.at)
    if not chosen:
        return _ledger(asked, chosen, []), 0
    keys = {rows[one].key: one for one in chosen}
    below = delivery.below(connection, site, list(chosen), list(keys))
    fields = [name for name in (delivery.PARENT, site.fields.epic_link) if name]
    stays = partial(stays_below, epics=keys | {one: one for one in chosen}, fields=fields)
    lives = asked.lives(below, stays, fields)
    return _with_issues(_ledger(asked, chosen, lives), asked.at), left_out


def _epic(issue: Issue, row: delivery.EpicRow, asked: Asked) -> Scope:
    done, closed = asked.workflow.done, None
    if status_at(issue, asked.at) in done:
        entered = (change.at for change in issue.changes if change.field == "status" and change.after in done)
        closed = max((at for at in entered if at <= asked.at), default=issue.created)
    return Scope(
        row.id,
        Kind.EPIC,
        issue.summary,
        key=row.key,
        due=row.due,
        order=(row.rank or "~",),
        closed_at=closed,
    )


def _with_issues(ledger: Ledger, at: datetime) -> Ledger:
    there = {one: scope for one, scope in ledger.scopes.items() if ledger.first.get(one, at) < at}
    return Ledger(there, ledger.lives, ledger.calendar, ledger.counts_issues)


def _query(asked: Asked, wanted: Wanted) -> tuple[Ledger, int]:
    """The issues that a query finds today; each is taken to have been found since it was made."""
    jql = wanted.jql or ""
    keys = search_keys(asked.connection, asked.site, jql, asked.calendar, at=asked.at, hidden=wanted.hidden)
    scope = Scope("query", Kind.QUERY, jql, due=wanted.by)

    def stays(issue: Issue, _: Mapping[str, Any]) -> list[Stay]:
        return [Stay(issue.created, frozenset({scope.id}))]

    lives = asked.lives(delivery.of_keys(asked.connection, asked.site, keys), stays, ())
    return _ledger(asked, {scope.id: scope}, lives), 0


_LEDGERS: Mapping[Kind, Callable[[Asked, Wanted], tuple[Ledger, int]]] = {
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


def _ledger(asked: Asked, scopes: Mapping[str, Scope], lives: Sequence[Life]) -> Ledger:
    return Ledger(scopes, lives, asked.calendar, asked.board.estimation_field is None)
