"""All settings, from the environment (`BURNISH_*`) over `burnish.toml`. Read by the roots only.

Secrets live here; those of sites that are made over the API live in the store, encrypted by a key from here.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from app.errors import SettingsInvalid
from app.faults import faults_of
from app.report_settings import (
    BacklogGroomingSettings,
    ChannelName,
    DeliverySettings,
    FlowSettings,
    SprintHealthSettings,
)
from app.text_language import TextLanguage

LinkWords = Annotated[str, Field(min_length=1, max_length=255)]
CONFIG_FILE = Path("burnish.toml")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base_url(value: str) -> str:
    """A token must not travel in the clear, so plain http is for this machine only.

    What the HTTP client would not take is refused here: such a site would keep all others from being served.
    """
    if any(sign.isspace() or not sign.isprintable() for sign in value):
        message = "the address has a space, a line break or another sign that no address has"
        raise ValueError(message)
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "not an address; write it like https://example.atlassian.net"
        raise ValueError(message)
    if parts.username or parts.password or "?" in value or "#" in value:
        message = "the address must not carry credentials, a query or a fragment; use `email` and `token`"
        raise ValueError(message)
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        message = "http would send the token in the clear; use https (http is for 127.0.0.1 only)"
        raise ValueError(message)
    try:
        names_host = bool(httpx.URL(value, port=parts.port).host)
    except (httpx.InvalidURL, ValueError):
        names_host = False
    if not names_host:
        message = "the host or the port is none; write it like https://example.atlassian.net"
        raise ValueError(message)
    return value.rstrip("/")


def _one_line(value: SecretStr) -> SecretStr:
    """A line break comes along with the end of a file, and then nobody is signed in."""
    if not value.get_secret_value().isprintable():
        message = "it has a line break or another control character; leave that out"
        raise ValueError(message)
    return value


def _number(value: object) -> object:
    """The environment holds text only, and a choice among numbers does not read it."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class OAuthSettings(BaseModel):
    """An OAuth 2.0 (3LO) app of Jira Cloud.

    Attributes:
        redirect_uri: the app's callback address, as registered with Atlassian; it need not answer.
        token_file: keeps the rotating tokens; only its owner can read it, and it must survive restarts. None:
            the store keeps them, encrypted by `secret_key`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    redirect_uri: str = "https://localhost/connected"
    token_file: Path | None = None


_OfBoard = SprintHealthSettings | BacklogGroomingSettings | FlowSettings | DeliverySettings

AuthKind = Literal["api_token", "scoped_token", "personal_access_token", "password", "oauth"]

# What each way to sign in needs, by setting.
_NEEDED: Mapping[AuthKind, tuple[str, ...]] = {
    "api_token": ("email", "token"),
    "scoped_token": ("email", "token"),
    "personal_access_token": ("token",),
    "password": ("username", "token"),
    "oauth": ("oauth",),
}


class SiteSettings(BaseModel):
    """One Jira site.

    Attributes:
        url: base address, e.g. `https://example.atlassian.net`; with the context path, if there is one.
        auth: how we sign in. Cloud: `api_token` (classic), `scoped_token`, `oauth`; Data Center:
            `personal_access_token`, or `password` with the password as `token`.
        cloud_id: of a site reached through Atlassian's gateway; asked for where it is not given.
        webhook_secrets: all that are valid now; two during a rotation. Without one,
            every delivery is refused.
        projects: keys of the projects to keep in the store; none named means all that the account can see.
        text_language: Jira's indexing language: text search knows the stems of its words.
        blocked_by_links: how an issue reads a link to what it waits for: descriptions of Jira's link types,
            inward or outward; letters' case is not looked at. None: "is blocked by".
        groups: of people, whose members are kept so that JQL may ask for membersOf(); read once a day.
        channels: chats and mailboxes by a name of your own, each an address of Apprise, which is a secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_base_url)]
    auth: AuthKind = "api_token"
    email: str | None = Field(default=None, min_length=3)
    username: str | None = Field(default=None, min_length=1)
    token: Annotated[SecretStr, AfterValidator(_one_line)] | None = Field(default=None, min_length=1)
    cloud_id: str | None = Field(default=None, min_length=1)
    oauth: OAuthSettings | None = None
    webhook_secrets: tuple[Annotated[SecretStr, AfterValidator(_one_line)], ...] = ()
    projects: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")], ...] = ()
    text_language: TextLanguage = "english"
    blocked_by_links: Annotated[tuple[LinkWords, ...] | None, Field(min_length=1)] = None
    groups: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = ()
    sprint_health: tuple[SprintHealthSettings, ...] = ()
    backlog_grooming: tuple[BacklogGroomingSettings, ...] = ()
    flow: tuple[FlowSettings, ...] = ()
    channels: dict[ChannelName, SecretStr] = Field(default_factory=dict)
    delivery: tuple[DeliverySettings, ...] = ()

    @property
    def teams(self) -> tuple[SprintHealthSettings | FlowSettings, ...]:
        """Boards with what is said of their teams; where one comes twice, the later word counts."""
        return self.flow + self.sprint_health

    @property
    def shows_restricted(self) -> frozenset[int]:
        """Boards whose reports name issues that have a security level."""
        return frozenset(one.board for one in self.teams if one.show_restricted)

    @property
    def report_issues(self) -> frozenset[str]:
        """Keys of the issues that are named to carry reports."""
        of_teams = filter(None, (one.report_issue for one in self.teams))
        return frozenset((*of_teams, *(one.report_issue for one in self.backlog_grooming + self.delivery)))

    def grooming_wish(self, board: int) -> dict[str, Any]:
        """What is wanted of the grooming of a board's backlog; issues that carry reports belong to none."""
        own = (one.wish for one in self.backlog_grooming if one.board == board)
        return {"leave_out": sorted(self.report_issues), **next(own, {})}

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        missing = [name for name in _NEEDED[self.auth] if getattr(self, name) is None]
        if missing:
            message = f"auth = {self.auth!r} also needs {' and '.join(missing)}"
            if "token" in missing:
                message += (
                    ", here or in the environment as BURNISH_SITES__<NAME>__TOKEN, for every command too"
                )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _channels_are_there(self) -> Self:
        named = [(one.board, one.channels) for one in self.teams]
        for board, channels in (*named, *((one.board, one.channels) for one in self.delivery)):
            for name in channels:
                if name not in self.channels:
                    there = ", ".join(sorted(self.channels)) or "none"
                    message = f"board {board} names the channel {name!r}; there are: {there}"
                    raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _each_team_once(self) -> Self:
        """How a team works is said in one place."""
        sprints = {one.board for one in self.sprint_health}
        for one in self.flow:
            if one.board in sprints and one.of_team:
                message = (
                    f"board {one.board} has sprint reports, and how its team works counts from there: move "
                    f"{', '.join(one.of_team)} from `flow` to `sprint_health`"
                )
                raise ValueError(message)
        return self

    @field_validator("sprint_health", "backlog_grooming", "flow", "delivery")
    @classmethod
    def _each_board_once(cls, value: tuple[_OfBoard, ...]) -> tuple[_OfBoard, ...]:
        boards = [one.board for one in value]
        if len(set(boards)) != len(boards):
            message = "a board is named twice; each board has one report"
            raise ValueError(message)
        return value


SiteName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=64)]


class Settings(BaseSettings):
    """Everything that an admin can set.

    Attributes:
        database_url: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`.
        api_keys: bearer keys that may do everything over `/api/v1`: to begin with, and for the command line;
            others are made with `burnish keys create`.
        api_requests_per_minute: so often each key may ask.
        secret_key: encrypts the secrets of sites that are made over the API; several, separated by spaces,
            while one replaces the other, the newest first.
        secret_key_file: holds them instead, one a line.
        catch_up_minutes: how often Jira is asked what changed, should a webhook have been lost; a part of
            an hour, so that the gaps are equal.
        webhook_body_limit: bytes; Jira itself does not deliver more than 25 MB, however it counts them.
        keep_days: so long what ended is kept: deliveries, effects and runs. What failed stays.
        web_request_hosts: hosts that rules may ask, as `name` or `name:port`; their addresses must be public.
        web_request_private_hosts: likewise, servers of the own network.
        channel_private_hosts: servers of the own network that channels may be on, as `name` or `name:port`.
        lease_seconds: after this long without a sign of life a worker's work is taken over.
        tracing: send OpenTelemetry traces, to where its own variables (`OTEL_…`) say; needs the
            packages of requirements-tracing.txt.
    """

    model_config = SettingsConfigDict(
        env_prefix="BURNISH_",
        env_nested_delimiter="__",
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr = SecretStr("sqlite:///burnish.db")
    sites: dict[SiteName, SiteSettings] = Field(default_factory=dict)
    api_keys: tuple[SecretStr, ...] = ()
    api_requests_per_minute: int = Field(default=1200, ge=1, le=10**6)
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    catch_up_minutes: Annotated[Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30], BeforeValidator(_number)] = 10
    webhook_body_limit: int = Field(default=26 * 10**6 - 1, ge=1024)
    lease_seconds: float = Field(default=30, gt=0, le=86_400)
    keep_days: int = Field(default=30, ge=1, le=36_500)
    web_request_hosts: tuple[str, ...] = ()
    web_request_private_hosts: tuple[str, ...] = ()
    channel_private_hosts: tuple[str, ...] = ()
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    tracing: bool = False

    @model_validator(mode="after")
    def _tokens_are_kept(self) -> Self:
        for name, site in self.sites.items():
            kept = site.oauth is None or site.oauth.token_file is not None
            if not kept and self.secret_key is None and self.secret_key_file is None:
                message = (
                    f"sites.{name}.oauth needs token_file, or secret_key to keep its tokens in the store"
                )
                raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _not_json(error: SettingsError) -> list[str]:
    """Names of the variables that hold the text at which the reader stopped."""
    text = getattr(error.__cause__, "doc", None)
    names = (name for name in os.environ if name.upper().startswith("BURNISH_"))
    return sorted(name for name in names if text is not None and os.environ[name] == text)


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsInvalid: with one line for every fault, naming the setting; values are not repeated,
            since a wrong value may be a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in place)}: {said}" for place, said in faults_of(error, Settings)
        )
        message = f"The settings are not usable. {faults}. Mend burnish.toml or the BURNISH_* variables."
        raise SettingsInvalid(message) from None
    except SettingsError as error:  # names the setting, never its value
        where = ", ".join(_not_json(error)) or "One of them"
        message = (
            f"The BURNISH_* variables cannot be read: {error}. {where} is not JSON; "
            """lists and tables are written so, as in BURNISH_API_KEYS='["a key"]'."""
        )
        raise SettingsInvalid(message) from None
    except ValueError as error:  # TOML that cannot be read
        message = f"{CONFIG_FILE} cannot be read: {error}"
        raise SettingsInvalid(message) from None
