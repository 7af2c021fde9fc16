"""Every door below `/api/v1`, noun by noun."""

from app.api import (
    computed_reports,
    deliveries,
    effects,
    reports,
    rule_decisions,
    rule_drafts,
    rules,
    runs,
    schedules,
    sites,
    sync,
    workers,
)

ROUTERS = tuple(
    part.router
    for part in (
        rule_drafts,
        rules,
        rule_decisions,
        runs,
        schedules,
        computed_reports,
        reports,
        deliveries,
        effects,
        sites,
        sync,
        workers,
    )
)
