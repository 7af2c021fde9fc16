"""What a board's last closed sprints came to, from the store."""

from datetime import datetime

from sqlalchemy import Connection

from app.domain.reports import velocity as reports
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.sprint_health.errors import DoneColumnUnknown
from app.domain.sprint_health.velocity import read_result, velocity
from app.services.rendering import Described
from app.services.sprint_health import sprint_field_of
from app.store import board_configurations, boards, sprint_issues
from app.store.sites import Site


def board_velocity(
    connection: Connection, site: Site, *, board_id: int, at: datetime, calendar: Calendar, last: int
) -> reports.BoardVelocity:
    """Figures of the last sprints that were closed at an instant.

    Raises:
        NotFound: the store has no such board.
        NotPossible: the site was never synced.
        SprintHealthRefused: the board's columns do not tell what is done.
    """
    board = boards.get_board(connection, site, board_id)
    sprint_field = sprint_field_of(site)
    if not board.done_status_ids:
        raise DoneColumnUnknown(board)
    closed = boards.closed_sprints(connection, site, board_id, at=at, last=last)
    histories = Histories(Fields(sprint_field, board.estimation_field))
    then = board_configurations.at_closes(connection, site, board, closed)
    results = [
        read_result(sprint, then[sprint.id], every, sprint_field=sprint_field, histories=histories)
        for sprint, every in sprint_issues.of_sprints(connection, site, board, closed)
    ]
    figures = velocity((one for one in results if one is not None), last=last)
    return reports.BoardVelocity(board, at, calendar, figures)


def described(told: reports.BoardVelocity) -> Described:
    """For people and for machines."""
    return Described(reports.report(told), lambda: reports.to_json(told))
