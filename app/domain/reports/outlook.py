"""What a report says about the rest of the sprint: the forecast with its score, and what is stuck."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.flow.flow import Aging, Flow, Stopped
from app.domain.flow.path import BlockedBy
from app.domain.forecast.forecast import Forecast, Range, Score
from app.domain.reports import naming
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Paragraph,
    Text,
    quote,
    say,
)
from app.domain.reports.velocity import velocity_sentence
from app.domain.reports.words import aged, and_more, counted, number, of_date, percent, sized, within_days
from app.domain.sprint_health.absences import Absence, Absences
from app.domain.sprint_health.health import SprintHealth

MOST_NAMED = 3
UNLIKELY = 0.5
SHOWN_RANGE = 85
MOST_SPANS = 6


def outlook(health: SprintHealth) -> Iterator[Block]:
    """Nothing where earlier sprints were not looked at."""
    if health.outlook is None:
        return
    told, flow = health.outlook.forecast, health.outlook.flow
    if isinstance(told, Forecast):
        yield Heading(3, say("Forecast"))
        yield Paragraph(_forecast(told, health))
        yield Paragraph(say(_score(told.score, len(told.sprints), health)))
    elif told is not None:
        yield Paragraph(say(Text("No forecast:", strong=True), f" {told.reason}"))
    if away := health.outlook.absences:
        yield Paragraph(say(Text("Away:", strong=True), f" {'; '.join(_away(away))}."))
    if sentence := velocity_sentence(health.outlook.velocity, health.unit):
        yield Paragraph(say(Text("Velocity:", strong=True), f" {sentence}{_took_on(health)}"))
    if not health.closed and (items := tuple(_stuck(flow))):
        yield Heading(3, say("Flow"))
        yield BulletList(items)


def _took_on(health: SprintHealth) -> str:
    highest = health.outlook.velocity.highest if health.outlook else None
    scope = health.ledger.scope
    if health.closed or highest is None or scope <= highest:
        return ""
    return f" This sprint has taken on {sized(scope, health.unit)}, more than was ever done in one of them."


def _forecast(told: Forecast, health: SprintHealth) -> Inlines:
    unit = health.unit
    likely = next(one for one in told.ranges if one.percent == SHOWN_RANGE)
    whole = health.ledger.scope
    parts: list[str | Inline] = [
        Text(f"About {told.expected:.0f} of {number(whole)} {unit} will be done", strong=True),
        f"; {_range(likely)} with {SHOWN_RANGE} % confidence",
        ", what may yet be added included." if likely.high > float(whole) else ".",
        f" Chance that all of the sprint is done: {_percent(told.chance_of_all)}",
    ]
    if told.chance_of_commitment is not None and not health.ledger.is_smaller:
        parts.append(f"; as much as was committed: {_percent(told.chance_of_commitment)}")
    parts.append(".")
    risky = [item for item in told.items if item.chance < UNLIKELY][:MOST_NAMED]
    for item, before in zip(risky, (" Least likely: ", ", ", ", "), strict=False):
        parts += [before, IssueLink(item.key), f" {_percent(item.chance)}"]
    return say(*parts, "." if risky else "")


def _away(absences: Absences) -> Iterator[str]:
    """Who is away when, what that takes, and the days on which nobody works."""
    if absences.spans:
        spans = ", ".join(_span(one) for one in absences.spans[:MOST_SPANS])
        told = f"{spans}{and_more(len(absences.spans), MOST_SPANS)}"
        yield f"{told}, which takes {absences.lost:.1f} of {absences.left:.1f} working days left"
    if absences.holidays:
        days = ", ".join(of_date(one) for one in absences.holidays[:MOST_SPANS])
        yield f"holidays: {days}{and_more(len(absences.holidays), MOST_SPANS)}"


def _span(one: Absence) -> str:
    who = "all of the team" if one.share == 1 else f"{_percent(one.share)} of the team"
    days = of_date(one.first) if one.first == one.last else f"{of_date(one.first)} to {of_date(one.last)}"
    return f"{who} {'on ' if one.first == one.last else ''}{days}"


def _range(one: Range) -> str:
    return f"{one.low:.0f} to {one.high:.0f}"


def _percent(share: float) -> str:
    return percent(Decimal(share))


def _score(score: Score | None, sprints: int, health: SprintHealth) -> str:
    learnt = f"Learnt from {counted(sprints, 'closed sprint')}."
    if score is None:
        return f"{learnt} Too few of them could be forecast blind, so nothing tells yet how good this is."
    return (
        f"{learnt} Tried blind on {len(score.blind)} of them at this point: the {SHOWN_RANGE} % range "
        f"held in {_percent(score.coverage[SHOWN_RANGE])}; "
        f"off by {score.error:.1f} {health.unit} on average, "
        f'where "like the median sprint" is off by {score.median_error:.1f}.'
    )


def _stuck(flow: Flow) -> Iterator[Inlines]:
    """One sentence for each kind, the worst issues by name; flags are told where it says what to do today."""
    if flow.outliers:
        yield _named("Older than the team's work usually is: ", [_aging(one) for one in flow.outliers])
    if waiting := [one for one in flow.blocked if one.block.by is not BlockedBy.FLAG]:
        yield _named("Blocked: ", [_blocked(one) for one in waiting])
    old = {one.key for one in flow.outliers}
    if quiet := [one for one in flow.stalled if one.key not in old]:
        yield _named(
            "Started but not moved: ", [(one.key, f" for {aged(one.days_in_column)}") for one in quiet]
        )
    for person, keys in list(flow.per_person.items())[:MOST_NAMED]:
        who = quote(person, 60) or "Nobody"
        yield _named(f"{who} has {len(keys)} issues in progress: ", [(key, "") for key in keys])


def _named(what: str, named: list[tuple[str, str]]) -> Inlines:
    return say(what, *naming.named(named, MOST_NAMED), ".")


def _aging(one: Aging) -> tuple[str, str]:
    usual = ""
    if one.usual is not None:
        usual = f", 85 % leave {quote(one.column, 40)} within {within_days(one.usual)}"
    return one.key, f" ({aged(one.age, one.usual)}{usual})"


def _blocked(one: Stopped) -> tuple[str, str]:
    by = {
        BlockedBy.FLAG: "flagged",
        BlockedBy.LINK: f"by {one.block.what}",
        BlockedBy.STATUS: "by its status",
    }
    return one.key, f" ({by[one.block.by]}, {aged(one.days)})"
