"""Sites made and edited over HTTP. Their secrets go in and never come out."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from app import log
from app.api.changes import Changes, ChangesDep, Row
from app.api.etags import IfMatch, stamp
from app.api.problems import responses
from app.api.rows import SiteName
from app.api.sites import SiteInFull, in_full
from app.api.state import PastInstant
from app.errors import NotPossible
from app.report_settings import (
    BacklogGroomingSettings,
    ChannelName,
    DeliverySettings,
    FlowSettings,
    SprintHealthSettings,
)
from app.services import oauth_tokens
from app.services import site_settings as service
from app.services.audit import Picture
from app.settings import AuthKind, LinkWords, OAuthSettings, SiteSettings
from app.store import site_settings
from app.text_language import TextLanguage
from connectors.jira.tokens import Tokens

router = APIRouter(prefix="/sites", tags=["sites"])
_log = log.get(__name__)

_EXAMPLE: JsonDict = {
    "name": "acme",
    "url": "https://acme.atlassian.net",
    "email": "burnish@acme.com",
    "token": "the API token of that account",
    "webhook_secrets": ["a long random secret"],
    "projects": ["SHOP"],
    "sprint_health": [{"board": 42, "report_issue": "SHOP-1", "timezone": "Europe/Berlin"}],
}


def _no_file(app: OAuthSettings) -> OAuthSettings:
    """Nobody names files of this machine over the API: the store keeps the tokens."""
    if app.token_file is not None:
        message = "leave token_file out: tokens of a site that is made over the API are kept in the store"
        raise ValueError(message)
    return app


class NewSite(SiteSettings):
    """A site as in the settings, with its name. Its secrets are encrypted, and never shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=64)]
    oauth: Annotated[OAuthSettings, AfterValidator(_no_file)] | None = None


class SiteEdit(BaseModel):
    """What is to be otherwise. What is left out stays; null takes back what was said."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"projects": ["SHOP", "WEB"]}, {"token": "a new API token"}]},
    )

    auth: AuthKind | None = None
    email: Annotated[str | None, Field(min_length=3)] = None
    username: Annotated[str | None, Field(min_length=1)] = None
    token: Annotated[SecretStr | None, Field(min_length=1, description="A new one; never null.")] = None
    cloud_id: Annotated[str | None, Field(min_length=1)] = None
    oauth: Annotated[OAuthSettings, AfterValidator(_no_file)] | None = None
    projects: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")], ...] | None = None
    text_language: TextLanguage | None = None
    blocked_by_links: Annotated[tuple[LinkWords, ...] | None, Field(min_length=1)] = None
    groups: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] | None = None
    channels: Annotated[
        dict[ChannelName, Annotated[SecretStr, Field(min_length=1)] | None] | None,
        Field(description="By name, addresses of Apprise; null ends a channel, those left out stay."),
    ] = None
    sprint_health: tuple[SprintHealthSettings, ...] | None = None
    backlog_grooming: tuple[BacklogGroomingSettings, ...] | None = None
    flow: tuple[FlowSettings, ...] | None = None
    delivery: tuple[DeliverySettings, ...] | None = None


class NewWebhookSecret(BaseModel):
    """Another secret for the site's webhooks."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}, {"keep_hours": 0}]})

    secret: Annotated[
        SecretStr | None,
        Field(min_length=16, max_length=255, description="None: one is made, and shown once."),
    ] = None
    keep_hours: Annotated[
        int, Field(ge=0, le=24 * 30, description="So long those before it are valid, too.")
    ] = 24


class OAuthTokens(BaseModel):
    """A pair of tokens as Atlassian hands it out when a consent was given."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"access_token": "…", "refresh_token": "…", "expires_at": "2026-11-27T10:00:00Z"},
            ]
        },
    )

    access_token: Annotated[SecretStr, Field(min_length=1, max_length=20_000)]
    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=20_000)]
    expires_at: Annotated[
        PastInstant, Field(le=datetime(9000, 1, 1, tzinfo=UTC), description="Of the access token.")
    ]


class RotatedSecret(BaseModel):
    """What to tell Jira."""

    secret: str | None = Field(
        description="The secret that was made; it is shown this once. Null: you gave it."
    )
    old_until: AwareDatetime | None = Field(description="So long those before it are valid; null: none was.")
    site: SiteInFull


@router.post("", status_code=201, responses=responses(400, 401, 409, 422, 503))
async def create_site(wanted: NewSite, changes: ChangesDep, response: Response) -> SiteInFull:
    """Make a site. It is served at once, and its first sync begins; other processes follow within seconds."""
    state, now = changes.state, changes.state.now()
    _refuse_settings(changes, wanted.name)
    site = SiteSettings(**{name: getattr(wanted, name) for name in wanted.model_fields_set - {"name"}})
    adopt = partial(state.book.adopt, by=changes.caller.name)
    row = await changes.make(
        "site.created",
        wanted.name,
        lambda tx: service.create(tx, state.book.keyring, wanted.name, site, adopt=adopt, now=now),
        after=_picture,
        site=wanted.name,
    )
    await state.book.refresh()
    state.wake()
    _log.info("admin.site_created", site=wanted.name)
    response.headers["Location"] = f"/api/v1/sites/{wanted.name}"
    stamp(response, row["version"])
    return await in_full(wanted.name, state)


@router.patch("/{name}", responses=responses(400, 401, 404, 409, 412, 422, 428, 503))
async def edit_site(
    name: SiteName, edit: SiteEdit, changes: ChangesDep, response: Response, if_match: IfMatch = None
) -> SiteInFull:
    """Change a site that was made over the API. One of the settings is edited there: 409."""
    state, now = changes.state, changes.state.now()
    _refuse_settings(changes, name)
    edits = {one: value for one in edit.model_fields_set if (value := getattr(edit, one)) is not None}
    edits |= dict.fromkeys(edit.model_fields_set - edits.keys() - {"token"})
    adopt = partial(state.book.adopt, by=changes.caller.name)
    row = await changes.make(
        "site.edited",
        name,
        lambda tx: service.edit(tx, state.book.keyring, name, edits, seen=if_match, adopt=adopt, now=now),
        before=lambda tx: _before(site_settings.get(tx, name, lock=True)),
        after=lambda row: {
            **_picture(row),
            "secrets_set_anew": sorted({"token", "oauth", "channels"} & edits.keys()),
        },
        site=name,
    )
    await state.book.refresh()
    state.wake()
    _log.info("admin.site_edited", site=name, changed=sorted(edit.model_fields_set))
    stamp(response, row["version"])
    return await in_full(name, state)


@router.post("/{name}/webhook-secret", responses=responses(400, 401, 404, 409, 422, 503))
async def rotate_webhook_secret(
    name: SiteName, wanted: NewWebhookSecret, changes: ChangesDep, response: Response
) -> RotatedSecret:
    """Replace the secret that signs webhooks. Tell Jira the new one while the old one is still valid."""
    state, now = changes.state, changes.state.now()
    _refuse_settings(changes, name)
    given = None if wanted.secret is None else wanted.secret.get_secret_value()
    done = await changes.make(
        "site.webhook_secret_rotated",
        name,
        lambda tx: service.rotate_webhook_secret(
            tx, state.book.keyring, name, secret=given, keep=timedelta(hours=wanted.keep_hours), now=now
        ),
        before=lambda tx: _before(site_settings.get(tx, name, lock=True)),
        after=lambda done: {"version": done.row["version"], "old_until": done.old_until},
        site=name,
    )
    await state.book.refresh()
    _log.info("admin.site_webhook_secret_rotated", site=name)
    response.headers["Cache-Control"] = "no-store"
    shown = None if given is not None else done.secret
    return RotatedSecret(secret=shown, old_until=done.old_until, site=await in_full(name, state))


@router.put("/{name}/oauth-tokens", status_code=204, responses=responses(401, 404, 409, 422, 503))
async def set_oauth_tokens(name: SiteName, given: OAuthTokens, changes: ChangesDep) -> Response:
    """Keep tokens for a site with OAuth, encrypted, also for one of the settings.

    `burnish oauth connect` does so. From then on the service renews them by itself.
    """
    state, now = changes.state, changes.state.now()
    tokens = Tokens(
        given.access_token.get_secret_value(), given.refresh_token.get_secret_value(), given.expires_at
    )
    if not state.book.keeps_tokens(name):
        await in_full(name, state)  # is it there at all?
        raise NotPossible(f"Site {name!r} keeps no OAuth tokens in the store: see its `auth` and `oauth`.")
    await changes.make(
        "site.oauth_tokens_set",
        name,
        lambda tx: oauth_tokens.keep(tx, state.book.keyring, name, tokens, now=now),
        after=lambda _: {"expires_at": given.expires_at},
        site=name,
    )
    state.wake()
    _log.info("admin.site_oauth_tokens_set", site=name)
    return Response(status_code=204)


@router.delete("/{name}", status_code=204, responses=responses(401, 404, 409, 412, 422, 428, 503))
async def remove_site(name: SiteName, changes: ChangesDep, if_match: IfMatch = None) -> Response:
    """Serve a site no more, and forget its secrets. What was read of it stays in the store."""
    state = changes.state
    _refuse_settings(changes, name)
    await changes.make(
        "site.removed",
        name,
        lambda tx: service.remove(tx, name, seen=if_match),
        before=lambda tx: _before(site_settings.get(tx, name, lock=True)),
        site=name,
    )
    await state.book.refresh()
    _log.info("admin.site_removed", site=name)
    return Response(status_code=204)


def _refuse_settings(changes: Changes, name: str) -> None:
    """Where both name a site, the settings stand: what is said here would change nothing.

    Raises:
        NotPossible: the settings name it.
    """
    if name in changes.state.book.in_settings:
        raise NotPossible(
            f"Site {name!r} stands in the settings, under [sites.{name}]. Edit it there, and start anew."
        )


def _picture(row: Row) -> Picture:
    """A site without its secrets, which are no part of the row."""
    return {"url": row["base_url"], "settings": row["settings"], "version": row["version"]}


def _before(row: Row) -> Picture:
    return {**_picture(row), "site": row["name"]}
