"""What a sprint health report says, exceptions first: verdict and what to do, numbers, issues, receipts.

A tired Scrum master reads the panel and the table of numbers; everything below is there to check them.
"""

import functools
from collections.abc import Iterator

from app.domain.reports.advice import advice
from app.domain.reports.charts.pictures import below_numbers, of_sprint
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Date,
    Expand,
    Heading,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.incomplete import HEADING
from app.domain.reports.measures import kind_of_work, load
from app.domain.reports.notes import ABOUT, noted
from app.domain.reports.outlook import outlook
from app.domain.reports.restricted import how_many, in_totals_only
from app.domain.reports.since import Before, since
from app.domain.reports.words import (
    bars,
    counted,
    day,
    happened,
    measured,
    minute,
    number,
    percent,
    signed,
    sized,
)
from app.domain.sprint_health.burndown import burnup_at, remaining_at
from app.domain.sprint_health.data_quality import PARTIAL, Flaw
from app.domain.sprint_health.health import IssueHealth, SprintHealth, Verdict
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.ledger import Figure

RECEIPTS, ISSUES = 3, 2
"""What gives way first when a report is too long: the highest."""

PANELS = {
    Verdict.ON_TRACK: (PanelKind.SUCCESS, Colour.GREEN),
    Verdict.AT_RISK: (PanelKind.WARNING, Colour.YELLOW),
    Verdict.OFF_TRACK: (PanelKind.ERROR, Colour.RED),
}
AFTERWARDS = {
    Verdict.ON_TRACK: "went as planned",
    Verdict.AT_RISK: "look again",
    Verdict.OFF_TRACK: "missed",
}
"""What a verdict is called once the sprint is closed."""


def report(health: SprintHealth, before: Before | None = None) -> Report:
    """The whole report; what changed is told where an earlier one is given."""
    name = quote(health.sprint_name, 120)
    return Report(f"Sprint health: {name}", tuple(_blocks(health, before)))


def _blocks(health: SprintHealth, before: Before | None) -> Iterator[Block]:
    yield panel(health)
    if before is not None:
        yield from since(before, health)
    yield from notes(health, partial=True)
    yield from goal(health)
    yield from of_sprint(health)
    yield from numbers(health)
    yield from outlook(health)
    yield from below_numbers(health, None if before is None else before.told)
    yield from issues(health)
    yield from load(health)
    yield from kind_of_work(health)
    yield from differences(health)
    yield from notes(health, partial=False)
    yield receipts(health)
    yield from footer(health)


def goal(health: SprintHealth) -> Iterator[Block]:
    """What the sprint is for, where somebody wrote it down."""
    if health.goal:
        yield Paragraph(say(Text("Sprint goal:", strong=True), " ", quote(health.goal)))


def panel(health: SprintHealth) -> Panel:
    """The verdict, and what to do about it."""
    kind, colour = PANELS[health.verdict]
    word = AFTERWARDS[health.verdict] if health.closed else health.verdict.value
    sentence = say(Status(word, colour), " ", Text(_headline(health), strong=True))
    todo = advice(health)
    content: tuple[Paragraph | BulletList, ...] = (Paragraph(sentence),)
    if todo:
        return Panel(kind, (*content, BulletList(todo)))
    nothing = "Nothing to look at again." if health.closed else "Nothing needs you today."
    return Panel(kind, (*content, Paragraph(say(nothing))))


def _headline(health: SprintHealth) -> str:
    ratios, timing = health.ratios, health.timing
    if ratios.work_done is None:
        return f"No {health.unit} in the sprint."
    done = f"{percent(ratios.work_done)} of the work is done"
    if health.closed:
        return f"{done}, {amount(health, health.ledger.remaining)} carried over."
    if timing.elapsed is None:
        return f"{done}; no planned end to compare with."
    left = "overdue" if timing.overdue else f"{counted(timing.working_days_left or 0, 'working day')} left"
    return f"{done}, {percent(timing.elapsed)} of the time is gone ({left})."


def amount(health: SprintHealth, figure: Figure) -> str:
    """A figure in the board's unit and in issues."""
    issues = counted(figure.issues, "issue")
    return issues if health.counts_issues else f"{measured(figure.points, health.unit)} in {issues}"


def numbers(health: SprintHealth) -> Iterator[Block]:
    """The ledger, line by line."""
    ledger = health.ledger
    lines = [
        ("Committed at the start", number(ledger.commitment.points), ledger.commitment),
        ("Added", signed(ledger.added.points), ledger.added),
        ("Removed", signed(-ledger.removed.points), ledger.removed),
        ("Re-estimated", signed(ledger.re_estimated.points), ledger.re_estimated),
        ("Completed", number(ledger.burned.points), ledger.burned),
        ("Carried over" if health.closed else "Remaining", number(ledger.remaining.points), ledger.remaining),
        (
            "Completed, then removed",
            number(ledger.completed_then_removed.points),
            ledger.completed_then_removed,
        ),
    ]
    yield Heading(3, say("Numbers"))
    if health.counts_issues:
        rows = tuple((say(name), say(told)) for name, told, _ in lines)
        yield Table(("", "Issues"), rows)
    else:
        rows3 = tuple((say(name), say(told), say(str(figure.issues))) for name, told, figure in lines)
        yield Table(("", health.unit.capitalize(), "Issues"), rows3)
    yield Paragraph(say(_ledger_line(health)))
    if line := _burndown_line(health):
        yield Paragraph(say(line), drawn=True)
    if line := _burnup_line(health):
        yield Paragraph(say(line), drawn=True)
    if hidden := health.restricted.issues:
        has, it = ("has", "it stands") if hidden == 1 else ("have", "they stand")
        yield Paragraph(
            say(f"In burndown and burn-up {how_many(hidden)} {has} no steps: {it} as at the end.")
        )


def _ledger_line(health: SprintHealth) -> str:
    ledger, told = health.ledger, functools.partial(sized, unit=health.unit)
    moved = ledger.re_estimated.points
    sign = "-" if moved < 0 else "+"
    left = (
        f"{told(ledger.commitment.points)} committed + {told(ledger.added.points)} added "
        f"- {told(ledger.removed.points)} removed {sign} {told(abs(moved))} re-estimated"
    )
    right = f"{told(ledger.burned.points)} completed + {told(ledger.remaining.points)} remaining"
    if ledger.completed_then_removed.points:
        right += f" + {told(ledger.completed_then_removed.points)} completed, then removed"
    verdict = "" if ledger.closes else " THIS DOES NOT ADD UP: please report it as a fault of Burnish."
    return f"{left} = {told(ledger.scope)} = {right}.{verdict}"


def _burndown_line(health: SprintHealth) -> str:
    """What remained at the end of each working day so far, as a row of bars."""
    start, end = health.timing.started_at, health.timing.as_of
    ends = health.calendar.day_ends(start, end)
    values = [health.burndown[0].remaining, *(remaining_at(health.burndown, at) for at in ends)]
    drawn = bars(values)
    if not drawn:
        return ""
    told = functools.partial(sized, unit=health.unit)
    line = f"Burndown {told(values[0])} {drawn} {told(health.burndown[-1].remaining)}"
    pace = health.pace_now
    return line if pace is None else f"{line} (an even pace would be at {told(round(pace, 1))})"


def _burnup_line(health: SprintHealth) -> str:
    """What was done at the end of each working day so far, measured by what the sprint has taken on."""
    start, end = health.timing.started_at, health.timing.as_of
    line = health.burnup
    values = [burnup_at(line, at) for at in (start, *health.calendar.day_ends(start, end))]
    last = line[-1]
    drawn = bars([point.done for point in values], max(point.scope for point in values))
    if not drawn or not last.done:
        return ""
    return f"Burn-up 0 {drawn} {number(last.done)} of {sized(last.scope, health.unit)}"


def issues(health: SprintHealth) -> Iterator[Block]:
    """Every issue that was in the sprint, exceptions first; of restricted ones, what they come to."""
    if health.issues:
        yield from _issues(health)
    hidden = health.restricted
    amount = "" if health.counts_issues else measured(hidden.points, health.unit)
    if rest := in_totals_only(hidden.issues, amount):
        yield Paragraph(say(rest))


def _issues(health: SprintHealth) -> Iterator[Block]:
    rows = tuple(_issue_row(issue, health) for issue in sorted(health.issues, key=_urgency))
    yield Heading(3, say("Issues"))
    more = SearchLink("all issues", f"sprint = {health.sprint_id}")
    unit = "Count" if health.counts_issues else health.unit.capitalize()
    yield Table(("Issue", "Summary", "Status", unit, "What happened"), rows, shorten=ISSUES, more=more)


def _urgency(issue: IssueHealth) -> int:
    """Exceptions first; the sort is stable, so equal ones stay in the order of their keys."""
    trouble = issue.flagged or not issue.on_board or issue.earlier_sprints or len(issue.events) > 1
    if issue.remains:
        return 0 if issue.flagged else 1 if trouble else 2
    return 3 if not issue.in_sprint else 4


def _issue_row(issue: IssueHealth, health: SprintHealth) -> tuple[Inlines, ...]:
    summary = quote(issue.summary, 100)
    colour = Colour.GREEN if issue.done else Colour.NEUTRAL
    status = Status(quote(issue.status_name, 40) or issue.status_id or "unknown", colour)
    return (
        (IssueLink(issue.key),),
        say(summary),
        (status,),
        say(_points_cell(issue, health)),
        say("; ".join(_story(issue, health))),
    )


def _points_cell(issue: IssueHealth, health: SprintHealth) -> str:
    if issue.is_subtask:
        return "sub-task"
    if issue.estimate is None and not health.counts_issues:
        return "none"
    return number(issue.points)


def _story(issue: IssueHealth, health: SprintHealth) -> Iterator[str]:
    """What happened to an issue, worst first."""
    if issue.flagged and issue.remains:
        since = f" since {day(issue.blocked_since, health.calendar)}" if issue.blocked_since else ""
        yield f"blocked{since}"
    if not issue.on_board and issue.in_sprint:
        yield "not shown on the board"
    if issue.earlier_sprints:
        yield f"carried over {issue.earlier_sprints}×"  # noqa: RUF001 - a multiplication sign is meant
    if issue.deleted_at:
        yield f"deleted on {day(issue.deleted_at, health.calendar)}"
    for event in issue.events[0 if issue.added else 1 :]:
        yield f"{happened(event, health.unit)} on {day(event.at, health.calendar)}"
    if issue.outcome is Outcome.COMPLETED_ELSEWHERE:
        yield "completed elsewhere"


def differences(health: SprintHealth) -> Iterator[Block]:
    """Where Jira's own report shows other sums, and why."""
    if not health.differences:
        return
    told = functools.partial(sized, unit=health.unit)
    sums = {"commitment": (health.jira.commitment, health.ledger.commitment.points)}
    sums["completed"] = (health.jira.completed, health.ledger.burned.points)
    text = "; ".join(
        f"{name} {told(theirs)} there, {told(ours)} here"
        for name, (theirs, ours) in sums.items()
        if any(each.figure == name for each in health.differences)
    )
    items = tuple(
        say(
            IssueLink(each.key),
            f": {each.figure} {told(each.jira)} there, {told(each.ledger)} here: {each.why}",
        )
        for each in health.differences
    )
    listed = BulletList(items, shorten=RECEIPTS)
    yield Expand("Why Jira's sprint report shows other sums", (Paragraph(say(f"{text}.")), listed))


def notes(health: SprintHealth, *, partial: bool) -> Iterator[Block]:
    """What to know of the data.

    That numbers come from partial data is said before they are; everything else after them. That Jira Cloud
    does not tell when a sprint really started is a footnote.
    """
    found = [
        note
        for note in health.notes
        if note.flaw is not Flaw.START_NOT_OBSERVED and (note.flaw in PARTIAL) is partial
    ]
    if found:
        heading, kind = (HEADING, PanelKind.WARNING) if partial else (ABOUT, PanelKind.INFO)
        yield noted(found, heading=heading, kind=kind)


def receipts(health: SprintHealth) -> Expand:
    """Every event that the numbers are made of."""
    rows = []
    after = {id(point.event): point.remaining for point in health.burndown[1:-1]}
    for event in health.events:
        remaining = after.get(id(event))
        rows.append(
            (
                say(minute(event.at, health.calendar)),
                (IssueLink(event.key),),
                say(happened(event, health.unit)),
                say("" if remaining is None else sized(remaining, health.unit)),
                say(f"#{event.change.history_id}" if event.change else ""),
            )
        )
    header = ("When", "Issue", "What", "Remaining", "History entry")
    return Expand("Receipts", (Table(header, tuple(rows), shorten=RECEIPTS),))


def footer(health: SprintHealth) -> Iterator[Block]:
    """Dates, and what it was computed from."""
    timing, calendar = health.timing, health.calendar
    dates = say("Started ", Date(calendar.day_of(timing.started_at)))
    if any(note.flaw is Flaw.START_NOT_OBSERVED for note in health.notes):
        dates += say(" (the start date that was set)")
    if timing.planned_end:
        dates += say(", planned to end ", Date(calendar.day_of(timing.planned_end)))
    if timing.closed_at:
        dates += say(", closed ", Date(calendar.day_of(timing.closed_at)))
    yield Paragraph(dates + say("."))
    unit = quote(health.estimation_name or health.estimation_field or "", 60) or "number of issues"
    yield Paragraph(
        say(
            f"As of {minute(timing.as_of, calendar)}. Board {quote(health.board_name, 120)}, "
            f"estimated by {unit}. Computed from {counted(health.issues_read, 'issue')} and "
            f"{counted(health.changes_read, 'change')}; sub-tasks count through their parents."
        )
    )
