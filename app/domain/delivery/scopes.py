"""What is to be delivered: versions, epics and whatever a query finds; and issues as these have them.

An issue can be in several scopes, and come and go: a life tells in which it was at every instant, how it was
estimated then, and how far it was.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from app.domain.scrum.history import Fields, read_history
from app.domain.scrum.issue import Issue
from app.domain.scrum.values import Span, present_value, spans

FIX_VERSIONS = "fixVersions"


class Kind(StrEnum):
    """What a scope is."""

    VERSION = "version"
    EPIC = "epic"
    QUERY = "query"


class Progress(StrEnum):
    """How far an issue is, by the board's columns."""

    TO_DO = "to do"
    IN_PROGRESS = "in progress"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Scope:
    """Issues that are done together.

    Attributes:
        id: Jira's, of the version or of the epic; unique among those that are looked at together.
        kind: what it is.
        name: of the version, summary of the epic, or the query.
        key: of the epic; None of all others.
        due: the day by which it shall be done, that day included; None where nobody said.
        order: scopes are worked off in ascending order; those that are due first come first.
        closed_at: since when it is released, or the epic done; None while it is neither.
    """

    id: str
    kind: Kind
    name: str
    key: str | None = None
    due: date | None = None
    order: tuple[str, ...] = ()
    closed_at: datetime | None = None

    def closed_by(self, at: datetime) -> bool:
        """Whether it was closed at an instant."""
        return self.closed_at is not None and self.closed_at <= at

    @property
    def place(self) -> tuple[bool, date, tuple[str, ...], str]:
        """Where it stands in the order of work."""
        return self.due is None, self.due or date.max, self.order, self.id


class Phase(NamedTuple):
    """What an issue was from an instant on: ids of the scopes it was in; none where it was not there."""

    at: datetime
    scopes: frozenset[str]
    estimate: Decimal | None
    progress: Progress


_START = Phase(datetime.min.replace(tzinfo=UTC), frozenset(), None, Progress.TO_DO)


@dataclass(frozen=True, slots=True)
class Life:
    """An issue from its creation on; phases oldest first, neighbours differ."""

    issue_id: str
    phases: tuple[Phase, ...]

    def at(self, instant: datetime) -> Phase | None:
        """What it was; None before it was created. A change at exactly that instant has happened."""
        number = bisect_right(self.phases, instant, key=lambda phase: phase.at)
        return self.phases[number - 1] if number else None


class Stay(NamedTuple):
    """Ids of the scopes that an issue was in from an instant on."""

    since: datetime
    scopes: frozenset[str]


def stays_in_versions(issue: Issue, document: Mapping[str, Any], known: Collection[str]) -> list[Stay]:
    """In which of these versions an issue was, by their ids.

    Args:
        issue: with its history.
        document: its fields as Jira has them.
        known: ids.
    """
    present = present_value(FIX_VERSIONS, document.get(FIX_VERSIONS))
    found = spans(FIX_VERSIONS, present, issue.changes, issue.created)
    return [Stay(span.since, frozenset(span.value.ids).intersection(known)) for span in found]


def stays_below(
    issue: Issue, document: Mapping[str, Any], epics: Mapping[str, str], fields: Collection[str]
) -> list[Stay]:
    """Below which of these epics an issue was.

    Args:
        issue: with its history.
        document: its fields as Jira has them.
        epics: ids by id and by key: the Epic Link of Data Center gives a key alone.
        fields: ids of those that name the parent.
    """
    every = [
        spans(field, present_value(field, document.get(field)), issue.changes, issue.created)
        for field in sorted(fields)
    ]
    turns = sorted({span.since for found in every for span in found})
    stays: list[Stay] = []
    for at in turns:
        there = (span for found in every for span in found if _holds(span, at))
        named = (name for span in there for name in (*span.value.ids, span.value.text))
        stays.append(Stay(at, frozenset(epics[name] for name in named if name in epics)))
    return stays


def _holds(span: Span, at: datetime) -> bool:
    return span.since <= at and (span.until is None or at < span.until)


@dataclass(frozen=True, slots=True)
class Workflow:
    """What issues are read by.

    Attributes:
        estimate: id of the board's estimation field; None where it counts issues.
        started: ids of the statuses in which work has begun.
        done: of those in which nothing is left to do.
    """

    estimate: str | None
    started: frozenset[str]
    done: frozenset[str]

    def progress(self, status_id: str) -> Progress:
        """How far an issue in that status is."""
        if status_id in self.done:
            return Progress.DONE
        return Progress.IN_PROGRESS if status_id in self.started else Progress.TO_DO


def read_life(issue: Issue, stays: Sequence[Stay], workflow: Workflow) -> Life:
    """An issue's life.

    Args:
        issue: with its history.
        stays: in which scopes it was, oldest first, from its creation on.
        workflow: what its statuses mean.
    """
    history = read_history(issue, Fields(sprint="", estimate=workflow.estimate))
    turns = {issue.created, *(step.at for step in history.steps), *(stay.since for stay in stays)}
    gone = issue.deleted_at
    phases: list[Phase] = []
    for at in sorted(turn for turn in turns if turn >= issue.created and (gone is None or turn < gone)):
        state, inside = history.at(at), frozenset[str]()
        for stay in stays:
            if stay.since <= at:
                inside = stay.scopes
        phase = Phase(at, inside, state.estimate, workflow.progress(state.status_id))
        if not phases or phases[-1][1:] != phase[1:]:
            phases.append(phase)
    if gone is not None and phases:
        phases.append(phases[-1]._replace(at=max(gone, issue.created), scopes=frozenset()))
    return Life(issue.id, tuple(phases))


class Move(NamedTuple):
    """A scope's part of what happened to an issue: it was this in the scope, and is that; None: not in it."""

    at: datetime
    scope: str
    issue_id: str
    before: Phase | None
    after: Phase | None


def moves_of(lives: Iterable[Life]) -> list[Move]:
    """All that happened to scopes, oldest first."""
    found: list[Move] = []
    for life in lives:
        before = _START
        for phase in life.phases:
            for scope in before.scopes | phase.scopes:
                was = before if scope in before.scopes else None
                found.append(
                    Move(phase.at, scope, life.issue_id, was, phase if scope in phase.scopes else None)
                )
            before = phase
    return sorted(found, key=lambda move: (move.at, move.scope, move.issue_id))
