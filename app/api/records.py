"""What happened: reports, deliveries and effects, so that no failure hides."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.state import StateDep
from app.store import inbox, outbox, reports
from app.store.tables import MOST_ID

router = APIRouter()


class ReportEntry(Numbered):
    """A report without its content."""

    kind: str = Field(examples=["sprint_health"])
    run_id: int | None
    board_id: int
    sprint_id: int | None
    at: datetime
    created_at: datetime


class Report(ReportEntry):
    """A report; `document` has every number with its receipts."""

    document: dict[str, Any]


class Delivery(Numbered):
    """What Jira told us, and what became of it."""

    identity: str
    event: str | None = Field(examples=["jira:issue_updated"])
    subject: str = Field(examples=["issue:10001"])
    state: str
    reason: str | None
    retry: int
    received_at: datetime
    settled_at: datetime | None


class Deliveries(Page[Delivery]):
    """A page of deliveries with the count of all by state."""

    counts: dict[str, int]


class Effect(Numbered):
    """What we owe Jira or did there, and why."""

    kind: str = Field(examples=["living_comment"])
    subject: str = Field(examples=["issue:BURN-1"])
    cause: str
    state: str
    reason: str | None
    attempts: int
    outcome: dict[str, Any] | None
    created_at: datetime
    due_at: datetime
    settled_at: datetime | None


@router.get("/reports", tags=["reports"], responses=responses(401, 422, 503))
async def list_reports(
    state: StateDep,
    board: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[ReportEntry]:
    """Reports, newest first."""
    rows = await state.database.call_read(
        lambda tx: reports.listed(tx, board_id=board, before=before, limit=limit + 1)
    )
    return page_of([ReportEntry(**row) for row in rows], limit)


@router.get("/reports/{report_id}", tags=["reports"], responses=responses(401, 404, 422, 503))
async def get_report(report_id: Annotated[int, Path(ge=1, le=MOST_ID)], state: StateDep) -> Report:
    """A report as it was computed."""
    row = await state.database.call_read(lambda tx: reports.get(tx, report_id))
    return Report(**row)


@router.get("/deliveries", tags=["deliveries"], responses=responses(401, 422, 503))
async def list_deliveries(
    state: StateDep,
    delivery_state: Annotated[
        Literal["waiting", "claimed", "applied", "ignored", "unknown", "dead"] | None, Query(alias="state")
    ] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Deliveries:
    """Deliveries, newest first; `state=dead` are those that could not be applied."""
    rows, counts = await state.database.call_read(
        lambda tx: (
            inbox.listed(tx, state=delivery_state, before=before, limit=limit + 1),
            inbox.counts(tx),
        )
    )
    page = page_of([Delivery(**row) for row in rows], limit)
    return Deliveries(items=page.items, next=page.next, counts=counts)


@router.get("/effects", tags=["effects"], responses=responses(401, 422, 503))
async def list_effects(
    state: StateDep,
    effect_state: Annotated[
        Literal["waiting", "claimed", "done", "dead"] | None, Query(alias="state")
    ] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Effect]:
    """Effects, newest first; `state=dead` are those that were given up."""
    rows = await state.database.call_read(
        lambda tx: outbox.listed(tx, state=effect_state, before=before, limit=limit + 1)
    )
    return page_of([Effect(**row) for row in rows], limit)
