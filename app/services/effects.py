"""What an admin does about effects: try again, call off, edit before it is written."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping

from app.domain.comments import CommentBody, LivingComment
from app.domain.effects import Announcement, effect_of, project_of, subject_of
from app.errors import NotPossible, NotUnderstood
from app.services import versions
from app.services.effect_edits import with_parts
from app.services.queues import EFFECTS, Seen, end, look
from app.store import outbox, queues, sites
from app.store.tables import effects
from app.store.types import as_json

EffectState = Literal["waiting", "claimed", "done", "dead", "skipped", "cancelled"]
"""How far they are, as they can be listed over HTTP and on the command line."""

_EDITED_IN = ("waiting", outbox.DEAD)


def version_of(row: RowMapping) -> str:
    """Says whether an effect is still the one that somebody looked at: what it does and how far it is."""
    facts = [row["state"], row["attempts"], row["failures"], row["payload"]]
    return hashlib.sha256(as_json(facts).encode()).hexdigest()[:16]


def cancel(connection: Connection, effect_id: int, *, now: datetime) -> Seen:
    """Call an effect off before it is carried out.

    Raises:
        NotFound: no such effect.
        NotPossible: it has ended, or is under way and may already stand in Jira.
    """
    row = queues.get(connection, effects, effect_id, lock=True)
    _refuse_under_way(row, "cancelled")
    return end(connection, EFFECTS, effect_id, now=now, reason="Cancelled by an admin.")


def edit(
    connection: Connection,
    effect_id: int,
    *,
    issue_key: str | None,
    body: CommentBody | None,
    parts: Mapping[str, Any] | None,
    seen: str | None,
    now: datetime,
) -> Seen:
    """Change what an effect writes, or where, before it is written.

    Args:
        connection: inside a transaction.
        effect_id: which one.
        issue_key: the issue that it is written to; None leaves it.
        body: what it writes; None leaves it.
        parts: other parts of its payload, by name; what is not named stays.
        seen: the version that the editor looked at (an `If-Match` header); "*" is any.
        now: the instant.

    Raises:
        NotFound: no such effect.
        VersionNeeded: `seen` is not given.
        ChangedMeanwhile: it is not that version any more.
        NotPossible: it is under way or has ended.
        NotUnderstood: nothing to change, the body is none of this site's kind, or a part is none that can be
            changed or no such value.
    """
    row = queues.get(connection, effects, effect_id, lock=True)
    versions.check(seen, version_of(row), what=f"effect {effect_id}")
    if issue_key is None and body is None and not parts:
        raise NotUnderstood("Nothing to change: give `body`, `issue_key` or `payload`.", field="/body")
    _refuse_under_way(row, "edited")
    if row["state"] not in _EDITED_IN:
        raise NotPossible(
            f"Effect {effect_id} is {row['state']}; only one that is waiting or dead can be edited."
        )
    payload = with_parts(row["kind"], row["payload"], parts or {})
    if body is not None:
        if row["kind"] not in {LivingComment.kind, Announcement.kind}:
            raise NotUnderstood(f"An effect of kind {row['kind']} writes no comment.", field="/body/body")
        is_text = row["kind"] == Announcement.kind
        _check_body(body, is_cloud=not is_text and sites.site_by_id(connection, row["site_id"]).is_cloud)
        payload["body"] = body
    if issue_key is not None:
        if "issue_key" not in payload:
            raise NotUnderstood(
                f"An effect of kind {row['kind']} is about no issue.", field="/body/issue_key"
            )
        payload["issue_key"] = issue_key
    edited = effect_of(row["kind"], payload)
    queues.change(
        connection,
        effects,
        effect_id,
        payload=payload,
        subject=subject_of(edited),
        project_key=project_of(edited),
    )
    return look(connection, effects, effect_id, now=now)


def _refuse_under_way(row: RowMapping, what: str) -> None:
    if row["state"] == "claimed":
        raise NotPossible(
            f"Effect {row['id']} is being carried out right now and may already stand in Jira, so it cannot "
            f"be {what}. Look again in a moment: then it is done, or waits to be tried again."
        )


def _check_body(body: CommentBody, *, is_cloud: bool) -> None:
    """Jira would refuse it, and that much later."""
    if not is_cloud:
        if not isinstance(body, str) or not body.strip():
            raise NotUnderstood(
                "`body` is a text that is not empty: wiki markup on Data Center, Markdown for a channel.",
                field="/body/body",
            )
        return
    is_document = (
        isinstance(body, dict) and body.get("type") == "doc" and isinstance(body.get("content"), list)
    )
    if not is_document:
        raise NotUnderstood(
            "The site is Jira Cloud: `body` is an object in Atlassian Document Format, "
            'such as {"type": "doc", "version": 1, "content": []}.',
            field="/body/body",
        )
