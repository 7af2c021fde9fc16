"""The way to one Jira site, Cloud or Data Center: the same names for both, answers as Jira gives them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from connectors.clock import Clock
from connectors.errors import NotJira
from connectors.http import HEADERS, Http, an_object, open_client
from connectors.jira.agile import AgileCalls
from connectors.jira.attachments import AttachmentCalls
from connectors.jira.auth import Credentials
from connectors.jira.cloud import Cloud
from connectors.jira.comments import CommentCalls
from connectors.jira.data_center import DataCenter
from connectors.jira.deployment import Deployment, deployment_of, major_version
from connectors.jira.documents import ServerInfo
from connectors.jira.edition import Edition
from connectors.jira.gateway import Gateway
from connectors.jira.histories import HistoryCalls
from connectors.jira.issues import IssueCalls
from connectors.jira.notifying import NotifyingCalls
from connectors.jira.people import PeopleCalls
from connectors.jira.properties import PropertyCalls
from connectors.jira.search import SearchCalls
from connectors.jira.site import SiteCalls
from connectors.jira.versions import VersionCalls
from connectors.jira.watching import WatchingCalls
from connectors.jira.webhooks import WebhookCalls
from connectors.jira.worklogs import WorklogCalls
from connectors.limits import Limiter, Limits
from connectors.retry import Retry
from connectors.watch import Watch

_EDITIONS = {Deployment.CLOUD: Cloud, Deployment.DATA_CENTER: DataCenter}
_DETECTION = "/rest/api/2/serverInfo"
"""The one address that both editions serve, to anybody."""


class SiteConnection:
    """The HTTP way to a site, and its edition, found out when first needed.

    Not at the start: Burnish must start while Jira is down. A failed attempt is not remembered.
    """

    def __init__(self, http: Http, credentials: Credentials, deployment: Deployment | None) -> None:
        self.http = http
        self.credentials = credentials
        self._turn = asyncio.Lock()
        self._info: Any = None
        known = deployment or credentials.deployment
        self._edition: Edition | None = None if known is None else _EDITIONS[known](http)

    async def edition(self) -> Edition:
        """Cloud or Data Center.

        Raises:
            ConnectorError: the site does not answer, or is no Jira.
        """
        if self._edition is None:
            deployment = deployment_of(await self._server_info())
            if deployment is None:
                raise NotJira(f"GET {_DETECTION}", "JSON without a known 'deploymentType'")
            self._edition = _EDITIONS[deployment](self.http)
        return self._edition

    async def major_version(self) -> int:
        """The first number of the site's version; 0 where it does not say."""
        return major_version(await self._server_info())

    async def _server_info(self) -> ServerInfo:
        async with self._turn:
            if self._info is None:
                answer = await self.http.read("GET", _DETECTION, for_anybody=True)
                self._info = an_object(answer, asked=f"GET {_DETECTION}")
            info: ServerInfo = self._info
        return info


class JiraClient(
    SiteCalls,
    SearchCalls,
    HistoryCalls,
    IssueCalls,
    CommentCalls,
    AttachmentCalls,
    PropertyCalls,
    AgileCalls,
    WebhookCalls,
    WatchingCalls,
    WorklogCalls,
    VersionCalls,
    NotifyingCalls,
    PeopleCalls,
):
    """One site over an HTTP client of `connectors.http.open_client`.

    Reading calls repeat themselves where that can help; writing calls are carried out once at most. All wait
    for their turn under Jira's limits. Every failure is a `connectors.errors.ConnectorError`.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        credentials: Credentials | None = None,
        deployment: Deployment | None = Deployment.CLOUD,
        retry: Retry | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        watch: Watch | None = None,
    ) -> None:
        credentials = credentials or Credentials()
        address = None
        if credentials.gateway is not None:
            address = Gateway(client, credentials.gateway, credentials.cloud_id).address
        limiter = Limiter(limits, clock=clock, watch=watch)
        http = Http(client, address=address, retry=retry, limiter=limiter, clock=clock, watch=watch)
        self._limiter = limiter
        super().__init__(SiteConnection(http, credentials, deployment))

    def resume(self) -> None:
        """Forget that the site asked us to wait; the next call finds out whether it still does."""
        self._limiter.resume()

    async def deployment(self) -> Deployment:
        """Cloud or Data Center; asks the site if nobody said it yet."""
        return (await self._edition()).deployment

    async def limits_of_credentials(self) -> str:
        """What cannot be done with our credentials here, in one sentence for an admin."""
        return self._connection.credentials.limits(await self.deployment())


@asynccontextmanager
async def connect(
    base_url: str,
    credentials: Credentials,
    *,
    deployment: Deployment | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    retry: Retry | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    user_agent: str = HEADERS["User-Agent"],
    watch: Watch | None = None,
) -> AsyncIterator[JiraClient]:
    """A client for the site at `base_url`, closed at the end. Nothing is sent before the first call.

    Args:
        base_url: of the site, with its context path if there is one ("https://host/jira"); also for
            credentials that work at the gateway only.
        credentials: how requests are signed.
        deployment: the edition; None to ask the site with the first call.
        transport: in place of the network.
        retry: how patient one call is.
        limits: how fast we may ask.
        clock: measures and waits.
        user_agent: how we introduce ourselves; must not look like a browser.
        watch: is told of every answer and of every wait.

    Raises:
        ValueError: the base URL is none of a Jira site.
    """
    async with open_client(base_url, auth=credentials, transport=transport, user_agent=user_agent) as client:
        yield JiraClient(
            client,
            credentials=credentials,
            deployment=deployment,
            retry=retry,
            limits=limits,
            clock=clock,
            watch=watch,
        )


@asynccontextmanager
async def open_jira(
    base_url: str,
    auth: Credentials,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    retry: Retry | None = None,
    clock: Clock | None = None,
    deployment: Deployment | None = Deployment.CLOUD,
) -> AsyncIterator[JiraClient]:
    """`connect` to a site that is known to be Cloud."""
    async with connect(
        base_url, auth, deployment=deployment, transport=transport, retry=retry, clock=clock
    ) as jira:
        yield jira
