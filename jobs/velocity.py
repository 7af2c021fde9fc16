"""The report on a board's velocity: bring the store up to date, compute, keep, and owe the comment."""

from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.effects import LivingComment
from app.domain.reports.velocity import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.velocity import JIRAS_SPRINTS
from app.services.velocity import as_comment, board_velocity
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import keep_and_owe, read_jira


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `velocity`.

    Its parameters: `board`; `post_to`, the issue that carries the living comment, or none to compute only;
    `sprint`, the one whose end it was asked for.
    """
    parameters = work.row["parameters"]
    board, post_to = parameters["board"], parameters.get("post_to")
    await read_jira(context, jira_site, work)

    def compute(connection: Connection) -> tuple[dict[str, Any], LivingComment | None]:
        site = sites.site_by_id(connection, jira_site.id)
        calendar = jira_site.calendars.get(board, Calendar())
        told = board_velocity(
            connection, site, board_id=board, at=work.row["at"], calendar=calendar, last=JIRAS_SPRINTS
        )
        return to_json(told), None if post_to is None else as_comment(told, site, post_to)

    document, comment = await context.database.call_read(compute)
    finish = partial(
        _finish,
        context=context,
        work=work,
        document=document,
        comment=comment,
        sprint=parameters.get("sprint"),
    )
    return Finished(runs.DONE, commit=finish)


def _finish(
    connection: Connection,
    *,
    context: Context,
    work: Claimed,
    document: dict[str, Any],
    comment: LivingComment | None,
    sprint: int | None,
) -> None:
    board = work.row["parameters"]["board"]
    keep_and_owe(connection, work, document, comment, board_id=board, sprint_id=sprint, now=context.now())
