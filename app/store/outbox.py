"""What we owe Jira: effects, each with the reason for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from app.domain import effects as domain
from app.domain.comments import LivingComment
from app.domain.effects import Effect, SetSprintProperty
from app.store.claim import announce
from app.store.tables import OPEN_STATES, effects, living_comments, still_open
from app.store.upsert import insert_new, upsert

DONE, DEAD, SKIPPED, CANCELLED = "done", "dead", "skipped", "cancelled"
STATES = (*OPEN_STATES, DONE, DEAD, SKIPPED, CANCELLED)
PATIENCE = timedelta(hours=24)
"""So long an effect that fails is tried again."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An effect that is to be owed.

    Attributes:
        effect: what to do in Jira.
        key: of this decision; the same for a repeat of it.
        cause: who or what wanted it, for people.
        correlation: what it all began with, for logs, such as "run:7".
        line: with what it is carried out in order where it is about no issue; see `in_line_of`.
    """

    effect: Effect
    key: str
    cause: str
    correlation: str
    line: str = ""


def in_line_of(rule_id: int, event_key: str) -> str:
    """What effects of one decision have in common that is about no issue: no other waits for them."""
    return f"rule:{rule_id}:{event_key}"


def put(
    connection: Connection,
    site_id: int,
    effect: Effect,
    *,
    key: str,
    cause: str,
    correlation: str,
    now: datetime,
) -> None:
    """Owe an effect; asking again with the same key changes nothing.

    Args:
        connection: inside the transaction that decides about it.
        site_id: whose Jira.
        effect: what to do there.
        key: of this decision; the same for a repeat of it.
        cause: who or what wanted it, for people.
        correlation: what it all began with, for logs, such as "run:7".
        now: the instant of the decision.
    """
    put_all(connection, site_id, [Owed(effect, key, cause, correlation)], now=now)


def put_all(connection: Connection, site_id: int, owed: Sequence[Owed], *, now: datetime) -> None:
    """Owe effects, in this order, by one statement; asking again with the same keys changes nothing."""
    if owed:
        insert_new(connection, effects, [_row(site_id, each, now) for each in owed])
        announce(connection, effects)


def _row(site_id: int, owed: Owed, now: datetime) -> dict[str, Any]:
    effect = owed.effect
    return {
        "site_id": site_id,
        "kind": effect.kind,
        "idempotency_key": owed.key,
        "cause": owed.cause,
        "correlation": owed.correlation,
        "project_key": domain.project_of(effect),
        "payload": domain.stored_payload_of(effect),
        # The newest word stands: an older one that was held up must not write over it.
        "precondition": {"newest": effect.marker}
        if isinstance(effect, LivingComment | SetSprintProperty)
        else None,
        "created_at": now,
        "subject": domain.subject_of(effect, owed.line),
        "state": "waiting",
        "attempts": 0,
        "due_at": now,
        "give_up_at": now + PATIENCE,
    }


def effect_of(row: Mapping[str, Any]) -> Effect:
    """The effect in a row."""
    return domain.effect_of(row["kind"], row["payload"])


def known_comment(connection: Connection, site_id: int, effect: LivingComment) -> str | None:
    """Id of the comment that carries the marker on that issue, as far as we wrote it down."""
    table = living_comments
    return connection.scalar(
        select(table.c.comment_id).where(
            table.c.site_id == site_id,
            table.c.marker == effect.marker,
            table.c.issue_key == effect.issue_key,
            table.c.edition == effect.edition,
        )
    )


def forget_comment(connection: Connection, *, site_id: int, effect: LivingComment) -> None:
    """The comment that carries the marker on that issue does not stand any more."""
    table = living_comments
    same = (table.c.site_id == site_id, table.c.marker == effect.marker)
    connection.execute(delete(table).where(*same, table.c.issue_key == effect.issue_key))


def unmet(connection: Connection, row: Mapping[str, Any]) -> str | None:
    """Why the effect is not to be carried out any more; None where its precondition holds."""
    marker = (row["precondition"] or {}).get("newest")
    if marker is None:
        return None
    is_comment = row["kind"] == LivingComment.kind
    written = (_commented if is_comment else _done_since)(connection, row, marker)
    if written is not None and written > row["id"]:
        return f"A newer one was written meanwhile (effect {written})."
    newer = connection.scalar(
        select(effects.c.id)
        .where(
            effects.c.site_id == row["site_id"],
            effects.c.subject == row["subject"],
            effects.c.id > row["id"],
            still_open(effects),
            effects.c.precondition["newest"].as_string() == marker,
        )
        .order_by(effects.c.id.desc())
        .limit(1)
    )
    return None if newer is None else f"A newer one is about to be written (effect {newer})."


def superseded(connection: Connection, site_id: int, effect: LivingComment, effect_id: int) -> str | None:
    """Why a comment that another effect wanted to have written is out of date; None where it is not."""
    row = {
        "id": effect_id,
        "site_id": site_id,
        "kind": effect.kind,
        "subject": domain.subject_of(effect),
        "payload": {"issue_key": effect.issue_key},
        "precondition": {"newest": effect.marker},
    }
    return unmet(connection, row)


def _commented(connection: Connection, row: Mapping[str, Any], marker: str) -> int | None:
    """The effect that wrote the comment last."""
    return connection.scalar(
        select(living_comments.c.effect_id).where(
            living_comments.c.site_id == row["site_id"],
            living_comments.c.marker == marker,
            living_comments.c.issue_key == row["payload"]["issue_key"],  # elsewhere it is another comment
        )
    )


def _done_since(connection: Connection, row: Mapping[str, Any], marker: str) -> int | None:
    """A later effect that wrote the same."""
    return connection.scalar(
        select(effects.c.id)
        .where(
            effects.c.site_id == row["site_id"],
            effects.c.id > row["id"],
            effects.c.subject == row["subject"],
            effects.c.state == DONE,
            effects.c.precondition["newest"].as_string() == marker,
        )
        .limit(1)
    )


def remember_comment(
    connection: Connection,
    site_id: int,
    effect: LivingComment,
    comment_id: str,
    now: datetime,
    effect_id: int,
) -> None:
    """Write down where the living comment stands."""
    row = {
        "site_id": site_id,
        "marker": effect.marker,
        "issue_key": effect.issue_key,
        "comment_id": comment_id,
        "written_at": now,
        "effect_id": effect_id,
        "edition": effect.edition,
    }
    upsert(connection, living_comments, [row])


def of_run(connection: Connection, run_id: int) -> list[RowMapping]:
    """What a run made us owe, with what became of it."""
    query = select(effects).where(effects.c.idempotency_key.startswith(f"run:{run_id}:", autoescape=True))
    return list(connection.execute(query.order_by(effects.c.id)).mappings())
