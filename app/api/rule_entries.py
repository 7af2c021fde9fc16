"""How a rule is shown over HTTP: which of its versions do what, its newest document, what is odd about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import Response
from pydantic import Field
from sqlalchemy import Connection

from app.api.etags import stamp
from app.api.paging import Numbered
from app.api.rule_drafts import EXAMPLE, Warned, warned
from app.api.state import State
from app.services.access import Caller
from app.store import rules as store
from app.store import sites

_TOLD = ("name", "mode", "live_version", "shadow_version", "last_version", "paused_reason", "document")
"""For the audit."""


class Rule(Numbered):
    """A rule, and which of its versions do what."""

    site: str = Field(examples=["acme"])
    name: str = Field(examples=["Bugs from customers are urgent"])
    mode: Literal["off", "shadow", "live"] = Field(
        description="shadow: it only shows what it would do. A live rule may have a newer version in shadow."
    )
    live_version: int | None = Field(description="The version that acts.")
    shadow_version: int | None = Field(description="The version that shows what it would do.")
    last_version: int
    since: datetime | None = Field(description="Events before it are none of the rule's.")
    paused_at: datetime | None
    paused_reason: str | None = Field(description="Why it does nothing until it is resumed.")
    failed_last_day: int | None = Field(None, description="Decisions that failed; told in the list of rules.")
    created_at: datetime
    updated_at: datetime


class RuleInFull(Rule):
    """A rule with its newest document."""

    document: dict[str, Any] = Field(examples=[EXAMPLE], description="Of `last_version`.")
    warnings: list[Warned] = Field(description="What of it should be otherwise.")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A rule with the revision by which an editor says which one was seen."""

    revision: int
    rule: RuleInFull

    def answer(self, response: Response) -> RuleInFull:
        """The rule, its ETag in the headers."""
        stamp(response, self.revision)
        return self.rule


def told(tagged: Tagged) -> dict[str, Any]:
    """What the audit keeps of it."""
    return tagged.rule.model_dump(mode="json", include=set(_TOLD))


def picture(connection: Connection, rule_id: int) -> dict[str, Any]:
    """What it was like, and whose it is; it stays so until the change is made."""
    rule = store.get(connection, rule_id, lock=True)
    entry = shown(connection, rule)
    return {
        **entry.model_dump(mode="json", include=set(_TOLD)),
        "site": entry.site,
        "document": _newest(connection, rule),
    }


def shown(connection: Connection, rule: store.StoredRule) -> Rule:
    """Without its document."""
    return Rule(
        id=rule.id,
        site=sites.site_by_id(connection, rule.site_id).name,
        name=rule.name,
        mode=rule.mode,
        live_version=rule.live_version,
        shadow_version=rule.shadow_version,
        last_version=rule.last_version,
        since=rule.since,
        paused_at=rule.paused_at,
        paused_reason=rule.paused_reason,
        failed_last_day=None,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
    )


def in_full(connection: Connection, rule: store.StoredRule, state: State, caller: Caller) -> Tagged:
    """With its newest document, and what of it should be otherwise as far as who asks may know."""
    document, site = _newest(connection, rule), sites.site_by_id(connection, rule.site_id)
    odd = warned(connection, site, document, state, caller)
    full = RuleInFull(**shown(connection, rule).model_dump(), document=document, warnings=odd)
    return Tagged(rule.revision, full)


def _newest(connection: Connection, rule: store.StoredRule) -> dict[str, Any]:
    document: dict[str, Any] = store.version(connection, rule.id, rule.last_version)["document"]
    return document
