"""What a sandbox site is made with."""

from dataclasses import dataclass
from datetime import datetime

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
class SandboxConfig:
    """The whole set-up of a site.

    Attributes:
        start: the instant the site opens at; None is real now minus two days. History before it is played.
        speed: sandbox seconds in a real second; 0 stops the clock between advances.
        email: the account that REST calls are made with, together with `token`.
        time_zone: that account's zone: REST time stamps and JQL dates are in it.
        base_url: what `self` links start with; None is the address that `serve` listens on.
        webhooks: registered before the first caller comes.
        retry_delay: real seconds before a failed delivery is tried again (5 to 15 minutes in Jira).
        delivery_timeout: real seconds the receiver has to answer (20 in Jira).
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


def backlog_for(issues: int, closed_sprints: int) -> int:
    """The backlog that makes a site of about `issues` issues."""
    return max(10, issues - ISSUES_A_SPRINT * (closed_sprints + 1))
