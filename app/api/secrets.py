"""Secrets over HTTP: which there are, and all of them locked by the newest key. None is ever shown."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from app import log
from app.api.changes import ChangesDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import RowId
from app.api.state import StateDep
from app.errors import NotFound
from app.services import site_settings as service
from app.services.sealed_answers import lock_all_anew
from app.services.secrets import Keyring
from app.store import site_settings

router = APIRouter(prefix="/secrets", tags=["secrets"])
_log = log.get(__name__)


class StoredSecret(Numbered):
    """That there is a secret, and which key locks it."""

    site: str = Field(examples=["acme"])
    name: str = Field(examples=["token", "webhook_secret", "rule:DEPLOY_TOKEN"])
    set_at: datetime
    ends_at: datetime | None = Field(description="Another one replaced it; so long it is valid, too.")
    hosts: list[str] | None = Field(
        description="Of a secret of rules (`rule:NAME`): it is sent to no other; null: to all they may ask."
    )
    newest_key: bool = Field(description="False: rotate before you throw an older key away.")


class Resealed(BaseModel):
    """What locking anew came to."""

    locked_anew: int
    not_opened: list[str] = Field(
        examples=[["token of site acme"]], description="No key opens these; set them anew."
    )
    answers_locked_anew: int = Field(
        description="Effects, runs and held decisions with what servers answered rules."
    )
    answers_not_opened: list[str] = Field(
        examples=[["effect 7 of site acme"]],
        description="No key opens their answers: they cannot go on without the key that locked them.",
    )


@router.get("", responses=responses(401, 422, 503))
async def list_secrets(state: StateDep, before: Cursor = None, limit: Limit = 50) -> Page[StoredSecret]:
    """Secrets of sites and of rules in the store, newest first; what they are is never shown."""
    now, ring = state.now(), state.book.keyring
    rows = await state.database.call_read(
        lambda tx: site_settings.secrets_of(tx, now=now, before=before, limit=limit + 1)
    )
    return page_of([_shown(row, ring) for row in rows], limit)


@router.get("/{secret_id}", responses=responses(401, 404, 422, 503))
async def get_secret(secret_id: RowId, state: StateDep) -> StoredSecret:
    """That there is a secret; what it is, is never shown."""
    now = state.now()
    rows = await state.database.call_read(
        lambda tx: site_settings.secrets_of(tx, now=now, secret_id=secret_id)
    )
    if not rows:
        raise NotFound("secret", secret_id)
    return _shown(rows[0], state.book.keyring)


def _shown(row: RowMapping, ring: Keyring) -> StoredSecret:
    return StoredSecret(
        id=row["id"],
        site=row["site"],
        name=row["name"],
        set_at=row["created_at"],
        ends_at=row["ends_at"],
        hosts=row["hosts"],
        newest_key=ring.is_newest(row["sealed"]),
    )


@router.post("/rotate", responses=responses(401, 409, 422, 503))
async def rotate_keys(changes: ChangesDep) -> Resealed:
    """Lock every secret, and what servers answered rules, with the newest key of `secret_key`.

    Then the older ones can be thrown away. Where it is broken off, ask for it again: it goes on.
    """
    state, now = changes.state, changes.state.now()
    answers = await lock_all_anew(state.database, state.book.keyring)
    done = await changes.make(
        "secret.locked_anew",
        "all",
        lambda tx: service.rotate_keys(tx, state.book.keyring, answers=answers, now=now),
        after=lambda done: _told(done).model_dump(),
    )
    _log.info("admin.secrets_locked_anew", number=done.locked_anew, not_opened=len(done.not_opened))
    return _told(done)


def _told(done: service.Resealed) -> Resealed:
    return Resealed(
        locked_anew=done.locked_anew,
        not_opened=list(done.not_opened),
        answers_locked_anew=done.answers.locked_anew,
        answers_not_opened=list(done.answers.not_opened),
    )
