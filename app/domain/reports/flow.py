"""How work flows over a board, for a team without sprints: what to do today, then what can be promised.

A tired team lead reads the panel and the table of numbers; everything below is there to check them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from statistics import median

from app.domain.flow.columns import ColumnLoad
from app.domain.flow.flow import FEWEST, OUTLIER_PERCENT, Aging, Flow, Stopped
from app.domain.flow.path import BlockedBy
from app.domain.flow.spent import where_time_goes
from app.domain.flow.totals import total_age
from app.domain.flow.weeks import RECENT, Balance, Direction, Trend, Week, balance, trend
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import SHOWN_PERCENT, ThroughputForecast
from app.domain.reports import flow_figures, naming
from app.domain.reports.charts.pictures import of_flow
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
from app.domain.reports.incomplete import HEADING, incomplete
from app.domain.reports.notes import noted
from app.domain.reports.spent import spent_in
from app.domain.reports.words import bars, counted, day, minute, of_date, percent
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.data_quality import PARTIAL, Note

MOST_NAMED = 5
MOST_ROWS = 100
"""Of younger issues in progress the JSON tells."""
MEASURED = ("Measure", "Value", "Meaning")
BEFORE = timedelta(weeks=4)
ISSUES, COLUMNS, ADVICE = 2, 1, 0
"""What gives way first when a report is too long: the highest."""


@dataclass(frozen=True, slots=True)
class BoardFlow:
    """The flow of a board at an instant.

    Attributes:
        since: the Monday that what was finished is told from.
        issues: on the board and not done, sub-tasks left out.
        asked: how many issues the forecast was asked about; None: those in progress.
        summaries: of the issues in progress, by key.
        missing: what it rests on and could not be read, in sentences without their end.
    """

    board: Board
    at: datetime
    since: datetime
    calendar: Calendar
    flow: Flow
    weeks: tuple[Week, ...]
    columns: tuple[ColumnLoad, ...]
    issues: int
    forecast: ThroughputForecast | NoForecast
    asked: int | None = None
    summaries: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def trend(self) -> Trend | None:
        """Of what is finished a week."""
        return trend(self.weeks)

    @property
    def balance(self) -> Balance:
        """What arrived against what was finished."""
        return balance(self.weeks)

    @property
    def service_level(self) -> int | None:
        """Working days within which 85 % of the finished issues were done; None where too few were."""
        taken = self.flow.cycle_times
        return ceil(taken.days[OUTLIER_PERCENT]) if taken and taken.sample >= FEWEST else None

    @property
    def total_age(self) -> float:
        """Working days, of all issues in progress together."""
        return total_age(self.flow, self.calendar)

    @property
    def total_age_before(self) -> float | None:
        """The same four weeks ago; None where that was before what is measured."""
        then = self.at - BEFORE
        return total_age(self.flow, self.calendar, at=then) if then > self.since else None

    @property
    def usual_wip(self) -> float | None:
        """The median of the working days' issues in progress; None without a day."""
        counts = [one.in_progress for one in self.flow.days]
        return median(counts) if counts else None

    @property
    def over_limit(self) -> tuple[ColumnLoad, ...]:
        """Columns with more issues than they are to hold."""
        return tuple(one for one in self.columns if one.over)


def report(told: BoardFlow) -> Report:
    """The whole report."""
    return Report(f"Flow: {quote(told.board.name, 120)}", tuple(_blocks(told)))


def _blocks(told: BoardFlow) -> Iterator[Block]:
    yield from incomplete(told.missing)
    if partial := [note for note in told.notes if note.flaw in PARTIAL]:
        yield noted(partial, heading=HEADING, kind=PanelKind.WARNING)
    yield _panel(told)
    yield Heading(3, say("What can be promised"))
    yield Table(MEASURED, tuple(_promises(told)))
    yield Heading(3, say("How work flows"))
    yield Table(MEASURED, tuple(_numbers(told)))
    yield from of_flow(told.flow, told.weeks, told.calendar)
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
    yield Paragraph(say(_footer(told)))


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
        usual = _days(old[0].usual or 0)
        yield _named(
            f"Finish or split first, in {quote(column, 40)} (85 % leave it within {usual}): ",
            [(one.key, f" ({_days(one.age)})") for one in old],
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
            "Ask about: ", [(one.key, f" (not moved for {_days(one.days_in_column)})") for one in quiet]
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


# --- what can be promised -------------------------------------------------------------------------


def _promises(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    yield _line("Service level", *_service_level(told))
    yield from _forecast(told)
    if isinstance(told.forecast, ThroughputForecast) and (sure := flow_figures.predictability(told.forecast)):
        yield _line("Predictability", *sure)


def _numbers(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    yield _line("Throughput", *_throughput(told))
    yield _line("Arrived and finished", *_balance(told))
    usual = "" if told.usual_wip is None else f"usually {_plain(told.usual_wip)}; "
    not_done = f"{counted(told.issues, 'issue')} not done in all"
    yield _line("In progress", counted(told.flow.wip, "issue"), f"{usual}{not_done}")
    yield _line("Total age", *flow_figures.total_age(told.flow, told.total_age, told.total_age_before))
    efficiency = told.flow.flow_efficiency
    if efficiency is not None:
        share = percent(Decimal(efficiency))
        meaning = "from start to done in which nothing stopped the work and it did not wait"
        yield _line("Flow efficiency", f"{share} of the time", meaning)
    spent = where_time_goes(told.flow.finished, told.calendar)
    if spent is not None and spent.sample >= FEWEST:
        longest = quote(next(iter(spent.statuses)), 40)
        yield _line("Where the time goes", longest, f"on average {spent_in(spent)}")


def _line(name: str, value: str, meaning: str) -> tuple[Inlines, ...]:
    return say(name), say(Text(value, strong=True)), say(meaning)


def _service_level(told: BoardFlow) -> tuple[str, str]:
    taken, level = told.flow.cycle_times, told.service_level
    number = 0 if taken is None else taken.sample
    if taken is None or level is None:
        return "–", f"{counted(number, 'issue')} begun and finished since {_since(told)}; it takes {FEWEST}"  # noqa: RUF001
    others = len(told.flow.finished) - number
    begun = f"half within {ceil(taken.days[50])}; {counted(number, 'issue')} since {_since(told)}"
    more = f", and {others} that were never in progress" if others else ""
    meaning = f"85 % of the issues that were begun are done by then, {begun}{more}"
    return counted(level, "working day"), meaning


def _since(told: BoardFlow) -> str:
    return day(told.since, told.calendar)


def _forecast(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    forecast = told.forecast
    if isinstance(forecast, NoForecast):
        yield _line("Forecast", "–", forecast.reason)  # noqa: RUF001 - a dash is meant
        return
    for one in forecast.how_many:
        yield _line(
            f"Next {one.weeks} weeks",
            f"{one.issues[SHOWN_PERCENT]} or more",
            f"finished by {of_date(one.until)}, with {_sure(f'{one.issues[50]} or more')}",
        )
    if forecast.when is not None:
        by = forecast.when.by
        which = "as many as are in progress, finished with " if told.asked is None else "finished with "
        yield _line(
            f"Next {counted(forecast.when.issues, 'issue')}",
            f"by {_by(by[SHOWN_PERCENT])}",
            f"{which}{_sure(f'by {_by(by[50])}')}",
        )


def _sure(evens: str) -> str:
    return f"{SHOWN_PERCENT} % confidence ({evens} with 50 %)"


def _by(one: date | None) -> str:
    return "no day within a year" if one is None else of_date(one)


def _throughput(told: BoardFlow) -> tuple[str, str]:
    whole = [len(week.finished) for week in told.weeks if week.whole]
    if not whole:
        return "–", "no whole week is known yet"  # noqa: RUF001 - a dash is meant
    mean = sum(whole) / len(whole)
    found = told.trend
    weeks = f"the mean of {counted(len(whole), 'week')}{flow_figures.by_chance(told.weeks)}"
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
    return f"{found.arrived} in, {found.finished} out{net}", f"since {_since(told)}: {words[found.direction]}"


# --- what it rests on -----------------------------------------------------------------------------


def _rows(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    aging = told.flow.aging
    yield from (_row(one, told) for one in aging[:MOST_ROWS])
    if len(aging) > MOST_ROWS:
        yield say(f"… and {len(aging) - MOST_ROWS} more"), (), (), (), (), ()


def _row(one: Aging, told: BoardFlow) -> tuple[Inlines, ...]:
    stopped = {each.key for each in told.flow.blocked}
    marks = [Status("blocked")] if one.key in stopped else []
    age = say(Text(_days(one.age), strong=one.outlier), " " if marks else "", *marks)
    return (
        say(IssueLink(one.key)),
        say(quote((told.summaries or {}).get(one.key, ""), 80)),
        say(quote(one.column, 60)),
        age,
        say("too few to tell" if one.usual is None else _days(one.usual)),
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
    told_of = (
        f"As of {minute(told.at, told.calendar)}: issues that the board's filter finds and are not done, and "
        f"those finished since {_since(told)}; epics and sub-tasks are left out. Days are working days, and "
        "ages run from the first column in which work has begun."
    )
    if isinstance(told.forecast, NoForecast):
        return told_of
    return f"{told_of} {_rests_on(told.forecast)}"


def _rests_on(forecast: ThroughputForecast) -> str:
    drawn = (
        f"The forecast draws weeks of working days from the {forecast.days} behind, on which "
        f"{counted(forecast.finished, 'issue')} were finished."
    )
    if forecast.blind is None:
        return f"{drawn} Too few weeks lie behind to try it blind."
    held, tried = forecast.blind.held, forecast.blind.tried
    return f"{drawn} Tried blind on {tried} earlier fortnights, what it said at 85 % held in {held}."


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _days(days: float) -> str:
    return "less than a day" if days < 1 else counted(round(days), "working day")
