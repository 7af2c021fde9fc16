"""The way to one Jira Cloud site: one method per endpoint, answers as Jira gives them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from connectors.http import Http, Sleep, open_client
from connectors.jira.agile import AgileCalls
from connectors.jira.comments import CommentCalls
from connectors.jira.platform import PlatformCalls
from connectors.jira.webhooks import WebhookCalls
from connectors.retry import Retry


class JiraClient(PlatformCalls, AgileCalls, CommentCalls, WebhookCalls):
    """Jira Cloud over an HTTP client of `connectors.http.open_client`.

    Reading calls repeat themselves where that can help; writing calls go out once. Every failure is a
    `connectors.errors.ConnectorError`.
    """

    def __init__(
        self, client: httpx.AsyncClient, *, retry: Retry | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        super().__init__(Http(client, retry=retry, sleep=sleep))


@asynccontextmanager
async def open_jira(
    base_url: str,
    auth: httpx.Auth,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    retry: Retry | None = None,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[JiraClient]:
    """A client for the site at `base_url`, closed at the end.

    Raises:
        ValueError: the base URL is none of a Jira site.
    """
    async with open_client(base_url, auth=auth, transport=transport) as client:
        yield JiraClient(client, retry=retry, sleep=sleep)
