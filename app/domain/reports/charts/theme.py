"""How all charts look, as Vega-Lite documents.

Colours are Okabe and Ito's, which colour-blind people tell apart; and no chart says anything by colour
alone: lines differ in dash and width, points in shape, and what they are stands beside them.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.scrum.calendar import Calendar

Spec = dict[str, Any]
Row = dict[str, Any]

BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#767676", "#222222"
SHADE, FREE = "#0072B2", "#F0F0F0"
PALE = "#ADADAD"
"""Of bars that stand beside others; on a dark ground, where it is turned over, it can be seen, too."""
WIDTH, HEIGHT = 620, 240
BESIDE, CHARACTER = 90, 5.5
"""Points on the right of a chart for the names of its lines, and those that a letter of a subtitle takes."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def chart(title: str, layers: Sequence[Spec], *, subtitle: Sequence[str] = (), width: int = WIDTH) -> Spec:
    """Layers over each other, with what they say as their title; the subtitle is by lines."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": title, **({"subtitle": list(subtitle)} if subtitle else {})},
        "width": width,
        "height": HEIGHT,
        "layer": list(layers),
        "config": CONFIG,
    }


def side_by_side(charts: Sequence[Mapping[str, Any]]) -> Spec:
    """Several charts as one picture; their titles begin at one height, however much is said below them."""
    lines = max(len(one["title"].get("subtitle", ())) for one in charts)
    parts = [_part(one, lines) for one in charts]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "hconcat": parts,
        "spacing": 32,
        "config": CONFIG,
    }


def _part(chart: Mapping[str, Any], lines: int) -> Spec:
    title = chart["title"]
    said = list(title.get("subtitle", ()))
    filled = {**title, "subtitle": [*said, *[" "] * (lines - len(said))]} if lines else title
    return {key: part for key, part in chart.items() if key not in {"$schema", "config"}} | {"title": filled}


CONFIG: Spec = {
    "background": "white",
    "font": FONT,
    "padding": 8,
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": "bold",
        "color": INK,
        "subtitleFontSize": 12,
        "subtitleColor": "#555555",
        "offset": 10,
    },
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": "#333333",
        "labelSeparation": 10,
        "titleColor": "#333333",
        "gridColor": "#E4E4E4",
        "domainColor": "#999999",
        "tickColor": "#999999",
    },
    "axisX": {"grid": False},
    "legend": {"labelFontSize": 12, "title": None, "orient": "top"},
}


def layer(rows: Iterable[Row], mark: Mapping[str, Any], **encoding: Any) -> Spec:
    """One layer: rows, how they are drawn, and which field is what."""
    return {"data": {"values": [dict(row) for row in rows]}, "mark": dict(mark), "encoding": encoding}


def quantity(field: str, title: str | None = None, **more: Any) -> Spec:
    """A number."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def instant(field: str, **more: Any) -> Spec:
    """An instant on the axis of time."""
    axis = {"format": "%-d %b", "labelOverlap": True, "tickCount": {"interval": "day", "step": 1}}
    return {"field": field, "type": "temporal", "title": None, "axis": axis, **more}


def wall(at: datetime, calendar: Calendar) -> str:
    """An instant as the team's clock on the wall shows it."""
    return at.astimezone(calendar.zone).replace(tzinfo=None).isoformat(timespec="seconds")


def label(at: str, value: float, text: str, colour: str, **mark: Any) -> Spec:
    """A word beside what it names."""
    return layer(
        [{"at": at, "value": value, "text": text}],
        {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": colour, **mark},
        x=instant("at"),
        y=quantity("value"),
        text={"field": "text"},
    )


def wrapped(text: str, width: int) -> list[str]:
    """A subtitle over the whole chart, by lines; its labels stand on the right of its width."""
    return textwrap.wrap(text, int((width + BESIDE) / CHARACTER))


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Where words stand so that none lies over another: as near as can be to these points from the top.

    The lowest place comes first, and so it does in what is returned.
    """
    found: list[float] = []
    for place in places:
        found.append(min(place, found[-1] - gap) if found else place)
    highest = gap / 2
    for number in reversed(range(len(found))):
        found[number] = max(found[number], highest)
        highest = found[number] + gap
    return found


def free_days(calendar: Calendar, start: datetime, end: datetime) -> Spec | None:
    """Bands over days on which nobody works."""
    bands, reached = [], start
    for _, since, until in calendar.parts(start, end):
        if reached < since:
            bands.append({"at": wall(reached, calendar), "until": wall(since, calendar)})
        reached = until
    if reached < end:
        bands.append({"at": wall(reached, calendar), "until": wall(end, calendar)})
    if not bands:
        return None
    return layer(bands, {"type": "rect", "color": FREE}, x=instant("at"), x2={"field": "until"})
