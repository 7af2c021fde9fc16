"""Cumulative flow: the columns of a board as bands over each other, day by day; what is done lies below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil

from app.domain.flow.cumulative import CumulativeFlow
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.reports.document import quote
from app.domain.scrum.calendar import Calendar

MOST_BANDS = 8
"""Of more columns the eye makes nothing: then what is before work, in work and after it is drawn."""
MOST_DAYS = 130
"""More points than that are no smoother on a chart of this size."""
CUT = 4
"""Where all is so many times as high as what is not waiting in the first column, that column is cut off:
else there is nothing to be seen of the others."""
KEPT = 1.4
"""Of the others' height, where it is."""
LONGEST_NAME, LINE = 16, 15
TO_DO = ("#D4D4D4", "#BBBBBB", "#A3A3A3")
BEGUN = ("#A9D5F2", "#7DBDE8", "#4FA3DB", "#2488C6", "#0B6AA9", "#084F80", "#053556")
DONE = "#F2D49B"
"""Light, then darker and darker, then light: who sees no hues sees these."""


@dataclass(frozen=True, slots=True)
class _Band:
    name: str
    columns: tuple[int, ...]
    colour: str


def cumulative(
    told: CumulativeFlow, said: str, *, at: datetime, calendar: Calendar, width: int = theme.WIDTH
) -> Spec | None:
    """The bands with their names and counts on the right; None where no issue was ever in any column."""
    if told.is_empty:
        return None
    bands = _bands(told)
    points = list(_points(told, at, calendar))
    rows = [list(_stacked(counts, bands)) for _, counts in points]
    top = max(high for row in rows for _, high in row)
    waiting = max(high for row in rows for _, high in row[:-1]) if len(bands) > 1 else top
    is_cut = top > CUT * waiting > 0
    if is_cut:
        top = ceil(KEPT * waiting)
    # Nothing is nice: pixels of labels are worked out from it.
    scale = {"domain": [0, top], "nice": False}
    x = theme.instant("at", axis={"format": "%-d %b", "labelOverlap": True, "tickCount": 8})
    y = quantity("low", scale=scale, axis={"tickCount": 5, "tickMinStep": 1})
    layers = [
        layer(
            [
                {"at": when, "low": min(row[number][0], top), "high": min(row[number][1], top)}
                for (when, _), row in zip(points, rows, strict=True)
            ],
            {"type": "area", "color": band.colour, "stroke": "white", "strokeWidth": 0.6},
            x=x,
            y=y,
            y2={"field": "high"},
        )
        for number, band in enumerate(bands)
    ]
    layers += _labels(bands, rows[-1], top, width)
    how = f"The higher a band, the more issues are in that column.{' The top is cut off.' if is_cut else ''}"
    subtitle = [line for one in (said, how) for line in theme.wrapped(one, width)]
    return theme.chart("Cumulative flow, issues by column", layers, subtitle=subtitle, width=width)


def _bands(told: CumulativeFlow) -> list[_Band]:
    """From the last column to the first, as they lie over each other."""
    numbers = range(len(told.columns))
    if len(numbers) > MOST_BANDS:
        first, last = min(told.begun, default=told.done), max(told.begun, default=told.done - 1)
        parts = [
            ("Done", range(told.done, told.done + 1), DONE),
            ("After work", range(last + 1, told.done), TO_DO[-1]),
            ("In progress", range(first, last + 1), _ramp(1)[0]),
            ("Before work", range(first), TO_DO[0]),
        ]
        return [_Band(name, tuple(columns), colour) for name, columns, colour in parts if columns]
    begun = sorted(told.begun)
    waiting = [number for number in numbers if number not in told.begun and number != told.done]
    colours = {
        **dict(zip(begun, _ramp(len(begun)), strict=True)),
        **{number: TO_DO[place % len(TO_DO)] for place, number in enumerate(waiting)},
        told.done: DONE,
    }
    return [_Band(quote(told.columns[one], LONGEST_NAME), (one,), colours[one]) for one in reversed(numbers)]


def _ramp(number: int) -> list[str]:
    """So many of BEGUN, as far apart as they are; the ends only where the others do not suffice."""
    colours = BEGUN[1:-1] if number < len(BEGUN) - 2 else BEGUN
    if number == 1:
        return [colours[len(colours) // 2]]
    step = (len(colours) - 1) / max(number - 1, 1)
    return [colours[round(place * step)] for place in range(number)]


def _points(told: CumulativeFlow, at: datetime, calendar: Calendar) -> Iterator[tuple[str, tuple[int, ...]]]:
    """As the first day began, and at the end of each; of many every so many, the last one always."""
    first = datetime.combine(told.days[0].day, time(), calendar.zone)
    every = [(wall(first, calendar), told.before)]
    for day in told.days[:-1]:
        midnight = datetime.combine(day.day + timedelta(days=1), time(), calendar.zone)
        every.append((wall(midnight, calendar), day.counts))
    every.append((wall(at, calendar), told.now))
    step = -(-len(every) // MOST_DAYS)
    return iter(every[::-step][::-1])


def _stacked(counts: Sequence[int], bands: Sequence[_Band]) -> Iterator[tuple[int, int]]:
    low = 0
    for band in bands:
        high = low + sum(counts[number] for number in band.columns)
        yield low, high
        low = high


def _labels(bands: Sequence[_Band], last: Sequence[tuple[int, int]], top: float, width: int) -> list[Spec]:
    """Beside the middle of each band, moved apart where bands are thin."""
    middles = [theme.HEIGHT * (1 - (low + min(high, top)) / 2 / top) for low, high in last]
    rows: list[Row] = [
        {"y": y, "text": f"{band.name} {high - low}", "colour": band.colour}
        for band, (low, high), y in zip(bands, last, theme.apart(middles, LINE), strict=True)
    ]
    y = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
    swatch = {"type": "square", "size": 90, "opacity": 1, "stroke": "white"}
    text = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 12, "color": theme.INK}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return [
        layer(rows, swatch, x={"value": width + 9}, y=y, color=colour),
        layer(rows, text, x={"value": width + 18}, y=y, text={"field": "text"}),
    ]
