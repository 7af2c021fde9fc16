"""What a sandbox site is made with."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .limits import Limits

ISSUES_A_SPRINT = 22
"""About as many issues as the team takes through one sprint, sub-tasks and epics included."""


@dataclass(frozen=True, slots=True)
class WebhookSetting:
    """An admin webhook that exists from the start; no `events` means every event."""

    url: str
    secret: str | None = None
    events: tuple[str, ...] = ()
    jql: str = ""


@dataclass(frozen=True, slots=True)
class OAuthSetting:
    """An OAuth 2.0 (3LO) app that the site's owner has agreed to."""

    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - opens nothing but an invented site
    refresh_token: str = "sandbox-refresh-0"  # noqa: S105 - likewise
    lifetime: int = 3600
    """Seconds that an access token is good for."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The whole set-up of a site.

    Attributes:
        start: the instant the site opens at; None is real now minus two days. History before it is played.
        speed: sandbox seconds in a real second; 0 stops the clock between advances.
        email: the account that REST calls are made with, together with `token`.
        token: an API token on Cloud, a personal access token on Data Center.
        time_zone: that account's zone: REST time stamps and JQL dates are in it.
        base_url: what `self` links start with; None is the address that `serve` listens on.
        webhooks: registered before the first caller comes.
        retry_delay: real seconds before a failed delivery is tried again (5 to 15 minutes in Jira).
        delivery_timeout: real seconds the receiver has to answer (20 in Jira).
        degrade_after: real seconds of nothing but failures after which a webhook gets single attempts (30
            minutes in Jira).
        deployment: `cloud` or `datacenter`.
        context_path: what all addresses of a Data Center begin with, such as `/jira`.
        user_name, password: the account's log-in on Data Center.
        captcha_after: wrong passwords in a row after which Data Center asks for a CAPTCHA; 0 is never.
        anonymous: whether callers without credentials are let in, and see nothing.
        scoped_token: a token of Cloud that is good at the gateway address only.
        cloud_id: what the site is called at the gateway.
        oauth: an app with OAuth 2.0; None is none.
        search_delay: real seconds by which Cloud's search is behind.
        groups: names of groups that nobody is in, beside the one of everybody.
        limits: rate limits in force from the start.
        import_file: issues in REST shape, one document a line, instead of the simulated team.
        releases: the simulated team delivers in versions, one every second sprint.
        train: it delivers in versions on every second Thursday, with what is ready.
        state_file: where everything asked of the site is kept, so that it survives a restart.
    """

    seed: int = 7
    closed_sprints: int = 6
    backlog: int = 80
    start: datetime | None = None
    speed: float = 1.0
    email: str = "automation@example.com"
    token: str = "sandbox-token"  # noqa: S105 - opens nothing but an invented site
    time_zone: str = "Europe/Berlin"
    base_url: str | None = None
    webhooks: tuple[WebhookSetting, ...] = ()
    retry_delay: float = 0.5
    delivery_timeout: float = 20.0
    degrade_after: float = 1800.0
    deployment: str = "cloud"
    context_path: str = ""
    user_name: str = "automation"
    password: str = "sandbox-password"  # noqa: S105 - likewise
    captcha_after: int = 0
    anonymous: bool = False
    scoped_token: str | None = None
    cloud_id: str = "5a9d0b0e-5a3d-4c0e-9d0b-0e5a3d4c0e9d"
    oauth: OAuthSetting | None = None
    search_delay: float = 0.0
    groups: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    import_file: Path | None = None
    releases: bool = False
    train: bool = False
    state_file: Path | None = None


def backlog_for(issues: int, closed_sprints: int) -> int:
    """The backlog that makes a site of about `issues` issues."""
    return max(10, issues - ISSUES_A_SPRINT * (closed_sprints + 1))
