"""The boards of a site, how they are set up, and their sprints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.jql.saved_filters import filters_named, with_filters
from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import read_board, read_sprint
from app.domain.scrum.sprint import Sprint
from app.store import boards
from connectors.errors import Missing, NotAllowed, Refused
from connectors.jira.client import JiraClient
from jobs.sync.reading import LOCAL, Reading

_NOT_SHARED = (Missing, NotAllowed, Refused)
"""Cloud answers 400 for a filter that the account may not see, or that is gone; Data Center 404 or 400."""

_MOST_FILTERS = 20
"""Of one board."""


@dataclass(frozen=True, slots=True)
class ReadBoard:
    board: Board
    project_key: str
    sprints: tuple[Sprint, ...]


async def read_boards(
    jira: JiraClient, project_keys: Sequence[str], reading: Reading
) -> tuple[list[ReadBoard], dict[str, set[int]]]:
    """The boards of the projects, each once, with the sprints that they show.

    Returns:
        Those that could be read; and the numbers of all that Jira lists, by key of the projects whose list it
        gave.
    """
    found: dict[int, ReadBoard] = {}
    listed_ids: dict[str, set[int]] = {}
    for key in project_keys:
        try:
            listed_boards = [document async for document in jira.boards(project=key)]
        except LOCAL as error:
            reading.fail(f"boards of {key}", error)
            continue
        listed_ids[key] = {document["id"] for document in listed_boards}
        for document in listed_boards:
            number = document["id"]
            if number in found:
                continue
            try:
                board = read_board(document, await _configuration(jira, number))
                listed = tuple([read_sprint(sprint) async for sprint in jira.sprints(number)])
                found[number] = ReadBoard(board, key, listed)
            except LOCAL as error:
                reading.fail(f"board {number}", error)
    return list(found.values()), listed_ids


async def _configuration(jira: JiraClient, board_id: int) -> dict[str, Any]:
    """With the JQL of the board's filter, which Jira tells by its id alone; without, if it is not shared."""
    configuration = dict(await jira.board_configuration(board_id))
    saved = configuration.get("filter")
    if not isinstance(saved, Mapping) or not saved.get("id"):
        return configuration
    jql = await _jql(jira, str(saved["id"]))
    return configuration if jql is None else configuration | {"filter": {**saved, "jql": jql}}


async def _jql(jira: JiraClient, filter_id: str) -> str | None:
    """Of a saved filter, with the clauses of those that it names; None if it is not shared."""
    known = {filter_id: await _saved(jira, filter_id)}
    waiting = filters_named(known[filter_id] or "")
    while (waiting := waiting - known.keys()) and len(known) < _MOST_FILTERS:
        one = min(waiting)
        known[one] = await _saved(jira, one)
        waiting |= filters_named(known[one] or "")
    own = known.pop(filter_id)
    return own and with_filters(own, {one: jql for one, jql in known.items() if jql is not None})


async def _saved(jira: JiraClient, filter_id: str) -> str | None:
    try:
        return (await jira.saved_filter(filter_id)).get("jql")
    except _NOT_SHARED:
        return None


def save_board(connection: Connection, site_id: int, read: ReadBoard, heard_at: datetime) -> None:
    boards.save_board(connection, site_id, read.board, heard_at=heard_at, project_key=read.project_key)
    for sprint in read.sprints:
        boards.save_sprint(connection, site_id, sprint, heard_at=heard_at)
    shown = [sprint.id for sprint in read.sprints]
    boards.save_board_sprints(connection, site_id, read.board.id, shown, at=heard_at)
