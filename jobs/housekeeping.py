"""Let go of what nobody asks for any more: work that ended long ago.

What failed stays until an admin acts.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table

from app.store import (
    arrivals,
    inbox,
    issue_texts,
    outbox,
    queues,
    rule_decisions,
    runs,
    statistics,
    sweeps,
    workers,
)
from app.store.claim import Claimed
from app.store.tables import deliveries, effects
from app.store.tables import runs as runs_table
from jobs import text_words
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_AT_ONCE = 1000
_UNSEEN = timedelta(days=1)

# Ended well, or ended by an admin. Dead letters and failed runs are not among them.
_ENDED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (deliveries, (inbox.APPLIED, inbox.IGNORED, inbox.UNKNOWN, inbox.DISCARDED)),
    (effects, (outbox.DONE, outbox.SKIPPED, outbox.CANCELLED)),
    (runs_table, (runs.DONE, runs.CANCELLED)),
)


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `housekeeping`; its parameter: `keep_days`.

    Rows go by the thousand, each thousand in a transaction of its own, so that nobody waits long. In the end
    SQLite's planner learns how the tables are now.
    """
    before = context.now() - timedelta(days=work.row["parameters"]["keep_days"])
    gone: dict[str, Any] = {}
    for table, states in _ENDED:

        def some(connection: Connection, table: Table = table, states: tuple[str, ...] = states) -> int:
            return queues.forget(
                connection, table, jira_site.id, states=states, before=before, limit=_AT_ONCE
            )

        gone[table.name] = 0
        while number := await context.database.call_write(some):
            gone[table.name] += number
    for forget in (arrivals.forget, issue_texts.forget):
        while await context.database.call_write(partial(forget, limit=_AT_ONCE)):
            pass
    forget_some = partial(rule_decisions.forget, site_id=jira_site.id, before=before, limit=_AT_ONCE)
    while number := await context.database.call_write(forget_some):
        gone["rule_decisions"] = gone.get("rule_decisions", 0) + number
    await context.database.call_write(lambda tx: sweeps.forget(tx, jira_site.id, before=before))
    unseen = context.now() - _UNSEEN
    await context.database.call_write(lambda tx: workers.forget_unseen(tx, unseen))
    await text_words.index(context, jira_site)
    await statistics.take(context.database)
    return Finished(runs.DONE, values={"progress": gone})
