"""Velocity: what was committed and what was completed, sprint by sprint."""

from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Spec, layer, quantity
from app.domain.reports.words import number
from app.domain.sprint_health.velocity import Velocity

LONGEST_NAME = 18
FIGURE_WIDTH = 24
"""Points that a bar's figure takes; with less, the bars speak for themselves."""


def velocity(figures: Velocity, unit: str, *, width: int = theme.WIDTH) -> Spec | None:
    """Bars side by side, the median across; None without a sprint that counts."""
    if not figures.counted or figures.median is None:
        return None
    common, names = _short([one.name for one in figures.counted])
    rows = []
    for name, one in zip(names, figures.counted, strict=True):
        rows.append({"sprint": name, "what": "committed", "value": round(float(one.commitment), 2)})
        rows.append({"sprint": name, "what": "completed", "value": round(float(one.completed), 2)})
    x = {
        "field": "sprint",
        "type": "nominal",
        "sort": None,
        "title": common or None,
        "axis": {"labelAngle": 0, "labelLimit": 110, "labelOverlap": True},
    }
    offset = {"field": "what", "sort": ["committed", "completed"]}
    colour = {
        "field": "what",
        "scale": {"domain": ["committed", "completed"], "range": [theme.PALE, theme.BLUE]},
    }
    y = quantity("value")
    median = float(figures.median)
    needed = FIGURE_WIDTH * len(rows)
    layers = [
        layer(rows, {"type": "bar"}, x=x, xOffset=offset, y=y, color=colour),
        layer(
            [{"value": median}],
            {"type": "rule", "color": theme.VERMILION, "strokeDash": [6, 4], "strokeWidth": 1.5},
            y=quantity("value"),
        ),
        *(_figures(rows, what, x, offset) for what in ("committed", "completed") if width >= needed),
    ]
    low, high = number(figures.lowest or figures.median), number(figures.highest or figures.median)
    subtitle = f"Median of what was completed: {number(figures.median)} (dashed), from {low} to {high}."
    return theme.chart(f"Velocity, {unit}", layers, subtitle=[subtitle], width=width)


def _figures(rows: list[dict[str, object]], what: str, x: Spec, offset: Spec) -> Spec:
    """Values at the foot of their bars, where neither the median's line nor a low bar is in their way."""
    colour = "white" if what == "completed" else theme.INK
    return layer(
        [{**row, "foot": 0} for row in rows if row["what"] == what and row["value"]],
        {"type": "text", "dy": -9, "fontSize": 12, "color": colour},
        x=x,
        xOffset=offset,
        y=quantity("foot"),
        text={"field": "value", "type": "quantitative"},
    )


def _short(names: list[str]) -> tuple[str, list[str]]:
    """What all names begin with, and each without it and told apart."""
    words = [name.split() for name in names]
    common: list[str] = []
    while len(words) > 1 and all(len(each) > 1 for each in words) and len({each[0] for each in words}) == 1:
        common.append(words[0][0])
        words = [each[1:] for each in words]
    short = [" ".join(each)[:LONGEST_NAME] for each in words]
    return " ".join(common), [
        f"{name}{' ' * short[:place].count(name)}" if short.count(name) > 1 else name
        for place, name in enumerate(short)
    ]
