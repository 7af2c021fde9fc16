"""The report on a board's flow: bring the store up to date, compute, keep, and owe what tells it."""

from functools import partial

from sqlalchemy import Connection

from app.domain.reports.flow_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.services.flow import as_comment, as_messages, board_flow
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import OfBoard, finish_of_board, read_jira


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `flow`.

    Its parameters: `board`; where the report goes, see `app.domain.reports.target`.
    """
    await read_jira(context, jira_site, work)
    computed = await context.database.call_read(partial(_compute, jira_site=jira_site, work=work))
    return Finished(runs.DONE, commit=partial(finish_of_board, context=context, work=work, computed=computed))


def _compute(connection: Connection, *, jira_site: JiraSite, work: Claimed) -> OfBoard:
    parameters = work.row["parameters"]
    board, site = parameters["board"], sites.site_by_id(connection, jira_site.id)
    wanted = jira_site.flow_of(board)
    told = board_flow(
        connection,
        site,
        board_id=board,
        at=work.row["at"],
        calendar=jira_site.calendars.get(board, Calendar()),
        weeks=wanted.weeks,
        show_restricted=jira_site.shows_restricted(board),
        habits=jira_site.habits_of(board),
        leave_out=jira_site.report_issues,
    )
    target = wanted.target.of_run(parameters)
    if target is None:
        return OfBoard(to_json(told))
    messages = as_messages(told, site, target.issue, wanted.channels)
    if target.issue is None:
        return OfBoard(to_json(told), messages)
    comment = as_comment(told, site, target.issue, picture=wanted.picture, audience=target.audience)
    return OfBoard(to_json(told), (*messages, comment))
