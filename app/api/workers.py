"""Workers over HTTP: who works on this store."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.paging import After, Many, NamedPage, page_after
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


@router.get("", responses=responses(401, 422, 503))
async def list_workers(state: StateDep, after: After = None, limit: Many = 200) -> NamedPage[Worker]:
    """Who works, in whatever process, and who fell silent within a day; the longest at work first."""
    since = state.now() - _LOOKED_BACK
    rows = await state.database.call_read(lambda tx: workers.seen_since(tx, since))
    return page_after([Worker(**row) for row in rows], after, limit, by=_place)


def _place(one: Worker) -> str:
    return f"{one.started_at.isoformat(timespec='microseconds')} {one.name}"
