"""What a board makes of the statuses that an issue had one after the other.

A way is the ids of an issue's statuses, oldest first, the present one last. Reports of flow and the
grooming of a backlog judge ways by the same words.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.scrum.board import Board

TO_DO, BEGUN, DONE = 0, 1, 2
"""Categories of statuses, in the order in which work passes them."""
UNSEEN = -1
"""Of a status that no column shows."""

Way = Sequence[str]


@dataclass(frozen=True, slots=True)
class StatusOrder:
    """Where the statuses of a board stand.

    Attributes:
        places: by status id its column, from the left.
        categories: by status id one of the three.
    """

    places: Mapping[str, int]
    categories: Mapping[str, int]

    def place(self, status_id: str) -> int:
        """Its column from the left."""
        return self.places.get(status_id, UNSEEN)

    def category(self, status_id: str) -> int:
        """To do, begun or done, by the board."""
        return self.categories.get(status_id, UNSEEN)

    def has_begun(self, way: Way) -> bool:
        """Whether work ever began, taken back or not."""
        return any(self.category(status) == BEGUN for status in way)

    def changed_after_done(self, way: Way) -> bool:
        """Whether the status changed after it had been one that is done."""
        return any(self.category(status) == DONE for status in way[:-1])

    def moved_back(self, way: Way) -> bool:
        """To a column further left, of the same category."""
        return any(
            0 <= self.place(after) < self.place(before) and self.category(after) == self.category(before)
            for before, after in itertools.pairwise(way)
        )

    def moved_back_a_category(self, way: Way) -> bool:
        """From done back to work, or from work back to what is still to do."""
        return any(
            0 <= self.category(after) < self.category(before) for before, after in itertools.pairwise(way)
        )

    def begins_late(self, way: Way) -> bool:
        """Its first status is one of a later column: the beginning of its way is missing."""
        return self.category(way[0]) > TO_DO

    def stopped_before_started(self, way: Way) -> bool:
        """It was done first, and only later in progress for the first time."""
        categories = [self.category(status) for status in way]
        return BEGUN in categories and DONE in categories and categories.index(DONE) < categories.index(BEGUN)


def status_order(board: Board, started: frozenset[str]) -> StatusOrder:
    """The order of a board's statuses.

    Args:
        board: its columns.
        started: ids of the statuses in which work has begun and not ended.
    """
    places = {
        status: number
        for number, column in reversed(list(enumerate(board.columns)))
        for status in column.status_ids
    }
    categories = {
        status: DONE if status in board.done_status_ids else BEGUN if status in started else TO_DO
        for status in board.mapped_status_ids | started
    }
    return StatusOrder(places, categories)
