"""The report on what is delivered when: bring the store up to date, compute, keep, and owe what tells it."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.reports.delivery_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.services.delivery import as_comment, as_messages, board_delivery
from app.services.delivery_scopes import BOTH, Wanted
from app.services.grooming_wish import read_audience
from app.store import runs, sites
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.reporting import OfBoard, Owable, finish_of_board, read_jira


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `delivery`.

    Its parameters: `board`; `post_to`, the issue that carries the living comment, or none to compute only;
    `scopes`, `channels`, `visible_to` and `picture` as in the settings.
    """
    await read_jira(context, jira_site, work)
    computed = await context.database.call_read(
        partial(_compute, jira_site=jira_site, work=work, now=context.now())
    )
    return Finished(runs.DONE, commit=partial(finish_of_board, context=context, work=work, computed=computed))


def _compute(connection: Connection, *, jira_site: JiraSite, work: Claimed, now: datetime) -> OfBoard:
    parameters = work.row["parameters"]
    board, site = parameters["board"], sites.site_by_id(connection, jira_site.id)
    told = board_delivery(
        connection,
        site,
        board_id=board,
        at=work.row["at"],
        now=now,
        calendar=jira_site.calendars.get(board, Calendar()),
        wanted=Wanted(scopes=tuple(parameters.get("scopes", BOTH))),
        show_restricted=jira_site.shows_restricted(board),
        habits=jira_site.habits_of(board),
        leave_out=jira_site.report_issues,
    )
    post_to = parameters.get("post_to")
    owed: list[Owable] = [*as_messages(told, site, post_to, parameters.get("channels", ()))]
    if post_to is not None:
        audience = read_audience(parameters.get("visible_to"))
        picture = parameters.get("picture", True)
        owed.append(as_comment(told, site, post_to, picture=picture, audience=audience))
    return OfBoard(to_json(told), tuple(owed))
