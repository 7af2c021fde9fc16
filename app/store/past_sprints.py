"""Closed sprints as forecast and flow need them: many at once, and of histories only what moves work."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, select

from app.domain.scrum.board import Board
from app.domain.scrum.issue import ASSIGNEE, LINKS, STATUS, Issue
from app.domain.scrum.sprint import Sprint
from app.store import tables
from app.store.issues import change_of, issue_of
from app.store.sites import Site


def issues_of(
    connection: Connection, site: Site, board: Board, sprints: Sequence[Sprint]
) -> list[tuple[Sprint, list[Issue]]]:
    """Each sprint with every issue that is or ever was in it.

    Histories hold changes of status, sprint, estimate, flag, links and assignee, and nothing else: an issue
    has ten times as many of labels, ranks and texts.
    """
    members, table, history = tables.sprint_issues, tables.issues, tables.changes
    numbers = [sprint.id for sprint in sprints]
    belongs = connection.execute(
        select(members.c.sprint_id, members.c.issue_id).where(
            members.c.site_id == site.id, members.c.sprint_id.in_(numbers)
        )
    ).all()
    ids = select(members.c.issue_id).where(members.c.site_id == site.id, members.c.sprint_id.in_(numbers))
    moves = {STATUS, LINKS, ASSIGNEE, site.fields.sprint, site.fields.flagged, board.estimation_field}
    entries = connection.execute(
        select(history)
        .where(
            history.c.site_id == site.id,
            history.c.issue_id.in_(ids),
            history.c.field.in_(sorted(field for field in moves if field)),
        )
        .order_by(history.c.issue_id, history.c.at, history.c.history_id, history.c.position)
    ).mappings()
    changes = {
        issue_id: tuple(change_of(row) for row in group)
        for issue_id, group in groupby(entries, key=lambda row: str(row["issue_id"]))
    }
    rows = connection.execute(
        select(table).where(table.c.site_id == site.id, table.c.id.in_(ids)).order_by(table.c.id)
    ).mappings()
    known = {row["id"]: issue_of(row, changes.get(row["id"], ()), site, board) for row in rows}
    inside: dict[int, list[Issue]] = {number: [] for number in numbers}
    for sprint_id, issue_id in belongs:
        if issue_id in known:
            inside[sprint_id].append(known[issue_id])
    return [(sprint, inside[sprint.id]) for sprint in sprints]
