"""Sites over HTTP: how each is, and a rest for one that needs it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, RowMapping

from app import log
from app.api.auth import CallerDep
from app.api.changes import ChangesDep, told
from app.api.etags import stamp
from app.api.paging import After, Many, NamedPage, page_after
from app.api.problems import responses
from app.api.rows import SiteName
from app.api.state import State, StateDep
from app.services import sites as service
from app.store import site_settings

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
    source: Literal["settings", "store"] | None = Field(
        description="Where it is defined; null: nowhere any more, and its work is not carried out."
    )
    trouble: str | None = Field(description="Why it is not served although it is defined.")
    last_sync: datetime | None = Field(description="When the last whole sync ended.")
    paused_until: datetime | None = Field(
        description="Nothing is asked of the site before then; null if nothing is in the way."
    )
    paused_reason: str | None = Field(examples=["Jira is upgraded"])
    open: OpenWork


class Secret(BaseModel):
    """That there is a secret; what it is, is never shown."""

    name: str = Field(examples=["token", "webhook_secret"])
    set_at: datetime
    ends_at: datetime | None = Field(description="Another one replaced it; so long it is valid, too.")


class SiteInFull(Site):
    """A site with what it is like; its ETag is what an edit has to send as `If-Match`."""

    settings: dict[str, Any] | None = Field(
        description="As it was made over the API, without its secrets; null for one of the settings.",
        examples=[{"email": "burnish@acme.com", "projects": ["SHOP"]}],
    )
    secrets: list[Secret] = Field(description="Empty for a site of the settings.")


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
async def list_sites(
    state: StateDep,
    caller: CallerDep,
    after: After = None,
    limit: Many = 200,
) -> NamedPage[Site]:
    """Every site in the store by name, whether it rests and until when, and how much work is open."""
    found = await state.database.call_read(service.listed)
    own = [_shown(one, state) for one in found if caller.is_for(one.row["name"])]
    return page_after(own, after, limit, by=lambda one: one.name)


@router.get("/{name}", responses=responses(401, 404, 422, 503))
async def get_site(name: SiteName, state: StateDep, response: Response) -> SiteInFull:
    """A site with what it is like. Its secrets are never shown."""
    return await in_full(name, state, response)


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


def _source(row: RowMapping, state: State) -> Literal["settings", "store"] | None:
    if row["name"] in state.book.in_settings:
        return "settings"
    return None if row["settings"] is None else "store"


async def in_full(name: str, state: State, response: Response | None = None) -> SiteInFull:
    """A site as it is now; stamped on the response, if there is one.

    Raises:
        NotFound: none of that name.
    """
    now = state.now()

    def look(tx: Connection) -> tuple[service.SiteSeen, list[Secret]]:
        seen = service.show(tx, name)
        kept = [
            Secret(name=one["name"], set_at=one["created_at"], ends_at=one["ends_at"])
            for one in site_settings.secrets_of(tx, now=now, site_id=seen.row["id"])
        ]
        return seen, kept

    seen, kept = await state.database.call_read(look)
    if response is not None:
        stamp(response, seen.row["version"])
    return SiteInFull(**_shown(seen, state).model_dump(), settings=seen.row["settings"], secrets=kept)


def _shown(seen: service.SiteSeen, state: State) -> Site:
    row = seen.row
    paused = row["paused_until"] is not None and row["paused_until"] > state.now()
    return Site(
        name=row["name"],
        url=row["base_url"],
        deployment=row["deployment"],
        source=_source(row, state),
        trouble=state.book.locked.get(row["name"]),
        last_sync=row["synced_at"],
        paused_until=row["paused_until"] if paused else None,
        paused_reason=row["paused_reason"] if paused else None,
        open=OpenWork(deliveries=seen.open.deliveries, runs=seen.open.runs, effects=seen.open.effects),
    )
