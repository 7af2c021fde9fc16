"""The report on a board's velocity: bring the store up to date, compute, keep, and owe what tells it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.domain.reports.velocity import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.velocity import JIRAS_SPRINTS
from app.services.velocity import as_comment, as_messages, as_property, board_velocity
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.posting import Told, owed
from jobs.reporting import Owable, keep_and_owe, read_jira


@dataclass(frozen=True, slots=True)
class _Computed:
    document: dict[str, Any]
    owed: tuple[Owable, ...] = ()


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `velocity`.

    Its parameters: `board`; `sprint`, the one whose end it was asked for; where the report goes, see
    `app.domain.reports.target`.
    """
    await read_jira(context, jira_site, work)
    computed = await context.database.call_read(partial(_compute, jira_site=jira_site, work=work))
    return Finished(runs.DONE, commit=partial(_finish, context=context, work=work, computed=computed))


def _compute(connection: Connection, *, jira_site: JiraSite, work: Claimed) -> _Computed:
    parameters = work.row["parameters"]
    board, site = parameters["board"], sites.site_by_id(connection, jira_site.id)
    told = board_velocity(
        connection,
        site,
        board_id=board,
        at=work.row["at"],
        calendar=jira_site.calendars.get(board, Calendar()),
        last=JIRAS_SPRINTS,
        show_restricted=jira_site.shows_restricted(board),
        habits=jira_site.habits_of(board),
    )
    target = jira_site.target_of(board).of_run(parameters)
    if target is None:
        return _Computed(to_json(told))
    closed = [one.sprint_id for one in told.velocity.sprints]
    channels = jira_site.channels_of(board)
    found = Told(
        board,
        told.board.name,
        parameters.get("sprint") or next(reversed(closed), None),
        comment=lambda key: as_comment(told, site, key, audience=target.audience),
        messages=lambda key: as_messages(told, site, key, channels),
        value=lambda base_key, sprint_id: as_property(told, base_key, sprint_id),
    )
    return _Computed(to_json(told), owed(connection, site, target, found, at=work.row["at"]))


def _finish(connection: Connection, *, context: Context, work: Claimed, computed: _Computed) -> None:
    parameters = work.row["parameters"]
    keep_and_owe(
        connection,
        work,
        computed.document,
        computed.owed,
        board_id=parameters["board"],
        sprint_id=parameters.get("sprint"),
        now=context.now(),
    )
