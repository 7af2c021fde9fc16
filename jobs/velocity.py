"""The report on a board's velocity: bring the store up to date, compute, keep, and owe the comment."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.effects import Announcement, LivingComment
from app.domain.reports.velocity import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.velocity import JIRAS_SPRINTS
from app.services.velocity import as_comment, as_messages, board_velocity
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import keep_and_owe, read_jira


@dataclass(frozen=True, slots=True)
class _Computed:
    document: dict[str, Any]
    comment: LivingComment | None = None
    messages: tuple[Announcement, ...] = ()


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `velocity`.

    Its parameters: `board`; `post_to`, the issue that carries the living comment, or none to compute only;
    `sprint`, the one whose end it was asked for.
    """
    parameters = work.row["parameters"]
    board, post_to = parameters["board"], parameters.get("post_to")
    await read_jira(context, jira_site, work)

    def compute(connection: Connection) -> _Computed:
        site = sites.site_by_id(connection, jira_site.id)
        calendar = jira_site.calendars.get(board, Calendar())
        told = board_velocity(
            connection,
            site,
            board_id=board,
            at=work.row["at"],
            calendar=calendar,
            last=JIRAS_SPRINTS,
            show_restricted=jira_site.shows_restricted(board),
        )
        if post_to is None:
            return _Computed(to_json(told))
        messages = as_messages(told, site, post_to, jira_site.channels_of(board))
        return _Computed(to_json(told), as_comment(told, site, post_to), messages)

    computed = await context.database.call_read(compute)
    return Finished(runs.DONE, commit=partial(_finish, context=context, work=work, computed=computed))


def _finish(connection: Connection, *, context: Context, work: Claimed, computed: _Computed) -> None:
    parameters = work.row["parameters"]
    keep_and_owe(
        connection,
        work,
        computed.document,
        computed.comment,
        board_id=parameters["board"],
        sprint_id=parameters.get("sprint"),
        now=context.now(),
        messages=computed.messages,
    )
