"""The kinds of runs and what carries each out: one table, so that all can be seen."""

from collections.abc import Awaitable, Callable, Mapping

from app.services.runs import (
    BACKLOG_GROOMING,
    DELIVERY,
    FLOW,
    HOUSEKEEPING,
    OF_SPRINT,
    RECONCILE,
    SYNC,
    VELOCITY,
)
from app.store import runs
from app.store.claim import Claimed
from jobs import (
    backlog_grooming,
    delivery,
    flow,
    grooming_policies,
    housekeeping,
    rule_runs,
    sprint_health,
    velocity,
)
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.sync import reconcile
from jobs.sync import run as sync

RunHandler = Callable[[Context, JiraSite, Claimed], Awaitable[Finished]]

RUNS: Mapping[str, RunHandler] = {
    SYNC: sync.run,
    **dict.fromkeys(OF_SPRINT, sprint_health.run),
    VELOCITY: velocity.run,
    FLOW: flow.run,
    BACKLOG_GROOMING: backlog_grooming.run,
    HOUSEKEEPING: housekeeping.run,
    RECONCILE: reconcile.run,
    runs.RULE: rule_runs.run,
    runs.GROOMING_POLICY: grooming_policies.run,
    DELIVERY: delivery.run,
}


async def carry_out(context: Context, work: Claimed) -> Finished:
    """A run from row to end."""
    jira_site = context.sites.get(work.row["site_id"])
    if jira_site is None:
        return Finished(runs.FAILED, "Its site is no longer in the settings.")
    handler = RUNS.get(work.row["kind"])
    if handler is None:
        return Finished(runs.FAILED, f"This version of Burnish knows no run of kind {work.row['kind']!r}.")
    return await handler(context, jira_site, work)
