"""How work flows over a board, from the store: for the job that posts it and for whoever asks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.domain.comments import Audience, LivingComment, flow_marker
from app.domain.effects import Announcement
from app.domain.flow.columns import column_loads
from app.domain.flow.cumulative import CumulativeFlow, cumulative_flow
from app.domain.flow.flow import Flow, flow
from app.domain.flow.littles_law import littles_law
from app.domain.flow.path import Path, Policy
from app.domain.flow.weeks import by_week, first_day, window
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import ThroughputForecast, forecast_throughput
from app.domain.reports.board_flow import BoardFlow
from app.domain.reports.flow import report
from app.domain.reports.flow_as_json import to_json
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.scope import issue_order
from app.domain.sprint_health.data_quality import Flaw, Note
from app.domain.sprint_health.errors import require_done_column
from app.domain.sprint_health.habits import BoardHabits
from app.services.board_habits import policy_of
from app.services.board_issues import OnBoard, on_board
from app.services.missing import missing_of
from app.services.rendering import Described, announcements_of, comment_of
from app.store import board_configurations, boards
from app.store.restricted import number_beside
from app.store.sites import Site

WEEKS = 12


def board_flow(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    calendar: Calendar,
    weeks: int = WEEKS,
    asked: int | None = None,
    show_restricted: bool = False,
    habits: BoardHabits | None = None,
    leave_out: Collection[str] = (),
) -> BoardFlow:
    """The flow of a board at an instant.

    Args:
        connection: reading.
        site: whose.
        board_id: of any kind of board.
        at: the instant.
        calendar: the team's working days.
        weeks: so many whole weeks before the running one are measured.
        asked: when are so many issues finished? None: as many as are in progress.
        show_restricted: whether restricted issues are told; without, they count for nothing.
        habits: how the team works.
        leave_out: keys of issues that carry reports.

    Raises:
        NotFound: the store has no such board.
        NotPossible: nothing tells which issues are on the board.
        SprintHealthRefused: the board's columns do not tell what is done, or its habits are none.
    """
    habits, today = habits or BoardHabits(), boards.get_board(connection, site, board_id)
    board = board_configurations.configured_at(connection, site, today, at)
    require_done_column(board)
    since = window(at, calendar, weeks)
    found = on_board(
        connection,
        site,
        board,
        since=since,
        at=at,
        calendar=calendar,
        show_restricted=show_restricted,
        leave_out=leave_out,
    )
    policy = policy_of(connection, site, today, board, habits)
    missing = tuple(missing_of(connection, site, board, found.ids, of_sprints=False))
    told = _measured(
        found, board, policy, at=at, since=since, calendar=calendar, asked=asked, missing=missing
    )
    return told if show_restricted else replace(told, restricted=number_beside(connection, site.id, board_id))


def _measured(
    found: OnBoard,
    board: Board,
    policy: Policy,
    *,
    at: datetime,
    since: datetime,
    calendar: Calendar,
    asked: int | None,
    missing: tuple[str, ...],
) -> BoardFlow:
    histories = Histories(Fields(sprint="", estimate=None))
    first = first_day(found.issues, since=since, at=at, calendar=calendar)
    flowing, by_column = _flowing(
        found, board, policy, at=at, since=since, first=first, calendar=calendar, histories=histories
    )
    done = board.done_status_ids | found.closed
    not_done = [
        one for one in found.issues if one.created <= at and histories.of(one).at(at).status_id not in done
    ]
    return BoardFlow(
        board=board,
        at=at,
        since=since,
        calendar=calendar,
        flow=flowing,
        weeks=by_week(found.issues, flowing.finished, since=since, at=at, calendar=calendar),
        cumulative=by_column,
        law=littles_law(flowing, calendar, since=first),
        columns=column_loads(not_done, board, at=at, histories=histories),
        issues=sum(not one.is_subtask for one in not_done),
        forecast=_forecast(flowing, found.issues, board, calendar, asked=asked, missing=missing),
        asked=asked,
        summaries={one.key: one.summary for one in not_done},
        missing=missing,
        notes=tuple(_notes(found.issues, found.why)),
    )


def _flowing(
    found: OnBoard,
    board: Board,
    policy: Policy,
    *,
    at: datetime,
    since: datetime,
    first: datetime,
    calendar: Calendar,
    histories: Histories,
) -> tuple[Flow, CumulativeFlow]:
    """Both of the same issues, each of which is walked once; their days are told from `first` on."""
    paths: dict[str, Path] = {}
    flowing = flow(
        found.issues,
        board,
        at=at,
        calendar=calendar,
        policy=policy,
        since=first,
        histories=histories,
        paths=paths,
        finished_since=since,
        done_elsewhere=found.done_elsewhere,
        closed=found.closed,
    )
    counted = [one for one in paths.values() if one.done_at is None or one.done_at >= since]
    by_column = cumulative_flow(
        counted, board, policy, since=first, at=at, calendar=calendar, closed=found.closed
    )
    return flowing, by_column


def _forecast(
    flowing: Flow,
    issues: Sequence[Issue],
    board: Board,
    calendar: Calendar,
    *,
    asked: int | None,
    missing: Sequence[str],
) -> ThroughputForecast | NoForecast:
    if missing or not all(issue.history_complete for issue in issues):
        return NoForecast("Not all that it rests on could be read from Jira.")
    today = calendar.day_of(flowing.at)
    first = calendar.day_of(min((issue.created for issue in issues), default=flowing.at))
    whole = [len(day.finished) for day in flowing.days if first <= day.day < today]
    number = flowing.wip if asked is None else asked
    return forecast_throughput(whole, at=flowing.at, calendar=calendar, issues=number, seed=board.id)


def _notes(issues: Sequence[Issue], why: str) -> Iterator[Note]:
    if why:
        yield Note(Flaw.FILTER_UNKNOWN, why)
    unread = [issue.key for issue in issues if not issue.history_complete]
    if unread:
        text = "part of the changelog has not been read; numbers may change once it is"
        yield Note(Flaw.HISTORY_INCOMPLETE, text, tuple(sorted(unread, key=issue_order)))


def described(told: BoardFlow) -> Described:
    """For people and for machines."""
    return Described(report(told), lambda: to_json(told))


def as_messages(
    told: BoardFlow, site: Site, issue_key: str | None, channels: Sequence[str]
) -> tuple[Announcement, ...]:
    """The beginning of it for each of these channels."""
    shown = report(told)
    return announcements_of(shown, site, issue_key, channels)


def as_comment(
    told: BoardFlow, site: Site, issue_key: str, *, picture: bool = True, audience: Audience | None = None
) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    shown, marker = report(told), flow_marker(told.board.id)
    return comment_of(shown, site, issue_key, marker, picture=picture, titled=True, audience=audience)
