"""Deliveries over HTTP: what Jira told us, and what became of it."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.changes import ChangesDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.queues import act, retry, retry_all
from app.api.rows import Next, OfSite, Retried, RowId
from app.api.state import State, StateDep
from app.domain.scrum.nesting import shallow_json
from app.domain.scrum.restricted import RESTRICTED
from app.services import queues
from app.services.access import Caller
from app.services.deliveries import DeliveryState
from app.services.queues import DELIVERIES, Seen
from app.store import arrivals, inbox, restricted, sites
from app.store.types import as_json, from_json, storable

router = APIRouter(prefix="/deliveries", tags=["deliveries"])


class Delivery(Numbered):
    """What Jira told us, and what became of it."""

    site: str = Field(examples=["acme"])
    identity: str
    event: str | None = Field(examples=["jira:issue_updated"])
    subject: str = Field(examples=["issue:10001"])
    state: str = Field(examples=["applied", "dead"])
    reason: str | None
    retry: int = Field(description="Jira's count of earlier attempts.")
    attempts: int
    received_at: datetime
    settled_at: datetime | None


D = TypeVar("D", bound=Delivery)


class Deliveries(Page[Delivery]):
    """A page of deliveries with the count of all by state."""

    counts: dict[str, int] = Field(
        description="Of the site that was asked for. What came just now counts only where all are asked for."
    )


class DeliveryInFull(Delivery):
    """A delivery as it came."""

    next: Next
    body: Any = Field(description="What Jira sent; as text where it is no JSON.")


@router.get("", responses=responses(401, 404, 422, 503))
async def list_deliveries(
    state: StateDep,
    caller: CallerDep,
    delivery_state: Annotated[
        DeliveryState | None,
        Query(alias="state"),
    ] = None,
    event: Annotated[str | None, Query(max_length=128, examples=["jira:issue_updated"])] = None,
    site: OfSite = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Deliveries:
    """Deliveries, newest first; `state=dead` are those that could not be applied."""

    def look(tx: Connection) -> tuple[list[Delivery], dict[str, int]]:
        rows = queues.listed(
            tx,
            DELIVERIES.table,
            site=site,
            before=before,
            limit=limit + 1,
            state=delivery_state,
            event=None if event is None else storable(event),
        )
        counts = inbox.counts(tx, None if site is None else sites.get_site(tx, site).id)
        return [_shown(tx, Delivery(**row), caller) for row in rows], counts

    rows, counts = await state.database.call_read(look)
    page = page_of(rows, limit)
    return Deliveries(items=page.items, next=page.next, counts=counts)


@router.post("/retry", responses=responses(401, 404, 422, 503))
async def retry_deliveries(
    changes: ChangesDep,
    delivery_state: Annotated[Literal["dead", "unknown", "ignored"], Query(alias="state")] = "dead",
    site: OfSite = None,
) -> Retried:
    """Try all in that state again, the oldest 500 in one call."""
    return await retry_all(changes, DELIVERIES, delivery_state, site)


@router.get("/{delivery_id}", responses=responses(401, 404, 422, 503))
async def get_delivery(delivery_id: RowId, state: StateDep, caller: CallerDep) -> DeliveryInFull:
    """A delivery with what Jira sent; that not to a key that does not see restricted issues."""
    seen = await state.database.call_read(
        lambda tx: queues.look(tx, DELIVERIES.table, delivery_id, now=state.now())
    )
    found = await _in_full(seen, state)
    shown = await state.database.call_read(lambda tx: _shown(tx, found, caller))
    return shown if caller.sees_restricted else shown.model_copy(update={"body": None})


@router.post("/{delivery_id}/retry", responses=responses(401, 404, 409, 422, 503))
async def retry_delivery(delivery_id: RowId, changes: ChangesDep) -> DeliveryInFull:
    """Apply a delivery again that is dead, unknown or ignored: after an upgrade, say."""
    return await _in_full(await retry(changes, DELIVERIES, delivery_id), changes.state)


@router.post("/{delivery_id}/discard", responses=responses(401, 404, 409, 422, 503))
async def discard_delivery(delivery_id: RowId, changes: ChangesDep) -> DeliveryInFull:
    """Let go of a delivery that is dead or unknown: whatever it says is not wanted."""
    state, reason = changes.state, "Discarded by an admin."

    def end(tx: Connection) -> Seen:
        return queues.end(tx, DELIVERIES, delivery_id, now=state.now(), reason=reason)

    return await _in_full(await act(changes, DELIVERIES, delivery_id, "discarded", end), state)


def _shown(tx: Connection, one: D, caller: Caller) -> D:
    """A delivery as the key may have it: the id of a restricted issue is not told."""
    kind, _, issue_id = one.subject.partition(":")
    if caller.sees_restricted or kind != "issue":
        return one
    if not restricted.is_restricted(tx, sites.get_site(tx, one.site).id, issue_id):
        return one
    return one.model_copy(update={"subject": f"{kind}:{RESTRICTED}"})


async def _in_full(seen: Seen, state: State) -> DeliveryInFull:
    bodies = await state.database.call_read(lambda tx: arrivals.bodies_of(tx, [seen.row["id"]]))
    return DeliveryInFull(**seen.row, body=_decoded(bodies[seen.row["id"]]), next=seen.next)


def _decoded(body: bytes) -> Any:
    """What the bytes say; as a document that can be sent on, whatever Jira or somebody else wrote.

    What is nested so deep that the store would leave a part out is shown as text, whole.
    """
    try:
        if len(shallow_json(body)) < len(body):
            return body.decode(errors="replace")
        return from_json(as_json(from_json(body)))
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
