"""Jira is asked to tell us only where what it tells can be trusted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.errors import NotPossible
from app.services import webhooks
from connectors.jira.auth import PersonalAccessToken
from connectors.jira.client import JiraClient, connect

OURS = "https://burnish.example.com/webhooks/jira/demo"


class Server:
    """A Jira Data Center of one version; what is registered there stands."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.registered: list[dict[str, str]] = []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/serverInfo"):
            said = {"deploymentType": "Server", "versionNumbers": [self.version, 3, 1]}
            return httpx.Response(200, json=said)
        if request.method == "POST":
            self.registered.append({"url": OURS, "name": "Burnish"})
            return httpx.Response(201, json={**self.registered[-1], "id": 1})
        return httpx.Response(200, json=self.registered)


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[JiraClient]:
    transport = httpx.MockTransport(server)
    credentials = PersonalAccessToken("a-token")
    async with connect("https://jira.test", credentials, deployment=None, transport=transport) as jira:
        yield jira


async def register(jira: JiraClient) -> str:
    return await webhooks.register(
        jira, OURS, events={"jira:issue_created"}, projects=["BURN"], secret="a-secret"
    )


@pytest.mark.parametrize("version", [8, 9])
async def test_a_data_center_that_cannot_sign_gets_no_webhook_and_is_asked_instead(version: int) -> None:
    server = Server(version)
    async with connected(server) as jira:
        with pytest.raises(NotPossible, match=f"from version 10 on, this is {version}.*catch_up_minutes"):
            await register(jira)
    assert server.registered == []
    assert {path for path in server.asked if "serverInfo" not in path} == set()


async def test_a_data_center_that_signs_gets_one_webhook_and_no_second_to_the_same_address() -> None:
    server = Server(10)
    async with connected(server) as jira:
        assert await register(jira) == "Burnish"
        with pytest.raises(NotPossible, match="already tells"):
            await register(jira)
    assert len(server.registered) == 1
