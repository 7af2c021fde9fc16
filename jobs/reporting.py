"""What runs that report have in common: Jira is read first; the report and its comment come with the end."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.effects import LivingComment
from app.errors import NotPossible
from app.store import outbox, reports
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.sync.reading import note_progress
from jobs.sync.run import sync


async def read_jira(context: Context, jira_site: JiraSite, work: Claimed) -> None:
    """Bring the store up to date for the run's board.

    Raises:
        NotPossible: the board cannot be read.
    """
    board = work.row["parameters"]["board"]
    reading = await sync(context, jira_site, report=partial(note_progress, context, work))
    unread = reading.failures.get(f"board {board}")
    if unread is not None:
        raise NotPossible(f"Board {board} cannot be read. {unread}")


def keep_and_owe(
    connection: Connection,
    work: Claimed,
    document: dict[str, Any],
    comment: LivingComment | None,
    *,
    board_id: int,
    sprint_id: int | None,
    now: datetime,
) -> None:
    """The report and what it makes us owe; committed with the end of the run, or not at all."""
    reports.save(
        connection,
        site_id=work.row["site_id"],
        run_id=work.id,
        kind=work.row["kind"],
        board_id=board_id,
        sprint_id=sprint_id,
        at=work.row["at"],
        now=now,
        document=document,
    )
    if comment is not None:
        owe(connection, work, comment, now=now)


def owe(connection: Connection, work: Claimed, comment: LivingComment, *, now: datetime) -> None:
    """A comment that a run wants, once however often the run is repeated."""
    outbox.put(
        connection,
        work.row["site_id"],
        comment,
        key=f"run:{work.id}:{comment.marker}",
        cause=f"run {work.id}, {work.row['requested_by']}",
        correlation=f"run:{work.id}",
        now=now,
    )
