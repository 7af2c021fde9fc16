"""A small sandbox site, and somebody who receives its webhooks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from connectors.sandbox.config import WebhookSetting
from tests.connectors.sandbox.support import CONFIG, SECRET, Receiver, opened


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def jira() -> AsyncIterator[httpx.AsyncClient]:
    async with opened(CONFIG) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


@pytest.fixture
async def told(receiver: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    """A site that tells the receiver everything, signed."""
    hook = WebhookSetting(receiver.url, secret=SECRET)
    async with opened(replace(CONFIG, webhooks=(hook,))) as client:
        yield client
