"""What is told of deliveries, and in which words: names, days, and what to do about each scope."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import ceil

from app.domain.delivery.backtest import Score
from app.domain.delivery.ledger import Standing
from app.domain.delivery.outlook import SURE, Delivery, Outlook
from app.domain.delivery.rhythm import Rhythm
from app.domain.delivery.risks import NO_RISKS, Risks
from app.domain.delivery.scopes import Kind
from app.domain.delivery.since import Since
from app.domain.delivery.verdict import Verdict, verdict
from app.domain.reports.document import Inlines, IssueLink, Text, quote, say
from app.domain.reports.words import counted, measured, number, of_date
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.units import unit_of
from app.domain.scrum.wording import written

LONGEST_NAME = 80
NEAR = 300
"""Days within which a day of next year needs no year."""
NEVER = "no end in sight"
EMPTY = {
    Kind.VERSION: "It has no issues: fill it, or archive it.",
    Kind.EPIC: "It has no issues: fill it, or close it.",
    Kind.QUERY: "The query finds no issue.",
}
NOUNS = {Kind.VERSION: "version", Kind.EPIC: "epic", Kind.QUERY: "query"}
PLURALS = {Kind.VERSION: "versions", Kind.EPIC: "epics", Kind.QUERY: "issues of the query"}
ALL_DONE = {
    Kind.VERSION: "All of it is done: release it.",
    Kind.EPIC: "All of it is done: close it.",
    Kind.QUERY: "All of it is done.",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = ("", "first", "second", "third", "fourth", "last")
EVERY = {1: "", 2: "second ", 3: "third ", 4: "fourth "}
ALL_OF_IT = 0.9
"""Share of what is left that nobody takes out: then it is another scope."""


@dataclass(frozen=True, slots=True)
class Part:
    """Scopes of a kind.

    Attributes:
        score: of blind forecasts; None where too few were closed.
        left_out: so many open ones more than are looked at.
        risks: what stands in the way, by scope.
        since: what became of them since the last report; None where there was none.
    """

    kind: Kind
    outlook: Outlook
    score: Score | None = None
    left_out: int = 0
    risks: Mapping[str, Risks] = field(default_factory=dict)
    since: Since | None = None

    def only(self, ids: Collection[str]) -> "Part":
        """The same of some scopes."""
        chosen = tuple(one for one in self.outlook.deliveries if one.scope.id in ids)
        since = None if self.since is None else replace(self.since, closed=(), gone=())
        return replace(self, outlook=replace(self.outlook, deliveries=chosen), since=since)

    def risks_of(self, one: Delivery) -> Risks:
        """What stands in the way of a scope."""
        return self.risks.get(one.scope.id, NO_RISKS)


@dataclass(frozen=True, slots=True)
class BoardDelivery:
    """What a board's project delivers when, seen from an instant.

    Attributes:
        parts: by kind.
        missing: what it rests on and could not be read, in sentences without their end.
        keys: of issues by their ids.
        restricted: issues of the project of which nothing here knows, whatever is asked.
    """

    board: Board
    at: datetime
    calendar: Calendar
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    restricted: int = 0

    @property
    def unit(self) -> str:
        """What is counted."""
        return unit_of(self.board.estimation_field)

    @property
    def today(self) -> date:
        """Where the team is."""
        return self.calendar.day_of(self.at)


def named(one: Delivery) -> Inlines:
    """What a scope is called; an epic is linked."""
    scope = one.scope
    if scope.key is None:
        return (Text(name_of(one), strong=True),)
    return say(IssueLink(scope.key), f" {quote(scope.name, LONGEST_NAME)}")


def name_of(one: Delivery) -> str:
    """What a scope is called, in plain text."""
    scope = one.scope
    return quote(scope.name if scope.key is None else f"{scope.key} {scope.name}", LONGEST_NAME)


def day_of(day: date | None, told: BoardDelivery) -> str:
    """With its year where it could be taken for that of another one."""
    if day is None:
        return NEVER
    is_near = day.year == told.today.year or 0 < (day - told.today).days < NEAR
    return of_date(day) if is_near else written(day)


def rounded(value: float) -> Decimal:
    """A sum or a size, to a tenth."""
    return round(Decimal(value), 1)


def what_to_do(one: Delivery, told: BoardDelivery) -> str:
    """About a scope, in a sentence or two."""
    judged = verdict(one, told.today)
    settled = {Verdict.EMPTY: EMPTY[one.scope.kind], Verdict.DONE: ALL_DONE[one.scope.kind]}
    if judged in settled:
        return f"{settled[judged]}{_or_later(one, judged, told)}"
    if not one.standing.left:
        return f"{_left_at_nothing(one.standing)}: close what is done, estimate what is not."
    if judged is Verdict.NO_FORECAST:
        return "Too little is known for a date."
    if one.dates is not None and one.dates.following is not None:
        return _on_train(one, told)
    if one.dates is not None and one.dates.by[SURE] is None:
        return "At this pace there is no end in sight: stop adding to it, or cut it."
    if judged is Verdict.NO_DATE:
        advice = f"Set a day: {sure(one, told)} can be promised."
    elif judged is Verdict.ON_TRACK:
        advice = ""
    else:
        advice = _overdue(one, told) if (one.scope.due or date.max) < told.today else _take_out(one, told)
    return f"{advice} {_estimate_first(one.standing)}".strip() or "Nothing."


def _or_later(one: Delivery, judged: Verdict, told: BoardDelivery) -> str:
    """What is done early need not wait, and may."""
    due = one.scope.due
    waits = judged is Verdict.DONE and one.scope.kind is Kind.VERSION and due is not None and due > told.today
    return f" It is due on {day_of(due, told)}." if waits else ""


def _left_at_nothing(standing: Standing) -> str:
    verb = "has" if standing.open_issues == 1 else "have"
    return f"{counted(standing.open_issues, 'open issue')} {verb} no estimate above 0"


def _overdue(one: Delivery, told: BoardDelivery) -> str:
    since, left = day_of(one.scope.due, told), measured(rounded(one.standing.left), told.unit)
    way_out = "say a new day" if one.dates is None else f"move it to {sure(one, told)}"
    what = "release what is done" if one.scope.kind is Kind.VERSION else "close what is done"
    return f"Overdue since {since} with {left} left: {way_out}, or {what}."


def _take_out(one: Delivery, told: BoardDelivery) -> str:
    """What makes it fit, or which day does."""
    dates, due, later = one.dates, day_of(one.scope.due, told), sure(one, told)
    assert dates is not None
    assert dates.take_out is not None
    if dates.take_out >= one.standing.left * ALL_OF_IT:
        return f"{due} cannot be promised: move it to {later}, or settle for what is done by then."
    much = measured(Decimal(ceil(dates.take_out)), told.unit)
    return f"To make {due} with {SURE} %, take out some {much}; or move it to {later}."


def _on_train(one: Delivery, told: BoardDelivery) -> str:
    """It goes out on its day; the question is with what."""
    dates, standing, due = one.dates, one.standing, day_of(one.scope.due, told)
    assert dates is not None
    assert dates.take_out is not None
    most = ceil(min(dates.take_out, standing.left))
    if not most:
        return f"{_leaves(one)} {due} with all of it.{_doubt(one)} {_estimate_first(standing)}".strip()
    much, next_day = measured(Decimal(most), told.unit), day_of(dates.following, told)
    what = f"up to {much} of {number(rounded(standing.left))} will not be ready"
    if dates.take_out >= standing.left * ALL_OF_IT:
        what = f"of the {measured(rounded(standing.left), told.unit)} left nothing is sure to be"
    advice = f"{_leaves(one)} {due} with what is ready: {what}. Say what can wait until {next_day}."
    return f"{advice}{_doubt(one)} {_estimate_first(standing)}".strip()


def _leaves(one: Delivery) -> str:
    return "It is meant to go out on" if _doubt(one) else "It goes out on"


def _doubt(one: Delivery) -> str:
    """Where the day itself is not sure."""
    day, due = told_day(one), one.scope.due
    if day is None or due is None or day <= due:
        return ""
    return f" The day itself is not {SURE} % sure: too few of these days were kept so far."


def _estimate_first(standing: Standing) -> str:
    if not standing.unestimated or standing.unestimated * 3 < standing.open_issues:
        return ""
    return f"Estimate {counted(standing.unestimated, 'issue')} for a surer day."


def fixed_days(rhythm: Rhythm) -> str:
    """When they are: every second Thursday."""
    day = WEEKDAYS[rhythm.anchor.weekday()]
    if rhythm.weeks is None:
        return f"on the {NTH[rhythm.nth]} {day} of a month"
    if rhythm.weeks in EVERY:
        return f"every {EVERY[rhythm.weeks]}{day}"
    return f"every {rhythm.weeks} weeks on a {day}"


def told_day(one: Delivery) -> date | None:
    """The day of 85 %; None where none is told, or where it is too far away."""
    return None if one.dates is None else one.dates.by[SURE]


def as_they_come(one: Part) -> Sequence[Delivery]:
    """By the days that are told: what is done first, and what has no end in sight last."""
    never = date.max
    return sorted(
        one.outlook.deliveries, key=lambda each: date.min if each.dates is None else told_day(each) or never
    )


def sure(one: Delivery, told: BoardDelivery) -> str:
    assert one.dates is not None
    return day_of(one.dates.by[SURE], told)


def unbroken(day: str) -> str:
    """In narrow columns a day stays on its line."""
    return day.replace(" ", "\N{NO-BREAK SPACE}")
