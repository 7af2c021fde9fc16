"""Sites over HTTP: how each is, and a rest for one that needs it."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app import log
from app.api.auth import CallerDep
from app.api.changes import ChangesDep, told
from app.api.problems import responses
from app.api.rows import SiteName
from app.api.state import State, StateDep
from app.services import sites as service

router = APIRouter(prefix="/sites", tags=["sites"])
_log = log.get(__name__)

_PAUSE = ("paused_until", "paused_reason")


class OpenWork(BaseModel):
    """How much is waiting or under way, by queue."""

    deliveries: int
    runs: int
    effects: int


class Site(BaseModel):
    """A Jira site."""

    name: str = Field(examples=["acme"])
    url: str = Field(examples=["https://acme.atlassian.net"])
    deployment: str | None = Field(examples=["Cloud"], description="Null before the first sync.")
    in_settings: bool = Field(description="False: it left the settings, and its work is not carried out.")
    last_sync: datetime | None = Field(description="When the last whole sync ended.")
    paused_until: datetime | None = Field(
        description="Nothing is asked of the site before then; null if nothing is in the way."
    )
    paused_reason: str | None = Field(examples=["Jira is upgraded"])
    open: OpenWork


class Sites(BaseModel):
    """All sites, by name."""

    items: list[Site]


class Pause(BaseModel):
    """How long the site is to rest, and why. Give `minutes` or `until`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"minutes": 30, "reason": "Jira is upgraded"}]},
    )

    minutes: Annotated[int | None, Field(ge=1, le=60 * 24 * 366)] = None
    until: AwareDatetime | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.minutes is None) == (self.until is None):
            message = "give `minutes` or `until`, one of them"
            raise ValueError(message)
        return self


@router.get("", responses=responses(401, 422, 503))
async def list_sites(state: StateDep, caller: CallerDep) -> Sites:
    """Every site in the store, whether it rests and until when, and how much work is open."""
    found = await state.database.call_read(service.listed)
    return Sites(items=[_shown(one, state) for one in found if caller.is_for(one.row["name"])])


@router.post("/{name}/pause", responses=responses(400, 401, 404, 409, 422, 503))
async def pause_site(name: SiteName, wanted: Pause, changes: ChangesDep) -> Site:
    """Ask nothing of the site for a while: runs and effects wait. Webhooks go on to be taken in and applied.

    What is under way is finished. A pause that is there already can be made longer, not shorter.
    """
    state = changes.state
    now = state.now()
    until = wanted.until if wanted.minutes is None else now + timedelta(minutes=wanted.minutes)
    assert until is not None
    seen = await changes.make(
        "site.paused",
        name,
        lambda tx: service.pause(tx, name, until=until, reason=wanted.reason, now=now),
        before=lambda tx: service.show(tx, name).row,
        after=lambda seen: told(seen.row, *_PAUSE),
        site=name,
    )
    _log.info("admin.site_paused", site=name, until=str(until), reason=wanted.reason)
    return _shown(seen, state)


@router.post("/{name}/resume", responses=responses(401, 404, 422, 503))
async def resume_site(name: SiteName, changes: ChangesDep) -> Site:
    """End a pause before its time. Where Jira asked for it, the next request may be refused again."""
    state = changes.state
    seen = await changes.make(
        "site.resumed",
        name,
        lambda tx: service.resume(tx, name),
        before=lambda tx: service.show(tx, name).row,
        after=lambda seen: told(seen.row, *_PAUSE),
        site=name,
    )
    _log.info("admin.site_resumed", site=name)
    state.wake()
    return _shown(seen, state)


def _shown(seen: service.SiteSeen, state: State) -> Site:
    row = seen.row
    paused = row["paused_until"] is not None and row["paused_until"] > state.now()
    return Site(
        name=row["name"],
        url=row["base_url"],
        deployment=row["deployment"],
        in_settings=row["name"] in state.sites,
        last_sync=row["synced_at"],
        paused_until=row["paused_until"] if paused else None,
        paused_reason=row["paused_reason"] if paused else None,
        open=OpenWork(deliveries=seen.open.deliveries, runs=seen.open.runs, effects=seen.open.effects),
    )
