"""How requests to Jira are signed, and what each kind of credentials cannot do.

Sources: Atlassian's pages on API tokens, scopes, personal access tokens, OAuth 2.0 (3LO) and webhooks.
"""

from collections.abc import Generator

import httpx

from connectors.jira.deployment import Deployment

GATEWAY = "https://api.atlassian.com"
"""Where a Cloud site is reached with tokens that the site's own address does not accept."""

_BASIC_ON_DATA_CENTER = (
    "A password does not work where only single sign-on is allowed, is locked by a CAPTCHA after a few "
    "failed logins, and can register webhooks only if its user is a Jira admin."
)


class Credentials(httpx.Auth):
    """What every kind has in common.

    Attributes:
        deployment: the only edition that knows this kind; None where both do.
        gateway: the address that this kind works at; None for the site's own.
        cloud_id: of the site behind the gateway; None to ask the site.
        admin_webhooks: whether webhooks can be registered as an admin does.
        dynamic_webhooks: whether webhooks can be registered as an app does.
    """

    deployment: Deployment | None = None
    gateway: str | None = None
    cloud_id: str | None = None
    admin_webhooks: bool = True
    dynamic_webhooks: bool = False

    def limits(self, deployment: Deployment) -> str:
        """What cannot be done with them, in one sentence; without any, nearly everything."""
        return f"Without credentials, Jira {deployment.value} shows what is public and takes no writes."


class _Basic(Credentials):
    """Basic authentication; says of itself who it is, never the secret."""

    def __init__(self, name: str, secret: str) -> None:
        self._name = name
        self._basic = httpx.BasicAuth(name, secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        yield from self._basic.auth_flow(request)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, …)"


class ApiToken(_Basic):
    """A classic API token of Jira Cloud: Basic authentication with the account's e-mail address.

    Such tokens last at most a year. Scoped tokens work at another address: `ScopedToken`.
    """

    def __init__(self, email: str, token: str) -> None:
        super().__init__(email, token)

    def limits(self, deployment: Deployment) -> str:
        """Apps only may register dynamic webhooks."""
        if deployment is Deployment.DATA_CENTER:
            return _BASIC_ON_DATA_CENTER
        return (
            "A classic API token expires after a year at most, has all rights of its account (it cannot be "
            "scoped), and cannot register dynamic webhooks; webhooks need a Jira admin's token."
        )


class ScopedToken(_Basic):
    """An API token of Jira Cloud with scopes: accepted at Atlassian's gateway only, 401 at the site.

    Args:
        email: of the account (of a person, or `…@serviceaccount.atlassian.com`).
        token: with the scopes of what is to be done, the granular ones of Jira Software among them.
        cloud_id: of the site; None to ask the site (`/_edge/tenant_info`, no account needed).
        gateway: base address of the gateway.
    """

    deployment = Deployment.CLOUD
    admin_webhooks = False

    def __init__(
        self, email: str, token: str, *, cloud_id: str | None = None, gateway: str = GATEWAY
    ) -> None:
        super().__init__(email, token)
        self.cloud_id = cloud_id
        self.gateway = gateway.rstrip("/")

    def limits(self, deployment: Deployment) -> str:  # noqa: ARG002 -- Cloud only
        """No webhooks, and what the scopes leave out."""
        return (
            "A scoped token can only do what its scopes name, and cannot register webhooks of any kind: an "
            "admin has to add the webhook in Jira, or Burnish polls."
        )


class PersonalAccessToken(Credentials):
    """A personal access token of Jira Data Center (8.14 and later): Bearer."""

    deployment = None

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def limits(self, deployment: Deployment) -> str:
        """Data Center only."""
        if deployment is Deployment.CLOUD:
            return "Jira Cloud knows no personal access tokens; it takes API tokens and OAuth 2.0."
        return (
            "A personal access token expires (by default after a year), has all rights of its user, and can "
            "register webhooks only if that user is a Jira admin."
        )

    def __repr__(self) -> str:
        return "PersonalAccessToken(…)"


class Password(_Basic):
    """User name and password of Jira Data Center; prefer a personal access token."""

    deployment = Deployment.DATA_CENTER

    def limits(self, deployment: Deployment) -> str:
        """CAPTCHA and single sign-on."""
        if deployment is Deployment.CLOUD:
            return "Jira Cloud accepts no passwords; it takes API tokens and OAuth 2.0."
        return _BASIC_ON_DATA_CENTER


def limits_of(credentials: Credentials, deployment: Deployment) -> str:
    """What cannot be done with these credentials on that edition, in one sentence for an admin."""
    return credentials.limits(deployment)
