"""How a team works on its board, in its own words: what is blocked, what is much, who is away.

Names are those that people see in Jira. They are looked up when a report is made, so a status that was
renamed, or a column, is told then.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.sprint_health.absences import Absence
from app.domain.sprint_health.errors import HabitUnknown
from app.domain.sprint_health.health import DEFECT_TYPES
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS, Thresholds

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BoardHabits:
    """What a team says of its board; see `app.domain.flow.path.Policy` for what is made of it.

    Attributes:
        started_in: names of columns.
        blocked_statuses, waiting_statuses: names or ids.
        thresholds: of the verdict.
        absences: those of one day add up.
        ignore_board_filter: issues count that the board's filter does not find.
        defect_types: names of issue types.
    """

    started_in: tuple[str, ...] | None = None
    blocked_statuses: tuple[str, ...] = ()
    waiting_statuses: tuple[str, ...] = ()
    stalled_after: int = 3
    most_per_person: int = 2
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    absences: tuple[Absence, ...] = ()
    ignore_board_filter: bool = False
    defect_types: tuple[str, ...] = DEFECT_TYPES

    def board(self, board: Board) -> Board:
        """The board as the team wants its sprints counted."""
        return board.shows_all if self.ignore_board_filter else board

    def away(self) -> Mapping[date, float]:
        """Share of the team that is away, by date."""
        shares: dict[date, float] = defaultdict(float)
        for absence in self.absences:
            for number in range((absence.last - absence.first).days + 1):
                day = absence.first + number * DAY
                shares[day] = min(shares[day] + absence.share, 1.0)
        return shares

    def policy(
        self,
        board: Board,
        then: Board,
        statuses: Mapping[str, str],
        *,
        flag_field: str | None,
        blocked_by: tuple[str, ...],
    ) -> Policy:
        """What they come to on a board.

        Args:
            board: as it is set up today.
            then: as it was at the instant of the report; where it had none of the named columns, work had
                begun between its first and its last one.
            statuses: names by id, of the site.
            flag_field: id of its Flagged field.
            blocked_by: how its issues read a link to what they wait for.

        Raises:
            HabitUnknown: there is no such status or column.
        """
        return Policy(
            started_in=self._columns(board, then),
            blocked_statuses=_ids("blocked_statuses", self.blocked_statuses, statuses, board.id),
            waiting_statuses=_ids("waiting_statuses", self.waiting_statuses, statuses, board.id),
            flag_field=flag_field,
            blocked_by=blocked_by,
            stalled_after=self.stalled_after,
            most_per_person=self.most_per_person,
        )

    def _columns(self, board: Board, then: Board) -> frozenset[str] | None:
        """Columns by their names then; letters' case is not looked at."""
        if self.started_in is None:
            return None
        wanted = {name.casefold() for name in self.started_in}
        had = [column.name for column in then.columns]
        there = [column.name for column in board.columns]
        known = {name.casefold() for name in (*had, *there)}
        for place, name in enumerate(self.started_in):
            if name.casefold() not in known:
                raise HabitUnknown(board.id, "started_in", place, name, "column", there)
        return frozenset(name for name in had if name.casefold() in wanted) or None


def _ids(field: str, wanted: Sequence[str], statuses: Mapping[str, str], board_id: int) -> frozenset[str]:
    """An id stands before a name; of several statuses of one name (team-managed projects) all are meant."""
    found: set[str] = set()
    for place, name in enumerate(wanted):
        meant = {name} if name in statuses else _named(name, statuses)
        if not meant:
            raise HabitUnknown(board_id, field, place, name, "status", sorted(set(statuses.values())))
        found |= meant
    return frozenset(found)


def _named(name: str, statuses: Mapping[str, str]) -> set[str]:
    return {id_ for id_, known in statuses.items() if known.casefold() == name.casefold()}
