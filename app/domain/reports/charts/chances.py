"""How the chances moved from day to day, as the reports of these days told them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.forecast.forecast import Forecast
from app.domain.reports.charts import theme
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.sprint_health.health import SprintHealth

FEWEST = 2
KINDS = {"as much as was committed": (theme.BLUE, [1, 0]), "all of the sprint": (theme.VERMILION, [6, 4])}


@dataclass(frozen=True, slots=True)
class Told:
    """What a report told at its instant; chances from 0 to 1, None where it told none."""

    at: datetime
    of_commitment: float | None
    of_all: float | None


def chances(before: Sequence[Told], health: SprintHealth, *, width: int = theme.WIDTH) -> Spec | None:
    """None where fewer than two reports told any."""
    told = [*before, *_now(health)]
    calendar = health.calendar
    rows: list[Row] = []
    for what, kind in zip(KINDS, ("of_commitment", "of_all"), strict=True):
        by_day = {calendar.day_of(one.at): (one.at, getattr(one, kind)) for one in told}  # the last of a day
        rows += [
            {"at": wall(at, calendar), "chance": chance, "what": what}
            for at, chance in by_day.values()
            if chance is not None
        ]
    if len({row["at"] for row in rows}) < FEWEST:
        return None
    end = max(health.timing.planned_end or health.timing.as_of, health.timing.as_of)
    domain = [wall(at, calendar) for at in (health.timing.started_at, end)]
    x, y = theme.instant("at", scale={"domain": domain}), quantity("chance", axis={"format": ".0%"})
    y["scale"] = {"domain": [0, 1]}
    names, colours = list(KINDS), [colour for colour, _ in KINDS.values()]
    colour = {"field": "what", "scale": {"domain": names, "range": colours}}
    dash = {"field": "what", "scale": {"domain": names, "range": [dashes for _, dashes in KINDS.values()]}}
    layers = [
        theme.free_days(calendar, health.timing.started_at, end),
        layer(rows, {"type": "line", "strokeWidth": 2.5}, x=x, y=y, color=colour, strokeDash=dash),
        layer(rows, {"type": "point", "filled": True, "size": 50, "opacity": 1}, x=x, y=y, color=colour),
    ]
    subtitle = ["Each point is what a report of that day said."]
    return theme.chart(
        "Chance to finish in time", [one for one in layers if one], subtitle=subtitle, width=width
    )


def _now(health: SprintHealth) -> list[Told]:
    forecast = health.outlook.forecast if health.outlook else None
    if not isinstance(forecast, Forecast):
        return []
    return [Told(forecast.at, forecast.chance_of_commitment, forecast.chance_of_all)]
