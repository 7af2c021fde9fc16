"""Every door below `/api/v1`, noun by noun."""

from app.api import (
    audit,
    boards,
    computed_reports,
    deliveries,
    effects,
    grooming,
    keys,
    reports,
    rule_decisions,
    rule_drafts,
    rule_imports,
    rules,
    runs,
    schedules,
    secrets,
    similarity,
    site_edits,
    sites,
    sync,
    workers,
)

ROUTERS = tuple(
    part.router
    for part in (
        rule_drafts,
        rule_imports,
        rules,
        rule_decisions,
        runs,
        schedules,
        boards,
        computed_reports,
        grooming,
        reports,
        deliveries,
        effects,
        sites,
        site_edits,
        secrets,
        sync,
        workers,
        similarity,
        keys,
        audit,
    )
)
