"""Cycle times: each finished issue as a point on the day when it was done, and the median of the last."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import log10

from app.domain.flow.control import ROLLING, Control
from app.domain.flow.flow import OUTLIER_PERCENT
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.reports.words import within
from app.domain.scrum.calendar import Calendar

SHORTEST = 0.1
"""What took less is drawn here: a scale of powers has no zero."""
WIDE = 6
"""Where the longest took so many times as long as the middle one, only a scale of powers shows both."""
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500]
LONG = {"color": theme.VERMILION, "shape": "triangle-up", "size": 60, "opacity": 0.85}
"""They are few, and are what is looked for; on a dark ground they would be dull."""
LINES = {50: [2, 3], 85: [8, 4], 95: [3, 5]}
LINE = 14
"""Points that the name of a line is high."""
MOST_NAMED = 5
NAME_POINTS, NAME_RATIO = 95, 1.5
"""Names nearer than that, on the axis of time and by the ratio of their days, would lie over each other."""
LENGTH_OF_A_DAY = len("2026-03-09")
MOST_POINTS = 500
"""More are a blot on a chart of this size, and take most of the time that a page takes to draw."""


def cycle_times(told: Control, said: Sequence[str], calendar: Calendar, *, width: int = theme.WIDTH) -> Spec:
    """Its issues, with sentences about them above."""
    usual = told.lines[OUTLIER_PERCENT]
    rows: list[Row] = [
        {
            "at": wall(one.done_at, calendar),
            "days": max(one.days, SHORTEST),
            "key": one.key,
            "median": one.median and max(one.median, SHORTEST),
        }
        for one in told.issues[-MOST_POINTS:]
    ]
    long = [row for row in rows if row["days"] > usual]
    middle = _middle(rows)
    longest = sorted(long, key=lambda row: (-row["days"], row["key"]))
    named = _apart(longest, _near(rows, width), middle)
    days = [row["days"] for row in rows] + [max(line, SHORTEST) for line in told.lines.values()]
    scale, axis = _scale(days, told.lines[50])
    x = theme.instant(
        "at", scale={"padding": 8}, axis={"format": "%-d %b", "labelOverlap": True, "tickCount": 8}
    )
    y = quantity("days", scale=scale, axis=axis)
    mark = {"type": "point", "filled": True, "size": 36, "opacity": 0.55}
    layers = [
        layer([row for row in rows if row["days"] <= usual], {**mark, "color": theme.BLUE}, x=x, y=y),
        *_rolling(rows, scale, x),
        layer(long, {**mark, **LONG}, x=x, y=y),
        *_names(named, middle, x, y),
        *_lines(told, scale),
    ]
    last = f" The last {MOST_POINTS} are drawn." if len(told.issues) > MOST_POINTS else ""
    how = f"Line: median of the last {ROLLING}. Triangles: beyond {OUTLIER_PERCENT} %.{last}"
    subtitle = [line for one in (*said, how) for line in theme.wrapped(one, width)]
    return theme.chart("Cycle time, working days", layers, subtitle=subtitle, width=width)


def _scale(days: Sequence[float], middle: float) -> tuple[Spec, Spec]:
    """Of powers where days lie far apart, else from zero on."""
    low, high = min(days), max(days)
    if high > WIDE * max(middle, SHORTEST):
        return {"type": "log", "nice": False, "domain": [low / 1.3, high * 1.3]}, {"values": TICKS}
    return {"nice": False, "domain": [0, high * 1.1]}, {"tickCount": 6}


def _height(days: float, scale: Spec) -> float:
    """Where that lies, in points from the top."""
    low, high = scale["domain"]
    if scale.get("type") == "log":
        return theme.HEIGHT * log10(high / days) / log10(high / low)
    return float(theme.HEIGHT * (high - days) / (high - low))


def _rolling(rows: Sequence[Row], scale: Spec, x: Spec) -> list[Spec]:
    """Through the last of each day, of which enough lie before: within a day it would only jump about."""
    line = [*{row["at"][:LENGTH_OF_A_DAY]: row for row in rows if row["median"] is not None}.values()]
    if len(line) < 2:  # noqa: PLR2004 - a line has two ends
        return []
    y = quantity("median", scale=scale)
    return [layer(line, {"type": "line", "color": theme.INK, "strokeWidth": 1.8, "opacity": 0.8}, x=x, y=y)]


def _lines(told: Control, scale: Spec) -> Iterator[Spec]:
    """The team's percentiles, with their names on the right; of some that are the same, the last is named."""
    at = {percent: max(days, SHORTEST) for percent, days in told.lines.items()}
    names = {days: f"{percent} % in {_days(told.lines[percent])}" for percent, days in at.items()}
    heights = theme.apart([_height(days, scale) for days in names], LINE)
    for percent, days in at.items():
        rule = {"type": "rule", "color": theme.GREY, "strokeDash": LINES[percent]}
        yield layer([{"days": days}], rule, y=quantity("days", scale=scale))
    rows: list[Row] = [{"y": y, "text": text} for y, text in zip(heights, names.values(), strict=True)]
    yield layer(
        rows,
        {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": theme.INK},
        x={"value": "width"},
        y={"field": "y", "type": "quantitative", "scale": None, "axis": None},
        text={"field": "text"},
    )


def _near(rows: list[Row], width: int) -> timedelta:
    """The time that a name is wide."""
    instants = [datetime.fromisoformat(row["at"]) for row in rows]
    return (max(instants) - min(instants)) * NAME_POINTS / width


def _middle(rows: list[Row]) -> datetime:
    """Of the time that is drawn."""
    first, last = (datetime.fromisoformat(find(row["at"] for row in rows)) for find in (min, max))
    return first + (last - first) / 2


def _names(named: list[Row], middle: datetime, x: Spec, y: Spec) -> Iterator[Spec]:
    """On the right of points in the first half of the time, which have the axis on their left."""
    early = [row for row in named if datetime.fromisoformat(row["at"]) < middle]
    late = [row for row in named if datetime.fromisoformat(row["at"]) >= middle]
    for each, side, shift in ((early, "left", 7), (late, "right", -7)):
        if each:
            mark = {"type": "text", "align": side, "dx": shift, "fontSize": 11, "color": theme.INK}
            yield layer(each, mark, x=x, y=y, text={"field": "key"})


def _apart(rows: list[Row], within: timedelta, middle: datetime) -> list[Row]:
    """The first ones whose names do not lie over each other, by days and by where they stand in time."""

    def begins(row: Row) -> datetime:
        at = datetime.fromisoformat(row["at"])
        return at if at < middle else at - within

    chosen: list[Row] = []
    for row in rows:
        near = (
            abs(begins(row) - begins(other)) < within
            and NAME_RATIO > row["days"] / other["days"] > 1 / NAME_RATIO
            for other in chosen
        )
        if len(chosen) < MOST_NAMED and not any(near):
            chosen.append(row)
    return chosen


def _days(days: float) -> str:
    told = within(days)
    return f"{told} day{'' if told == '1' else 's'}"
