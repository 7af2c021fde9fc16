"""Work by week: what arrived and what was finished, side by side."""

from collections.abc import Sequence
from statistics import fmean

from app.domain.flow.weeks import Week
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity
from app.domain.reports.words import of_date

KINDS = ("arrived", "finished")
FIGURE_WIDTH = 16
"""Points that a bar's figure takes; with less, the bars speak for themselves."""


def throughput(weeks: Sequence[Week], *, width: int = theme.WIDTH) -> Spec | None:
    """Bars by week, with the mean of the whole weeks across; None where nothing was finished."""
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
    return theme.chart("Arrived and finished, issues a week", layers, subtitle=subtitle, width=width)
