"""Every door below `/api/v1`, noun by noun."""

from app.api import (
    audit,
    computed_reports,
    deliveries,
    effects,
    keys,
    reports,
    runs,
    schedules,
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
        keys,
        audit,
    )
)
