"""When the versions and epics of a board's project are done, from the store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from app.domain.comments import Audience, LivingComment, delivery_marker
from app.domain.delivery.backtest import deliver
from app.domain.delivery.risks import risks_of
from app.domain.delivery.scopes import (
    Kind,
    Workflow,
)
from app.domain.delivery.since import compare
from app.domain.effects import Announcement
from app.domain.flow.path import Policy
from app.domain.reports.delivery import report
from app.domain.reports.delivery_as_json import to_json
from app.domain.reports.delivery_parts import BoardDelivery, Part
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.wording import counted
from app.domain.sprint_health.errors import require_done_column
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotFound, NotPossible
from app.services.board_habits import policy_of
from app.services.delivery_around import told_before
from app.services.delivery_scopes import Asked, Wanted, all_versions, ledger_of
from app.services.missing import missing_of
from app.services.rendering import Described, announcements_of, comment_of
from app.store import boards, sites
from app.store.restricted import number_beside
from app.store.sites import Site


def board_delivery(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    at: datetime,
    now: datetime,
    calendar: Calendar,
    wanted: Wanted | None = None,
    show_restricted: bool = False,
    habits: BoardHabits | None = None,
    leave_out: Collection[str] = (),
) -> BoardDelivery:
    """When what is open of a board's project is done, seen from an instant.

    All open scopes of a kind are looked at, whatever is wanted: they stand in each other's way. Which
    versions are released is known of `now`; of earlier days, the days of their releases tell.
    `leave_out` has keys of issues that carry reports; what is below one that is an epic counts all the same.

    Raises:
        NotFound: the store has no such board, or no such version or epic that is open.
        NotPossible: the site was never synced, or the board belongs to no project.
        JqlNotUnderstood, JqlRefused: the query.
        SprintHealthRefused: the board's columns do not tell what is done.
    """
    wanted, habits = wanted or Wanted(), habits or BoardHabits()
    board = boards.get_board(connection, site, board_id)
    require_done_column(board)
    project = boards.project_of(connection, site, board_id)
    if project is None and wanted.jql is None:
        message = (
            f"Jira does not tell to which project board {board_id} belongs, so its versions are not known."
        )
        raise NotPossible(message)
    policy = policy_of(connection, site, board, board, habits)
    workflow = _workflow(connection, site, board, policy)
    asked = Asked(
        connection, site, board, project, at, now, calendar, workflow, show_restricted, leave_out, policy
    )
    parts = [_part(asked, wanted, kind, away=habits.away()) for kind in wanted.kinds]
    needs = {board.estimation_field} if board.estimation_field is not None else set()
    missing = missing_of(connection, site, board, set(asked.keys), of_sprints=False, needs=needs)
    if asked.cut:
        missing.append(f"The whole histories of {counted(len(asked.cut), 'issue')} were not read yet")
    hidden = 0 if show_restricted else number_beside(connection, site.id, board_id)
    return BoardDelivery(board, at, calendar, tuple(parts), tuple(missing), asked.keys, hidden)


def _part(asked: Asked, wanted: Wanted, kind: Kind, *, away: Mapping[date, float]) -> Part:
    """Scopes of a kind: when they are done, what stands in their way, and what became of them since."""
    board, at = asked.board, asked.at
    ledger, left_out = ledger_of(kind, asked, wanted)
    told, score = deliver(ledger, at=at, away=away, seed=board.id)
    inside = {one.scope.id: ledger.open_ids(one.scope.id, at) for one in told.deliveries}
    risks = risks_of(asked.stuck, inside)
    before = told_before(asked.connection, asked.site, board.id, kind, at)
    versions = all_versions(asked) if kind is Kind.VERSION and before is not None else None
    since = None if before is None else compare(before, ledger, told, at=at, versions=versions)
    return _chosen(Part(kind, told, score, left_out, risks, since), wanted.names(kind))


def _workflow(connection: Connection, site: Site, board: Board, policy: Policy) -> Workflow:
    """What was called done off the board (such as "Won't do") will not be worked on either."""
    started = policy.started_statuses(board)
    done = board.done_status_ids.union(sites.done_status_ids(connection, site))
    return Workflow(board.estimation_field, started - done, done)


def _chosen(part: Part, names: Collection[str]) -> Part:
    """Only those that are named, by name or by key.

    Raises:
        NotFound: one of them is not open.
    """
    if not names:
        return part
    there = {one.scope.key or one.scope.name: one for one in part.outlook.deliveries}
    known = {name.casefold(): one for name, one in there.items()}
    for name in names:
        if name.casefold() not in known:
            listed = f"Open are: {', '.join(there)}." if there else "None is open."
            raise NotFound(part.kind.value, name, listed)
    wanted = {known[name.casefold()].scope.id for name in names}
    return part.only(wanted)


def described(told: BoardDelivery) -> Described:
    """For people and for machines."""
    return Described(report(told), lambda: to_json(told))


def as_messages(
    told: BoardDelivery, site: Site, issue_key: str | None, channels: Sequence[str]
) -> tuple[Announcement, ...]:
    """The beginning of it for each of these channels."""
    told_all = described(told).report
    return announcements_of(told_all, site, issue_key, channels)


def as_comment(
    told: BoardDelivery,
    site: Site,
    issue_key: str,
    *,
    picture: bool = True,
    audience: Audience | None = None,
) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    told_all, marker = described(told).report, delivery_marker(told.board.id)
    return comment_of(told_all, site, issue_key, marker, picture=picture, titled=True, audience=audience)
