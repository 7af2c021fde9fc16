"""Which charts a report has, and what is said of them to whoever cannot see them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

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


def below_numbers(
    health: SprintHealth, told: Sequence[Told] | None, *, past: bool = True
) -> Iterator[Picture]:
    """The sprint in issues, how its forecast moved as earlier reports told it, and the earlier sprints."""
    drawings = [partial(_of_count, health)]
    if told is not None:
        drawings.append(partial(_of_chances, told, health))
    if past and health.outlook is not None:
        drawings.append(partial(_of_velocity, health.outlook.velocity, health.unit))
        drawings.append(partial(_of_cycle_times, control(health.outlook.flow), health.calendar))
    yield from _in_rows(drawings)


def _in_rows(drawings: Sequence[Callable[[int], Iterator[Picture]]]) -> Iterator[Picture]:
    """Two beside each other; the last of an odd number has a row of its own, and fills it."""
    shown = [(each, picture) for each in drawings for picture in each(PAGE_WIDTH)]
    alone = len(shown) % 2
    yield from (picture for _, picture in shown[: len(shown) - alone])
    if alone:
        yield from shown[-1][0](WHOLE_WIDTH)


def _of_count(health: SprintHealth, width: int) -> Iterator[Picture]:
    """Where the board counts something else."""
    if not health.counts_issues:
        yield _on_page("by-count", _by_count_alt(health), by_count(health, width=width), width=width)


def early(health: SprintHealth, *, past: bool = True) -> list[Spec]:
    """Charts of the page that rest on the sprint alone: they can be drawn before its outlook is known.

    In a report that tells nothing of earlier sprints, the sprint in issues may have a row of its own.
    """
    with_count = past and not health.counts_issues
    counted = [by_count(health, width=PAGE_WIDTH)] if with_count else []
    return [burndown(health, width=PAGE_WIDTH), *counted]


def _of_chances(told: Sequence[Told], health: SprintHealth, width: int) -> Iterator[Picture]:
    drawn = chances(told, health, width=width)
    if drawn is not None:
        said = "Chances to finish in time, as the reports of each day told them."
        yield _on_page("chances", said, drawn, width=width)


def _of_cycle_times(told: Control | None, calendar: Calendar, width: int) -> Iterator[Picture]:
    if told is not None:
        said = (lines_said(told), control_said(told))
        drawn = cycle_times(told, said, calendar, width=width - MARGINS)
        yield _on_page("cycle-time", f"{CYCLE_TIMES} {' '.join(said)}", drawn, width=width)


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
    shown = [*_of_cycle_times(finished, calendar, PAGE_WIDTH)]
    drawn = cumulative(told, said[0], at=at, calendar=calendar, width=PAGE_WIDTH - MARGINS)
    if drawn is not None:
        shown.insert(0, _on_page("cumulative-flow", f"Cumulative flow. {' '.join(said)}", drawn))
    yield from shown
    if shown:
        both = side_by_side([one.spec for one in shown])
        alt = " ".join(one.alt for one in shown)
        yield Picture(FLOW, alt, both, Medium.COMMENT, len(shown) * (PAGE_WIDTH + MARGINS))


def of_weeks(weeks: Sequence[Week], limits: NaturalLimits | None) -> Iterator[Picture]:
    """Throughput by week, in a row of its own."""
    drawn = throughput(weeks, limits, width=WHOLE_WIDTH)
    if drawn is not None:
        told = ", ".join(f"{len(week.arrived)} and {len(week.finished)}" for week in weeks)
        said = f"Issues arrived and finished by week, oldest first: {told}."
        yield _on_page("throughput", said, drawn, width=WHOLE_WIDTH)


def of_velocity(figures: Velocity, unit: str) -> Iterator[Picture]:
    """Committed and completed by sprint, in a row of its own."""
    yield from _of_velocity(figures, unit, WHOLE_WIDTH)


def _of_velocity(figures: Velocity, unit: str, width: int) -> Iterator[Picture]:
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
