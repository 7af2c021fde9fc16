"""Whether a sprint is one of a board.

Jira shows a sprint on the board that it was made on, and on every other whose filter finds one of its issues.
The store has those lists as Jira gave them last, which says nothing of boards that showed it once; so a board
is also believed if its filter finds, or found, an issue of the sprint.
"""

from datetime import datetime

from sqlalchemy import Connection

from app.domain.scrum.board import Board
from app.domain.scrum.sprint import Sprint
from app.errors import NotOfBoard
from app.services.board_filter import Asked
from app.services.board_habits import Team
from app.services.sprint_issues import of_sprint
from app.store import board_configurations, boards
from app.store.sites import Site

_NAMED = 5


def check_shown(
    connection: Connection, site: Site, board: Board, sprint: Sprint, *, field: str = "/sprint"
) -> None:
    """Refuse a sprint that Jira shows on others than this board; of one that it shows nowhere nobody knows.

    Args:
        connection: reading.
        site: whose.
        board: that is asked about.
        sprint: of which no issue is on it.
        field: where the sprint was named.

    Raises:
        NotOfBoard: it is theirs.
    """
    shown = boards.boards_of_sprints(connection, site.id, [sprint.id]).get(sprint.id, set())
    if not shown or board.id in shown:
        return
    names = {each.id: each.name for *_, each in boards.listed(connection, site.id)}
    theirs = ", ".join(
        f"{number} ({names[number]})" if number in names else str(number) for number in sorted(shown)
    )
    own = boards.newest_sprints(connection, site, board.id, most=_NAMED)
    there = ", ".join(f"{each.id} ({each.name})" for each in own) or "there is none"
    raise NotOfBoard(
        f"Sprint {sprint.id} ({sprint.name}) is none of board {board.id} ({board.name}), which has no issue "
        f"of it: it is one of board {theirs}. Name one of this board, of which the newest are: {there}. "
        "What Jira shows there since the last sync, `burnish sync` reads.",
        field=field,
    )


def check_asked(
    connection: Connection, site: Site, board_id: int, sprint_id: int, team: Team, *, at: datetime, field: str
) -> None:
    """Refuse to ask a board about a sprint of others.

    Raises:
        NotFound: the store has no such board or sprint.
        NotOfBoard: see `check_shown`.
    """
    board, sprint = (
        boards.get_board(connection, site, board_id),
        boards.get_sprint(connection, site, sprint_id),
    )
    if board_id in boards.boards_of_sprints(connection, site.id, [sprint_id]).get(sprint_id, set()):
        return
    as_of = min(at, sprint.completed or at)
    then = team.habits.board(board_configurations.configured_at(connection, site, board, as_of))
    if not of_sprint(connection, site, Asked(sprint, then, as_of), team.calendar, shown=True).on_board:
        check_shown(connection, site, board, sprint, field=field)
