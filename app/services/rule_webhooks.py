"""Calls from outside that have a rule fire. Each rule has a token of its own, shown once, kept as a hash."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.rules.reading import read
from app.domain.rules.trigger_parts import IncomingWebhook
from app.errors import NotPossible, Unauthorized
from app.services.called import NAMES_NONE, named, not_there
from app.services.keys import digest_of
from app.services.runs import subject_of
from app.store import related, rule_tokens, rules, runs, sites

_DIGEST = 32
PREFIX = "burnish_rule_"
"""So that a token is known as one wherever it turns up."""


def new_token(connection: Connection, rule_id: int, *, by: str, now: datetime) -> str:
    """A token for the rule; an older one opens nothing from now on.

    Raises:
        NotFound: no such rule.
        NotPossible: nobody calls this rule.
    """
    stored = rules.get(connection, rule_id, lock=True)
    if not _versions_called(connection, stored):
        raise NotPossible(
            f"Rule {rule_id} has no trigger `incoming_webhook` in shadow or live, so nobody calls it."
        )
    token = PREFIX + secrets.token_urlsafe(32)
    rule_tokens.put(connection, rule_id, digest_of(token), by=by, now=now)
    return token


def check(connection: Connection, rule_id: int, token: str) -> None:
    """Whether that token is the rule's.

    Raises:
        Unauthorized: it is not; whether there is such a rule is not told.
    """
    kept = rule_tokens.digest_of(connection, rule_id)
    if not hmac.compare_digest(kept or b"", digest_of(token)):
        raise Unauthorized("Send the token of the rule: `Authorization: Bearer <token>`.")


@dataclass(frozen=True, slots=True)
class Calling:
    """What a call brought about.

    Attributes:
        runs: ids of those in which the rule fires.
        not_found: of what the body names as issues, what the store does not have.
        note: why the rule does nothing for some of it, or for all; None where that is not known yet.
    """

    runs: list[int]
    not_found: list[str]
    note: str | None


def call(connection: Connection, rule_id: int, body: Any, *, now: datetime, key: str = "") -> Calling:
    """Have the rule fire with that body, live and in shadow.

    Calls of one `key` are one event: a caller that had no answer may call again, and nothing is done twice.

    Raises:
        NotFound: no such rule.
        NotPossible: it is off, or nobody calls it any more.
    """
    stored = rules.get(connection, rule_id)
    called = _versions_called(connection, stored)
    if not called:
        raise NotPossible(f"Rule {rule_id} is off, or is not called any more.")
    same = {"call": digest_of(key).hex()[:_DIGEST]} if key else {}
    asked = [
        runs.request(
            connection,
            stored.site_id,
            runs.RULE,
            {"rule": rule_id, "shadow": shadow, "webhook": body, **same},
            at=now,
            now=now,
            requested_by="incoming webhook",
            subject=subject_of(runs.RULE, stored.site_id),
        )
        for shadow in called
    ]
    if not any(trigger.names_issues for trigger in called.values()):
        return Calling(asked, [], None)
    keys = named(body)
    known = related.ids_of(connection, sites.site_by_id(connection, stored.site_id), set(keys))
    not_found = [key for key in keys if key not in known]
    return Calling(asked, not_found, not_there(not_found) if keys else NAMES_NONE)


def _versions_called(connection: Connection, stored: rules.StoredRule) -> dict[bool, IncomingWebhook]:
    """The trigger of each version that waits for calls, by whether it is in shadow."""
    versions = ((stored.live_version, False), (stored.shadow_version, True))
    found = {
        shadow: read(rules.version(connection, stored.id, number)["document"]).trigger
        for number, shadow in versions
        if number is not None
    }
    return {shadow: one for shadow, one in found.items() if isinstance(one, IncomingWebhook)}
