"""Why the health of a sprint cannot be told: no number is better than a wrong one.

SprintHealthRefused
├── SprintNotStarted         it lies ahead
├── SprintDatesUnusable      an instant that the arithmetic needs is missing or contradicts another
└── DoneColumnUnknown        nothing could ever count as done
"""

from datetime import datetime

from app.domain.scrum.board import Board
from app.domain.scrum.sprint import Sprint


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
