"""Schedules over HTTP: what runs when, and how it went last."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.problems import responses
from app.api.state import StateDep
from app.store import queues

router = APIRouter(prefix="/schedules", tags=["runs"])


class LastRun(BaseModel):
    """The newest run that a schedule made."""

    id: int
    state: str = Field(examples=["done"])
    at: datetime


class Schedule(BaseModel):
    """When runs are made."""

    name: str = Field(examples=["sprint health of board 1"])
    site: str = Field(examples=["acme"])
    kind: str = Field(examples=["sprint_health"])
    cron: str = Field(examples=["0 8 * * mon-fri"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    when_missed: str = Field(
        examples=["once", "skip"], description="once: missed ones are made up by one run; skip: left out."
    )
    enabled: bool = Field(description="False: it left the settings.")
    next_due_at: datetime | None
    last_run: LastRun | None


class Schedules(BaseModel):
    """All schedules."""

    items: list[Schedule]


@router.get("", responses=responses(401, 422, 503))
async def list_schedules(state: StateDep) -> Schedules:
    """What runs when, and how it went last. Schedules are settings; here they can be seen."""
    rows = await state.database.call_read(queues.all_schedules)
    return Schedules(
        items=[
            Schedule(
                **row,
                last_run=None
                if row["run_id"] is None
                else LastRun(id=row["run_id"], state=row["run_state"], at=row["run_at"]),
            )
            for row in rows
        ]
    )
