"""What a board's last closed sprints came to, from the store."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app.domain.comments import Audience, LivingComment, velocity_marker
from app.domain.effects import Announcement, SetSprintProperty
from app.domain.forecast.backtest import backtest
from app.domain.forecast.forecast import FEWEST_SPRINTS, MOST_SPRINTS
from app.domain.forecast.record import record
from app.domain.reports import velocity as reports
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.restricted import put_aside
from app.domain.sprint_health.board_filter import left_out
from app.domain.sprint_health.errors import require_done_column
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.velocity import read_result, velocity
from app.services.board_filter import Asked
from app.services.missing import missing_of
from app.services.rendering import Described, announcements_of, comment_of, property_of
from app.services.sprint_health import sprint_field_of
from app.services.sprint_issues import Inside, of_sprints
from app.store import board_configurations, boards
from app.store.sites import Site


def board_velocity(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    calendar: Calendar,
    last: int,
    show_restricted: bool = False,
    habits: BoardHabits | None = None,
) -> reports.BoardVelocity:
    """Figures of the last sprints that were closed at an instant; see `sprint_health` for restricted issues.

    Of each sprint those issues count that the board's filter found at its close, unless `habits` say that all
    do.

    Raises:
        NotFound: the store has no such board.
        NotPossible: the site was never synced.
        SprintHealthRefused: the board's columns do not tell what is done.
    """
    habits = habits or BoardHabits()
    board = habits.board(boards.get_board(connection, site, board_id))
    sprint_field = sprint_field_of(site)
    require_done_column(board)
    asked = max(last, MOST_SPRINTS + FEWEST_SPRINTS)
    closed = boards.closed_sprints(connection, site, board_id, at=at, last=asked)
    histories = Histories(Fields(sprint_field, board.estimation_field))
    then = board_configurations.at_closes(connection, site, board, closed)
    wanted = [Asked(one, habits.board(then[one.id]), one.completed) for one in closed if one.completed]
    past = of_sprints(connection, site, wanted, calendar, show_restricted=show_restricted)
    read = partial(read_result, sprint_field=sprint_field, histories=histories)
    results = [read(one.asked.sprint, one.asked.board, one.on_board) for one in past[-last:]]
    figures = velocity((one for one in results if one is not None), last=last)
    recorded = partial(record, sprint_field=sprint_field, calendar=calendar, now=at, histories=histories)
    records = [
        recorded(one.asked.sprint, one.asked.board, one.on_board)
        for one in past
        if all(issue.history_complete for issue in one.on_board)
    ]
    scores = backtest([one for one in records if one is not None])
    shown = {issue_id for one in past[-last:] for issue_id in one.ids}
    missing = tuple(missing_of(connection, site, board, shown))
    lost = [_of_the_filter(one, sprint_field, histories) for one in past[-last:]]
    hidden = {issue.id for one in past[-last:] for issue in put_aside(one.on_board) if not issue.is_subtask}
    return reports.BoardVelocity(
        board,
        at,
        calendar,
        figures,
        scores,
        missing,
        tuple(lost),
        too_little=habits.thresholds.too_little,
        restricted=len(hidden),
    )


def _of_the_filter(inside: Inside, sprint_field: str, histories: Histories) -> reports.OffBoard:
    sprint, board, at = inside.asked
    keys: tuple[str, ...] = ()
    if sprint.started_at is not None:
        keys = left_out(
            sprint,
            board,
            inside.off_board,
            start=sprint.started_at,
            end=at,
            sprint_field=sprint_field,
            histories=histories,
        )
    return reports.OffBoard(sprint.id, keys, inside.outside.why)


def described(told: reports.BoardVelocity) -> Described:
    """For people and for machines."""
    return Described(reports.report(told), lambda: reports.to_json(told))


def as_messages(
    told: reports.BoardVelocity, site: Site, issue_key: str | None, channels: Sequence[str]
) -> tuple[Announcement, ...]:
    """The beginning of it for each of these channels."""
    report = reports.report(told)
    return announcements_of(report, site, issue_key, channels)


def as_property(told: reports.BoardVelocity, base_key: str, sprint_id: int) -> SetSprintProperty:
    """For a property of the sprint that it follows, within its limit."""
    return property_of(described(told), sprint_id, "velocity", base_key=base_key)


def as_comment(
    told: reports.BoardVelocity, site: Site, issue_key: str, *, audience: Audience | None = None
) -> LivingComment:
    """For a comment of that site, within its limit."""
    report, marker = reports.report(told), velocity_marker(told.board.id)
    return comment_of(report, site, issue_key, marker, titled=True, audience=audience)
