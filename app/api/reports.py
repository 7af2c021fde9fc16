"""Reports over HTTP: what was computed, with its receipts."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection

from app.api.auth import CallerDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import OfSite, RowId
from app.api.state import StateDep
from app.api.veil import hidden_in, left_out
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
async def get_report(report_id: RowId, state: StateDep, caller: CallerDep) -> Report:
    """A report as it was computed.

    What it says of issues that were restricted only afterwards is left out for a key that does not see such
    ones; but where the board's settings say that its reports name them.
    """

    def look(tx: Connection) -> Report:
        found = Report(**reports.get(tx, report_id))
        door = state.sites.get(found.site)
        if caller.sees_restricted or (door is not None and found.board_id in door.shows_restricted):
            return found
        hidden = hidden_in(tx, json.dumps(found.document, ensure_ascii=False))
        return found.model_copy(update={"document": left_out(found.document, hidden)}) if hidden else found

    return await state.database.call_read(look)
