"""What an event about a sprint or a board does. They are few, so each writes its own rows, in order."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import NotReadable, read_board, read_sprint
from app.errors import NotFound
from app.store import boards
from jobs.told import APPLIED, Outcome, Told, ignored


def _sprint_saved(connection: Connection, told: Told) -> Outcome:
    sprint = read_sprint(told.body.get("sprint") or {})
    boards.save_sprint(connection, told.site.id, sprint, heard_at=told.at)
    return APPLIED


def _sprint_deleted(connection: Connection, told: Told) -> Outcome:
    sprint = read_sprint(told.body.get("sprint") or {})
    boards.save_sprint(connection, told.site.id, sprint, heard_at=told.at)
    boards.mark_sprint_deleted(connection, told.site.id, sprint.id, told.at)
    return APPLIED


def _stored_board(connection: Connection, told: Told, document: Mapping[str, Any]) -> Board | None:
    try:
        return boards.get_board(connection, told.site, int(document["id"]))
    except NotFound:
        return None
    except (KeyError, ValueError, TypeError) as error:
        message = f"a board without a usable id: {error}"
        raise NotReadable(message) from error


_NEXT_SYNC = "The next sync reads the board with its columns."


def _board_saved(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("board") or {}
    board = _stored_board(connection, told, document)
    if board is None:
        return ignored(_NEXT_SYNC)
    renamed = replace(board, name=str(document.get("name") or board.name))
    boards.save_board(connection, told.site.id, renamed, heard_at=told.at)
    return APPLIED


def _board_configured(connection: Connection, told: Told) -> Outcome:
    document = told.body.get("configuration") or {}
    board = _stored_board(connection, told, document)
    if board is None:
        return ignored(_NEXT_SYNC)
    configured = read_board(document, document)
    if "estimation" not in document:  # older events leave it out
        configured = replace(
            configured,
            estimation_field=board.estimation_field,
            estimation_name=board.estimation_name,
        )
    if "filter" not in document:
        configured = replace(configured, filter_id=board.filter_id, sub_query=board.sub_query)
    if configured.filter_id == board.filter_id:  # of another one, the next sync reads the JQL
        configured = replace(configured, filter_jql=board.filter_jql)
    if "ranking" not in document:
        configured = replace(configured, rank_field=board.rank_field)
    boards.save_board(connection, told.site.id, configured, heard_at=told.at)
    return APPLIED


def _board_deleted(connection: Connection, told: Told) -> Outcome:
    board = _stored_board(connection, told, told.body.get("board") or {})
    if board is None:
        return ignored("The board is not in the store.")
    boards.mark_board_deleted(connection, told.site.id, board.id, told.at)
    return APPLIED


BOARD_EVENTS: Mapping[str, Callable[[Connection, Told], Outcome]] = {
    "sprint_created": _sprint_saved,
    "sprint_updated": _sprint_saved,
    "sprint_started": _sprint_saved,
    "sprint_closed": _sprint_saved,
    "sprint_deleted": _sprint_deleted,
    "board_created": _board_saved,
    "board_updated": _board_saved,
    "board_configuration_changed": _board_configured,
    "board_deleted": _board_deleted,
}
