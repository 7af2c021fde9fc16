"""Closed sprints, read and worked out once for whoever asks for a report on their board again and again.

A report looks at one running sprint and at two dozen closed ones, whose histories hardly ever change. What
was read of these stays in the process, for as long as the store says the same of them: which issues they had,
what each is like, how many changes each has. Where anything differs, all is read again.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from app.domain.flow.path import Policy
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.outlook import Memory, remember
from app.services.restricted import hidden
from app.store import board_configurations, sprint_issues
from app.store.sites import Site

MOST_ISSUES = 6_000
"""Some 10 KB each."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """All besides the store that what is kept was made from."""

    site_id: int
    board: Board
    fields: Fields
    policy: Policy
    calendar: Calendar
    sprints: tuple[Sprint, ...]
    boards: tuple[Board, ...]
    show_restricted: bool


class ClosedSprints:
    """Keeps those of the boards that were asked for last.

    What is kept is lent to one report at a time; another one that asks meanwhile reads for itself.

    Args:
        most_issues: of all boards together; 0 keeps nothing.
    """

    def __init__(self, most_issues: int = MOST_ISSUES) -> None:
        self._most_issues = most_issues
        self._turn = threading.Lock()
        self._kept: OrderedDict[_Asked, tuple[int, Memory]] = OrderedDict()

    @contextmanager
    def lend(
        self,
        connection: Connection,
        site: Site,
        board: Board,
        sprints: list[Sprint],
        *,
        fields: Fields,
        policy: Policy,
        calendar: Calendar,
        show_restricted: bool,
    ) -> Iterator[Memory]:
        """The sprints with what is known of them; it gets more while a report is made from it."""
        then = board_configurations.at_closes(connection, site, board, sprints)
        boards = tuple(then[one.id] for one in sprints)
        asked = _Asked(site.id, board, fields, policy, calendar, tuple(sprints), boards, show_restricted)
        marks = sprint_issues.marks(connection, site, sprints) if self._most_issues else 0
        with self._turn:
            mark, memory = self._kept.pop(asked, (None, None))
        if memory is None or mark != marks:
            read = sprint_issues.of_sprints(connection, site, board, sprints)
            memory = remember(read if show_restricted else hidden(connection, site, read), fields, then)
        yield memory
        with self._turn:
            self._kept[asked] = (marks, memory)
            self._forget()

    def _forget(self) -> None:
        """The oldest go until the rest has room."""
        total = sum(memory.size for _, memory in self._kept.values())
        while total > self._most_issues:
            _, (_, memory) = self._kept.popitem(last=False)
            total -= memory.size
