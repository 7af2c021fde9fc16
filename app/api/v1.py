"""Every door below `/api/v1`, noun by noun."""

from app.api import (
    audit,
    boards,
    computed_reports,
    deliveries,
    effects,
    grooming,
    issues,
    keys,
    reports,
    rule_decisions,
    rule_drafts,
    rule_imports,
    rule_secrets,
    rule_webhooks,
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

ROUTERS = (
    rule_webhooks.admin,
    *(
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
            rule_secrets,
            secrets,
            sync,
            workers,
            issues,
            similarity,
            keys,
            audit,
        )
    ),
)
