"""What happened to the scope of a sprint: one replay of an issue's changelog into named events.

Burndown, scope change, ledger and Jira's sets are folds over the stream that `replay` gives; nothing else
reads changelogs. The window is (start, end]: what happened at exactly the start belongs to the starting
state, what happened at exactly the end is inside.

Done is the board's last column that has statuses. Points are the board's estimate, 0 where there is none;
on a board without estimation field each issue counts 1. Sub-tasks are in the stream, but with 0 points:
their parents count.

One changelog entry may change several things at once and has no order among them. It is read as: estimate,
then entering, then status, then leaving, so that nobody loses credit for work because of how Jira saved it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TypedDict

from app.domain.scrum.board import Board
from app.domain.scrum.history import Fields, Histories, History, State, Step, read_history
from app.domain.scrum.issue import Change, Gone, Issue

NOTHING = Decimal(0)


class Source(StrEnum):
    """Where an issue came from when it entered a sprint.

    OTHER_SPRINT means that it lost another sprint's id in the same change. An id of a closed sprint stays in
    the field, so what was left over from one and put into this sprint comes from the BACKLOG.
    """

    CREATED = "created"
    BACKLOG = "backlog"
    OTHER_SPRINT = "other sprint"


class Destination(StrEnum):
    """Where an issue went when it left a sprint.

    OUT_OF_SIGHT means that Jira may still have it there: it was archived, hidden from our account, or moved
    to a project that is not read.
    """

    BACKLOG = "backlog"
    OTHER_SPRINT = "other sprint"
    DELETED = "deleted"
    OUT_OF_SIGHT = "out of sight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every event says.

    Attributes:
        at: the instant, UTC.
        points: what the issue counted right after it; 0 for sub-tasks.
        change: Jira's own record of it, with values before and after and who; None where Jira keeps none
            (in the sprint at its start, created into it, deleted).
    """

    issue_id: str
    key: str
    at: datetime
    points: Decimal
    is_subtask: bool
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed(Happened):
    """In the sprint when it started; `done` says that it was already finished then."""

    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Happened):
    """Came into the sprint after its start.

    Attributes:
        done: it was already finished.
        credit: points that it burned in this sprint before it left it done; None where it has no such credit.
    """

    source: Source
    done: bool
    credit: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Happened):
    """Went out of the running sprint.

    Attributes:
        credit: points that it had burned here and takes along; None where it burned none.
    """

    to: Destination
    done: bool
    credit: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reestimated(Happened):
    """Its estimate changed while it was in the sprint.

    Attributes:
        while_done: it was finished already, so nothing that remains changed.
    """

    before: Decimal | None
    after: Decimal | None
    by: Decimal
    while_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Happened):
    """Reached the board's last column while in the sprint: its points are burned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Happened):
    """Went back out of the last column.

    Attributes:
        credit: the points that it had burned in this sprint; None where it was finished before or elsewhere.
        in_sprint: False where it had left the sprint before: then it is no longer completed, only removed.
    """

    credit: Decimal | None
    in_sprint: bool


ScopeEvent = Committed | Entered | Left | Reestimated | Completed | Reopened


@dataclass(frozen=True, slots=True)
class Replay:
    """One issue's part in one sprint.

    Attributes:
        events: oldest first; empty where the issue never was in the sprint between its start and its end.
        at_start: its state when the sprint started; as created where that was later.
        at_end: its state at the end, or when it was deleted.
        on_entry: its state when it first was in the sprint; None where it never was.
        on_last_entry: the same for the last time that it came in.
        finished: it went into the last column inside the window, in this sprint or not.
        reopened: it went out of the last column inside the window, in this sprint or not.
    """

    issue: Issue
    history: History
    events: tuple[ScopeEvent, ...]
    at_start: State
    at_end: State
    on_entry: State | None
    on_last_entry: State | None
    in_at_start: bool
    in_at_end: bool
    done_at_start: bool
    done_at_end: bool
    finished: bool
    reopened: bool

    @property
    def earlier_sprints(self) -> int:
        """Other sprints in its Sprint field when it last came in: closed ones that it was carried over from.

        An issue is in one open sprint at most, and a closed sprint's id stays in the field.
        """
        return max(len(self.on_last_entry.sprint_ids) - 1, 0) if self.on_last_entry else 0

    @property
    def touched(self) -> bool:
        """Whether the issue was in the sprint at any moment from its start to its end."""
        return bool(self.events)


def issue_order(key: str, issue_id: str = "") -> tuple[str, int, str, str]:
    """Sort key for issue keys as people count: BURN-9 before BURN-10."""
    project, dash, number = key.rpartition("-")
    if dash and number.isascii() and number.isdecimal():
        return project, int(number), key, issue_id
    return key, 0, key, issue_id


def points_of(issue: Issue, estimate: Decimal | None, board: Board) -> Decimal:
    """What an issue counts on a board: 0 for sub-tasks and unestimated ones, 1 where issues are counted."""
    if issue.is_subtask:
        return NOTHING
    if board.estimation_field is None:
        return Decimal(1)
    return estimate if estimate is not None else NOTHING


def replay(
    issue: Issue,
    board: Board,
    *,
    sprint_id: int,
    sprint_field: str,
    start: datetime,
    end: datetime,
    history: History | None = None,
) -> Replay:
    """Read one issue's whole history once, as the sprint saw it; `history` where it was read before."""
    history = history or read_history(issue, Fields(sprint_field, board.estimation_field))
    gone = issue.deleted_at if issue.deleted_at and issue.deleted_at <= end else None
    last = gone or end
    at_start, steps, at_end = history.between(start, last)
    player = _Player(issue, board, sprint_id, start, at_start)
    in_at_start = player.inside
    player.play(steps)
    player.come_into_being(last)
    if gone:
        player.delete(gone)
    done = board.done_status_ids
    return Replay(
        issue=issue,
        history=history,
        events=tuple(player.events),
        at_start=at_start,
        at_end=at_end,
        on_entry=player.on_entry,
        on_last_entry=player.on_last_entry,
        in_at_start=in_at_start,
        in_at_end=player.inside,
        done_at_start=at_start.status_id in done,
        done_at_end=at_end.status_id in done,
        finished=player.finished,
        reopened=player.reopened,
    )


def replays_of(
    issues: Iterable[Issue],
    board: Board,
    sprint_id: int,
    sprint_field: str,
    *,
    start: datetime,
    end: datetime,
    histories: Histories | None = None,
) -> list[Replay]:
    """Of the issues that a sprint ever had up to its end; `histories` where they were read before."""
    histories = histories or Histories(Fields(sprint_field, board.estimation_field))
    one = partial(replay, board=board, sprint_id=sprint_id, sprint_field=sprint_field, start=start, end=end)
    every = (one(issue, history=histories.of(issue)) for issue in issues)
    return [each for each in every if each.touched]


def stream(replays: Iterable[Replay]) -> tuple[ScopeEvent, ...]:
    """The events of all issues in the order in which they happened; of one instant, by issue key."""
    numbered = (
        (event.at, issue_order(event.key, event.issue_id), number, event)
        for each in replays
        for number, event in enumerate(each.events)
    )
    return tuple(event for *_, event in sorted(numbered, key=lambda row: row[:3]))


class _Facts(TypedDict):
    issue_id: str
    key: str
    at: datetime
    points: Decimal
    is_subtask: bool
    change: Change | None


class _Player:
    """Plays the steps of one issue forward and writes down what they mean for the sprint."""

    def __init__(self, issue: Issue, board: Board, sprint_id: int, start: datetime, at_start: State) -> None:
        self.events: list[ScopeEvent] = []
        self.inside = False
        self.on_entry: State | None = None
        self.on_last_entry: State | None = None
        self.finished = self.reopened = False
        self._issue = issue
        self._board = board
        self._done = board.done_status_ids
        self._sprint_id = sprint_id
        self._state = at_start
        self._credit: Decimal | None = None
        self._gone = issue.deleted_at is not None and issue.deleted_at <= start
        self._exists = issue.created <= start and not self._gone
        if self._exists and sprint_id in at_start.sprint_ids:
            self._come_in()
            self.events.append(Committed(**self._facts(start, None), done=self._is_done(at_start)))

    def come_into_being(self, at: datetime) -> None:
        """An issue made after the start is in the sprint from its creation, unless a change put it there."""
        if self._exists or self._gone or self._issue.created > at:
            return
        self._exists = True
        if self._sprint_id in self._state.sprint_ids:
            self._enter(self._issue.created, None, Source.CREATED, done=self._is_done(self._state))

    def play(self, steps: Iterable[Step]) -> None:
        """Let changelog entries happen; most only move an issue between statuses that are not done."""
        done = self._done
        for step in steps:
            if not self._exists:
                self.come_into_being(step.at)
            self._state = after = step.after
            was_done, is_done = step.before.status_id in done, after.status_id in done
            if was_done != is_done or step.sprint or step.estimate:
                self._play(step, was_done=was_done, is_done=is_done)

    def _play(self, step: Step, *, was_done: bool, is_done: bool) -> None:
        """One of them: estimate, entering, status, leaving."""
        before, after = step.before, step.after
        self.finished = self.finished or (is_done and not was_done)
        self.reopened = self.reopened or (was_done and not is_done)
        if not self._exists:
            return
        if self.inside and before.estimate != after.estimate:
            self._reestimate(step)
        inside = self._sprint_id in after.sprint_ids
        if inside and not self.inside:
            self._enter(step.at, step.sprint, self._source(step), done=was_done)
        if was_done != is_done:
            self._change_status(step)
        if self.inside and not inside:
            elsewhere = bool(after.sprint_ids - before.sprint_ids)
            self._leave(step.at, step.sprint, Destination.OTHER_SPRINT if elsewhere else Destination.BACKLOG)

    def delete(self, at: datetime) -> None:
        """An issue that is gone counts up to then and leaves then."""
        if self.inside:
            deleted = self._issue.gone_reason in {None, Gone.DELETED}
            self._leave(at, None, Destination.DELETED if deleted else Destination.OUT_OF_SIGHT)

    def _is_done(self, state: State) -> bool:
        return state.status_id in self._done

    def _facts(self, at: datetime, change: Change | None) -> _Facts:
        return {
            "issue_id": self._issue.id,
            "key": self._issue.key,
            "at": at,
            "points": points_of(self._issue, self._state.estimate, self._board),
            "is_subtask": self._issue.is_subtask,
            "change": change,
        }

    def _source(self, step: Step) -> Source:
        if step.at == self._issue.created:
            return Source.CREATED
        lost = step.before.sprint_ids - step.after.sprint_ids
        return Source.OTHER_SPRINT if lost else Source.BACKLOG

    def _come_in(self) -> None:
        self.inside = True
        self.on_entry = self.on_entry or self._state
        self.on_last_entry = self._state

    def _enter(self, at: datetime, change: Change | None, source: Source, *, done: bool) -> None:
        self._come_in()
        facts = self._facts(at, change)
        self.events.append(Entered(**facts, source=source, done=done, credit=self._credit))

    def _leave(self, at: datetime, change: Change | None, to: Destination) -> None:
        self.inside = False
        facts = self._facts(at, change)
        self.events.append(Left(**facts, to=to, done=self._is_done(self._state), credit=self._credit))

    def _reestimate(self, step: Step) -> None:
        before, after = step.before.estimate, step.after.estimate
        by = points_of(self._issue, after, self._board) - points_of(self._issue, before, self._board)
        facts = self._facts(step.at, step.estimate)
        done = self._is_done(step.before)
        self.events.append(Reestimated(**facts, before=before, after=after, by=by, while_done=done))

    def _change_status(self, step: Step) -> None:
        facts = self._facts(step.at, step.status)
        if self._is_done(step.after):
            if self.inside:
                self._credit = facts["points"]
                self.events.append(Completed(**facts))
            return
        # Outside the sprint a reopening matters only where points had been burned here.
        if self.inside or self._credit is not None:
            self.events.append(Reopened(**facts, credit=self._credit, in_sprint=self.inside))
        self._credit = None
