"""Let go of what nobody asks for any more: work that ended long ago.

What failed stays until an admin acts.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

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
Key = TypeVar("Key")
_UNSEEN = timedelta(days=1)

# Ended well, or ended by an admin. Dead letters and failed runs are not among them.
_ENDED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (deliveries, (inbox.APPLIED, inbox.IGNORED, inbox.UNKNOWN, inbox.DISCARDED)),
    (effects, (outbox.DONE, outbox.SKIPPED, outbox.CANCELLED)),
    (runs_table, (runs.DONE, runs.CANCELLED)),
)


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `housekeeping`; its parameter: `keep_days`.

    In the end SQLite's planner learns how the tables are now.
    """
    before = context.now() - timedelta(days=work.row["parameters"]["keep_days"])
    site_id = jira_site.id
    gone: dict[str, Any] = {}
    for table, states in _ENDED:
        ended = partial(queues.ended_before, table=table, site_id=site_id, before=before, states=states)
        drop = partial(queues.forget, table=table, states=states)
        gone[table.name] = await _forget(context, ended, drop, 0)
    await _forget(context, arrivals.unneeded, arrivals.forget, 0)
    await _forget(context, issue_texts.unneeded, issue_texts.forget, (0, "", 0))
    taken = partial(rule_decisions.taken_before, site_id=site_id, before=before)
    if number := await _forget(context, taken, rule_decisions.forget, 0):
        gone["rule_decisions"] = number
    await context.database.call_write(lambda tx: sweeps.forget(tx, site_id, before=before))
    unseen = context.now() - _UNSEEN
    await context.database.call_write(lambda tx: workers.forget_unseen(tx, unseen))
    await text_words.index(context, jira_site)
    await statistics.take(context.database)
    return Finished(runs.DONE, values={"progress": gone})


async def _forget(
    context: Context,
    find: Callable[..., Sequence[Key]],
    drop: Callable[[Connection, Sequence[Key]], int],
    after: Key,
) -> int:
    """How many went, by the thousand, each thousand in a transaction of its own, so that nobody waits long.

    What may go is found beside whoever writes: of a million rows that takes seconds.
    """
    gone = 0
    while keys := await context.database.call_read(partial(find, after=after, limit=_AT_ONCE)):

        def some(connection: Connection, keys: Sequence[Key] = keys) -> int:
            return drop(connection, keys)

        gone += await context.database.call_write(some)
        after = keys[-1]
    return gone
