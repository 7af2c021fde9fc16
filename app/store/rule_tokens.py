"""Tokens by which others call a rule: of each its digest alone."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from app.store.rule_tables import rule_tokens, rules


def put(connection: Connection, rule_id: int, digest: bytes, *, by: str, now: datetime) -> None:
    """The rule's only token from now on."""
    connection.execute(delete(rule_tokens).where(rule_tokens.c.rule_id == rule_id))
    row = {"rule_id": rule_id, "digest": digest, "made_at": now, "made_by": by}
    connection.execute(insert(rule_tokens).values(row))


def digest_of(connection: Connection, rule_id: int) -> bytes | None:
    """Of the rule's token; None where it has none, or there is no such rule any more."""
    query = (
        select(rule_tokens.c.digest)
        .join(rules, rules.c.id == rule_tokens.c.rule_id)
        .where(rule_tokens.c.rule_id == rule_id, rules.c.deleted_at.is_(None))
    )
    found: bytes | None = connection.scalar(query)
    return found
