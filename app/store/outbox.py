"""What we owe Jira: effects, each with the reason for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from app.domain.effects import Effect, LivingComment
from app.store.tables import effects, living_comments
from app.store.upsert import insert_new, upsert

DONE, DEAD = "done", "dead"


def put(connection: Connection, site_id: int, effect: Effect, *, key: str, cause: str, now: datetime) -> None:
    """Owe an effect; asking again with the same key changes nothing."""
    row = {
        "site_id": site_id,
        "kind": effect.kind,
        "idempotency_key": key,
        "cause": cause,
        "payload": {"issue_key": effect.issue_key, "marker": effect.marker, "body": effect.body},
        "created_at": now,
        "subject": f"issue:{effect.issue_key}",
        "state": "waiting",
        "attempts": 0,
        "due_at": now,
    }
    insert_new(connection, effects, [row])


def effect_of(row: Mapping[str, Any]) -> Effect:
    """The effect in a row."""
    payload = row["payload"]
    return LivingComment(payload["issue_key"], payload["marker"], payload["body"])


def known_comment(connection: Connection, site_id: int, effect: LivingComment) -> str | None:
    """Id of the comment that carries the marker on that issue, as far as we wrote it down."""
    table = living_comments
    return connection.scalar(
        select(table.c.comment_id).where(
            table.c.site_id == site_id,
            table.c.marker == effect.marker,
            table.c.issue_key == effect.issue_key,
        )
    )


def remember_comment(
    connection: Connection, site_id: int, effect: LivingComment, comment_id: str, now: datetime
) -> None:
    """Write down where the living comment stands."""
    row = {
        "site_id": site_id,
        "marker": effect.marker,
        "issue_key": effect.issue_key,
        "comment_id": comment_id,
        "written_at": now,
    }
    upsert(connection, living_comments, [row])


def of_run(connection: Connection, run_id: int) -> list[RowMapping]:
    """What a run made us owe, with what became of it."""
    query = select(effects).where(effects.c.idempotency_key.startswith(f"run:{run_id}:", autoescape=True))
    return list(connection.execute(query.order_by(effects.c.id)).mappings())


def listed(
    connection: Connection, *, state: str | None, before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Effects without their payload, newest first, below the id `before`."""
    columns = [column for column in effects.c if column.name != "payload"]
    query = select(*columns).order_by(effects.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(effects.c.state == state)
    if before is not None:
        query = query.where(effects.c.id < before)
    return connection.execute(query).mappings().all()
