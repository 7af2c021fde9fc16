"""Work by week: what arrived and what was finished, side by side."""

from collections.abc import Sequence
from math import ceil, floor
from statistics import fmean

from app.domain.flow.weeks import NaturalLimits, Week
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity
from app.domain.reports.words import of_date

KINDS = ("arrived", "finished")
FIGURE_WIDTH = 16
"""Points that a bar's figure takes; with less, the bars speak for themselves."""


def throughput(
    weeks: Sequence[Week], limits: NaturalLimits | None = None, *, width: int = theme.WIDTH
) -> Spec | None:
    """Bars by week, with mean and natural limits of the whole weeks; None where nothing was finished."""
    whole = [len(week.finished) for week in weeks if week.whole]
    if not any(whole):
        return None
    rows: list[Row] = []
    for week in weeks:
        name = of_date(week.monday) + ("" if week.whole else " so far")
        rows.append({"week": name, "what": "arrived", "value": len(week.arrived)})
        rows.append({"week": name, "what": "finished", "value": len(week.finished)})
    x = {
        "field": "week",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": True},
    }
    offset = {"field": "what", "sort": list(KINDS)}
    colour = {"field": "what", "scale": {"domain": list(KINDS), "range": [theme.PALE, theme.BLUE]}}
    y = quantity("value", axis={"tickMinStep": 1})
    mean = fmean(whole)
    layers = [
        layer(rows, {"type": "bar"}, x=x, xOffset=offset, y=y, color=colour),
        layer(
            [{"value": mean}],
            {"type": "rule", "color": theme.VERMILION, "strokeDash": [6, 4], "strokeWidth": 1.5},
            y=y,
        ),
    ]
    if width >= FIGURE_WIDTH * len(rows):
        layers.append(
            layer(
                [row for row in rows if row["value"]],
                {"type": "text", "dy": -6, "fontSize": 11, "color": theme.INK},
                x=x,
                xOffset=offset,
                y=y,
                text={"field": "value", "type": "quantitative"},
            )
        )
    subtitle = [
        f"Dashed: the mean of the whole weeks, {mean:.1f} finished.",
        "By the Monday that each begins on.",
    ]
    if limits is not None:
        low, high = ceil(limits.low), floor(limits.high)
        layers.append(_limits(limits))
        subtitle.insert(1, f"Dotted: {low} to {high} may be finished by chance alone.")
    return theme.chart("Arrived and finished, issues a week", layers, subtitle=subtitle, width=width)


def _limits(limits: NaturalLimits) -> Spec:
    """The lower one only where it is not the axis."""
    rows = [{"value": value} for value in (limits.low, limits.high) if value > 0]
    mark = {"type": "rule", "color": theme.GREY, "strokeDash": [2, 3], "strokeWidth": 1.5}
    return layer(rows, mark, y=quantity("value"))
