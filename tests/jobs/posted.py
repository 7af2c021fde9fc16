"""A board whose reports go where a test says, and what becomes of them."""

from dataclasses import replace
from typing import Any

from app.domain.reports.target import Target
from app.store import tables
from app.store.claim import claim, settle
from app.store.database import Database
from jobs.context import BoardReports
from jobs.effects import carry_out
from tests.jobs.support import OPENS, Sandboxed
from tests.stores import LEASE, rows


def targeted(jira: Sandboxed, target: Target) -> Sandboxed:
    """With a board whose reports go there."""
    site = replace(jira.site, reports={1: BoardReports(target, frozenset({"sprint_health"}))})
    return replace(jira, site=site, context=replace(jira.context, sites={site.id: site}))


async def done(database: Database, jira: Sandboxed) -> list[dict[str, Any]]:
    """Carries out all that is owed; returns it as it is then."""
    with database.write() as tx:
        every = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=9)
    for work in every:
        finished = await carry_out(jira.context, work)
        with database.write() as tx:
            assert settle(tx, work, state=finished.state, now=OPENS, **finished.values)
            if finished.commit is not None:
                finished.commit(tx)
    with database.read() as tx:
        return rows(tx, tables.effects)
