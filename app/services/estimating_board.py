"""The board by which a project's issues are estimated and done."""

from sqlalchemy import Connection

from app.domain.scrum.board import Board
from app.errors import NotPossible
from app.store import boards, similarity
from app.store.sites import Site


def board_of(connection: Connection, site: Site, project_key: str, board_id: int | None) -> Board:
    """The board whose estimates and whose done count; with no id, the first that estimates in points.

    Raises:
        NotFound: there is no such board.
        NotPossible: none estimates in points, or its columns do not tell what is done.
    """
    if board_id is not None:
        found = [boards.get_board(connection, site, board_id)]
    else:
        every = similarity.estimating_boards(connection, site, project_key)
        found = sorted(every, key=lambda board: not has_points(board))
    if not found:
        raise NotPossible(
            f"No board of project {project_key} says which field it estimates with. Set an estimation "
            "statistic in a board's settings in Jira and sync, or name a board of another project."
        )
    board = found[0]
    if not has_points(board):
        told = board.estimation_name or "the number of issues"
        raise NotPossible(
            f"Board {board.id} ({board.name}) estimates by {told}; suggestions are made for points. Name a "
            "board that estimates with story points."
        )
    if not board.done_status_ids:
        raise NotPossible(
            f"Board {board.id} ({board.name}) has no column with statuses: what is done is unknown."
        )
    return board


def has_points(board: Board) -> bool:
    """Whether it estimates in points: these stand in a field of the site's own, times in a system field."""
    return (board.estimation_field or "").startswith("customfield_")
