"""How a backlog developed, as its reports told: what is to be mended, and how far what is ready lasts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from app.domain.grooming.health import ENOUGH, BacklogHealth, Figures
from app.domain.reports.charts import theme
from app.domain.reports.charts.pictures import HALF, MARGINS, PAGE_WIDTH
from app.domain.reports.charts.theme import Spec, layer, quantity, wall
from app.domain.reports.document import Medium, Picture
from app.domain.scrum.calendar import Calendar

FEWEST = 2
BACKLOG = "backlog"
"""Name of the picture in a comment."""
Points = Sequence[tuple[datetime, float]]


def of_backlog(health: BacklogHealth) -> Iterator[Picture]:
    """Two lines through time; nothing before the second report."""
    told = [*health.trend, (health.backlog.now, health.figures)]
    mend = [(at, float(figures.issues_found)) for at, figures in told]
    ready = [(at, float(figures.ready_sprints)) for at, figures in told if figures.ready_sprints is not None]
    charts = []
    for name, alt, drawn in (
        (
            "to-mend",
            _alt("Issues with something to mend", told, lambda each: each.issues_found),
            _mend(mend, health),
        ),
        ("ready", _alt("Ready for sprints", told, lambda each: each.ready_sprints), _ready(ready, health)),
    ):
        if drawn is not None:
            charts.append((alt, drawn))
            yield Picture(name, alt, {**drawn, "width": PAGE_WIDTH}, Medium.PAGE, PAGE_WIDTH + MARGINS)
    if charts:
        both = theme.side_by_side([drawn for _, drawn in charts])
        yield Picture(BACKLOG, " ".join(alt for alt, _ in charts), both, Medium.COMMENT, 2 * HALF + MARGINS)


def _mend(points: Points, health: BacklogHealth) -> Spec | None:
    return _line("Issues with something to mend", points, health.backlog.calendar, theme.VERMILION)


def _ready(points: Points, health: BacklogHealth) -> Spec | None:
    wanted = [{"value": float(ENOUGH)}]
    rule = [
        layer(wanted, {"type": "rule", "color": theme.GREY, "strokeDash": [4, 4]}, y=quantity("value")),
    ]
    note = f" Dashed: {ENOUGH}, which is enough."
    return _line("Ready for so many sprints", points, health.backlog.calendar, theme.BLUE, rule, note)


def _line(
    title: str, points: Points, calendar: Calendar, colour: str, more: Sequence[Spec] = (), note: str = ""
) -> Spec | None:
    if len(points) < FEWEST:
        return None
    rows = [{"at": wall(at, calendar), "value": value} for at, value in points]
    x, y = theme.instant("at"), quantity("value", scale={"zero": True})
    x["axis"] = {"format": "%-d %b", "labelOverlap": True}
    layers = [
        *more,
        layer(rows, {"type": "line", "strokeWidth": 2.5, "color": colour}, x=x, y=y),
        layer(rows, {"type": "point", "filled": True, "size": 50, "opacity": 1, "color": colour}, x=x, y=y),
    ]
    return theme.chart(title, layers, subtitle=[f"Each point is a report.{note}"], width=HALF)


def _alt(
    what: str, told: Sequence[tuple[datetime, Figures]], value: Callable[[Figures], Decimal | int | None]
) -> str:
    first, last = value(told[0][1]), value(told[-1][1])
    return f"{what}: {_said(first)} at first, {_said(last)} now."


def _said(value: Decimal | int | None) -> str:
    return "unknown" if value is None else str(value)
