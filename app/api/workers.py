"""Workers over HTTP: who works on this store."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.problems import responses
from app.api.state import StateDep
from app.store import workers

router = APIRouter(prefix="/workers", tags=["workers"])
_LOOKED_BACK = timedelta(days=1)


class Worker(BaseModel):
    """A worker; one that ends as it should is struck off at once."""

    name: str = Field(examples=["burnish-1:5f3c9a01"])
    started_at: datetime
    seen_at: datetime = Field(description="It shows itself once in `lease_seconds`.")


class Workers(BaseModel):
    """Those seen within a day, the longest at work first."""

    items: list[Worker]


@router.get("", responses=responses(401, 422, 503))
async def list_workers(state: StateDep) -> Workers:
    """Who works, in whatever process, and who fell silent within a day."""
    since = state.now() - _LOOKED_BACK
    rows = await state.database.call_read(lambda tx: workers.seen_since(tx, since))
    return Workers(items=[Worker(**row) for row in rows])
