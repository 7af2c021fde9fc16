"""Cycle times: each finished issue as a point, on the day when it was done."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.domain.flow.flow import Flow
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.scrum.calendar import Calendar

DAY = timedelta(days=1)
SHORTEST = 0.1
"""What took less is drawn here: a scale of powers has no zero."""
SCALE = {"type": "log", "nice": False, "padding": 8}
"""Room for points at the edges, which would be cut in halves."""
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500]
LONG = {"color": theme.VERMILION, "shape": "triangle-up", "size": 60, "opacity": 0.85}
"""They are few, and are what is looked for; on a dark ground they would be dull."""
LINES = {50: [2, 3], 85: [8, 4]}
MOST_NAMED = 5
NAME_POINTS, NAME_RATIO = 95, 1.5
"""Names nearer than that, on the axis of time and by the ratio of their days, would lie over each other."""
MOST_POINTS = 500
"""More are a blot on a chart of this size, and take most of the time that a page takes to draw."""


def cycle_times(flow: Flow, calendar: Calendar, *, width: int = theme.WIDTH) -> Spec | None:
    """None where nothing was finished."""
    if flow.cycle_times is None:
        return None
    measured = [
        (path.done_at, path.cycle_time, path.issue.key)
        for path in flow.finished
        if path.cycle_time is not None and path.done_at is not None
    ]
    rows: list[Row] = [
        {"at": wall(at, calendar), "days": max(took / DAY, SHORTEST), "key": key}
        for at, took, key in measured[-MOST_POINTS:]
    ]
    usual = flow.cycle_times.days
    long = [row for row in rows if row["days"] > usual[85]]
    middle = _middle(rows)
    longest = sorted(long, key=lambda row: (-row["days"], row["key"]))
    named = _apart(longest, _near(rows, width), middle)
    x = theme.instant(
        "at", scale={"padding": 8}, axis={"format": "%-d %b", "labelOverlap": True, "tickCount": 8}
    )
    y = quantity("days", scale=SCALE, axis={"values": TICKS})
    mark = {"type": "point", "filled": True, "size": 36, "opacity": 0.55}
    layers = [
        layer([row for row in rows if row["days"] <= usual[85]], {**mark, "color": theme.BLUE}, x=x, y=y),
        layer(long, {**mark, **LONG}, x=x, y=y),
        *_names(named, middle, x, y),
    ]
    for percent, dash in LINES.items():
        line = [{"days": usual[percent], "text": f"{percent} %: {_days(usual[percent])}"}]
        layers += [
            layer(
                line,
                {"type": "rule", "color": theme.GREY, "strokeDash": dash},
                y=quantity("days", scale=SCALE),
            ),
            layer(
                line,
                {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": theme.INK},
                x={"value": "width"},
                y=quantity("days", scale=SCALE),
                text={"field": "text"},
            ),
        ]
    sample = flow.cycle_times.sample
    last = f", the last {MOST_POINTS} drawn" if sample > MOST_POINTS else ""
    subtitle = [
        f"From start to done; {sample} issues{last}, by the day when they were done.",
        f"85 % took no more than {_days(usual[85])}; triangles took longer.",
    ]
    return theme.chart("Cycle time, working days", layers, subtitle=subtitle, width=width)


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
    return f"{days:.1f} days"
