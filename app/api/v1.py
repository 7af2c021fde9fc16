"""Every door below `/api/v1`, noun by noun."""

from app.api import (
    computed_reports,
    deliveries,
    effects,
    reports,
    runs,
    schedules,
    similarity,
    sites,
    sync,
    workers,
)

ROUTERS = tuple(
    part.router
    for part in (
        runs,
        schedules,
        computed_reports,
        reports,
        deliveries,
        effects,
        sites,
        sync,
        workers,
        similarity,
    )
)
