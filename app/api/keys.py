"""API keys over HTTP: made, listed, revoked, by admins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from app import log
from app.api.changes import ChangesDep, told
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import RowId
from app.api.state import StateDep
from app.services import keys as service
from app.services.access import Role
from app.store import keys

router = APIRouter(prefix="/keys", tags=["keys"])
_log = log.get(__name__)

KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64, examples=["ci"])]
_TOLD = ("name", "hint", "role", "sites", "sees_restricted", "expires_at", "revoked_at")


class Key(Numbered):
    """An API key, without what opens doors with it."""

    name: str = Field(examples=["ci"])
    hint: str = Field(examples=["burnish_Xy12Ab"], description="Its first signs.")
    role: Role
    sites: list[str] | None = Field(examples=[["acme"]], description="Null: all sites.")
    sees_restricted: bool = Field(
        description="Whether issues with a security level are shown, and not only counted."
    )
    created_at: datetime
    created_by: str = Field(examples=["CLI alice"])
    last_used_at: datetime | None = Field(description="To a minute.")
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


class NewKey(Key):
    """A key that was made just now."""

    key: str = Field(
        examples=["burnish_Xy12AbVJk8cW3m0p…"], description="Send it as `Bearer`. It is shown this once."
    )


class KeyRequest(BaseModel):
    """The key that is wanted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "dashboard", "role": "viewer"},
                {"name": "ci", "role": "editor", "sites": ["acme"]},
            ]
        },
    )

    name: KeyName
    role: Annotated[
        Role,
        Field(
            description="viewer: looks. editor: also changes content and starts runs. "
            "admin: also sites, secrets, keys, audit."
        ),
    ]
    sites: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        Field(min_length=1, max_length=1000, description="Null: all sites, also later ones."),
    ] = None
    sees_restricted: Annotated[
        bool,
        Field(
            description="Let a viewer read issues with a security level, which are otherwise counted and not "
            "named. Editors and admins read them anyhow."
        ),
    ] = False
    expires_at: Annotated[AwareDatetime | None, Field(description="Null: never.")] = None


@router.post("", status_code=201, responses=responses(400, 401, 409, 422, 503))
async def create_key(wanted: KeyRequest, changes: ChangesDep, response: Response) -> NewKey:
    """Make a key. The answer has it, this once."""
    now = changes.state.now()
    made = await changes.make(
        "key.created",
        lambda new: new.row["id"],
        lambda tx: service.create(
            tx,
            name=wanted.name,
            role=wanted.role,
            site_names=wanted.sites,
            sees_restricted=wanted.sees_restricted,
            expires_at=wanted.expires_at,
            by=changes.caller,
            now=now,
        ),
        after=lambda new: told(new.row, *_TOLD),
    )
    _log.info("admin.key_created", key=made.row["id"], name=wanted.name, role=wanted.role.value)
    response.headers["Location"] = f"/api/v1/keys/{made.row['id']}"
    response.headers["Cache-Control"] = "no-store"
    return NewKey(**made.row, key=made.token)


@router.get("", responses=responses(401, 422, 503))
async def list_keys(
    state: StateDep,
    revoked: Annotated[bool | None, Query(description="Only those that are, or are not.")] = None,
    before: Cursor = None,
    limit: Limit = 50,
) -> Page[Key]:
    """Keys, newest first, also revoked ones. Those in the settings are not among them."""
    rows = await state.database.call_read(
        lambda tx: keys.listed(tx, before=before, limit=limit + 1, revoked=revoked)
    )
    return page_of([_shown(row) for row in rows], limit)


@router.get("/{key_id}", responses=responses(401, 404, 422, 503))
async def get_key(key_id: RowId, state: StateDep) -> Key:
    """A key."""
    return _shown(await state.database.call_read(lambda tx: keys.get(tx, key_id)))


@router.post("/{key_id}/revoke", responses=responses(401, 404, 422, 503))
async def revoke_key(key_id: RowId, changes: ChangesDep) -> Key:
    """End a key, from the next request on. It stays in the list."""
    now = changes.state.now()
    row = await changes.make(
        "key.revoked",
        key_id,
        lambda tx: service.revoke(tx, key_id, by=changes.caller, now=now),
        before=lambda tx: keys.get(tx, key_id, lock=True),
        after=lambda row: told(row, *_TOLD),
    )
    _log.info("admin.key_revoked", key=key_id, name=row["name"])
    return _shown(row)


def _shown(row: RowMapping) -> Key:
    return Key(**{**row, "sees_restricted": _sees(row)})


def _sees(row: RowMapping) -> bool:
    """Keys of old were made before there was the question."""
    return bool(row["sees_restricted"]) or Role(row["role"]).reaches(Role.EDITOR)
