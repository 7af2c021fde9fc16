"""What runs that report have in common: Jira is read first; the report and its comment come with the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.domain.effects import Announcement, OpenReportIssue, SetSprintProperty, TransitionIssue
from app.errors import NotPossible
from app.store import outbox, reports
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.sync.reading import advancing
from jobs.sync.run import sync

Owable = LivingComment | Announcement | SetSprintProperty | OpenReportIssue | TransitionIssue
"""What a report is told by."""

LATE = timedelta(hours=1)
"""So late a run looks by the clock of its look; most syncs before it are shorter."""
CLOSES = "closes"
"""Names, among what a report owes, the step that closes its issue."""


async def read_jira(context: Context, jira_site: JiraSite, work: Claimed) -> None:
    """Bring the store up to date for the run's board.

    Raises:
        NotPossible: the board cannot be read.
    """
    board = work.row["parameters"]["board"]
    reading = await sync(context, jira_site, report=await advancing(context, work))
    unread = reading.failures.get(f"board {board}")
    if unread is not None:
        raise NotPossible(f"Board {board} cannot be read. {unread}")


def looks_at(work: Claimed, now: datetime) -> datetime:
    """By the clock of which instant a run looks that sees the store as it is: backlogs have no past.

    By that of its schedule, so that a week later a week is over. One that is made up, or tried again, days
    later would tell of things that lay ahead of its clock, and call that the state of the day it was due: it
    looks by the clock of its look. Reports that are computed from histories are never late.
    """
    at: datetime = work.row["at"]
    return now if now - at > LATE else at


def keep_and_owe(
    connection: Connection,
    work: Claimed,
    document: dict[str, Any],
    owed: Sequence[Owable],
    *,
    board_id: int,
    sprint_id: int | None,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """The report and what it makes us owe; committed with the end of the run, or not at all.

    It speaks about the instant `at`, or that of its run.
    """
    reports.save(
        connection,
        site_id=work.row["site_id"],
        run_id=work.id,
        kind=work.row["kind"],
        board_id=board_id,
        sprint_id=sprint_id,
        at=at or work.row["at"],
        now=now,
        document=document,
    )
    for effect in owed:
        owe(connection, work, effect, now=now)


def owe(
    connection: Connection,
    work: Claimed,
    effect: Owable,
    *,
    now: datetime,
) -> None:
    """What a run wants to say, once however often the run is repeated: one comment by each marker, and so on.

    Args:
        connection: inside the transaction that ends the run.
        work: the run.
        effect: the comment, message, property or issue.
        now: the instant.
    """
    match effect:
        case Announcement(channel=channel):
            key = f"channel:{channel}"
        case TransitionIssue():
            key = CLOSES
        case _:
            key = effect.marker
    outbox.put(
        connection,
        work.row["site_id"],
        effect,
        key=f"run:{work.id}:{key}",
        cause=f"run {work.id}, {work.row['requested_by']}",
        correlation=f"run:{work.id}",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class OfBoard:
    """A report on a board that is computed: its document, and what tells it."""

    document: dict[str, Any]
    owed: tuple[Owable, ...] = ()


def finish_of_board(connection: Connection, *, context: Context, work: Claimed, computed: OfBoard) -> None:
    """Keep it with the end of its run, and owe what tells it."""
    keep_and_owe(
        connection,
        work,
        computed.document,
        computed.owed,
        board_id=work.row["parameters"]["board"],
        sprint_id=None,
        now=context.now(),
    )
