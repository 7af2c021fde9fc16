"""Reports over HTTP: what was computed, with its receipts."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import OfSite, RowId
from app.api.state import StateDep
from app.store import reports, sites

router = APIRouter(prefix="/reports", tags=["reports"])


class ReportEntry(Numbered):
    """A report without its content."""

    site: str = Field(examples=["acme"])
    kind: str = Field(examples=["sprint_health"])
    run_id: int | None
    board_id: int
    sprint_id: int | None
    at: datetime
    created_at: datetime


class Report(ReportEntry):
    """A report; `document` has every number with its receipts."""

    document: dict[str, Any]


@router.get("", responses=responses(401, 404, 422, 503))
async def list_reports(
    state: StateDep,
    board: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    sprint: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    kind: Annotated[str | None, Query(pattern=r"^[a-z_]+$", max_length=32, examples=["velocity"])] = None,
    site: OfSite = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[ReportEntry]:
    """Reports, newest first."""
    rows = await state.database.call_read(
        lambda tx: reports.listed(
            tx,
            board_id=board,
            sprint_id=sprint,
            kind=kind,
            before=before,
            limit=limit + 1,
            site_id=None if site is None else sites.get_site(tx, site).id,
        )
    )
    return page_of([ReportEntry(**row) for row in rows], limit)


@router.get("/{report_id}", responses=responses(401, 404, 422, 503))
async def get_report(report_id: RowId, state: StateDep) -> Report:
    """A report as it was computed."""
    row = await state.database.call_read(lambda tx: reports.get(tx, report_id))
    return Report(**row)
