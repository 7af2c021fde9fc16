"""Every door below `/api/v1`, noun by noun."""

from app.api import deliveries, effects, reports, runs, schedules, sites, sprint_health, sync, workers

ROUTERS = tuple(
    part.router
    for part in (runs, schedules, sprint_health, reports, deliveries, effects, sites, sync, workers)
)
