"""What is said once half-way: what became of the plan, and what to drop or split while there is time."""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.forecast.forecast import Forecast
from app.domain.reports.charts.pictures import below_numbers, of_sprint
from app.domain.reports.document import Block, Heading, IssueLink, Paragraph, Report, Table, quote, say
from app.domain.reports.measures import load
from app.domain.reports.outlook import outlook
from app.domain.reports.since import Before, since
from app.domain.reports.sprint_health import footer, goal, issues, notes, numbers, panel
from app.domain.reports.words import counted, measured, number, percent
from app.domain.sprint_health.health import SprintHealth

UNLIKELY = 0.5
MOST_CANDIDATES = 10


def report(health: SprintHealth, before: Before | None = None) -> Report:
    """The whole report; with an earlier one comes how the forecast moved."""
    return Report(f"Half-way: {quote(health.sprint_name, 120)}", tuple(_blocks(health, before)))


def _blocks(health: SprintHealth, before: Before | None) -> Iterator[Block]:
    yield panel(health)
    start = Before(health.timing.started_at, health.verdict.value, None, (), health.unit)
    yield from since(start, health, what="the start of the sprint")
    yield from notes(health, partial=True)
    yield from goal(health)
    yield from _candidates(health)
    yield from of_sprint(health)
    yield from numbers(health)
    yield from outlook(health)
    yield from below_numbers(health, None if before is None else before.told, past=False)
    yield from issues(health)
    yield from load(health)
    yield from notes(health, partial=False)
    yield from footer(health)


CANDIDATES = 0
"""They give way after all other lists."""


def _candidates(health: SprintHealth) -> Iterator[Block]:
    """Issues that will more likely be carried over than done, the least likely first."""
    told = health.outlook.forecast if health.outlook else None
    if not isinstance(told, Forecast):
        return
    known = {issue.key: issue for issue in health.issues}
    found = [(known[one.key], one.chance) for one in told.items if one.chance < UNLIKELY and one.key in known]
    if not found:
        return
    points = sum((issue.points for issue, _ in found), start=Decimal(0))
    much = "" if health.counts_issues else f", {measured(points, health.unit)}"
    yield Heading(3, say("Drop or split"))
    yield Paragraph(
        say(f"{counted(len(found), 'issue')}{much} will more likely be carried over than done. Decide now.")
    )
    rows = tuple(
        (
            (IssueLink(issue.key),),
            say(quote(issue.summary, 100)),
            say(quote(issue.status_name, 40)),
            say(number(issue.points)),
            say(percent(Decimal(chance))),
        )
        for issue, chance in found[:MOST_CANDIDATES]
    )
    yield Table(
        (
            "Issue",
            "Summary",
            "Status",
            "Count" if health.counts_issues else health.unit.capitalize(),
            "Chance",
        ),
        rows,
        shorten=CANDIDATES,
    )
