"""Who works: every worker leaves a sign of life, so that a process without one can tell whether any does."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, select

from app.store.tables import workers
from app.store.upsert import upsert


def seen(connection: Connection, name: str, now: datetime) -> None:
    """The worker of that name lives."""
    upsert(connection, workers, [{"name": name, "started_at": now, "seen_at": now}], keep=("started_at",))


def gone(connection: Connection, name: str) -> None:
    """The worker of that name has ended as it should."""
    connection.execute(delete(workers).where(workers.c.name == name))


def seen_since(connection: Connection, since: datetime) -> Sequence[RowMapping]:
    """Workers that showed themselves since then."""
    query = select(workers).where(workers.c.seen_at >= since).order_by(workers.c.started_at)
    return connection.execute(query).mappings().all()


def forget_unseen(connection: Connection, since: datetime) -> int:
    """Strike off those that nobody saw since then; returns how many."""
    return connection.execute(delete(workers).where(workers.c.seen_at < since)).rowcount
