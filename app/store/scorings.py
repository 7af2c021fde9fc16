"""How the priority of a backlog was worked out: what the settings said, board by board, in versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from app.store.grooming_tables import scorings


def keep(
    connection: Connection,
    site_id: int,
    board_id: int,
    document: Mapping[str, Any],
    *,
    now: datetime,
    by: str,
) -> None:
    """Begin a version of whoever says so, unless the newest one says the same.

    Replicas that start come one after the other: see `app.store.sites.lock_settings`.
    """
    newest = next(iter(of_board(connection, site_id, board_id)), None)
    if newest is not None and newest["document"] == document:
        return
    connection.execute(
        insert(scorings).values(
            site_id=site_id,
            board_id=board_id,
            version=1 if newest is None else newest["version"] + 1,
            since=now,
            document=dict(document),
            made_by=by,
        )
    )


def of_board(connection: Connection, site_id: int, board_id: int) -> Sequence[RowMapping]:
    """All of them: version, since, document, made_by; the newest first."""
    return (
        connection.execute(
            select(scorings.c.version, scorings.c.since, scorings.c.document, scorings.c.made_by)
            .where(scorings.c.site_id == site_id, scorings.c.board_id == board_id)
            .order_by(scorings.c.version.desc())
        )
        .mappings()
        .all()
    )
