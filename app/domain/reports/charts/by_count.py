"""The sprint by count: what it took on, what of it was done and what remained, in issues."""

from app.domain.reports.charts import theme
from app.domain.reports.charts.burn import DOT, ROOM, domain_of, end_of, even_pace
from app.domain.reports.charts.theme import Row, Spec, layer, quantity, wall
from app.domain.reports.words import counted
from app.domain.sprint_health.health import SprintHealth


def by_count(health: SprintHealth, *, width: int = theme.WIDTH) -> Spec:
    """Burndown and burn-up in one: between the two lines of the burn-up lies what remains."""
    calendar = health.calendar
    rows: list[Row] = [
        {"at": wall(point.at, calendar), "scope": point.scope_issues, "value": point.done_issues}
        for point in health.burnup
    ]
    left: list[Row] = [
        {"at": wall(point.at, calendar), "value": int(point.remaining)} for point in health.burndown_of_issues
    ]
    ideal = list(even_pace(calendar, health.ideal_of_issues))
    top = max([*(row["scope"] for row in rows), *(row["value"] for row in ideal), 1]) * ROOM
    scale = {"domain": [0, top], "nice": False}
    x = theme.instant("at", scale={"domain": domain_of(health)})
    y, scope = quantity("value", scale=scale), quantity("scope", scale=scale)
    step = {"type": "line", "interpolate": "step-after"}
    last = health.burnup[-1]
    verb = "carried over" if health.closed else "remain"
    layers = [
        theme.free_days(calendar, health.timing.started_at, end_of(health)),
        layer(ideal, {"type": "line", "color": theme.GREY, "strokeDash": [6, 4]}, x=x, y=y),
        layer(rows, {**step, "color": theme.VERMILION, "strokeWidth": 2, "strokeDash": [8, 3]}, x=x, y=scope),
        layer(rows, {**step, "color": theme.GREY, "strokeWidth": 2}, x=x, y=y),
        layer(left, {**step, "color": theme.BLUE, "strokeWidth": 2.5}, x=x, y=y),
        layer(left[-1:], {**DOT, "color": theme.BLUE}, x=x, y=y),
    ]
    return theme.chart(
        "By count, issues",
        [one for one in layers if one],
        subtitle=[
            f"Of {counted(last.scope_issues, 'issue')} {left[-1]['value']} {verb} (blue).",
            "Dashed orange: taken on. Grey: done; dashed, an even pace of what remains.",
        ],
        width=width,
    )
