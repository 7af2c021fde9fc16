"""Why the health of a sprint cannot be told: no number is better than a wrong one.

SprintHealthRefused
├── SprintNotStarted         it lies ahead
├── SprintDatesUnusable      an instant that the arithmetic needs is missing or contradicts another
├── DoneColumnUnknown        nothing could ever count as done
└── HabitUnknown             the settings of the board name a status or column that is none
"""

from collections.abc import Sequence
from datetime import datetime

from app.domain.scrum.board import Board
from app.domain.scrum.sprint import Sprint
from app.domain.scrum.wording import and_more

MOST_NAMED = 30
"""Statuses that are listed for whoever looks for the right one."""


class SprintHealthRefused(ValueError):
    """The health of a sprint cannot be computed; the message says why and what to do."""


class SprintNotStarted(SprintHealthRefused):
    """The sprint lies ahead of the instant that was asked for."""

    def __init__(self, sprint: Sprint, now: datetime) -> None:
        self.sprint_id = sprint.id
        start = sprint.started_at
        when = f"it starts {start.isoformat()}" if start else "it has no start date yet"
        super().__init__(
            f"Sprint {sprint.name!r} ({sprint.id}) had not started at {now.isoformat()}: {when}. "
            "Start it in Jira, or ask about a sprint or an instant after a start."
        )


class SprintDatesUnusable(SprintHealthRefused):
    """A date that the arithmetic needs is missing or contradicts another."""

    def __init__(self, sprint: Sprint, what: str) -> None:
        self.sprint_id = sprint.id
        super().__init__(
            f"Sprint {sprint.name!r} ({sprint.id}) {what}. "
            "Correct its dates in Jira, or synchronise it again."
        )


class DoneColumnUnknown(SprintHealthRefused):
    """No column of the board has a status, so nothing could ever count as done."""

    def __init__(self, board: Board) -> None:
        self.board_id = board.id
        super().__init__(
            f"Board {board.name!r} ({board.id}) has no column with a status, so nothing could count as done. "
            "Map statuses to its columns in Jira, or synchronise its configuration."
        )


def require_done_column(board: Board) -> None:
    """Whoever counts what is done asks this first.

    Raises:
        DoneColumnUnknown: the board maps no status.
    """
    if not board.done_status_ids:
        raise DoneColumnUnknown(board)


class HabitUnknown(SprintHealthRefused):
    """What the settings of a board name is not there.

    Attributes:
        field: of these settings.
        place: in its list, from 0.
    """

    def __init__(
        self, board_id: int, field: str, place: int, name: str, what: str, known: Sequence[str]
    ) -> None:
        self.field, self.place = field, place
        there = ", ".join(known[:MOST_NAMED]) or "none yet; `burnish sync` reads them"
        more = and_more(len(known), MOST_NAMED)
        where = "the site" if what == "status" else "the board"
        super().__init__(
            f"`{field}` of board {board_id} names the {what} {name!r}, which {where} does not have. "
            f"There are: {there}{more}. Correct it under `sprint_health` or `flow` of the site."
        )
