"""Atlassian's gateway: the address of a Cloud site for tokens that the site itself does not accept."""

import asyncio
from urllib.parse import quote

import httpx

from connectors import answers
from connectors.errors import NotJira
from connectors.http import an_object

_TENANT = "/_edge/tenant_info"


class Gateway:
    """Tells the site's address behind the gateway: `<gateway>/ex/jira/<cloudId>`.

    The site tells its cloudId to anybody, so it is asked without credentials, once.
    """

    def __init__(self, client: httpx.AsyncClient, gateway: str, cloud_id: str | None) -> None:
        self._client = client
        self._gateway = gateway
        self._cloud_id = cloud_id
        self._turn = asyncio.Lock()

    async def address(self) -> str:
        """The base address for all requests.

        Raises:
            ConnectorError: the site does not tell its cloudId; the next call asks again.
        """
        async with self._turn:
            if self._cloud_id is None:
                self._cloud_id = await self._ask()
        return f"{self._gateway}/ex/jira/{quote(self._cloud_id, safe='')}"

    async def _ask(self) -> str:
        asked = f"GET {_TENANT}"
        try:
            response = await self._client.get(_TENANT, auth=None)
        except httpx.RequestError as error:
            raise answers.transport_failure(error, asked=asked, changes=False) from error
        document = answers.document(response, asked=asked, changes=False, for_anybody=True)
        cloud_id = an_object(document, asked=asked).get("cloudId")
        if not isinstance(cloud_id, str) or not cloud_id:
            raise NotJira(asked, "JSON without a cloudId; the base URL may not be a Jira Cloud site's")
        return cloud_id
