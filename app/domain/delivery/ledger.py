"""How scopes stood at any instant, and what a team finished for them and added to them, day by day.

Sizes are points as the board estimates, or issues where it does not. An issue without an estimate counts as
the mean of all that have one, so that a scope is not done sooner for what nobody has looked at.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean

from app.domain.delivery.scopes import Kind, Life, Move, Phase, Progress, Scope, moves_of
from app.domain.scrum.calendar import Calendar

MOST_DAYS = 60
"""Older days say little about the team of today."""
GROWTH = timedelta(weeks=4)
MOST_WHILE_OPEN = 0.99
"""Share that is done at most while an issue is open, be its estimate 0."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sum:
    """Issues, and the sum of the estimates that they have."""

    issues: int = 0
    points: float = 0.0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.issues + other.issues, self.points + other.points)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a scope is.

    Attributes:
        unestimated: of its open issues, those without an estimate.
        left: what is not done, as a forecast counts it: with the usual size for what has no estimate.
        size: of all of it, likewise.
        added, removed: in the last four weeks; re-estimates are in it.
    """

    done: Sum
    in_progress: Sum
    to_do: Sum
    unestimated: int
    left: float
    size: float
    added: float
    removed: float

    @property
    def issues(self) -> int:
        """All of them."""
        return self.done.issues + self.open_issues

    @property
    def open_issues(self) -> int:
        """Those that are not done."""
        return self.in_progress.issues + self.to_do.issues

    @property
    def share(self) -> float:
        """Of the size that is done; 0 where there is nothing, and at most 0.99 while an issue is open."""
        if self.size:
            share = 1 - self.left / self.size
        else:
            share = self.done.issues / self.issues if self.issues else 0.0
        return min(share, MOST_WHILE_OPEN) if self.open_issues else share


@dataclass(frozen=True, slots=True)
class Day:
    """A whole working day, and the days off after it.

    Attributes:
        finished: for scopes in work, less what was reopened.
        added: to scopes in work, less what was taken out of them.
        in_work: so many of them.
    """

    day: date
    finished: float
    added: float
    in_work: int

    @property
    def added_to_each(self) -> float:
        """On average."""
        return self.added / self.in_work if self.in_work else 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What a forecast draws from: working days, oldest first, and issues finished on them."""

    days: tuple[Day, ...]
    issues: int

    @property
    def finished(self) -> float:
        """On a day, on average."""
        return fmean(day.finished for day in self.days) if self.days else 0.0

    @property
    def added(self) -> float:
        """On a day, on average."""
        return fmean(day.added for day in self.days) if self.days else 0.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a scope between two instants, issues by their ids; out and back in is no change.

    Attributes:
        came, went: into it and out of it; what is done already is not told as having come.
        came_size, went_size: what they count.
        done: issues that are done now, and were not, or were not in it.
        done_size: what these count.
        grown: what re-estimates added to those that stayed; negative: took away.
    """

    came: tuple[str, ...] = ()
    came_size: float = 0.0
    went: tuple[str, ...] = ()
    went_size: float = 0.0
    done: tuple[str, ...] = ()
    done_size: float = 0.0
    grown: float = 0.0


@dataclass(frozen=True)
class Ledger:
    """Scopes with all that happened to them.

    Attributes:
        scopes: by id, those that are worked off together.
        lives: of every issue that is or was in one of them.
        counts_issues: the board estimates nothing: each issue is 1.
        moves: all of them, oldest first.
        first: by scope, when it got its first issue.
        begun: by scope, when work on the first of its issues began.
    """

    scopes: Mapping[str, Scope]
    lives: Sequence[Life]
    calendar: Calendar
    counts_issues: bool = False
    moves: Sequence[Move] = field(init=False, repr=False)
    first: Mapping[str, datetime] = field(init=False, repr=False)
    begun: Mapping[str, datetime] = field(init=False, repr=False)
    _members: Mapping[str, Sequence[Life]] = field(init=False, repr=False)
    _by_scope: Mapping[str, Sequence[Move]] = field(init=False, repr=False)
    _ordered: Sequence[Life] = field(init=False, repr=False)
    _usual: dict[datetime, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """What is asked again and again is sorted once."""
        ordered = sorted(self.lives, key=lambda life: life.issue_id)
        moves = [move for move in moves_of(ordered) if move.scope in self.scopes]
        begun, by_scope = dict[str, datetime](), defaultdict[str, list[Move]](list)
        for move in moves:
            by_scope[move.scope].append(move)
            if move.after is not None and move.after.progress is not Progress.TO_DO:
                begun.setdefault(move.scope, move.at)
        there: Mapping[str, set[str]] = {
            scope: {move.issue_id for move in own} for scope, own in by_scope.items()
        }
        members = {scope: [life for life in ordered if life.issue_id in ids] for scope, ids in there.items()}
        first = {scope: own[0].at for scope, own in by_scope.items()}
        sorted_out = {"moves": moves, "first": first, "begun": begun, "_ordered": ordered}
        for name, value in {**sorted_out, "_members": members, "_by_scope": by_scope}.items():
            object.__setattr__(self, name, value)

    def usual(self, at: datetime) -> float:
        """Mean of the estimates at an instant; 1 where there is none."""
        if self.counts_issues:
            return 1.0
        if at not in self._usual:
            phases = (life.at(at) for life in self._ordered)
            found = [float(one.estimate) for one in phases if one and one.scopes and one.estimate is not None]
            self._usual[at] = fmean(found) if found else 1.0
        return self._usual[at]

    def standing(self, scope: str, at: datetime) -> Standing:
        """How far a scope was at an instant."""
        usual = self.usual(at)
        inside = [
            phase
            for life in self._members.get(scope, ())
            if (phase := life.at(at)) is not None and scope in phase.scopes
        ]
        left = sum(self.size(one, usual) for one in inside if one.progress is not Progress.DONE)
        grown = [
            self.size(move.after, usual) - self.size(move.before, usual)
            for move in _between(self._by_scope.get(scope, ()), at - GROWTH, at + _INSTANT)
        ]
        return Standing(
            done=self._sum(inside, Progress.DONE),
            in_progress=self._sum(inside, Progress.IN_PROGRESS),
            to_do=self._sum(inside, Progress.TO_DO),
            unestimated=0
            if self.counts_issues
            else sum(one.estimate is None for one in inside if one.progress is not Progress.DONE),
            left=left,
            size=sum(self.size(one, usual) for one in inside),
            added=sum(one for one in grown if one > 0),
            removed=-sum(one for one in grown if one < 0),
        )

    def open_ids(self, scope: str, at: datetime) -> list[str]:
        """Ids of the issues in a scope that were not done at an instant."""
        inside = ((life.issue_id, _inside(life, scope, at)) for life in self._members.get(scope, ()))
        return [one for one, phase in inside if phase is not None and not _is_done(phase)]

    def moved(self, scope: str, since: datetime, at: datetime) -> Moved:
        """What became of a scope from one instant to another; sizes are those of the later one."""
        usual, came, went, done, grown = self.usual(at), [], [], [], 0.0
        sizes = {"came": 0.0, "went": 0.0, "done": 0.0}
        for life in self._members.get(scope, ()):
            before, after = _inside(life, scope, since), _inside(life, scope, at)
            if before is None and after is not None and not _is_done(after):
                came.append(life.issue_id)
                sizes["came"] += self.size(after, usual)
            elif before is not None and after is None:
                went.append(life.issue_id)
                sizes["went"] += self.size(before, usual)
            elif before is not None and after is not None:
                grown += self.size(after, usual) - self.size(before, usual)
            if _is_done(after) and not _is_done(life.at(since)):
                done.append(life.issue_id)
                sizes["done"] += self.size(after, usual)
        found = (tuple(came), sizes["came"], tuple(went), sizes["went"], tuple(done), sizes["done"])
        return Moved(*found, grown)

    def pace(self, at: datetime) -> Pace:
        """The last whole working days before an instant, since the first of the scopes was begun.

        What happened on a day off counts for the working day before. A scope counts from the day after work
        on it began, so that what it is filled with then is no growth, until it is closed.
        """
        days, end = self.days_before(at)
        if not days:
            return Pace((), 0)
        begins = [since for _, since in days]
        usual, finished, added, issues = self.usual(at), [0.0] * len(days), [0.0] * len(days), 0
        for move in _between(self.moves, begins[0], end):
            if not self._is_in_work(move):
                continue
            number = bisect_right(begins, move.at) - 1
            grown = self.size(move.after, usual) - self.size(move.before, usual)
            done = self.finished(move, usual)
            added[number] += grown
            finished[number] += done
            issues += _is_done(move.after) and not _is_done(move.before)
        told = [
            Day(day, done, more, self._in_work(day, since))
            for (day, since), done, more in zip(days, finished, added, strict=True)
        ]
        return Pace(tuple(told), issues)

    def days_before(self, at: datetime) -> tuple[Sequence[tuple[date, datetime]], datetime]:
        """The last whole working days since work on a scope began, with their beginnings; and their end."""
        parts = self.calendar.parts(at - 3 * MOST_DAYS * timedelta(days=1), at)
        today = self.calendar.day_of(at)
        first = min((self._counts_from(scope) for scope in self.begun), default=today)
        days = [(day, since) for day, since, _ in parts if first <= day < today][-MOST_DAYS:]
        end = (
            next(since for day, since, _ in parts if day == today) if parts and parts[-1][0] == today else at
        )
        return days, end

    def is_begun(self, scope: str, at: datetime) -> bool:
        """Whether work on a scope had begun by an instant."""
        return scope in self.begun and self.begun[scope] <= at

    def went_out(self, scope: Scope) -> date | None:
        """The day on which a version was released; None where it was not, or without a day."""
        if scope.kind is not Kind.VERSION or scope.closed_at is None or scope.due is None:
            return None
        return self.calendar.day_of(scope.closed_at - _INSTANT)

    def ended(self, scope: Scope) -> datetime | None:
        """When a closed scope was really done: when the last of its issues was, or it was closed before.

        Where it was closed with open issues that is the last instant before, so on the day of its release.
        """
        if scope.closed_at is None:
            return None
        open_ids, ended = set[str](), None
        for move in self._by_scope.get(scope.id, ()):
            if move.at > scope.closed_at:
                break
            were = bool(open_ids)
            if move.after is not None and not _is_done(move.after):
                open_ids.add(move.issue_id)
            else:
                open_ids.discard(move.issue_id)
            if not open_ids and (were or _is_done(move.after)):
                ended = move.at if were or ended is None else ended
        return scope.closed_at - _INSTANT if open_ids else ended

    def size(self, phase: Phase | None, usual: float) -> float:
        """What an issue counts; nothing where it is not in the scope."""
        if phase is None:
            return 0.0
        if self.counts_issues:
            return 1.0
        return usual if phase.estimate is None else float(phase.estimate)

    def finished(self, move: Move, usual: float) -> float:
        """How much was finished for a scope; negative where it was reopened or taken out."""
        return self._done(move.after, usual) - self._done(move.before, usual)

    def _done(self, phase: Phase | None, usual: float) -> float:
        return self.size(phase, usual) if _is_done(phase) else 0.0

    def _sum(self, inside: Iterable[Phase], progress: Progress) -> Sum:
        own = [one for one in inside if one.progress is progress]
        return Sum(len(own), sum(float(one.estimate or 0) for one in own))

    def _is_in_work(self, move: Move) -> bool:
        if move.scope not in self.begun or self.scopes[move.scope].closed_by(move.at):
            return False
        return self.calendar.day_of(move.at) >= self._counts_from(move.scope)

    def _in_work(self, day: date, since: datetime) -> int:
        begun = (scope for scope in self.begun if self._counts_from(scope) <= day)
        return sum(not self.scopes[scope].closed_by(since) for scope in begun)

    def _counts_from(self, scope: str) -> date:
        return self.calendar.day_of(self.begun[scope]) + timedelta(days=1)


def _between(moves: Sequence[Move], since: datetime, until: datetime) -> Sequence[Move]:
    """From an instant on and before another one."""
    first, last = (bisect_left(moves, at, key=lambda move: move.at) for at in (since, until))
    return moves[first:last]


def _inside(life: Life, scope: str, at: datetime) -> Phase | None:
    """What an issue was in a scope at an instant; None where it was not in it."""
    phase = life.at(at)
    return phase if phase is not None and scope in phase.scopes else None


def _is_done(phase: Phase | None) -> bool:
    return phase is not None and phase.progress is Progress.DONE
