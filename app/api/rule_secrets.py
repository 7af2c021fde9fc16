"""Secrets of rules over HTTP. They go in, and never come out again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app import log
from app.api.changes import ChangesDep
from app.api.paging import Cursor, Limit, Numbered, Page, page_of
from app.api.problems import responses
from app.api.rows import SiteName
from app.api.state import StateDep
from app.domain.rules.secrets import LONGEST_NAME, NAME
from app.errors import NotUnderstood
from app.services import rule_secrets as service

router = APIRouter(prefix="/sites/{name}/rule-secrets", tags=["secrets"])
_log = log.get(__name__)

SecretName = Annotated[str, Path(pattern=f"^{NAME}$", max_length=LONGEST_NAME, examples=["DEPLOY_TOKEN"])]
Host = Annotated[str, Field(pattern=r"^[a-z0-9.:\[\]-]+$", max_length=255, examples=["deploy.example.com"])]


class RuleSecret(Numbered):
    """That there is a secret that rules may name. What it is, is never shown."""

    name: str = Field(examples=["DEPLOY_TOKEN"])
    hosts: list[str] | None = Field(description="It is sent to no other; null: to all that rules may ask.")
    set_at: datetime
    rules: list[str] = Field(description="Names of the rules that need it.")


class NewSecret(BaseModel):
    """A secret for web requests of rules."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"value": "a long random token", "hosts": ["deploy.example.com"]}]},
    )

    value: Annotated[
        SecretStr, Field(min_length=1, max_length=4096, description="One line; it is encrypted.")
    ]
    hosts: Annotated[
        list[Host] | None,
        Field(
            min_length=1,
            max_length=20,
            description="Send it to these only (`name:port` where it is not the usual port); null: to all of "
            "`web_request_hosts`. Whoever edits rules can have it sent there.",
        ),
    ] = None


@router.get("", responses=responses(401, 404, 422, 503))
async def list_rule_secrets(
    name: SiteName, state: StateDep, before: Cursor = None, limit: Limit = 50
) -> Page[RuleSecret]:
    """Which secrets the rules of a site may name, newest first, and which rules do."""
    found = await state.database.call_read(lambda tx: service.listed(tx, name, now=state.now()))
    wanted = [_shown(one) for one in found if before is None or one.id < before]
    return page_of(wanted[: limit + 1], limit)


@router.get("/{secret}", responses=responses(401, 404, 422, 503))
async def get_rule_secret(name: SiteName, secret: SecretName, state: StateDep) -> RuleSecret:
    """One of them."""
    return _shown(await state.database.call_read(lambda tx: service.get(tx, name, secret, now=state.now())))


@router.put("/{secret}", responses=responses(400, 401, 404, 409, 422, 503))
async def set_rule_secret(
    name: SiteName, secret: SecretName, given: NewSecret, changes: ChangesDep, response: Response
) -> RuleSecret:
    """Set a secret, in place of one of that name; rules use it from their next request on."""
    state, now, value = changes.state, changes.state.now(), given.value.get_secret_value()
    if not value.isprintable():
        raise NotUnderstood("A secret is one line of printable characters.", field="/body/value")
    done = await changes.make(
        "rule_secret.set",
        f"{name}/{secret}",
        lambda tx: service.put(tx, state.book.keyring, name, secret, value, hosts=given.hosts, now=now),
        after=_picture,
        site=name,
    )
    _log.info("admin.rule_secret_set", site=name, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return _shown(done)


@router.delete("/{secret}", status_code=204, responses=responses(401, 404, 409, 422, 503))
async def forget_rule_secret(name: SiteName, secret: SecretName, changes: ChangesDep) -> None:
    """Delete a secret that no rule needs any more."""
    now = changes.state.now()
    await changes.make(
        "rule_secret.forgotten",
        f"{name}/{secret}",
        lambda tx: service.forget(tx, name, secret, now=now),
        before=lambda tx: _picture(service.get(tx, name, secret, now=now)),
        site=name,
    )
    _log.info("admin.rule_secret_forgotten", site=name, secret=secret)


def _picture(one: service.Told) -> dict[str, object]:
    return {"name": one.name, "hosts": None if one.hosts is None else list(one.hosts)}


def _shown(one: service.Told) -> RuleSecret:
    hosts = None if one.hosts is None else list(one.hosts)
    return RuleSecret(id=one.id, name=one.name, hosts=hosts, set_at=one.set_at, rules=list(one.rules))
