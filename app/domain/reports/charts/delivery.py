"""When each scope is done: ranges on an axis of time, with the days on which they are due."""

from collections.abc import Sequence
from datetime import date, timedelta

from app.domain.delivery.outlook import SURE, Delivery
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer
from app.domain.reports.words import of_date

ROW = 30
"""Points of height for each scope."""
MOST = 20
LONGEST_NAME = 30
_DAY = timedelta(days=1)
BARS = ((50, 85, 15, 0.75, 0 * _DAY), (85, 95, 7, 0.35, _DAY))
"""From one confidence to another: height in points, opacity, and what the bar before it covers."""


def delivery(told: Sequence[Delivery], names: Sequence[str], today: date, *, width: int) -> Spec | None:
    """Bars from the 50 % to the 95 % day, in the order given; None where no day is told.

    Args:
        told: scopes.
        names: of them, as the report calls them.
        today: the first day.
        width: in points.
    """
    found = drawable(told, names)
    if not found:
        return None
    ends = [day for one, _ in found for day in (*_days(one), one.scope.due) if day is not None]
    first, last = min(today, *(day for day in ends if day > today - 30 * _DAY)), max(ends)
    room = max((last - first) // 30, _DAY)
    scale = {"domain": [_iso(first - room), _iso(last + 4 * room)]}
    x = {
        "type": "temporal",
        "title": None,
        "scale": scale,
        "axis": {"format": "%-d %b", "labelOverlap": True},
    }
    labels = [_short(name, number) for number, (_, name) in enumerate(found)]
    y = {"field": "name", "type": "nominal", "sort": labels, "title": None, "axis": {"labelLimit": 220}}
    layers = [
        layer([{"at": _iso(today)}], {"type": "rule", "color": theme.GREY}, x={**x, "field": "at"}),
        *_bars(found, labels, last, x, y),
        *_marks(found, labels, x, y, first),
        _said(found, labels, last, room, x, y),
    ]
    subtitle = [
        "Thick: from the day of 50 % confidence to that of 85 %, which is written there; thin: up to 95 %.",
        f"Diamonds: the days on which they are due. Grey line: today, {of_date(today)}.",
    ]
    spec = theme.chart("When it is done", layers, subtitle=subtitle, width=width)
    return {**spec, "height": ROW * len(found)}


def drawable(told: Sequence[Delivery], names: Sequence[str]) -> list[tuple[Delivery, str]]:
    """Those that the chart has room for, of all of which a day is told, with their names."""
    pairs = zip(told, names, strict=True)
    found = [(one, name) for one, name in pairs if one.dates is not None and one.dates.by[50] is not None]
    return found[:MOST]


def _bars(
    found: Sequence[tuple[Delivery, str]], labels: Sequence[str], last: date, x: Spec, y: Spec
) -> list[Spec]:
    layers = []
    for low, high, size, opacity, gap in BARS:
        rows = [
            {"name": label, "at": _iso(start + gap), "until": _iso((one.dates.by[high] or last) + _DAY)}
            for (one, _), label in zip(found, labels, strict=True)
            if one.dates is not None and (start := one.dates.by[low]) is not None
        ]
        mark = {"type": "bar", "height": size, "color": theme.BLUE, "opacity": opacity}
        layers.append(layer(rows, mark, x={**x, "field": "at"}, x2={"field": "until"}, y=y))
    return layers


def _said(
    found: Sequence[tuple[Delivery, str]],
    labels: Sequence[str],
    last: date,
    room: timedelta,
    x: Spec,
    y: Spec,
) -> Spec:
    """The day that can be promised, behind the bars; behind the diamond where that stands in its way."""
    rows: list[Row] = []
    for (one, _), label in zip(found, labels, strict=True):
        if one.dates is None:
            continue
        end, due, day = (one.dates.by[95] or last) + _DAY, one.scope.due, one.dates.by[SURE]
        if due is not None and end - room / 2 <= due < end + 4 * room:
            end = due + room / 2
        told = "no end in sight" if day is None else f"{SURE} %: {of_date(day)}"
        rows.append({"name": label, "at": _iso(end), "text": told})
    mark = {
        "type": "text",
        "align": "left",
        "dx": 8,
        "fontSize": 12,
        "fontWeight": "bold",
        "color": theme.INK,
    }
    return layer(rows, mark, x={**x, "field": "at"}, y=y, text={"field": "text"})


def _marks(
    found: Sequence[tuple[Delivery, str]], labels: Sequence[str], x: Spec, y: Spec, first: date
) -> list[Spec]:
    due: list[Row] = [
        {"name": label, "at": _iso(max(day, first)), "text": of_date(day)}
        for (one, _), label in zip(found, labels, strict=True)
        if (day := one.scope.due) is not None
    ]
    if not due:
        return []
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 110, "opacity": 1}
    where = {"x": {**x, "field": "at"}, "y": y}
    return [layer(due, {**mark, "color": theme.VERMILION, "stroke": "white"}, **where)]


def _days(one: Delivery) -> list[date | None]:
    return [] if one.dates is None else list(one.dates.by.values())


def _iso(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _short(name: str, number: int) -> str:
    """Told apart: names that begin alike would fall on one line."""
    cut = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
    return f"{cut}{chr(0x200A) * number}"
