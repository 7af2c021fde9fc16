"""What is said once when a sprint begins: what was promised, whether that is likely, what to mend today."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.forecast.forecast import Forecast
from app.domain.reports import naming
from app.domain.reports.advice import plan_hints
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Inlines,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    Status,
    Text,
    quote,
    say,
)
from app.domain.reports.measures import kind_of_work, load
from app.domain.reports.outlook import outlook
from app.domain.reports.since import Before
from app.domain.reports.sprint_health import amount, footer, goal, issues, notes
from app.domain.reports.words import counted, number, percent, sized
from app.domain.sprint_health.health import IssueHealth, SprintHealth

UNLIKELY = 0.5
OFTEN = 2
MOST_KEYS = 5


def report(health: SprintHealth, _: Before | None = None) -> Report:
    """The whole report."""
    return Report(f"Sprint start: {quote(health.sprint_name, 120)}", tuple(_blocks(health)))


def _blocks(health: SprintHealth) -> Iterator[Block]:
    yield _panel(health)
    yield from notes(health, partial=True)
    yield from goal(health)
    yield from outlook(health)
    yield from issues(health)
    yield from load(health)
    yield from kind_of_work(health)
    yield from notes(health, partial=False)
    yield from footer(health)


def _panel(health: SprintHealth) -> Panel:
    todo = tuple(_todo(health))
    days = health.timing.working_days_left
    span = f" for {counted(days, 'working day')}" if days else ""
    sentence = f"{amount(health, health.ledger.commitment)} committed{span}.{_measure(health)}"
    word = Status("check the plan", Colour.YELLOW) if todo else Status("sound plan", Colour.GREEN)
    first = Paragraph(say(word, " ", Text(sentence, strong=True)))
    if not todo:
        return Panel(PanelKind.SUCCESS, (first, Paragraph(say("Nothing to mend."))))
    return Panel(PanelKind.WARNING, (first, BulletList(todo)))


def _measure(health: SprintHealth) -> str:
    past = health.outlook.velocity if health.outlook else None
    if past is None or past.median is None:
        return ""
    highest = sized(past.highest or Decimal(0), health.unit)
    spread = f"from {number(past.lowest or Decimal(0))} to {highest}"
    usual = sized(past.median, health.unit)
    return f" The last {counted(len(past.counted), 'sprint')} came to {usual} ({spread})."


def _todo(health: SprintHealth) -> Iterator[Inlines]:
    commitment = health.ledger.commitment.points
    past = health.outlook.velocity if health.outlook else None
    told = health.outlook.forecast if health.outlook else None
    if past is not None and past.median is not None and past.highest is not None:
        over = commitment - past.median
        if commitment > past.highest:
            much = sized(Decimal(round(over)), health.unit)
            yield say(f"Take out about {much}: more was committed than the team did in any of these sprints.")
    chance = told.chance_of_commitment if isinstance(told, Forecast) else None
    if chance is not None and chance < UNLIKELY:
        yield say(
            f"The chance to do all that was committed is {percent(Decimal(chance))}: agree what goes first."
        )
    if not health.ledger.commitment.issues:
        yield say("Plan it now: nothing was in the sprint at its start, so nothing was promised.")
    if not health.goal:
        yield say("Write down the sprint goal: without one nobody can tell what may be left undone.")
    left = [issue for issue in health.issues if issue.remains and not issue.is_subtask]
    yield from _about("Unblock ", [issue for issue in left if issue.flagged], " before anybody begins.")
    yield from _about("Estimate ", health.unestimated, ": they count 0.")
    often = [issue for issue in left if issue.earlier_sprints >= OFTEN]
    yield from _about("Split or drop ", often, f": carried over {OFTEN} times or more.")
    hidden = [issue for issue in left if not issue.on_board]
    yield from _about("Show ", hidden, " on the board: their status has no column.")
    yield from plan_hints(health)


def _about(begins: str, found: "list[IssueHealth] | tuple[IssueHealth, ...]", ends: str) -> Iterator[Inlines]:
    if found:
        yield say(begins, *naming.keys((issue.key for issue in found), MOST_KEYS), ends)
