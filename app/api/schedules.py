"""Schedules over HTTP: what runs when, how it went last, and other times for it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from app import log
from app.api.changes import ChangesDep, told
from app.api.etags import IfMatch, stamp
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import OfSite, RowId
from app.api.state import StateDep
from app.cron import checked_cron, checked_time_zone
from app.services import schedules as service
from app.store import queues

router = APIRouter(prefix="/schedules", tags=["runs"])
_log = log.get(__name__)


class LastRun(BaseModel):
    """The newest run that a schedule made."""

    id: int
    state: str = Field(examples=["done"])
    at: datetime


class Schedule(Numbered):
    """When runs are made. Its ETag is what an edit has to send as `If-Match`."""

    name: str = Field(examples=["sprint health of board 1"])
    site: str = Field(examples=["acme"])
    kind: str = Field(examples=["sprint_health"])
    cron: str = Field(examples=["0 8 * * mon-fri"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    when_missed: str = Field(
        examples=["once", "skip"], description="once: missed ones are made up by one run; skip: left out."
    )
    enabled: bool = Field(description="False: an admin switched it off, or it left the settings.")
    edited: list[str] = Field(
        examples=[["cron"]], description="What an admin said over the API; it stands above the settings."
    )
    next_due_at: datetime | None
    last_run: LastRun | None


class ScheduleEdit(BaseModel):
    """What is to be otherwise than the settings say. What is left out stays; null: as the settings say."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"cron": "30 7 * * mon-fri"}, {"enabled": False}]},
    )

    cron: Annotated[
        Annotated[str, AfterValidator(checked_cron)] | None,
        Field(max_length=255, description="Five fields; days of the week by name."),
    ] = None
    time_zone: Annotated[Annotated[str, AfterValidator(checked_time_zone)] | None, Field(max_length=64)] = (
        None
    )
    when_missed: Literal["once", "skip"] | None = None
    enabled: bool | None = None


@router.get("", responses=responses(401, 404, 422, 503))
async def list_schedules(
    state: StateDep, site: OfSite = None, before: Cursor = None, limit: Limit = 50
) -> Page[Schedule]:
    """What runs when, and how it went last, newest first."""
    rows = await state.database.call_read(
        lambda tx: service.listed(tx, site=site, before=before, limit=limit + 1)
    )
    return page_of([_shown(row) for row in rows], limit)


@router.get("/{schedule_id}", responses=responses(401, 404, 422, 503))
async def get_schedule(schedule_id: RowId, state: StateDep, response: Response) -> Schedule:
    """A schedule."""
    row = await state.database.call_read(lambda tx: queues.get_schedule(tx, schedule_id))
    stamp(response, row["version"])
    return _shown(row)


@router.patch("/{schedule_id}", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def edit_schedule(
    schedule_id: RowId,
    edit: ScheduleEdit,
    changes: ChangesDep,
    response: Response,
    if_match: IfMatch = None,
) -> Schedule:
    """Have it fire at other times, or not at all, whatever the settings say; a start keeps to it."""
    now = changes.state.now()
    wanted = edit.model_dump(exclude_unset=True)
    row = await changes.make(
        "schedule.edited",
        schedule_id,
        lambda tx: service.edit(tx, schedule_id, wanted, seen=if_match, now=now),
        before=lambda tx: queues.get_schedule(tx, schedule_id, lock=True),
        after=lambda row: told(
            row, "name", "cron", "time_zone", "when_missed", "enabled", "edits", "version"
        ),
    )
    _log.info("admin.schedule_edited", schedule=schedule_id, changed=sorted(wanted))
    stamp(response, row["version"])
    return _shown(row)


def _shown(row: RowMapping) -> Schedule:
    ran = row["run_id"] is not None
    return Schedule(
        **row,
        edited=sorted(row["edits"] or {}),
        last_run=LastRun(id=row["run_id"], state=row["run_state"], at=row["run_at"]) if ran else None,
    )
