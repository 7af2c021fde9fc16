"""Effects over HTTP: what we owe Jira or did there, and why; what was given up can be mended."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Connection, RowMapping

from app import log
from app.api.auth import CallerDep
from app.api.changes import ChangesDep
from app.api.etags import IfMatch, stamp
from app.api.hidden import is_hidden
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.queues import act, retry, retry_all
from app.api.rows import IssueKey, Next, OfIssue, OfSite, Retried, RowId
from app.api.state import StateDep
from app.domain.effects import KINDS, shown_payload
from app.services import effects as service
from app.services import queues
from app.services.effects import EffectState
from app.services.queues import EFFECTS, Seen

if TYPE_CHECKING:
    Kind = str
else:  # the type checker takes no tuple that is made at run time
    Kind = Literal[tuple(KINDS)]

router = APIRouter(prefix="/effects", tags=["effects"])
_log = log.get(__name__)

_DOCUMENT: dict[str, Any] = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "All is well."}]}],
}


class Effect(Numbered):
    """What we owe Jira or did there, and why."""

    site: str = Field(examples=["acme"])
    kind: str = Field(examples=["living_comment"])
    subject: str = Field(examples=["issue:BURN-1"])
    cause: str = Field(examples=["run 7, schedule sprint health of board 1"])
    correlation: str | None = Field(examples=["run:7"], description="As logs name what it began with.")
    state: str = Field(examples=["dead"])
    reason: str | None
    attempts: int = Field(description="How often a worker took it.")
    failures: int = Field(description="How often it failed since it was owed or retried.")
    outcome: dict[str, Any] | None = Field(examples=[{"issue_key": "BURN-1", "comment_id": "10001"}])
    created_at: datetime
    due_at: datetime
    give_up_at: datetime | None = Field(description="Failing still at this instant, it is given up.")
    settled_at: datetime | None


class EffectInFull(Effect):
    """An effect with what it writes."""

    idempotency_key: str = Field(examples=["run:7:sprint-health:1:7"])
    payload: Annotated[dict[str, Any], BeforeValidator(shown_payload)] = Field(
        examples=[{"issue_key": "BURN-1", "marker": "sprint-health:1:7", "body": _DOCUMENT}]
    )
    precondition: dict[str, Any] | None = Field(
        examples=[{"newest": "sprint-health:1:7"}], description="What must hold, or it is skipped."
    )
    next: Next


class Edit(BaseModel):
    """What the effect is to write instead, and where; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"issue_key": "BURN-2"},
                {"body": _DOCUMENT},
                {"payload": {"fields": {"priority": {"name": "High"}}}},
            ]
        },
    )

    issue_key: Annotated[IssueKey | None, Field(description="The issue to write to.")] = None
    body: Annotated[
        dict[str, Any] | str | None,
        Field(description="Of a comment: on Cloud a document in ADF, on Data Center wiki markup."),
    ] = None
    payload: Annotated[
        dict[str, Any] | None,
        Field(description="Of other kinds: what it writes, by the names that the effect shows."),
    ] = None


@router.get("", responses=responses(401, 404, 422, 503))
async def list_effects(
    state: StateDep,
    caller: CallerDep,
    effect_state: Annotated[EffectState | None, Query(alias="state")] = None,
    site: OfSite = None,
    kind: Annotated[Kind | None, Query()] = None,
    issue: OfIssue = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Effect]:
    """Effects, newest first; `state=dead` are those that were given up."""
    subject = None if issue is None else f"issue:{issue}"

    def look(tx: Connection) -> Sequence[RowMapping]:
        if is_hidden(tx, issue, caller):
            return []
        return queues.listed(
            tx,
            EFFECTS.table,
            site=site,
            before=before,
            limit=limit + 1,
            state=effect_state,
            kind=kind,
            subject=subject,
            without=["payload"],
        )

    return page_of([Effect(**row) for row in await state.database.call_read(look)], limit)


@router.post("/retry", responses=responses(401, 404, 422, 503))
async def retry_effects(
    changes: ChangesDep,
    effect_state: Annotated[Literal["dead"], Query(alias="state")] = "dead",
    site: OfSite = None,
) -> Retried:
    """Try all that were given up again, the oldest 500 in one call."""
    return await retry_all(changes, EFFECTS, effect_state, site)


@router.get("/{effect_id}", responses=responses(401, 404, 422, 503))
async def get_effect(effect_id: RowId, state: StateDep, response: Response) -> EffectInFull:
    """An effect with what it writes; its ETag is what an edit has to send as `If-Match`."""
    seen = await state.database.call_read(
        lambda tx: queues.look(tx, EFFECTS.table, effect_id, now=state.now())
    )
    return _in_full(seen, response)


@router.patch("/{effect_id}", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def edit_effect(
    effect_id: RowId,
    edit: Edit,
    changes: ChangesDep,
    response: Response,
    if_match: IfMatch = None,
) -> EffectInFull:
    """Change what a waiting or dead effect writes, or where. A dead one stays so until it is retried."""
    state = changes.state
    seen = await changes.make(
        "effect.edited",
        effect_id,
        lambda tx: service.edit(
            tx,
            effect_id,
            issue_key=edit.issue_key,
            body=edit.body,
            parts=edit.payload,
            seen=if_match,
            now=state.now(),
        ),
        before=lambda tx: queues.held(tx, EFFECTS, effect_id),
        after=lambda seen: queues.picture(seen, "payload"),
    )
    _log.info("admin.effect_edited", effect=effect_id, changed=sorted(edit.model_fields_set))
    state.wake()
    return _in_full(seen, response)


@router.post("/{effect_id}/retry", responses=responses(401, 404, 409, 422, 503))
async def retry_effect(effect_id: RowId, changes: ChangesDep, response: Response) -> EffectInFull:
    """Try an effect again that is dead, cancelled or skipped.

    Whatever an earlier attempt left in Jira is found there and edited, not written twice.
    """
    return _in_full(await retry(changes, EFFECTS, effect_id), response)


@router.post("/{effect_id}/cancel", responses=responses(401, 404, 409, 422, 503))
async def cancel_effect(effect_id: RowId, changes: ChangesDep, response: Response) -> EffectInFull:
    """Call off an effect that is waiting or dead. One that is under way may already stand in Jira: 409."""
    now = changes.state.now
    seen = await act(
        changes, EFFECTS, effect_id, "cancelled", lambda tx: service.cancel(tx, effect_id, now=now())
    )
    return _in_full(seen, response)


def _in_full(seen: Seen, response: Response) -> EffectInFull:
    stamp(response, service.version_of(seen.row))
    return EffectInFull(**seen.row, next=seen.next)
