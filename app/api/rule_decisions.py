"""Decisions of rules over HTTP: why a rule did what it did, or did nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.hidden import is_hidden
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import Bound, OfIssue, OfSite, RowId
from app.api.state import StateDep
from app.domain.effects import payload_of, shown_payload
from app.domain.rules.decide import Decision, Outcome
from app.services import rules as service
from app.store.tables import MOST_ID

router = APIRouter(prefix="/decisions", tags=["rules"])


class Wanted(BaseModel):
    """An effect that a rule wants, and what became of it."""

    kind: str = Field(examples=["living_comment"])
    payload: Annotated[dict[str, Any], BeforeValidator(shown_payload)]
    effect: int | None = Field(
        default=None, description="Its id among the effects; null where nobody owes it."
    )
    state: str | None = Field(default=None, examples=["done"])
    reason: str | None = None


class Decided(BaseModel):
    """What a rule does about an event, and why."""

    issue: str | None = Field(examples=["BURN-1"], description="Null where the rule decided about none.")
    event: str = Field(examples=["change:10123"])
    happened: str = Field(examples=["issue_changed"])
    at: datetime
    outcome: Outcome
    reason: str | None
    steps: list[dict[str, Any]] = Field(
        description="What was asked, with the values seen, and what was said, one after the other."
    )
    effects: list[Wanted]

    @classmethod
    def of(cls, decision: Decision) -> "Decided":
        """One that was not written down."""
        return cls(
            issue=decision.issue_key or None,
            event=decision.event.key,
            happened=decision.event.happened.value,
            at=decision.event.at,
            outcome=decision.outcome,
            reason=decision.reason,
            steps=[dict(step) for step in decision.steps],
            effects=[Wanted(kind=one.effect.kind, payload=payload_of(one.effect)) for one in decision.wanted],
        )


class Kept(Decided, Numbered):
    """A decision that is on record."""

    rule: int
    version: int
    shadow: bool = Field(description="Whether it only shows what would be done.")
    decided_at: datetime
    initiator: str | None = Field(description="Account id of who did it.")


@router.get("", responses=responses(401, 404, 422, 503))
async def list_decisions(
    state: StateDep,
    caller: CallerDep,
    rule: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None,
    site: OfSite = None,
    issue: OfIssue = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    shadow: Annotated[
        bool | None, Query(description="Only of versions in shadow, or only of live ones.")
    ] = None,
    since: Annotated[Bound, Query(description="Decided at or after this instant.")] = None,
    until: Annotated[Bound, Query(description="Decided before this instant.")] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Kept]:
    """Decisions, newest first: each event that a rule waits for has one, also where nothing was done."""

    def look(tx: Connection) -> list[service.Explained]:
        if is_hidden(tx, issue, caller):
            return []
        return service.decisions(
            tx,
            site_name=site,
            before=before,
            limit=limit + 1,
            rule_id=rule,
            issue_key=issue,
            outcome=outcome and outcome.value,
            shadow=shadow,
            since=since,
            until=until,
        )

    return page_of([_kept(one) for one in await state.database.call_read(look)], limit)


@router.get("/{decision_id}", responses=responses(401, 404, 422, 503))
async def get_decision(decision_id: RowId, state: StateDep) -> Kept:
    """A decision with each clause that was asked, the values that it saw, and what became of its effects."""
    return _kept(await state.database.call_read(lambda tx: service.decision(tx, decision_id)))


def _kept(explained: service.Explained) -> Kept:
    row = explained.row
    return Kept(
        id=row["id"],
        rule=row["rule_id"],
        version=row["version"],
        shadow=row["shadow"],
        issue=row["issue_key"] or None,
        event=row["event_key"],
        happened=row["happened"],
        at=row["at"],
        decided_at=row["decided_at"],
        initiator=row["author"],
        outcome=row["outcome"],
        reason=row["reason"],
        steps=row["steps"],
        effects=[_wanted(one, explained.fates.get(one["key"])) for one in row["effects"]],
    )


def _wanted(effect: Mapping[str, Any], fate: Any) -> Wanted:
    known = {} if fate is None else {"effect": fate["id"], "state": fate["state"], "reason": fate["reason"]}
    return Wanted(kind=effect["kind"], payload=effect["payload"], **known)
