"""Burndown, and burn-up with the forecast as a fan that opens towards the planned end."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from app.domain.forecast.forecast import Forecast, Range
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.reports.words import counted, measured, number, sized
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.burndown import IdealPoint
from app.domain.sprint_health.health import SprintHealth

DOT = {"type": "point", "filled": True, "size": 60, "opacity": 1}
ROOM = 1.12
"""Above the highest value, for words."""
EARLY, LATE = 0.15, 0.75
"""Shares of the time before and after which words have no room on the left and on the right."""
NEAR = 0.1
"""Of the height: nearer to the axis or to each other, words would lie over words."""
OPACITY = {95: 0.16, 85: 0.22, 50: 0.34}


def burndown(health: SprintHealth, *, width: int = theme.WIDTH) -> Spec:
    """What remained at each moment, beside an even pace through working time."""
    calendar, timing = health.calendar, health.timing
    rows: list[Row] = [
        {"at": wall(point.at, calendar), "value": float(point.remaining)} for point in health.burndown
    ]
    ideal = list(even_pace(calendar, health.ideal))
    top = max([*(row["value"] for row in rows), *(row["value"] for row in ideal), 1.0]) * ROOM
    # The line comes from above: below it is free at the end, and where an even pace is not yet reached.
    below = (_behind(health) < 0 or _gone(health) > LATE) and rows[-1]["value"] > NEAR * top
    y = quantity("value", scale={"domain": [0, top], "nice": False})
    x = theme.instant("at", scale={"domain": domain_of(health)})
    left = sized(health.ledger.remaining.points, health.unit)
    layers = [
        theme.free_days(calendar, timing.started_at, end_of(health)),
        layer(ideal, {"type": "line", "color": theme.GREY, "strokeDash": [6, 4]}, x=x, y=y),
        layer(
            rows,
            {"type": "line", "interpolate": "step-after", "color": theme.BLUE, "strokeWidth": 2.5},
            x=x,
            y=y,
        ),
        layer(rows[-1:], {**DOT, "color": theme.BLUE}, x=x, y=y),
        _named(
            rows[-1],
            f"{left} {'carried over' if health.closed else 'remain'}",
            theme.BLUE,
            health,
            below=below,
        ),
    ]
    if len(ideal) > 1:
        layers.append(_early_word(ideal, "even pace", rows))
    return theme.chart(
        f"Burndown, {health.unit}",
        [one for one in layers if one],
        subtitle=[_pace(health), "Dashed: an even pace through working days. Grey: days off."],
        width=width,
    )


def burnup(health: SprintHealth, *, width: int = theme.WIDTH) -> Spec:
    """What was done of all that the sprint has taken on, and where it will probably end."""
    calendar, timing = health.calendar, health.timing
    rows: list[Row] = [
        {"at": wall(point.at, calendar), "scope": float(point.scope), "value": float(point.done)}
        for point in health.burnup
    ]
    told = health.outlook.forecast if health.outlook else None
    fan = list(_fan(told, health)) if isinstance(told, Forecast) else []
    top = max([*(row["scope"] for row in rows), *(row["high"] for row in fan), 1.0]) * ROOM
    scale = {"domain": [0, top], "nice": False}
    x = theme.instant("at", scale={"domain": domain_of(health)})
    y, scope = quantity("value", scale=scale), quantity("scope", scale=scale)
    step = {"type": "line", "interpolate": "step-after"}
    last = rows[-1]
    close = not fan and last["scope"] - last["value"] < NEAR * top
    layers = [
        theme.free_days(calendar, timing.started_at, end_of(health)),
        *_bands(fan, x, scale),
        layer(rows, {**step, "color": theme.VERMILION, "strokeWidth": 2, "strokeDash": [8, 3]}, x=x, y=scope),
        layer(rows, {**step, "color": theme.BLUE, "strokeWidth": 2.5}, x=x, y=y),
        layer([last], {**DOT, "color": theme.BLUE}, x=x, y=y),
        _named(
            {**last, "value": last["scope"]},
            f"{sized(health.ledger.scope, health.unit)} taken on",
            theme.VERMILION,
            health,
        ),
        _named(
            last,
            f"{sized(health.burnup[-1].done, health.unit)} done",
            theme.BLUE,
            health,
            above=bool(fan),
            below=close,
        ),
    ]
    title = "Burn-up and forecast" if fan else "Burn-up"
    return theme.chart(
        f"{title}, {health.unit}",
        [one for one in layers if one],
        subtitle=_expected(told if fan else None, health),
        width=width,
    )


def _bands(fan: list[Row], x: Spec, scale: Spec) -> Iterator[Spec]:
    for percent, opacity in OPACITY.items():
        rows = [row for row in fan if row["percent"] == percent]
        if rows:
            yield layer(
                rows,
                {"type": "area", "color": theme.SHADE, "opacity": opacity},
                x=x,
                y=quantity("low", scale=scale),
                y2={"field": "high"},
            )
    expected = [row for row in fan if row["percent"] == 50]  # noqa: PLR2004 - any of them has it
    if expected:
        yield layer(
            expected,
            {"type": "line", "color": theme.BLUE, "strokeDash": [2, 3], "strokeWidth": 2},
            x=x,
            y=quantity("expected", scale=scale),
        )


def _fan(told: Forecast, health: SprintHealth) -> Iterator[Row]:
    """From what is done now to the outcomes at the planned end, growing with working time only."""
    end = health.timing.planned_end
    if end is None or end <= told.at:
        return
    done = float(health.burnup[-1].done)
    total = health.calendar.working_time(told.at, end)
    moments = [told.at]
    for _, since, until in health.calendar.parts(told.at, end):
        moments += [since, until]
    for one in told.ranges:
        for at in sorted(set(moments)):
            share = health.calendar.working_time(told.at, at) / total if total else 1.0
            yield {
                "at": wall(at, health.calendar),
                "percent": one.percent,
                "low": done + (max(one.low, done) - done) * share,
                "high": done + (max(one.high, done) - done) * share,
                "expected": done + (max(told.expected, done) - done) * share,
            }


def even_pace(calendar: Calendar, line: Sequence[IdealPoint]) -> Iterator[Row]:
    """The even pace; level over free days."""
    if not line:
        return
    before = line[0]
    yield {"at": wall(before.at, calendar), "value": float(before.remaining)}
    for point in line[1:]:
        day = calendar.parts(before.at, point.at)
        if day and day[0][1] > before.at:
            yield {"at": wall(day[0][1], calendar), "value": float(before.remaining)}
        yield {"at": wall(point.at, calendar), "value": float(point.remaining)}
        before = point


def end_of(health: SprintHealth) -> datetime:
    """Where the time of a chart ends: as planned, or later."""
    timing = health.timing
    return max(timing.planned_end or timing.as_of, timing.as_of)


def domain_of(health: SprintHealth) -> list[str]:
    """The time of a chart, where the team is."""
    return [wall(at, health.calendar) for at in (health.timing.started_at, end_of(health))]


def _named(
    row: Row, text: str, colour: str, health: SprintHealth, *, above: bool = False, below: bool = False
) -> Spec:
    """A word beside the last point: on its left where the right is taken, above it at the very beginning."""
    gone = _gone(health)
    place: Spec = {"align": "left", "dx": 8, "dy": 14 if below else -9}
    if gone > LATE or (above and gone > EARLY):
        place = {**place, "align": "right", "dx": -8}
    elif above:
        place = {"align": "left", "dx": -6, "dy": -22}
    return theme.label(row["at"], row["value"], text, colour, fontWeight="bold", **place)


def _gone(health: SprintHealth) -> float:
    """The share of the chart's width that lies behind us."""
    start, end = health.timing.started_at, end_of(health)
    return (health.timing.as_of - start) / (end - start) if end > start else 1.0


def _early_word(ideal: list[Row], text: str, rows: list[Row]) -> Spec:
    """Beside the even pace, where what remained is not; below it further on, where there is room."""
    early, later = (ideal[min(len(ideal) - 1, number)] for number in (2, 4))
    if _value_at(rows, early["at"]) > early["value"] and _value_at(rows, later["at"]) > later["value"]:
        return theme.label(later["at"], later["value"], text, "#555555", align="right", dx=-6, dy=9)
    return theme.label(early["at"], early["value"], text, "#555555", dy=-7)


def _value_at(rows: list[Row], at: str) -> float:
    """What remained then; rows are in the order of time."""
    then = [row["value"] for row in rows if row["at"] <= at]
    return float(then[-1] if then else rows[0]["value"])


def _range(one: Range) -> str:
    return f"{one.low:.0f} to {one.high:.0f}"


def _pace(health: SprintHealth) -> str:
    remaining = health.ledger.remaining.points
    if health.closed:
        return f"{measured(remaining, health.unit)} carried over."
    if health.pace_now is None:
        return f"{measured(remaining, health.unit)} remain."
    behind = _behind(health)
    if abs(behind) < 1:
        return "At an even pace."
    word = "behind" if behind > 0 else "ahead of"
    told = f"{counted(abs(round(behind)), health.unit[:-1])} {word} an even pace"
    removed = health.ledger.removed.points
    return f"{told}, with {number(removed)} removed." if behind < 0 < removed else f"{told}."


def _behind(health: SprintHealth) -> Decimal:
    """Points above the even pace; negative is ahead of it, 0 where there is none."""
    pace = health.pace_now
    return Decimal(0) if pace is None else health.ledger.remaining.points - pace


def _expected(told: object, health: SprintHealth) -> list[str]:
    """One line that says it, one or two that say how to read it."""
    done = f"{number(health.burnup[-1].done)} of {number(health.ledger.scope)} {health.unit}"
    if not isinstance(told, Forecast):
        return [f"{done} done.", "Dashed: what the sprint has taken on."]
    likely = next(one for one in told.ranges if one.percent == 85)  # noqa: PLR2004 - as in the text
    beyond = likely.high > float(health.ledger.scope)
    return [
        f"About {told.expected:.0f} will be done, {_range(likely)} with 85 % confidence.",
        "Bands: the middle 50, 85 and 95 % of outcomes.",
        *(["Above what is taken on: work that may yet be added."] if beyond else []),
    ]
