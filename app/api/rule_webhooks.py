"""The address at which others have a rule fire, and the token that opens it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field, RootModel

from app import log
from app.api.changes import ChangesDep
from app.api.problems import responses
from app.api.rows import RowId
from app.api.state import StateDep
from app.errors import Unauthorized
from app.services import rule_webhooks as service
from app.services.access import Caller, Role
from app.store import sites, tables

admin = APIRouter(prefix="/rules", tags=["rules"])
door = APIRouter(prefix="/webhooks/rules", tags=["webhooks"])
BODY_LIMIT = 100 * 1024
"""Bytes."""
_log = log.get(__name__)


class Token(BaseModel):
    """A new token. It is shown this once; what was before opens nothing any more."""

    token: str = Field(examples=["burnish_rule_…"], description="Send it as `Authorization: Bearer <token>`.")
    path: str = Field(examples=["/webhooks/rules/7"], description="Where to POST to.")


class Sent(RootModel[Any]):
    """Any JSON; texts of the rule see it as `webhook`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"issues": ["BURN-1"], "build": 118}]})


class Called(BaseModel):
    """The runs in which the rule fires, and what of the body it does nothing for."""

    runs: list[int] = Field(examples=[[12]])
    not_found: list[str] = Field(
        examples=[["BURN-99999"]], description="Of the keys in `issues`, those that the store does not have."
    )
    note: str | None = Field(
        examples=["Not in the store: BURN-99999."],
        description="Why the rule does nothing for some issues, or at all; null where that is not known yet.",
    )


@admin.post("/{rule_id}/webhook-token", status_code=201, responses=responses(401, 404, 409, 422, 503))
async def make_webhook_token(rule_id: RowId, changes: ChangesDep) -> Token:
    """A token by which others have the rule fire; an older one of the rule opens nothing from now on."""
    now = changes.state.now()
    token = await changes.make(
        "rule.webhook_token_made",
        of=rule_id,
        work=lambda tx: service.new_token(tx, rule_id, by=changes.caller.name, now=now),
        before=lambda tx: {"site": sites.name_of_owner(tx, tables.rules, rule_id)},
        after=lambda _: {},
    )
    _log.info("admin.rule_webhook_token", rule=rule_id)
    return Token(token=token, path=f"/webhooks/rules/{rule_id}")


@door.post("/{rule_id}", status_code=202, responses=responses(400, 401, 404, 409, 422, 429, 503))
async def call_rule(
    rule_id: RowId,
    body: Sent,
    state: StateDep,
    authorization: Annotated[str, Header(max_length=200)] = "",
    idempotency_key: Annotated[
        str,
        Header(
            max_length=200,
            description="Any text; calls with the same one are one event, so a call may be repeated safely.",
        ),
    ] = "",
) -> Called:
    """Have a rule fire, for issues that its query finds or that the body lists in `issues`, or `once`."""
    now = state.now()
    scheme, _, token = authorization.partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else ""
    try:
        await state.database.call_read(lambda tx: service.check(tx, rule_id, given))
    except Unauthorized:
        # Guesses are counted together, so that they hinder nobody who has a token.
        await state.rate_limits.count(Caller("calls without a token", Role.VIEWER), now=now)
        raise
    await state.rate_limits.count(Caller(f"rule {rule_id}", Role.VIEWER), now=now)
    made = await state.database.call_write(
        lambda tx: service.call(tx, rule_id, body.root, now=now, key=idempotency_key)
    )
    _log.info("rule.called", rule=rule_id, runs=made.runs)
    state.wake()
    return Called(runs=made.runs, not_found=made.not_found, note=made.note)
