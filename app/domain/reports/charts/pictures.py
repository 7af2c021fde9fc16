"""Which charts a report has, and what is said of them to whoever cannot see them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain.flow.control import Control, control
from app.domain.flow.cumulative import CumulativeFlow
from app.domain.flow.weeks import NaturalLimits, Week
from app.domain.reports.charts.burn import burndown, burnup
from app.domain.reports.charts.by_count import by_count
from app.domain.reports.charts.chances import Told, chances
from app.domain.reports.charts.cumulative import cumulative
from app.domain.reports.charts.cycle_times import cycle_times
from app.domain.reports.charts.theme import Spec, side_by_side
from app.domain.reports.charts.throughput import throughput
from app.domain.reports.charts.velocity import velocity
from app.domain.reports.document import Medium, Picture
from app.domain.reports.flow_sentences import control_said, lines_said
from app.domain.reports.words import measured, number
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.velocity import Velocity

SPRINT, FLOW = "sprint", "flow"
"""Names of the pictures in comments."""
CYCLE_TIMES = "Cycle times of finished issues by the day they were done."
PAGE_WIDTH, WHOLE_WIDTH, HALF = 440, 900, 380
MARGINS = 90
"""Points for axes, words and padding beside a chart, about."""


def of_sprint(health: SprintHealth) -> Iterator[Picture]:
    """Burndown and burn-up: apart on a page, side by side as one picture in a comment."""
    yield _on_page("burndown", _burndown_alt(health), burndown(health, width=PAGE_WIDTH))
    yield _on_page("burn-up", _burnup_alt(health), burnup(health, width=PAGE_WIDTH))
    both = side_by_side([burndown(health, width=HALF), burnup(health, width=HALF)])
    alt = f"{_burndown_alt(health)} {_burnup_alt(health)}"
    yield Picture(SPRINT, alt, both, Medium.COMMENT, 2 * HALF + MARGINS)


def of_count(health: SprintHealth) -> Iterator[Picture]:
    """The sprint in issues, where the board counts something else."""
    if not health.counts_issues:
        yield _on_page("by-count", _by_count_alt(health), by_count(health, width=PAGE_WIDTH))


def early(health: SprintHealth) -> list[Spec]:
    """Charts of the page that rest on the sprint alone: they can be drawn before its outlook is known."""
    counted = [] if health.counts_issues else [by_count(health, width=PAGE_WIDTH)]
    return [burndown(health, width=PAGE_WIDTH), *counted]


def of_chances(told: Sequence[Told], health: SprintHealth) -> Iterator[Picture]:
    """How the forecast moved, where earlier reports told one."""
    drawn = chances(told, health, width=PAGE_WIDTH)
    if drawn is not None:
        yield _on_page("chances", "Chances to finish in time, as the reports of each day told them.", drawn)


def of_the_past(health: SprintHealth) -> Iterator[Picture]:
    """Velocity and cycle times, where earlier sprints are known."""
    if health.outlook is None:
        return
    yield from of_velocity(health.outlook.velocity, health.unit)
    yield from _of_cycle_times(control(health.outlook.flow), health.calendar)


def _of_cycle_times(told: Control | None, calendar: Calendar) -> Iterator[Picture]:
    if told is not None:
        said = (lines_said(told), control_said(told))
        drawn = cycle_times(told, said, calendar, width=PAGE_WIDTH - MARGINS)
        yield _on_page("cycle-time", f"{CYCLE_TIMES} {' '.join(said)}", drawn)


def of_columns(
    told: CumulativeFlow,
    said: Sequence[str],
    finished: Control | None,
    *,
    at: datetime,
    calendar: Calendar,
) -> Iterator[Picture]:
    """Cumulative flow and cycle times: apart on a page, side by side as one picture in a comment.

    `said` are sentences on the former, of which the first one stands above it.
    """
    shown = [*_of_cycle_times(finished, calendar)]
    drawn = cumulative(told, said[0], at=at, calendar=calendar, width=PAGE_WIDTH - MARGINS)
    if drawn is not None:
        shown.insert(0, _on_page("cumulative-flow", f"Cumulative flow. {' '.join(said)}", drawn))
    yield from shown
    if shown:
        both = side_by_side([one.spec for one in shown])
        alt = " ".join(one.alt for one in shown)
        yield Picture(FLOW, alt, both, Medium.COMMENT, len(shown) * (PAGE_WIDTH + MARGINS))


def of_weeks(weeks: Sequence[Week], limits: NaturalLimits | None) -> Iterator[Picture]:
    """Throughput by week."""
    drawn = throughput(weeks, limits, width=PAGE_WIDTH)
    if drawn is not None:
        told = ", ".join(f"{len(week.arrived)} and {len(week.finished)}" for week in weeks)
        yield _on_page("throughput", f"Issues arrived and finished by week, oldest first: {told}.", drawn)


def of_velocity(figures: Velocity, unit: str, *, width: int = PAGE_WIDTH) -> Iterator[Picture]:
    """Committed and completed by sprint."""
    drawn = velocity(figures, unit, width=width)
    if drawn is not None:
        told = "; ".join(
            f"{one.name}: {number(one.commitment)} committed, {number(one.completed)} completed"
            for one in figures.counted
        )
        yield _on_page("velocity", f"Velocity by sprint, in {unit}. {told}.", drawn, width=width)


def _on_page(name: str, alt: str, spec: Spec, *, width: int = PAGE_WIDTH) -> Picture:
    return Picture(name, alt, spec, Medium.PAGE, width + MARGINS)


def _burndown_alt(health: SprintHealth) -> str:
    start, end = health.burndown[0].remaining, health.burndown[-1].remaining
    return f"Burndown: {number(start)} at the start, {measured(end, health.unit)} remaining."


def _burnup_alt(health: SprintHealth) -> str:
    last = health.burnup[-1]
    return f"Burn-up: {number(last.done)} done of {measured(last.scope, health.unit)} taken on."


def _by_count_alt(health: SprintHealth) -> str:
    last = health.burnup[-1]
    left = last.scope_issues - last.done_issues
    return f"By count: {last.done_issues} of {last.scope_issues} issues done, {left} remaining."
