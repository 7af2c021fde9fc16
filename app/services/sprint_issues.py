"""The issues of sprints as reports read them: those that are on the board, as they are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.scrum.sprint import Sprint
from app.services.board_filter import Asked, Outside, outside, plan_filters
from app.services.restricted import hidden, hidden_words
from app.store import sprint_issues
from app.store.sites import Site

Past = list[tuple[Sprint, list[Issue]]]


@dataclass(frozen=True, slots=True)
class Inside:
    """A sprint with every issue that is or ever was in it.

    Attributes:
        every: as they are.
        shown: the same, as readers may see them.
        outside: which of them are not on the board.
    """

    asked: Asked
    every: Sequence[Issue]
    shown: Sequence[Issue]
    outside: Outside

    @property
    def ids(self) -> list[str]:
        """Of the issues on the board."""
        return [issue.id for issue in self.every if issue.id not in self.outside.ids]

    @property
    def on_board(self) -> list[Issue]:
        """Those that count."""
        return list(self._shown(on_board=True))

    @property
    def off_board(self) -> list[Issue]:
        """Those that do not."""
        return list(self._shown(on_board=False))

    def _shown(self, *, on_board: bool) -> Iterator[Issue]:
        for issue, shown in zip(self.every, self.shown, strict=True):
            if (issue.id not in self.outside.ids) == on_board:
                yield shown


def of_sprints(
    connection: Connection,
    site: Site,
    asked: Sequence[Asked],
    calendar: Calendar,
    *,
    show_restricted: bool,
) -> list[Inside]:
    """Sprints of one board; histories are read by the estimate of the first one's board."""
    if not asked:
        return []
    lost = outside(connection, site, plan_filters(connection, site, asked, calendar).values())
    every = sprint_issues.of_sprints(connection, site, asked[0].board, [one.sprint for one in asked])
    shown = every
    if not show_restricted:
        shown = hidden(connection, site, every)
        lost = {
            number: replace(one, why=hidden_words(connection, site, one.why)) if one.why else one
            for number, one in lost.items()
        }
    return [
        Inside(one, inside, told, lost[one.sprint.id])
        for one, (_, inside), (_, told) in zip(asked, every, shown, strict=True)
    ]


def of_sprint(connection: Connection, site: Site, asked: Asked, calendar: Calendar, *, shown: bool) -> Inside:
    """One sprint; restricted issues are `shown`, or nobody can recognise them."""
    (found,) = of_sprints(connection, site, [asked], calendar, show_restricted=shown)
    return found


def on_board(past: Past, lost: Mapping[int, Outside]) -> Past:
    """Sprints without the issues that are not on their board."""
    return [
        (sprint, [issue for issue in inside if issue.id not in lost[sprint.id].ids])
        for sprint, inside in past
    ]
