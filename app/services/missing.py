"""What reports of a board rest on, and could not be read from Jira: they say so before their numbers."""

from collections.abc import Collection

from sqlalchemy import Connection

from app.domain.scrum.board import Board
from app.store import boards, partial_data
from app.store.partial_data import Kind
from app.store.sites import Site

_EVERYBODYS = "sprint"


def missing_of(connection: Connection, site: Site, board: Board, issue_ids: Collection[str]) -> list[str]:
    """In sentences without their end; nothing where all was read."""
    project = boards.project_of(connection, site, board.id)
    fields = {_EVERYBODYS, board.estimation_field}
    return [
        one.reason.rstrip(".")
        for one in partial_data.unread(connection, site, issue_ids, project_key=project)
        if one.kind is not Kind.FIELD_HIDDEN or one.part in fields
    ]
