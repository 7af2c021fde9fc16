"""How full the columns of a board are, beside what they are to hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.scrum.board import Board, Limits
from app.domain.scrum.history import Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.scope import issue_order


@dataclass(frozen=True, slots=True)
class ColumnLoad:
    """A column before the last one.

    Attributes:
        keys: of the issues in it; sub-tasks only where its limits count them.
        limits: None where it has none.
    """

    name: str
    keys: tuple[str, ...]
    limits: Limits | None

    @property
    def over(self) -> int:
        """So many issues more than it is to hold; 0 where it is within its limit."""
        most = None if self.limits is None else self.limits.most
        return 0 if most is None else max(len(self.keys) - most, 0)

    @property
    def under(self) -> int:
        """So many issues fewer than it is to hold."""
        least = None if self.limits is None else self.limits.least
        return 0 if least is None else max(least - len(self.keys), 0)


def column_loads(
    issues: Sequence[Issue], board: Board, *, at: datetime, histories: Histories
) -> tuple[ColumnLoad, ...]:
    """The columns that have statuses, but for the last one: what is done may pile up.

    Args:
        issues: that the board shows, sub-tasks included.
        board: its columns.
        at: the instant.
        histories: of the issues.
    """
    there = [one for one in issues if one.created <= at and not (one.deleted_at and one.deleted_at <= at)]
    stands = [(one, histories.of(one).at(at).status_id) for one in there]
    columns = [column for column in board.columns if column.status_ids][:-1]
    return tuple(
        ColumnLoad(
            column.name,
            tuple(
                sorted(
                    (
                        one.key
                        for one, status in stands
                        if status in column.status_ids
                        and (not one.is_subtask or (column.limits and column.limits.with_subtasks))
                    ),
                    key=issue_order,
                )
            ),
            column.limits,
        )
        for column in columns
    )
