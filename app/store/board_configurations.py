"""How boards were set up, from when to when: reports of the past go by the columns of the past.

Jira keeps no such history. Every time that we hear how a board is set up, the span of that configuration
grows or a new one begins; nothing that was seen is ever written over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.domain.scrum.board import Board, Column
from app.domain.scrum.sprint import Sprint, SprintState
from app.store.jira_tables import board_configurations as table
from app.store.sites import Site


def written(board: Board) -> dict[str, Any]:
    """The configuration by column of `boards`, which is also how its history is kept."""
    return {
        "columns": [{"name": column.name, "status_ids": list(column.status_ids)} for column in board.columns],
        "estimation_field": board.estimation_field,
        "estimation_name": board.estimation_name,
        "filter_id": board.filter_id,
        "sub_query": board.sub_query,
        "rank_field": board.rank_field,
    }


def read(board_id: int, name: str, kind: str, configuration: Mapping[str, Any]) -> Board:
    """A board with a configuration as `written` gives it."""
    columns = configuration["columns"]
    return Board(
        id=board_id,
        name=name,
        kind=kind,
        columns=tuple(Column(one["name"], tuple(one["status_ids"])) for one in columns),
        estimation_field=configuration["estimation_field"],
        estimation_name=configuration["estimation_name"],
        filter_id=configuration["filter_id"],
        sub_query=configuration["sub_query"],
        rank_field=configuration["rank_field"],
    )


def see(connection: Connection, site_id: int, board: Board, *, at: datetime) -> None:
    """A board was seen set up like this at an instant; instants may come in any order."""
    here = (table.c.site_id == site_id, table.c.board_id == board.id)
    seen = written(board)
    spans = connection.execute(select(table).where(*here).order_by(table.c.since)).all()
    earlier = [span for span in spans if span.since <= at]
    before = earlier[-1] if earlier else None
    after = spans[len(earlier)] if len(spans) > len(earlier) else None
    is_inside = before is not None and before.seen_until >= at
    if before is not None and before.configuration == seen:
        if not is_inside:
            _set(connection, site_id, board.id, before.since, seen_until=at)
    elif after is not None and after.configuration == seen and not is_inside:
        _set(connection, site_id, board.id, after.since, since=at)
    elif before is None or before.since != at:  # of two words of one instant the first stands
        if before is not None and before.seen_until > at:
            # It was seen before and after: it is split, and the later part begins when it was seen last.
            _set(connection, site_id, board.id, before.since, seen_until=before.since)
            _add(connection, site_id, board.id, before.seen_until, before.configuration)
        _add(connection, site_id, board.id, at, seen)


def _set(connection: Connection, site_id: int, board_id: int, begun: datetime, **values: datetime) -> None:
    this = (table.c.site_id == site_id, table.c.board_id == board_id, table.c.since == begun)
    connection.execute(update(table).where(*this).values(**values))


def _add(
    connection: Connection, site_id: int, board_id: int, at: datetime, configuration: Mapping[str, Any]
) -> None:
    row = {"site_id": site_id, "board_id": board_id, "since": at, "seen_until": at}
    connection.execute(insert(table).values(**row, configuration=configuration))


def at_closes(
    connection: Connection, site: Site, board: Board, sprints: Iterable[Sprint]
) -> dict[int, Board]:
    """By sprint id the board with the columns that it had when the sprint was closed, or has if it runs.

    How it estimates is today's: histories of issues are read by one estimate.
    """
    spans = connection.execute(
        select(table.c.since, table.c.configuration)
        .where(table.c.site_id == site.id, table.c.board_id == board.id)
        .order_by(table.c.since)
    ).all()
    found: dict[int, Board] = {}
    for sprint in sprints:
        at = sprint.completed if sprint.state is SprintState.CLOSED else None
        begun = [] if at is None else [span for span in spans if span.since <= at] or spans[:1]
        then = read(board.id, board.name, board.kind, begun[-1].configuration) if begun else board
        found[sprint.id] = replace(board, columns=then.columns)
    return found


def configured_at(connection: Connection, site: Site, board: Board, at: datetime) -> Board:
    """The board as it was set up at an instant: as seen last before it, else as seen first."""
    here = (table.c.site_id == site.id, table.c.board_id == board.id)
    spans = select(table.c.configuration).where(*here)
    found = connection.scalar(spans.where(table.c.since <= at).order_by(table.c.since.desc()).limit(1))
    if found is None:
        found = connection.scalar(spans.order_by(table.c.since).limit(1))
    return board if found is None else read(board.id, board.name, board.kind, found)
