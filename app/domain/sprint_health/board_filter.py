"""What is told of issues that are in a sprint and not on its board, because the board's filter hides them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.domain.scrum.board import Board
from app.domain.scrum.history import Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import public
from app.domain.scrum.scope import issue_order, replay
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.data_quality import Flaw, Note


def left_out(
    sprint: Sprint,
    board: Board,
    issues: Iterable[Issue],
    *,
    start: datetime,
    end: datetime,
    sprint_field: str,
    histories: Histories,
) -> tuple[str, ...]:
    """Keys of those of these issues that would have counted in the sprint from its start to its end.

    Sub-tasks would not: their parents do. Restricted ones are not told.
    """
    standard = (issue for issue in public(issues) if not issue.is_subtask)
    replays = (
        replay(
            issue,
            board,
            sprint_id=sprint.id,
            sprint_field=sprint_field,
            start=start,
            end=end,
            history=histories.of(issue),
        )
        for issue in standard
    )
    return tuple(sorted((each.issue.key for each in replays if each.touched), key=issue_order))


def filter_notes(keys: Sequence[str], why: str, *, what: str = "the sprint") -> Iterator[Note]:
    """What a report says of the board's filter.

    Args:
        keys: of the issues that were left out.
        why: the filter could not be asked; empty where it could.
        what: they are issues of.
    """
    if why:
        yield Note(Flaw.FILTER_UNKNOWN, f"{why}; all issues of {what} count")
    if keys:
        how_many = f"1 issue of {what} is" if len(keys) == 1 else f"{len(keys)} issues of {what} are"
        yield Note(Flaw.OUTSIDE_FILTER, f"{how_many} not on the board, so not counted", tuple(keys))
