"""What changed since the last report: for whoever read that one and has ten seconds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.forecast.forecast import Forecast
from app.domain.reports import naming
from app.domain.reports.charts.chances import Told
from app.domain.reports.document import Block, BulletList, Inlines, Paragraph, Text, say
from app.domain.reports.words import MONTHS, estimate, sized
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import Completed, Entered, Left, Reestimated, Reopened, ScopeEvent
from app.domain.scrum.units import HOURS, SECONDS, unit_of
from app.domain.sprint_health.health import SprintHealth

MOST_NAMED = 5
NOTABLE = 1.0
"""Points, issues or hours by which what is expected must differ to be told."""


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier report on the sprint said.

    Attributes:
        expected: what would be done, in `unit`; None where nothing was forecast.
        blocked: keys.
        unit: what the board counted then; see `app.domain.scrum.units`.
        told: chances of all reports before, oldest first.
    """

    at: datetime
    verdict: str
    expected: float | None
    blocked: tuple[str, ...]
    unit: str
    told: tuple[Told, ...] = ()


def read_before(document: Mapping[str, Any]) -> Before | None:
    """From a stored report; None where it is not one that can be compared with."""
    try:
        expected = (document.get("forecast") or {}).get("expected")
        board = document.get("board") or {}
        field = board.get("estimation_field")
        if expected is not None and "unit" not in board and unit_of(field) == HOURS:
            expected /= float(SECONDS)  # Reports once counted such boards in Jira's seconds.
        return Before(
            at=datetime.fromisoformat(document["timing"]["as_of"]),
            verdict=document["verdict"],
            expected=expected,
            blocked=tuple(document["blocked"]),
            unit=board.get("unit") or unit_of(field),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def since(before: Before, health: SprintHealth, *, what: str = "the last report") -> Iterator[Block]:
    """Nothing where the two are of one instant, or of a sprint that had been closed before."""
    if health.timing.as_of <= before.at:
        return
    when = _moment(before.at, health.calendar)
    items = tuple(_items(before, health))
    if not items:
        yield Paragraph(say(Text(f"Nothing has changed since {when}.", strong=True)))
        return
    yield Paragraph(say(Text(f"Since {what} ({when}):", strong=True)))
    yield BulletList(items)


def _moment(at: datetime, calendar: Calendar) -> str:
    there = at.astimezone(calendar.zone)
    return f"{there.day} {MONTHS[there.month - 1]}, {there:%H:%M}"


def _items(before: Before, health: SprintHealth) -> Iterator[Inlines]:
    if before.verdict != health.verdict.value:
        yield say("Now ", Text(health.verdict.value, strong=True), f", was {before.verdict}.")
    happened = [event for event in health.events if event.at > before.at and not event.is_subtask]
    for what, kind in (
        ("Done: ", Completed),
        ("Added: ", Entered),
        ("Removed: ", Left),
        ("Reopened: ", Reopened),
    ):
        found = [event for event in happened if isinstance(event, kind)]
        if found:
            yield _named(what, [(event.key, _points(event, health)) for event in found])
    changed = [event for event in happened if isinstance(event, Reestimated)]
    if changed:
        unit = health.unit
        told = [
            (each.key, f" from {estimate(each.before, unit)} to {estimate(each.after, unit)}")
            for each in changed
        ]
        yield _named("Re-estimated: ", told)
    blocked = [issue.key for issue in health.blocked]
    if new := [key for key in blocked if key not in before.blocked]:
        yield _named("Blocked: ", [(key, "") for key in new])
    if freed := [key for key in before.blocked if key not in blocked]:
        yield _named("No longer blocked: ", [(key, "") for key in freed])
    yield from _forecast(before, health)


def _forecast(before: Before, health: SprintHealth) -> Iterator[Inlines]:
    told = health.outlook.forecast if health.outlook else None
    if not isinstance(told, Forecast) or before.expected is None or before.unit != health.unit:
        return
    if abs(told.expected - before.expected) >= NOTABLE:
        yield say(f"Forecast: about {told.expected:.0f} {health.unit}, was {before.expected:.0f}.")


def _points(event: ScopeEvent, health: SprintHealth) -> str:
    return "" if health.counts_issues else f" ({sized(event.points, health.unit)})"


def _named(what: str, named: Sequence[tuple[str, str]]) -> Inlines:
    return say(what, *naming.named(named, MOST_NAMED), ".")
