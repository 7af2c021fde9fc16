"""The service with one decision added: each delivery about an issue is answered by a comment on it.

Rules decide what follows from an event, and are not measured here: this is the way that any decision takes.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import uvicorn
from sqlalchemy import Connection

from app import log, main
from app.domain.comments import LivingComment
from app.settings import load_settings
from app.store import outbox
from app.store.claim import Claimed
from jobs.context import Context
from jobs.deliveries import apply_batch


def _text(words: str) -> dict[str, object]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


async def apply_and_answer(context: Context, claimed: Sequence[Claimed]) -> None:
    """Fold them in, then owe a comment for each."""
    await apply_batch(context, claimed)

    def owe(connection: Connection) -> None:
        for work in claimed:
            key = work.row["identity"].removeprefix("id:")  # the load names the issue there
            comment = LivingComment(key, f"answer:{work.id}", _text(f"Heard of it as {work.id}."))
            outbox.put(
                connection,
                work.row["site_id"],
                comment,
                key=f"answer:{work.id}",
                cause="a delivery",
                correlation=f"delivery:{work.id}",
                now=context.now(),
            )

    await context.database.call_write(owe)
    context.wake()


if __name__ == "__main__":
    deliveries, *others = main.QUEUES
    main.QUEUES = (replace(deliveries, handle_batch=apply_and_answer), *others)
    settings = load_settings()
    log.set_up(level=settings.log_level, style=settings.log_format)
    uvicorn.run(main.create_app(settings), port=int(sys.argv[-1]), log_config=None, access_log=False)
