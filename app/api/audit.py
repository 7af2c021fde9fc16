"""The audit over HTTP: who changed what, when, and how it was before."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.changes import ChangesDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import Bound, OfSite, RowId
from app.api.state import StateDep
from app.store import audit
from app.store.types import storable

router = APIRouter(prefix="/audit", tags=["audit"])

_Word = Annotated[str | None, Query(max_length=255)]


class Entry(Numbered):
    """A change that somebody made over the API or the command line."""

    at: datetime
    actor: str = Field(examples=["key ci", "settings key", "CLI alice"])
    action: str = Field(examples=["schedule.edited"])
    resource: str = Field(examples=["schedule"])
    resource_id: str = Field(examples=["7"])
    site: str | None = Field(examples=["acme"])
    before: dict[str, Any] | None = Field(examples=[{"cron": "0 8 * * mon-fri"}])
    after: dict[str, Any] | None = Field(examples=[{"cron": "0 9 * * mon-fri"}])
    request_id: str | None = Field(description="As the answer and the log have it.")


@router.get("", responses=responses(401, 422, 503))
async def list_audit(
    state: StateDep,
    actor: _Word = None,
    action: _Word = None,
    resource: _Word = None,
    resource_id: _Word = None,
    site: OfSite = None,
    request_id: _Word = None,
    since: Annotated[Bound, Query(description="At or after this instant.")] = None,
    until: Annotated[Bound, Query(description="Before this instant.")] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """Changes, newest first. No secret is ever among them."""
    words = {
        "actor": actor,
        "action": action,
        "resource": resource,
        "resource_id": resource_id,
        "request_id": request_id,
    }
    wanted = {name: None if value is None else storable(value) for name, value in words.items()}
    rows = await state.database.call_read(
        lambda tx: audit.listed(
            tx, before=before, limit=limit + 1, site=site, since=since, until=until, **wanted
        )
    )
    return page_of([Entry(**row) for row in rows], limit)


class Noted(BaseModel):
    """A change that was made by the command line, past the API: in Jira, or in a file."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "webhook.registered", "of": "acme", "site": "acme", "after": None}]
        },
    )

    action: Literal["webhook.registered", "oauth.connected"]
    of: Annotated[str, Field(max_length=255)]
    site: Annotated[str | None, Field(max_length=64)] = None
    after: dict[str, str] | None = None


@router.post("", status_code=204, responses=responses(400, 401, 422, 503))
async def note_change(noted: Noted, changes: ChangesDep) -> None:
    """Note a change that no route makes; the command line does so. Whoever sends it is noted with it."""
    await changes.make(
        noted.action, storable(noted.of), lambda _: None, after=lambda _: noted.after or {}, site=noted.site
    )


@router.get("/{entry_id}", responses=responses(401, 404, 422, 503))
async def get_entry(entry_id: RowId, state: StateDep) -> Entry:
    """A change."""
    return Entry(**await state.database.call_read(lambda tx: audit.get(tx, entry_id)))
