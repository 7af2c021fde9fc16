"""Reports that are posted once, at a moment of a sprint: asked for by the sync that first sees the moment."""

from datetime import datetime

from sqlalchemy import Connection

from app import log
from app.domain.reports.kinds import LATEST, Kind, due
from app.domain.reports.target import Target
from app.domain.scrum.calendar import Calendar
from app.services.runs import OF_KIND, SPRINT_HEALTH, VELOCITY
from app.store import boards, reports, runs, sites
from jobs.context import BoardReports, Context, JiraSite

_log = log.get(__name__)


def moments_of(reports_of_board: BoardReports) -> frozenset[str]:
    """Kinds of runs that are asked for here."""
    return reports_of_board.kinds - {SPRINT_HEALTH}


def request_due(connection: Connection, context: Context, jira_site: JiraSite) -> None:
    """Ask for the reports whose moment has come, and that were neither made nor asked for before.

    Runs of a site, syncs among them, follow each other, so no two look at the same time.
    """
    site, now = sites.site_by_id(connection, jira_site.id), context.now()
    for board_id, wanted in jira_site.reports.items():
        calendar = jira_site.calendars.get(board_id, Calendar())
        for sprint in boards.sprints_since(connection, site, board_id, now - LATEST):
            moments = due(sprint, calendar, now)
            kinds = {OF_KIND[each] for each in moments} | ({VELOCITY} if Kind.END in moments else set())
            for kind in sorted(kinds & moments_of(wanted)):
                parameters = {"board": board_id, "sprint": sprint.id}
                _request(connection, site, kind, parameters, wanted.target, now)


def _request(
    connection: Connection,
    site: sites.Site,
    kind: str,
    parameters: dict[str, int],
    target: Target,
    now: datetime,
) -> None:
    board_id, sprint_id = parameters["board"], parameters["sprint"]
    if reports.is_there(connection, site.id, kind, board_id=board_id, sprint_id=sprint_id):
        return
    if runs.was_asked_for(
        connection, site.id, kind, parameters
    ):  # it waits, or failed: then a person decides
        return
    run = runs.request(
        connection,
        site.id,
        kind,
        {**parameters, **target.wish()},
        at=now,
        now=now,
        requested_by=f"moment of sprint {sprint_id}",
    )
    _log.info("sprint.moment", site=site.name, kind=kind, board=board_id, sprint=sprint_id, run=run)
