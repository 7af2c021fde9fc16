"""What the doors to all three queues have in common: an admin has a row tried again, or does away with it."""

from collections.abc import Callable

from sqlalchemy import Connection

from app import log
from app.api.changes import Changes
from app.api.rows import Retried
from app.services import queues
from app.services.queues import Policy, Seen

_log = log.get(__name__)


async def act(
    changes: Changes, queue: Policy, row_id: int, done: str, work: Callable[[Connection], Seen]
) -> Seen:
    """Have an admin do something about a row: with its entries in the audit and the log, and at once.

    Args:
        changes: in whose name.
        queue: which of the three.
        row_id: of the row.
        done: what is done, in the past: "retried".
        work: does it, inside the transaction; the row is locked.
    """
    seen = await changes.make(
        f"{queue.called}.{done}",
        row_id,
        work,
        before=lambda tx: queues.held(tx, queue, row_id),
        after=queues.picture,
    )
    _log.info(f"admin.{queue.called}_{done}", **{queue.called: row_id})
    changes.state.wake()
    return seen


async def retry(changes: Changes, queue: Policy, row_id: int) -> Seen:
    """Try a row again."""
    now = changes.state.now
    return await act(changes, queue, row_id, "retried", lambda tx: queues.retry(tx, queue, row_id, now=now()))


async def retry_all(changes: Changes, queue: Policy, state: str, site: str | None) -> Retried:
    """Try all rows in a state again, the oldest 500 in one call."""
    now = changes.state.now
    done = await changes.make(
        f"{queue.called}.retried",
        f"all {state}",
        lambda tx: queues.retry_all(tx, queue, state=state, site=site, now=now()),
        after=lambda done: {"ids": list(done.ids), "left": done.left},
        site=site,
    )
    _log.info(f"admin.{queue.table.name}_retried", state=state, site=site, ids=list(done.ids), left=done.left)
    changes.state.wake()
    return Retried(retried=len(done.ids), left=done.left)
