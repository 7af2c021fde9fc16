"""From issues and their histories to the health of a sprint.

`now` decides what is known: a sprint that was closed later is seen as it ran then. A closed sprint is
computed up to its close, so whatever happens afterwards does not change the result.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories, assignee_at, flagged_since, priority_at
from app.domain.scrum.issue import Gone, Issue
from app.domain.scrum.restricted import public, put_aside
from app.domain.scrum.scope import (
    NOTHING,
    Committed,
    Entered,
    Replay,
    ScopeEvent,
    issue_order,
    points_of,
    replays_of,
    stream,
)
from app.domain.scrum.sprint import Sprint, SprintState
from app.domain.sprint_health.burndown import burndown, burnup, ideal_line, share
from app.domain.sprint_health.data_quality import Flaw, Note, issue_notes
from app.domain.sprint_health.errors import SprintDatesUnusable, SprintNotStarted, require_done_column
from app.domain.sprint_health.health import IssueHealth, Ratios, Restricted, SprintHealth, Timing
from app.domain.sprint_health.jira_report import JiraReport, ReportedIssue, compare, report
from app.domain.sprint_health.ledger import Ledger, Line, entries, keep_ledger
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS, Thresholds, judge, verdict


def assess(
    sprint: Sprint,
    board: Board,
    issues: Iterable[Issue],
    *,
    now: datetime,
    calendar: Calendar,
    sprint_field: str,
    flag_field: str | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    histories: Histories | None = None,
) -> SprintHealth:
    """Compute everything there is to say about a sprint.

    Args:
        sprint: the sprint; future ones are refused.
        board: whose last column says what is done and whose field says what an issue counts.
        issues: all that may ever have been in it, in any order: members, and leavers, who only show in their
            changelog. Issues that never touched the sprint change nothing.
        now: the instant of the question; ends the window where the sprint was not closed before.
        calendar: the team's working days.
        sprint_field: id of the site's Sprint field, as in `Change.field`.
        flag_field: id of the site's Flagged field; without it, flags have no since-when and are unknown for
            a closed sprint.
        thresholds: limits of the verdict.
        histories: of the same fields, where they were read before; gets more.

    Raises:
        SprintNotStarted: it lies ahead of `now`.
        SprintDatesUnusable: a date is missing or contradicts another.
        DoneColumnUnknown: the board maps no status.
    """
    timing, issues = _timing(sprint, now, calendar), _once_each(issues)
    require_done_column(board)
    start, end, planned = timing.started_at, timing.as_of, timing.planned_end
    fields = Fields(sprint_field, board.estimation_field)
    replays = replays_of(issues, board, sprint.id, sprint_field, start=start, end=end, histories=histories)
    rows = _rows(replays, jira := report(replays, board), board, sprint, flag_field, end)
    whole = keep_ledger(every := stream(replays))
    ratios, restricted = _ratios(rows, whole), _restricted(rows, every)
    jira, ledger, rows, events = jira.told(), whole.told(), public(rows), tuple(public(every))
    counts_issues, read = board.estimation_field is None, public(issues)
    signals = judge(rows, ledger, ratios, timing, counts_issues=counts_issues, thresholds=thresholds)
    return SprintHealth(
        sprint_id=sprint.id,
        sprint_name=sprint.name,
        goal=sprint.goal,
        board_id=board.id,
        board_name=board.name,
        estimation_field=board.estimation_field,
        estimation_name=board.estimation_name,
        calendar=calendar,
        timing=timing,
        ledger=ledger,
        jira=jira,
        differences=compare(jira, {row.issue_id: row.ledger for row in rows}),
        ratios=ratios,
        issues=tuple(rows),
        events=events,
        burndown=burndown(events, start=start, end=end, beside=restricted.ledger),
        burnup=burnup(events, start=start, end=end, beside=restricted.ledger),
        ideal=ideal_line(ledger.commitment.points, start=start, planned_end=planned, calendar=calendar),
        signals=signals,
        verdict=verdict(signals),
        notes=(*issue_notes(issues, replays, fields=fields, end=end), *_sprint_notes(sprint, flag_field)),
        issues_read=len(read),
        changes_read=sum(change.at <= end for issue in read for change in issue.changes),
        restricted=restricted,
    )


def _restricted(rows: Sequence[IssueHealth], events: Sequence[ScopeEvent]) -> Restricted:
    """What is not told comes to so much."""
    hidden = [row for row in put_aside(rows) if not row.is_subtask]
    return Restricted(len(hidden), keep_ledger(put_aside(events)))


def _once_each(issues: Iterable[Issue]) -> list[Issue]:
    """By key; an issue given twice counts once, as it was read last."""
    every = list(issues)
    newest = {issue.id: issue for issue in every}
    if len(newest) < len(every):
        oldest_first = sorted(every, key=lambda issue: (issue.updated, len(issue.changes)))
        newest = {issue.id: issue for issue in oldest_first}
    return sorted(newest.values(), key=lambda issue: issue_order(issue.key, issue.id))


def _timing(sprint: Sprint, now: datetime, calendar: Calendar) -> Timing:
    start = sprint.started_at
    if sprint.state is SprintState.FUTURE:
        raise SprintNotStarted(sprint, now)
    if start is None:
        raise SprintDatesUnusable(sprint, "has no start date, so nothing tells what was committed")
    if now < start:
        raise SprintNotStarted(sprint, now)
    if sprint.state is SprintState.CLOSED and sprint.completed is None:
        raise SprintDatesUnusable(sprint, "is closed, but nothing tells when")
    closed_at = sprint.completed if sprint.state is SprintState.CLOSED else None
    if closed_at is not None and closed_at < start:
        raise SprintDatesUnusable(sprint, f"was closed {closed_at.isoformat()}, before its start")
    if closed_at is not None and closed_at > now:
        closed_at = None
    as_of = closed_at or now
    planned_end = sprint.end if sprint.end and sprint.end > start else None
    elapsed = None
    if planned_end and (planned := calendar.working_time(start, planned_end)):
        elapsed = min(share(calendar.working_time(start, as_of), planned), Decimal(1))
    running = closed_at is None
    return Timing(
        started_at=start,
        planned_end=planned_end,
        closed_at=closed_at,
        as_of=as_of,
        elapsed=elapsed,
        working_days_left=calendar.days_left(as_of, planned_end) if planned_end and running else None,
        overdue=running and planned_end is not None and as_of > planned_end,
        planned_start=sprint.start,
    )


def _rows(
    replays: Sequence[Replay],
    jira: JiraReport,
    board: Board,
    sprint: Sprint,
    flag_field: str | None,
    end: datetime,
) -> list[IssueHealth]:
    closed = sprint.state is SprintState.CLOSED
    return [
        _issue_health(each, row, board, end, flag_field, closed=closed)
        for each, row in zip(replays, jira.issues, strict=True)
    ]


def _issue_health(
    each: Replay, row: ReportedIssue, board: Board, end: datetime, flag_field: str | None, *, closed: bool
) -> IssueHealth:
    issue, state = each.issue, each.at_end
    gone = issue.deleted_at if issue.deleted_at and issue.deleted_at <= end else None
    # Without the field's history, the present flag says nothing of the time when a sprint was closed.
    since = flagged_since(issue, end, flag_field=flag_field, history=each.history) if flag_field else None
    return IssueHealth(
        issue_id=issue.id,
        key=issue.key,
        summary=issue.summary,
        type_name=issue.type_name,
        is_subtask=issue.is_subtask,
        status_id=state.status_id,
        status_name=state.status_name,
        done=each.done_at_end,
        in_sprint=each.in_at_end,
        outcome=row.outcome,
        added=row.added,
        estimate=state.estimate,
        points=points_of(issue, state.estimate, board),
        earlier_sprints=each.earlier_sprints,
        flagged=since is not None or (flag_field is None and not closed and issue.flagged),
        blocked_since=since,
        deleted_at=gone if gone and issue.gone_reason in {None, Gone.DELETED} else None,
        on_board=state.status_id in board.mapped_status_ids,
        created=issue.created,
        assignee=assignee_at(issue, end, history=each.history),
        priority=priority_at(issue, end, history=each.history),
        events=each.events,
        ledger=keep_ledger(each.events),
    )


def _ratios(rows: Sequence[IssueHealth], ledger: Ledger) -> Ratios:
    commitment = ledger.commitment.points
    burned = [row for row in rows if row.ledger.burned.issues]
    kept = [row for row in burned if _was_committed(row)]
    flows = sum((_came_and_went(row) for row in rows), start=NOTHING)
    return Ratios(
        work_done=_ratio(ledger.burned.points, ledger.burned.points + ledger.remaining.points),
        completion=_ratio(ledger.burned.points, commitment),
        say_do=_ratio(sum((row.ledger.commitment.points for row in kept), start=NOTHING), commitment),
        scope_change=_ratio(flows + ledger.re_estimated.gross, commitment),
        net_scope_change=_ratio(ledger.scope - commitment, commitment),
        carry_over=_ratio(ledger.remaining.points, commitment),
        unplanned=_ratio(Decimal(len(burned) - len(kept)), Decimal(len(burned))),
    )


def _came_and_went(row: IssueHealth) -> Decimal:
    """Points that were added and removed; of what went out and came back only by how much it had changed.

    The ledger has both ways, but an issue that was dragged out by mistake has not changed the scope.
    """
    if not row.ledger.removed.receipts:
        return row.ledger.added.points
    moved, out = NOTHING, None
    for event, (line, points, _) in ((one, entry) for one in row.events for entry in entries(one)):
        if line is Line.REMOVED:
            moved, out = moved + points, points
        elif line is Line.ADDED and out is not None and isinstance(event, Entered):
            moved, out = moved - out + abs(points - out), None
        elif line is Line.ADDED:
            moved += points
    return moved


def _was_committed(row: IssueHealth) -> bool:
    first = row.events[0]
    return isinstance(first, Committed) and not first.done


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole > 0 else None


def _sprint_notes(sprint: Sprint, flag_field: str | None) -> tuple[Note, ...]:
    notes: list[Note] = []
    if sprint.activated is None:
        text = "only the start date that was set is known, not when the sprint was really started"
        notes.append(Note(Flaw.START_NOT_OBSERVED, text))
    if flag_field is None and sprint.state is SprintState.CLOSED:
        text = "the Flagged field is not known, so nothing tells what was blocked at the close"
        notes.append(Note(Flaw.BLOCKED_UNKNOWN, text))
    return tuple(notes)
