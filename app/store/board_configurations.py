"""How boards were set up, from when to when: reports of the past go by the columns of the past.

Jira keeps no such history. Every time that we hear how a board is set up, the span of that configuration
grows or a new one begins; nothing that was seen is ever written over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.domain.scrum.board import Board, Column, Limits
from app.domain.scrum.sprint import Sprint, SprintState
from app.store.jira_tables import board_configurations as table
from app.store.sites import Site


def written(board: Board) -> dict[str, Any]:
    """The configuration by column of `boards`, which is also how its history is kept."""
    return {
        "columns": [_column(column) for column in board.columns],
        "estimation_field": board.estimation_field,
        "estimation_name": board.estimation_name,
        "filter_id": board.filter_id,
        "filter_jql": board.filter_jql,
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
        columns=tuple(
            Column(one["name"], tuple(one["status_ids"]), _limits(one.get("limits"))) for one in columns
        ),
        estimation_field=configuration["estimation_field"],
        estimation_name=configuration["estimation_name"],
        filter_id=configuration["filter_id"],
        filter_jql=configuration.get("filter_jql"),
        sub_query=configuration["sub_query"],
        rank_field=configuration["rank_field"],
    )


def _column(column: Column) -> dict[str, Any]:
    """Without limits as before these were read, so that a board without them was never set up anew."""
    document: dict[str, Any] = {"name": column.name, "status_ids": list(column.status_ids)}
    if column.limits is None:
        return document
    limits = column.limits
    return document | {
        "limits": {"min": limits.least, "max": limits.most, "with_subtasks": limits.with_subtasks}
    }


def _limits(document: Mapping[str, Any] | None) -> Limits | None:
    if document is None:
        return None
    return Limits(document["min"], document["max"], document["with_subtasks"])


def see(connection: Connection, site_id: int, board: Board, *, at: datetime) -> None:
    """A board was seen set up like this at an instant; instants may come in any order."""
    here = (table.c.site_id == site_id, table.c.board_id == board.id)
    seen = _without_unknown(written(board))
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


def _without_unknown(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """As spans have it: those from before filters were read have no place for them."""
    return {name: value for name, value in configuration.items() if name != "filter_jql" or value is not None}


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
    """By sprint id the board with the columns and the filter that it had when the sprint was closed, or has.

    How it estimates is today's: histories of issues are read by one estimate.
    """
    spans = _spans(connection, site, board.id)
    found: dict[int, Board] = {}
    for sprint in sprints:
        at = sprint.completed if sprint.state is SprintState.CLOSED else None
        then = board if at is None else _seen_at(spans, board, at)
        found[sprint.id] = replace(
            board,
            columns=then.columns,
            filter_id=then.filter_id,
            filter_jql=then.filter_jql,
            sub_query=then.sub_query,
        )
    return found


def configured_at(connection: Connection, site: Site, board: Board, at: datetime) -> Board:
    """The board as it was set up at an instant: as seen last before it, else as seen first.

    Of a filter whose JQL was not known then, it is the one that was read first afterwards.
    """
    return _seen_at(_spans(connection, site, board.id), board, at)


Spans = Sequence[tuple[datetime, Mapping[str, Any]]]


def _spans(connection: Connection, site: Site, board_id: int) -> Spans:
    """Since when it was seen in which configuration, oldest first."""
    rows = connection.execute(
        select(table.c.since, table.c.configuration)
        .where(table.c.site_id == site.id, table.c.board_id == board_id)
        .order_by(table.c.since)
    )
    return [(row.since, row.configuration) for row in rows]


def _seen_at(spans: Spans, board: Board, at: datetime) -> Board:
    if not spans:
        return board
    place = max(sum(since <= at for since, _ in spans) - 1, 0)
    then = read(board.id, board.name, board.kind, spans[place][1])
    if then.filter_jql is not None or then.filter_id is None:
        return then
    later = (one for _, one in spans[place + 1 :] if one["filter_id"] == then.filter_id)
    return replace(then, filter_jql=next((one["filter_jql"] for one in later if "filter_jql" in one), None))
