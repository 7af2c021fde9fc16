"""Estimated issues of the teams of a site, each as one of its boards has it."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from app.domain.scrum.board import Board
from app.domain.similarity.estimates import FEWEST_PAST, MOST_OF_A_TEAM, Estimated
from app.store import tables
from app.store.among import among
from app.store.boards import get_board
from app.store.similarity import estimated
from app.store.sites import Site

_POINTS = "customfield_"
_MOST_LOOKED_AT = 4
"""Done issues for each one that is wanted, where a team estimates few of them."""
_MOST_TRIED = 3
"""Projects for each one that is wanted, likewise."""


def teams(connection: Connection, site: Site, most: int) -> Iterator[tuple[str, list[Estimated]]]:
    """Project by project its done issues with an estimate, those that changed last, at most MOST_OF_A_TEAM.

    Nobody is told which issue taught what, so nothing is learnt from one that is restricted.

    One team is read when it is asked for: the texts of all of them would take some hundred megabytes.

    A team is a project with a board that estimates in points and knows what is done; with several, the first
    such board counts. Told are `most` teams, those with most issues, of those that have estimated enough of
    them to learn from.
    """
    of_project = _boards(connection, site)
    found = 0
    for project_key in _largest(connection, site, of_project)[: _MOST_TRIED * most]:
        board = next(_knowing_done(connection, site, of_project[project_key]), None)
        if board is None:
            continue
        looked_at = _MOST_LOOKED_AT * MOST_OF_A_TEAM
        last = estimated(
            connection, site, board, project_key, last=looked_at, most=MOST_OF_A_TEAM, restricted=False
        )
        if len(last) >= FEWEST_PAST:
            found += 1
            yield project_key, last
        if found == most:
            break


def _boards(connection: Connection, site: Site) -> dict[str, list[int]]:
    """Of each project the boards that estimate with a field of the site's own, in their order."""
    table = tables.boards
    rows = connection.execute(
        select(table.c.project_key, table.c.id)
        .where(
            table.c.site_id == site.id,
            table.c.project_key.is_not(None),
            table.c.estimation_field.startswith(_POINTS, autoescape=True),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.id)
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.project_key, []).append(row.id)
    return found


def _largest(connection: Connection, site: Site, project_keys: dict[str, list[int]]) -> list[str]:
    """The projects, those with most issues first."""
    issues = tables.issues
    rows = connection.execute(
        select(issues.c.project_key)
        .where(
            issues.c.site_id == site.id,
            among(connection, issues.c.project_key, project_keys),
            issues.c.security_id.is_(None),
        )
        .group_by(issues.c.project_key)
        .order_by(func.count().desc(), issues.c.project_key)
    )
    return list(rows.scalars())


def _knowing_done(connection: Connection, site: Site, board_ids: list[int]) -> Iterator[Board]:
    for each in board_ids:
        board = get_board(connection, site, each)
        if board.done_status_ids:
            yield board
