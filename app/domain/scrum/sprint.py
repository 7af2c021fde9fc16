"""A sprint and its instants."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SprintState(StrEnum):
    """Jira's words for where a sprint stands."""

    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint as Jira's agile API gives it; all instants UTC.

    Attributes:
        board_id: the board it was made on; other boards whose filter matches show it too.
        start: `startDate`, set by a person and possibly back-dated.
        end: `endDate`, what was planned.
        activated: `activatedDate`, when it was really started, where the API gives it.
        completed: `completeDate`, when it was really closed.
    """

    id: int
    name: str
    state: SprintState
    board_id: int | None = None
    goal: str = ""
    start: datetime | None = None
    end: datetime | None = None
    activated: datetime | None = None
    completed: datetime | None = None

    @property
    def started_at(self) -> datetime | None:
        """When its commitment was made: really started if known, else the date that was set."""
        return self.activated or self.start
