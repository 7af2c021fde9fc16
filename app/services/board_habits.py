"""How a team works on its board: from the settings, and what it comes to with the statuses of the site."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import Connection

from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.absences import Absence
from app.domain.sprint_health.errors import HabitUnknown
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.signals import Thresholds
from app.errors import NotFound, NotUnderstood
from app.habit_settings import HabitSettings, ThresholdSettings, WorkSettings
from app.store import boards, sites
from app.store.sites import Site


@dataclass(frozen=True, slots=True)
class Team:
    """How a team works on a board: on which days, and by which words."""

    calendar: Calendar = field(default_factory=Calendar)
    habits: BoardHabits = field(default_factory=BoardHabits)


Teams = Callable[[int | None], Team]
"""By board; of a board that the settings do not name, and of none, the usual one."""


def usual(board_id: int | None) -> Team:  # noqa: ARG001
    """Where no settings are at hand."""
    return Team()


def read_habits(given: WorkSettings) -> BoardHabits:
    """The settings in the domain's words; names are not looked up yet."""
    work = BoardHabits(
        started_in=given.started_in,
        blocked_statuses=given.blocked_statuses,
        waiting_statuses=given.waiting_statuses,
        stalled_after=given.stalled_after,
        most_per_person=given.most_per_person,
    )
    if not isinstance(given, HabitSettings):
        return work
    return replace(
        work,
        thresholds=_thresholds(given.thresholds),
        absences=tuple(Absence(one.first, one.last, one.share) for one in given.absences),
        ignore_board_filter=given.ignore_board_filter,
        defect_types=given.defect_types,
    )


def _thresholds(given: ThresholdSettings) -> Thresholds:
    """Shares are exact: 0.2 is a fifth, not the nearest binary fraction."""
    return Thresholds(
        behind=_exact(given.behind),
        far_behind=_exact(given.far_behind),
        scope_change=_exact(given.scope_change),
        blocked=given.blocked,
        carried_over=given.carried_over,
        unestimated=_exact(given.unestimated),
        not_on_board=given.not_on_board,
        goal=_exact(given.goal),
        one_person=_exact(given.one_person),
        too_little=given.too_little,
        high_priority=_exact(given.high_priority),
    )


def _exact(share: float) -> Decimal:
    return Decimal(str(share))


def policy_of(connection: Connection, site: Site, today: Board, then: Board, habits: BoardHabits) -> Policy:
    """What habits come to on a board.

    Raises:
        HabitUnknown: they name a status or a column that is none.
    """
    names = bool(habits.blocked_statuses or habits.waiting_statuses)
    statuses = sites.status_names(connection, site.id) if names else {}
    words = site.blocked_by_links
    return habits.policy(today, then, statuses, flag_field=site.fields.flagged, blocked_by=words)


def check_habits(
    connection: Connection, site_name: str, given: Mapping[int, WorkSettings], *, part: str = "sprint_health"
) -> None:
    """A mistake in names is told now, not with the next report; what was not read of Jira yet is let pass.

    Args:
        connection: to the store.
        site_name: whose.
        given: by board, as the site's document has them.
        part: of that document.

    Raises:
        NotUnderstood: it names the field.
    """
    try:
        site = sites.get_site(connection, site_name)
    except NotFound:
        return
    for number, (board_id, one) in enumerate(given.items()):
        try:
            board = boards.get_board(connection, site, board_id)
            policy_of(connection, site, board, board, read_habits(one))
        except NotFound:
            continue
        except HabitUnknown as error:
            place = f"/body/{part}/{number}/{error.field}/{error.place}"
            raise NotUnderstood(str(error), field=place) from None
