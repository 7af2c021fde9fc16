"""The health of a sprint for machines, with all receipts.

Numbers are JSON numbers, whole ones without a fraction, because every consumer adds them up; shares are
rounded to four decimals. Instants are ISO 8601 in UTC with a `Z`. Names of keys stay; new ones may come.
"""

from collections.abc import Mapping

from app.domain.reports.json_values import Json, instant, optional_instant, plain_number, share
from app.domain.reports.measures import measures_as_json
from app.domain.reports.notes import notes_as_json
from app.domain.reports.outlook_as_json import outlook_as_json
from app.domain.scrum.issue import Change
from app.domain.scrum.scope import Entered, Left, Reestimated, Reopened, ScopeEvent
from app.domain.sprint_health.health import IssueHealth, Ratios, Signal, SprintHealth, Timing
from app.domain.sprint_health.jira_report import Difference, JiraReport, Outcome
from app.domain.sprint_health.ledger import Figure, Ledger, Line, Posting


def to_json(health: SprintHealth) -> Json:
    """Everything that an assessment found."""
    priorities = {one.id: one.name for one in health.priorities}
    return {
        "sprint": {"id": health.sprint_id, "name": health.sprint_name, "goal": health.goal},
        "board": _board(health),
        "timing": _timing(health.timing),
        "verdict": health.verdict.value,
        "signals": [_signal(signal) for signal in health.signals],
        "ledger": {**_figures(health.ledger, receipts=True), "closes": health.ledger.closes},
        "ratios": _ratios(health.ratios),
        "jira": _jira(health.jira),
        "differences": [_difference(each) for each in health.differences],
        "carry_over": _keys(health.carry_over),
        "blocked": _keys(health.blocked),
        "unestimated": _keys(health.unestimated),
        "not_on_board": _keys(health.not_on_board),
        "issues": [_issue(issue, priorities) for issue in health.issues],
        "restricted_issues": health.restricted.issues,
        "restricted_points": plain_number(health.restricted.points),
        "events": [_event(event) for event in health.events],
        "burndown": [
            {
                "at": instant(point.at),
                "remaining": plain_number(point.remaining),
                "key": point.event.key if point.event else None,
            }
            for point in health.burndown
        ],
        "burnup": [
            {
                "at": instant(point.at),
                "scope": plain_number(point.scope),
                "done": plain_number(point.done),
                "scope_issues": point.scope_issues,
                "done_issues": point.done_issues,
            }
            for point in health.burnup
        ],
        "ideal": [{"at": instant(p.at), "remaining": plain_number(p.remaining)} for p in health.ideal],
        "burndown_of_issues": [
            {"at": instant(p.at), "remaining": int(p.remaining)} for p in health.burndown_of_issues
        ],
        "ideal_of_issues": [
            {"at": instant(p.at), "remaining": plain_number(p.remaining)} for p in health.ideal_of_issues
        ],
        "measures": measures_as_json(health),
        "notes": notes_as_json(health.notes),
        **outlook_as_json(health.outlook, health.calendar),
        "basis": {"issues_read": health.issues_read, "changes_read": health.changes_read},
    }


def _keys(issues: tuple[IssueHealth, ...]) -> list[str]:
    return [issue.key for issue in issues]


def _board(health: SprintHealth) -> Json:
    return {
        "id": health.board_id,
        "name": health.board_name,
        "estimation_field": health.estimation_field,
        "estimation_name": health.estimation_name,
        "unit": health.unit,
    }


def _signal(signal: Signal) -> Json:
    return {
        "name": signal.name.value,
        "level": signal.level.value,
        "crossed": signal.crossed,
        "value": share(signal.value),
        "threshold": share(signal.threshold),
        "fact": signal.fact,
        "issues": list(signal.keys),
    }


def _difference(difference: Difference) -> Json:
    return {
        "figure": difference.figure,
        "key": difference.key,
        "jira": plain_number(difference.jira),
        "ledger": plain_number(difference.ledger),
        "why": difference.why,
    }


def _timing(timing: Timing) -> Json:
    return {
        "planned_start": optional_instant(timing.planned_start),
        "started_at": instant(timing.started_at),
        "planned_end": optional_instant(timing.planned_end),
        "closed_at": optional_instant(timing.closed_at),
        "as_of": instant(timing.as_of),
        "elapsed": share(timing.elapsed),
        "working_days_left": timing.working_days_left,
        "overdue": timing.overdue,
    }


def _ratios(ratios: Ratios) -> Json:
    return {
        "work_done": share(ratios.work_done),
        "completion": share(ratios.completion),
        "say_do": share(ratios.say_do),
        "scope_change": share(ratios.scope_change),
        "net_scope_change": share(ratios.net_scope_change),
        "carry_over": share(ratios.carry_over),
        "unplanned": share(ratios.unplanned),
    }


def _figures(ledger: Ledger, *, receipts: bool) -> Json:
    figures = {
        Line.COMMITMENT: ledger.commitment,
        Line.ADDED: ledger.added,
        Line.REMOVED: ledger.removed,
        Line.RE_ESTIMATED: ledger.re_estimated,
        Line.BURNED: ledger.burned,
        Line.REMAINING: ledger.remaining,
        Line.COMPLETED_THEN_REMOVED: ledger.completed_then_removed,
    }
    return {_name(line): _figure(figure, receipts=receipts) for line, figure in figures.items()}


def _name(line: Line) -> str:
    return line.value.replace(" ", "_").replace("-", "_")


def _figure(figure: Figure, *, receipts: bool) -> Json:
    summed = {"points": plain_number(figure.points), "issues": figure.issues}
    return {**summed, "receipts": [_receipt(each) for each in figure.receipts]} if receipts else summed


def _receipt(posting: Posting) -> Json:
    event = posting.event
    return {
        "key": event.key,
        "at": instant(event.at),
        "event": type(event).__name__.lower(),
        "points": plain_number(posting.points),
        "history_id": event.change.history_id if event.change else None,
    }


def _jira(jira: JiraReport) -> Json:
    rows = {
        _set_name(outcome): [
            {
                "key": row.key,
                "added": optional_instant(row.added),
                "initial_estimate": plain_number(row.initial_estimate),
                "final_estimate": plain_number(row.final_estimate),
            }
            for row in jira.of(outcome)
        ]
        for outcome in Outcome
    }
    sums = {
        "commitment": plain_number(jira.commitment),
        "completed_points": plain_number(jira.completed),
        "not_completed_points": plain_number(jira.not_completed),
    }
    return {**sums, **rows}


def _set_name(outcome: Outcome) -> str:
    return outcome.value.replace(" ", "_")


def _issue(issue: IssueHealth, priorities: Mapping[str, str]) -> Json:
    priority = priorities.get(issue.priority or "", issue.priority)
    return {
        "id": issue.issue_id,
        "key": issue.key,
        "summary": issue.summary,
        "type": issue.type_name,
        "subtask": issue.is_subtask,
        "status": {"id": issue.status_id, "name": issue.status_name},
        "done": issue.done,
        "in_sprint": issue.in_sprint,
        "outcome": _set_name(issue.outcome),
        "added": optional_instant(issue.added),
        "estimate": plain_number(issue.estimate),
        "points": plain_number(issue.points),
        "earlier_sprints": issue.earlier_sprints,
        "flagged": issue.flagged,
        "blocked_since": optional_instant(issue.blocked_since),
        "deleted_at": optional_instant(issue.deleted_at),
        "on_board": issue.on_board,
        "created": instant(issue.created),
        "assignee": issue.assignee,
        "priority": priority,
        "ledger": _figures(issue.ledger, receipts=False),
    }


def _event(event: ScopeEvent) -> Json:
    said: Json = {
        "event": type(event).__name__.lower(),
        "key": event.key,
        "at": instant(event.at),
        "points": plain_number(event.points),
        "subtask": event.is_subtask,
        "change": _change(event.change),
    }
    match event:
        case Entered(source=source, done=done):
            said |= {"source": source.value, "done": done}
        case Left(to=to, done=done):
            said |= {"to": to.value, "done": done}
        case Reestimated(before=before, after=after, by=by, while_done=while_done):
            said |= {
                "before": plain_number(before),
                "after": plain_number(after),
                "by": plain_number(by),
                "done": while_done,
            }
        case Reopened(in_sprint=in_sprint):
            said |= {"in_sprint": in_sprint}
    return said


def _change(change: Change | None) -> Json | None:
    if change is None:
        return None
    return {
        "history_id": change.history_id,
        "field": change.field,
        "before": change.before,
        "before_text": change.before_text,
        "after": change.after,
        "after_text": change.after_text,
        "author": change.author,
    }
