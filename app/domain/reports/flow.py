"""How work flows over a board, for a team without sprints: what to do today, then what can be promised.

A tired team lead reads the panel and looks at two charts; everything below is there to check them.
"""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.flow.columns import ColumnLoad
from app.domain.flow.flow import FEWEST, Aging, Stopped
from app.domain.flow.path import BlockedBy
from app.domain.flow.spent import where_time_goes
from app.domain.flow.weeks import RECENT, Direction
from app.domain.forecast.forecast import NoForecast
from app.domain.reports import flow_figures, naming
from app.domain.reports.board_flow import BoardFlow
from app.domain.reports.charts.pictures import of_columns, of_weeks
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    Status,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.flow_promises import line, promises, rests_on
from app.domain.reports.flow_sentences import (
    columns_said,
    control_said,
    cumulative_said,
    lines_said,
    longest,
    weeks_said,
)
from app.domain.reports.incomplete import HEADING, incomplete
from app.domain.reports.notes import noted
from app.domain.reports.restricted import not_counted
from app.domain.reports.spent import spent_in
from app.domain.reports.words import aged, bars, counted, day, minute, percent, within_days
from app.domain.sprint_health.data_quality import PARTIAL

MOST_NAMED = 5
MOST_ROWS = 100
"""Of younger issues in progress the JSON tells."""
MEASURED = ("Measure", "Value", "Meaning")
ISSUES, COLUMNS, ADVICE = 2, 1, 0
"""What gives way first when a report is too long: the highest."""


def report(told: BoardFlow) -> Report:
    """The whole report."""
    return Report(f"Flow: {quote(told.board.name, 120)}", tuple(_blocks(told)))


def _blocks(told: BoardFlow) -> Iterator[Block]:
    yield from incomplete(told.missing)
    if partial := [note for note in told.notes if note.flaw in PARTIAL]:
        yield noted(partial, heading=HEADING, kind=PanelKind.WARNING)
    yield _panel(told)
    yield from _drawn(told)
    yield Heading(3, say("What can be promised"))
    yield Table(MEASURED, tuple(promises(told)))
    yield Heading(3, say("How work flows"))
    yield Table(MEASURED, tuple(_numbers(told)))
    yield from of_weeks(told.weeks, told.limits)
    if drawn := bars([Decimal(len(week.finished)) for week in told.weeks]):
        yield Paragraph(say(f"Finished by week, oldest first: {drawn}"), drawn=True)
    yield from flow_figures.how_long(told.flow)
    if told.flow.aging:
        yield Heading(3, say("In progress, oldest first"))
        yield Table(
            ("Issue", "Summary", "Column", "Age", "85 % leave it within", "Assignee"),
            tuple(_rows(told)),
            shorten=ISSUES,
        )
    yield from flow_figures.people(told.flow)
    if any(one.limits for one in told.columns):
        yield Heading(3, say("Columns"))
        rows = tuple(_column(one) for one in told.columns)
        yield Table(("Column", "Issues", "Limit"), rows, shorten=COLUMNS)
    if others := [note for note in told.notes if note.flaw not in PARTIAL]:
        yield noted(others)
    if rest := not_counted(told.restricted):
        yield Paragraph(say(rest))
    yield Paragraph(say(_footer(told)))


def _drawn(told: BoardFlow) -> Iterator[Block]:
    """Cumulative flow and cycle times, and in words what they show."""
    columns = (cumulative_said(told.cumulative, told.law), columns_said(told.cumulative))
    yield from of_columns(told.cumulative, columns, told.control, at=told.at, calendar=told.calendar)
    if not told.cumulative.is_empty:
        yield Paragraph(say(Text("Cumulative flow:", strong=True), f" {' '.join(columns)}"), drawn=True)
    if told.control is not None:
        said = f"{lines_said(told.control)} {control_said(told.control)}"
        yield Paragraph(say(Text("Cycle time:", strong=True), f" {said}", *longest(told.control)), drawn=True)


# --- what to do today -----------------------------------------------------------------------------


def _panel(told: BoardFlow) -> Panel:
    todo = tuple(_todo(told))
    headline = Paragraph((Text(_headline(told), strong=True),))
    if todo:
        return Panel(PanelKind.WARNING, (headline, BulletList(todo, shorten=ADVICE)))
    return Panel(PanelKind.SUCCESS, (headline, Paragraph(say("Nothing needs you today."))))


def _headline(told: BoardFlow) -> str:
    usual = "" if told.usual_wip is None else f" ({_plain(told.usual_wip)} is usual)"
    old, stopped = len(told.flow.outliers), len([one for one in told.flow.blocked if one.in_progress])
    state = [f"{counted(told.flow.wip, 'issue')} in progress{usual}"]
    if old:
        state.append(f"{old} of them older than usual")
    if stopped:
        state.append(f"{stopped} blocked")
    return f"{', '.join(state)}."


def _todo(told: BoardFlow) -> Iterator[Inlines]:
    flow = told.flow
    for column in dict.fromkeys(one.column for one in flow.outliers):
        old = [one for one in flow.outliers if one.column == column]
        usual = within_days(old[0].usual or 0)
        yield _named(
            f"Finish or split first, in {quote(column, 40)} (85 % leave it within {usual}): ",
            [(one.key, f" ({aged(one.age, one.usual)})") for one in old],
        )
    begun = [one for one in flow.blocked if one.in_progress]
    if begun:
        yield _named("Unblock: ", [_blocked(one, told) for one in begun])
    for full in told.over_limit:
        most = full.limits.most if full.limits else None
        yield say(
            f"{quote(full.name, 60)} holds {counted(len(full.keys), 'issue')}, its limit is {most}: "
            f"finish {full.over} there before anything new is begun."
        )
    named = {one.key for one in flow.outliers}
    if quiet := [one for one in flow.stalled if one.key not in named]:
        yield _named(
            "Ask about: ", [(one.key, f" (not moved for {aged(one.days_in_column)})") for one in quiet]
        )
    for person, keys in list(flow.per_person.items())[:MOST_NAMED]:
        who = f"{quote(person, 60)} has {len(keys)} issues in progress: " if person else "Nobody is on: "
        yield _named(who, [(key, "") for key in keys])


def _named(what: str, named: list[tuple[str, str]]) -> Inlines:
    return say(what, *naming.named(named, MOST_NAMED), ".")


def _blocked(one: Stopped, told: BoardFlow) -> tuple[str, str]:
    by = {
        BlockedBy.FLAG: "flagged",
        BlockedBy.LINK: f"waits for {one.block.what}",
        BlockedBy.STATUS: f"in {quote(one.block.what, 40)}",
    }
    return one.key, f" ({by[one.block.by]} since {day(one.block.since, told.calendar)})"


# --- how work flows -------------------------------------------------------------------------------


def _numbers(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    yield line("Throughput", *_throughput(told))
    if told.limits is not None:
        yield line("Noise or signal", *weeks_said(told.limits))
    yield line("Arrived and finished", *_balance(told))
    usual = "" if told.usual_wip is None else f"usually {_plain(told.usual_wip)}; "
    not_done = f"{counted(told.issues, 'issue')} not done in all"
    yield line("In progress", counted(told.flow.wip, "issue"), f"{usual}{not_done}")
    yield line("Total age", *flow_figures.total_age(told.flow, told.total_age, told.total_age_before))
    efficiency = told.flow.flow_efficiency
    if efficiency is not None:
        share = percent(Decimal(efficiency))
        meaning = "from start to done in which nothing stopped the work and it did not wait"
        yield line("Flow efficiency", f"{share} of the time", meaning)
    spent = where_time_goes(told.flow.finished, told.calendar)
    if spent is not None and spent.sample >= FEWEST:
        longest = quote(next(iter(spent.statuses)), 40)
        yield line("Where the time goes", longest, f"on average {spent_in(spent)}")


def _throughput(told: BoardFlow) -> tuple[str, str]:
    whole = [len(week.finished) for week in told.weeks if week.whole]
    if not whole:
        return "–", "no whole week is known yet"  # noqa: RUF001 - a dash is meant
    mean = sum(whole) / len(whole)
    found = told.trend
    weeks = f"the mean of {counted(len(whole), 'week')}"
    if found is None:
        return f"{mean:.1f} a week", weeks
    words = {
        Direction.RISING: "more than before",
        Direction.STEADY: "about as many as before",
        Direction.FALLING: "fewer than before",
    }
    told_of = f"{found.recent:.1f} in the last {RECENT}, {found.before:.1f} before"
    return f"{mean:.1f} a week", f"{weeks}; {words[found.direction]} ({told_of})"


def _balance(told: BoardFlow) -> tuple[str, str]:
    found = told.balance
    words = {
        Direction.RISING: "more comes in than goes out, so the backlog grows",
        Direction.STEADY: "about as much comes in as goes out",
        Direction.FALLING: "less comes in than goes out, so the backlog shrinks",
    }
    net = f" ({found.net:+d})" if found.net else ""
    return (
        f"{found.arrived} in, {found.finished} out{net}",
        f"since {day(told.since, told.calendar)}: {words[found.direction]}",
    )


# --- what it rests on -----------------------------------------------------------------------------


def _rows(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    aging = told.flow.aging
    yield from (_row(one, told) for one in aging[:MOST_ROWS])
    if len(aging) > MOST_ROWS:
        yield say(f"… and {len(aging) - MOST_ROWS} more"), (), (), (), (), ()


def _row(one: Aging, told: BoardFlow) -> tuple[Inlines, ...]:
    stopped = {each.key for each in told.flow.blocked}
    marks = [Status("blocked")] if one.key in stopped else []
    lasted = aged(one.age, one.usual if one.outlier else None)
    age = say(Text(lasted, strong=one.outlier), " " if marks else "", *marks)
    return (
        say(IssueLink(one.key)),
        say(quote((told.summaries or {}).get(one.key, ""), 80)),
        say(quote(one.column, 60)),
        age,
        say("too few to tell" if one.usual is None else within_days(one.usual)),
        say(quote(one.assignee or "nobody", 60)),
    )


def _column(one: ColumnLoad) -> tuple[Inlines, ...]:
    limit = "none"
    if one.limits is not None:
        parts = [("at least", one.limits.least), ("at most", one.limits.most)]
        limit = ", ".join(f"{word} {number}" for word, number in parts if number is not None)
    is_out = bool(one.over or one.under)
    return say(quote(one.name, 60)), say(Text(str(len(one.keys)), strong=is_out)), say(limit)


def _footer(told: BoardFlow) -> str:
    since = day(told.since, told.calendar)
    told_of = (
        f"As of {minute(told.at, told.calendar)}: issues that the board's filter finds and are not done, and "
        f"those finished since {since}; epics and sub-tasks are left out. Days are working days, and "
        "ages run from the first column in which work has begun."
    )
    if isinstance(told.forecast, NoForecast):
        return told_of
    return f"{told_of} {rests_on(told.forecast)}"


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
