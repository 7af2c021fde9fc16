"""One issue's way over the board: when work on it began and ended, where it stood, and what stopped it.

Started is its first entry into a column that counts as in progress; done its last entry into the board's
last column, if it is still there, or went on from there to a status that no column shows and that is called
done ("Released"). All durations are working time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial

import msgspec

from app.domain.scrum.board import Board
from app.domain.scrum.calendar import WorkingClock
from app.domain.scrum.history import Fields, History, assignee_at, flagged_since, read_history
from app.domain.scrum.issue import BLOCKED_BY, LINKS, STATUS, Change, Issue

_NO_TIME = timedelta()


class BlockedBy(StrEnum):
    """What says that an issue cannot go on."""

    FLAG = "flag"
    STATUS = "status"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a team calls work in progress.

    Attributes:
        started_in: names of columns in which work has begun; None takes all between the first and the last
            column that have statuses.
        blocked_statuses: ids of statuses that say "we cannot go on".
        waiting_statuses: ids of statuses in progress in which nobody works, such as "Ready for review".
        flag_field: id of the site's Flagged field; without it flags have no history.
        blocked_by: how an issue reads a link to what it waits for.
        stalled_after: working days without any move after which started work is named.
        most_per_person: issues in progress that one person can have.
    """

    started_in: frozenset[str] | None = None
    blocked_statuses: frozenset[str] = frozenset()
    waiting_statuses: frozenset[str] = frozenset()
    flag_field: str | None = None
    blocked_by: tuple[str, ...] = BLOCKED_BY
    stalled_after: int = 3
    most_per_person: int = 2

    def started_statuses(self, board: Board) -> frozenset[str]:
        """Ids of the statuses in which work has begun and not ended."""
        mapped = [column for column in board.columns if column.status_ids]
        chosen = mapped[1:-1]
        if self.started_in is not None:
            chosen = [column for column in mapped if column.name in self.started_in]
        ids = frozenset(status for column in chosen for status in column.status_ids)
        return ids - board.done_status_ids


class Stay(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Time spent in a status without leaving it; `until` is None where the issue still stands there."""

    status_id: str
    status_name: str
    since: datetime
    until: datetime | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of time in which something stopped an issue.

    Attributes:
        by: what says so.
        what: the blocking issue's key, or the status' name; empty for a flag.
        until: None where it still does. Links are rarely taken away, so one ends with its blocker, too, where
            it is known when that was done.
    """

    by: BlockedBy
    what: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Path:
    """An issue's way up to an instant.

    Attributes:
        started_at: None where work never began.
        done_at: None where it is not done.
        cycle_time: from start to done; None where one of them is missing. Work that was done without ever
            having been in progress has no cycle time.
        lead_time: from creation to done.
        blocked_time: within the cycle time, or since the start.
        flow_efficiency: share of the cycle time (or of the age) in which it stood in a column of work in
            progress and was neither blocked nor waiting.
        assignee: at that instant.
        seen_at: that instant.
        estimate: as work on it began, of one that is finished; as far as its history was read.
    """

    issue: Issue
    stays: tuple[Stay, ...]
    blocks: tuple[Block, ...]
    started_at: datetime | None
    done_at: datetime | None
    cycle_time: timedelta | None
    lead_time: timedelta | None
    blocked_time: timedelta
    flow_efficiency: float | None
    assignee: str | None
    seen_at: datetime
    estimate: Decimal | None = None

    @property
    def now(self) -> Stay:
        """Where it stands."""
        return self.stays[-1]

    def holds_for(self, issue: Issue, at: datetime, *, ages: bool) -> bool:
        """Whether this is the issue's path at another instant, too: nothing came after.

        Of one that is not done the times go on, so it holds only where they are not looked at (`ages`).
        """
        if issue is not self.issue or issue.deleted_at is not None or (ages and self.done_at is None):
            return False
        last = issue.changes[-1].at if issue.changes else issue.created
        return last <= self.seen_at and last <= at

    @property
    def in_progress(self) -> bool:
        """Work has begun, was not taken back, and is not done."""
        return self.started_at is not None and self.done_at is None

    @property
    def blocked(self) -> Block | None:
        """What stops it now: that which began first."""
        going = [block for block in self.blocks if block.until is None]
        return min(going, key=lambda block: block.since, default=None)


def path_of(
    issue: Issue,
    board: Board,
    policy: Policy,
    *,
    at: datetime,
    clock: WorkingClock,
    history: History | None = None,
    done: Mapping[str, datetime] | None = None,
    begun: frozenset[str] | None = None,
    closed: frozenset[str] = frozenset(),
) -> Path | None:
    """An issue's way up to an instant; None where it was not there yet, or is gone.

    `history` is given where it was read before, and by key when other issues were `done`: what they blocked
    they block no more. `begun` are the policy's started statuses, for whoever asks for many paths, and
    `closed` ids of statuses that no column shows and that are called done.
    """
    if issue.created > at or (issue.deleted_at and issue.deleted_at <= at):
        return None
    history = history or read_history(issue, Fields(sprint="", estimate=None))
    stays = _stays(history, issue.created, at)
    begun = policy.started_statuses(board) if begun is None else begun
    started = next((stay.since for stay in stays if stay.status_id in begun), None)
    done_at = _done_at(stays, board, closed)
    if done_at is None and stays[-1].status_id not in begun:
        started = None  # taken back: nobody works on it
    flags, links = _flags(issue, history, policy, at), _links(history, policy, at, done or {})
    blocks = (*flags, *_statuses(stays, policy), *links)
    end = done_at or at
    work = (started or end, end)
    stopped = [(block.since, block.until or at) for block in blocks]
    worked_on = begun - policy.waiting_statuses
    waiting = [(stay.since, stay.until or at) for stay in stays if stay.status_id not in worked_on]
    whole = clock.between(*work)
    return Path(
        issue=issue,
        stays=stays,
        blocks=tuple(sorted(blocks, key=lambda block: block.since)),
        started_at=started,
        done_at=done_at,
        cycle_time=whole if started and done_at else None,
        lead_time=clock.between(issue.created, done_at) if done_at else None,
        blocked_time=_union(stopped, work, clock),
        flow_efficiency=1 - _union([*stopped, *waiting], work, clock) / whole if whole else None,
        assignee=assignee_at(issue, at, history=history),
        seen_at=at,
        estimate=history.at(started).estimate if started and done_at else None,
    )


def _done_at(stays: Sequence[Stay], board: Board, closed: frozenset[str]) -> datetime | None:
    """When it went into the last column; from one done status into another is no second end.

    What went on from there to a status off the board stays done; what came there from elsewhere was put away
    ("Won't do").
    """
    done_at = None
    for stay in reversed(stays):
        if stay.status_id in board.done_status_ids:
            done_at = stay.since
        elif stay.status_id not in closed:
            break
    return done_at


def put_away(issue: Issue, board: Board, closed: frozenset[str], *, at: datetime) -> bool:
    """Whether it stands in a status off the board that is called done, and was not done before."""
    if issue.created > at or not _ever_in(closed, issue):
        return False
    stays = _stays(read_history(issue, Fields(sprint="", estimate=None)), issue.created, at)
    return stays[-1].status_id in closed and _done_at(stays, board, closed) is None


def _ever_in(statuses: frozenset[str], issue: Issue) -> bool:
    """Most issues never were, which their changes tell at once."""
    moves = (change for change in issue.changes if change.field == STATUS)
    return issue.status_id in statuses or any(move.before in statuses for move in moves)


def time_in_status(
    path: Path, *, at: datetime, clock: WorkingClock, since: datetime | None = None
) -> Mapping[str, timedelta]:
    """Working time up to an instant, from another one on, by name of status; several stays added up."""
    spent: dict[str, timedelta] = {}
    for stay in path.stays:
        begins = max(stay.since, since) if since else stay.since
        time = clock.between(begins, min(stay.until or at, at))
        spent[stay.status_name] = spent.get(stay.status_name, timedelta()) + time
    return spent


def _stays(history: History, created: datetime, at: datetime) -> tuple[Stay, ...]:
    stays: list[Stay] = []
    since, state, change = created, history.initial, None
    for step in history.steps:
        if step.at > at:
            break
        if step.status is not None:
            stays.append(Stay(state.status_id, state.status_name, since, step.at, change))
            since, state, change = step.at, step.after, step.status
    return (*stays, Stay(state.status_id, state.status_name, since, None, change))


def _flags(issue: Issue, history: History, policy: Policy, at: datetime) -> Iterable[Block]:
    if policy.flag_field is None:
        return
    changes = history.changes_of(policy.flag_field)
    if not changes and not issue.flagged:
        return
    since_when = partial(flagged_since, issue, flag_field=policy.flag_field, history=history)
    raised = since_when(issue.created)
    for change in changes:
        if change.at > at:
            break
        since = since_when(change.at)
        if since is None and raised is not None:
            yield Block(BlockedBy.FLAG, "", raised, change.at)
        raised = since
    now = since_when(at)
    if now is not None:
        yield Block(BlockedBy.FLAG, "", now, None)


def _statuses(stays: Iterable[Stay], policy: Policy) -> Iterable[Block]:
    return [
        Block(BlockedBy.STATUS, stay.status_name, stay.since, stay.until)
        for stay in stays
        if stay.status_id in policy.blocked_statuses
    ]


def _links(history: History, policy: Policy, at: datetime, done: Mapping[str, datetime]) -> Iterable[Block]:
    """Links to what it waits for, from the changelog: who blocks it, since when, until when."""
    for block in _linked(history, at, _saying(policy.blocked_by)):
        end = done.get(block.what)
        if end is None or (block.until is not None and block.until <= end):
            yield block
        elif block.since < end:
            yield replace(block, until=end)


@cache
def _saying(words: tuple[str, ...]) -> re.Pattern[str]:
    """Changelogs tell links by their words only: "This issue is blocked by BURN-1"."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def _linked(history: History, at: datetime, blocked: re.Pattern[str]) -> Iterable[Block]:
    open_links: dict[str, datetime] = {}
    for change in history.changes_of(LINKS):
        if change.at > at:
            break
        if change.after and blocked.search(change.after_text or ""):
            open_links.setdefault(change.after, change.at)
        elif change.before in open_links and _said(change, blocked):
            yield Block(BlockedBy.LINK, change.before, open_links.pop(change.before), change.at)
    for key, since in open_links.items():
        yield Block(BlockedBy.LINK, key, since, None)


def _said(change: Change, blocked: re.Pattern[str]) -> bool:
    """Two issues may have several links; taking another kind away unblocks nothing."""
    return not change.before_text or blocked.search(change.before_text) is not None


def _union(
    spans: Sequence[tuple[datetime, datetime]], within: tuple[datetime, datetime], clock: WorkingClock
) -> timedelta:
    """Working time covered by any of the spans, inside another."""
    if not spans:
        return _NO_TIME
    total, reached = _NO_TIME, within[0]
    for since, until in sorted(spans):
        begin, end = max(since, reached), min(until, within[1])
        if begin < end:
            total += clock.between(begin, end)
            reached = end
    return total
