"""The health of a sprint: every number with its receipts, and an explained verdict."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.flow.flow import Flow
from app.domain.forecast.forecast import Forecast, NoForecast
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.priorities import Priorities
from app.domain.scrum.scope import ScopeEvent
from app.domain.scrum.units import unit_of
from app.domain.sprint_health.absences import Absences
from app.domain.sprint_health.burndown import (
    BurndownPoint,
    BurnupPoint,
    IdealPoint,
    ideal_line,
    issues_remaining,
)
from app.domain.sprint_health.data_quality import Note
from app.domain.sprint_health.jira_report import Difference, JiraReport, Outcome
from app.domain.sprint_health.ledger import NO_LEDGER, Ledger
from app.domain.sprint_health.velocity import Velocity

DEFECT_TYPES = ("Bug", "Defect")


class Verdict(StrEnum):
    """How a sprint stands: the worst of its signals."""

    ON_TRACK = "on track"
    AT_RISK = "at risk"
    OFF_TRACK = "off track"


class SignalName(StrEnum):
    """What is looked at."""

    PACE = "pace"
    SCOPE_CHANGE = "scope change"
    BLOCKED = "blocked"
    CARRIED_OVER = "carried over"
    UNESTIMATED = "unestimated"
    NOT_ON_BOARD = "not on board"
    OVERDUE = "overdue"
    STALLED = "stalled"
    GOAL = "goal"
    ONE_PERSON = "added to one person"
    COMMITTED_TOO_LITTLE = "committed too little"
    LOW_PRIORITIES = "low priorities"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing looked at.

    Attributes:
        level: what it alone would make of the sprint.
        value: what was measured, None where it cannot be.
        threshold: the value from which it is no longer on track.
        fact: what was measured, as a sentence with its numbers.
        keys: the issues behind it.
        hint: it is beyond its threshold and endangers nothing: worth a sentence, and no reason for another
            verdict.
    """

    name: SignalName
    level: Verdict
    value: Decimal | None
    threshold: Decimal
    fact: str
    keys: tuple[str, ...] = ()
    hint: bool = False

    @property
    def crossed(self) -> bool:
        """Beyond its threshold."""
        return self.hint or self.level is not Verdict.ON_TRACK


@dataclass(frozen=True, slots=True)
class Timing:
    """Where a sprint is in its time.

    Attributes:
        started_at: when it was really started, or the date set as its start.
        planned_end: when it was to end.
        closed_at: when it was closed; None while it ran at `as_of`.
        as_of: the instant that all numbers are of: now, or when it was closed.
        elapsed: share of the planned working time that has passed, at most 1; None without a planned end.
        working_days_left: until the planned end, today included; None without a planned end or when closed.
        overdue: still running after its planned end.
        planned_start: the date that was set as its start.
    """

    started_at: datetime
    planned_end: datetime | None
    closed_at: datetime | None
    as_of: datetime
    elapsed: Decimal | None
    working_days_left: int | None
    overdue: bool
    planned_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ratios:
    """Shares that teams quote, of the ledger's lines; None where there is nothing to divide by.

    Attributes:
        work_done: burned / (burned + remaining).
        completion: burned / commitment; over 1 where added work was finished too.
        say_do: committed points of what was committed and is burned / commitment; at most 1.
        scope_change: (added + removed + all re-estimates regardless of sign) / commitment; going out and
            coming back is neither.
        net_scope_change: (added - removed + re-estimated) / commitment.
        carry_over: remaining / commitment.
        unplanned: burned issues that were not committed / burned issues.
    """

    work_done: Decimal | None
    completion: Decimal | None
    say_do: Decimal | None
    scope_change: Decimal | None
    net_scope_change: Decimal | None
    carry_over: Decimal | None
    unplanned: Decimal | None


@dataclass(frozen=True, slots=True)
class IssueHealth:
    """One issue that was in the sprint.

    Attributes:
        summary: as it reads today; every other value is of `as_of`.
        estimate: None is unestimated.
        points: what it counts: 0 for sub-tasks and unestimated ones, 1 where the board counts issues.
        in_sprint: still in the sprint; False where it was removed or deleted.
        earlier_sprints: other sprints in its Sprint field when it last came in; as an issue is in one open
            sprint at most, these are closed ones that it was carried over from.
        flagged: marked as an impediment.
        blocked_since: when its flag was raised; None where it is not flagged or nothing tells since when.
        on_board: its status is shown in a column of the board.
        created: when it was made.
        assignee: by name; None is nobody.
        priority: by id; None is none.
        events: all that happened to it in this sprint, oldest first.
        ledger: its own part of the ledger; it closes, too.
    """

    issue_id: str
    key: str
    summary: str
    type_name: str
    is_subtask: bool
    status_id: str
    status_name: str
    done: bool
    in_sprint: bool
    outcome: Outcome
    added: datetime | None
    estimate: Decimal | None
    points: Decimal
    earlier_sprints: int
    flagged: bool
    blocked_since: datetime | None
    deleted_at: datetime | None
    on_board: bool
    created: datetime
    assignee: str | None
    priority: str | None
    events: tuple[ScopeEvent, ...]
    ledger: Ledger

    @property
    def remains(self) -> bool:
        """In the sprint and not done: carried over if the sprint closed like this."""
        return self.in_sprint and not self.done


@dataclass(frozen=True, slots=True)
class Restricted:
    """Issues that not everybody who reads may see: they count in totals, and in nothing that is told beside.

    Attributes:
        issues: how many were in the sprint; sub-tasks are not counted.
        ledger: of all of them together.
    """

    issues: int = 0
    ledger: Ledger = NO_LEDGER

    @property
    def points(self) -> Decimal:
        """What of the sprint's scope they are."""
        return self.ledger.scope


NO_RESTRICTED = Restricted()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the team's earlier sprints say about this one.

    Attributes:
        forecast: how it will end, or why nothing is said; None for a sprint that is closed.
        flow: how work flows, up to `timing.as_of`; present states are those of the sprint's issues.
        velocity: of the last sprints that were closed before this one ended.
        absences: who is away in the rest of the sprint; None where nobody is known to be.
    """

    forecast: Forecast | NoForecast | None
    flow: Flow
    velocity: Velocity
    absences: Absences | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SprintHealth:
    """All there is to say about a sprint at an instant.

    Attributes:
        estimation_name: the estimation field as people see it; empty where issues are counted.
        calendar: the working days that all shares of time were computed with.
        issues: every issue that was in the sprint between its start and `timing.as_of`, by key; without those
            that are restricted, of which `ledger`, `ratios`, `jira` and the forecast have the sums.
        events: all that happened to them, oldest first.
        issues_read: issues looked at, those that never touched the sprint included, those that are restricted
            not.
        changes_read: their changelog items up to `timing.as_of`.
        outlook: None where earlier sprints were not looked at.
        priorities: those of the site, the most urgent first; none where they are not known.
        defect_types: names of issue types that are defects; letters' case is not looked at.
        restricted: what those issues come to that are not told.
    """

    sprint_id: int
    sprint_name: str
    goal: str
    board_id: int
    board_name: str
    estimation_field: str | None
    estimation_name: str
    calendar: Calendar
    timing: Timing
    ledger: Ledger
    jira: JiraReport
    differences: tuple[Difference, ...]
    ratios: Ratios
    issues: tuple[IssueHealth, ...]
    events: tuple[ScopeEvent, ...]
    burndown: tuple[BurndownPoint, ...]
    burnup: tuple[BurnupPoint, ...]
    ideal: tuple[IdealPoint, ...]
    signals: tuple[Signal, ...]
    verdict: Verdict
    notes: tuple[Note, ...]
    issues_read: int
    changes_read: int
    outlook: Outlook | None = None
    priorities: Priorities = ()
    defect_types: tuple[str, ...] = DEFECT_TYPES
    restricted: Restricted = NO_RESTRICTED

    @property
    def closed(self) -> bool:
        """Whether the sprint was over at `timing.as_of`."""
        return self.timing.closed_at is not None

    @property
    def counts_issues(self) -> bool:
        """Whether the board has no estimation field, so that each issue is one point."""
        return self.estimation_field is None

    @property
    def unit(self) -> str:
        """What all sums are in: issues, points or hours."""
        return unit_of(self.estimation_field)

    @property
    def burndown_of_issues(self) -> tuple[BurndownPoint, ...]:
        """The burndown by count, whatever the board estimates with; sub-tasks are not counted."""
        return issues_remaining(self.burnup)

    @property
    def ideal_of_issues(self) -> tuple[IdealPoint, ...]:
        """An even pace for it, from as many issues as were committed."""
        return ideal_line(
            Decimal(self.ledger.commitment.issues),
            start=self.timing.started_at,
            planned_end=self.timing.planned_end,
            calendar=self.calendar,
        )

    @property
    def pace_now(self) -> Decimal | None:
        """What an even pace would have left at this instant; None without a planned end."""
        elapsed = self.timing.elapsed
        return None if elapsed is None else self.ledger.commitment.points * (1 - elapsed)

    @property
    def carry_over(self) -> tuple[IssueHealth, ...]:
        """Issues carried over at the close; while the sprint runs, those that would be."""
        return tuple(issue for issue in self.issues if issue.remains)

    @property
    def blocked(self) -> tuple[IssueHealth, ...]:
        """Unfinished issues that a flag stops, or, where the outlook is known, a status or a link."""
        stopped = {one.key for one in self.outlook.flow.blocked} if self.outlook else set[str]()
        return tuple(issue for issue in self.carry_over if issue.flagged or issue.key in stopped)

    @property
    def unestimated(self) -> tuple[IssueHealth, ...]:
        """Issues in the sprint that count 0 because nobody estimated them; sub-tasks need no estimate."""
        if self.counts_issues:
            return ()
        candidates = (issue for issue in self.issues if issue.in_sprint and not issue.is_subtask)
        return tuple(issue for issue in candidates if issue.estimate is None)

    @property
    def not_on_board(self) -> tuple[IssueHealth, ...]:
        """Issues in the sprint that no column shows, because their status is not mapped."""
        return tuple(issue for issue in self.issues if issue.in_sprint and not issue.on_board)
