"""Helpers: a small sandbox site with a stopped clock, and somebody who receives its webhooks."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn

from connectors.sandbox.config import SandboxConfig
from connectors.sandbox.main import create_sandbox
from tests.connectors.request_log import ANSWERS, LOG, answer_violations, violations_of
from tests.connectors.specs import SPECS

SECRET = "It's a Secret to Everybody"
START = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
CONFIG = SandboxConfig(seed=11, closed_sprints=2, backlog=25, start=START, speed=0, retry_delay=0.01)


@asynccontextmanager
async def opened(config: SandboxConfig) -> AsyncIterator[httpx.AsyncClient]:
    """A way into a site of this process; in the end, all its answers are held against the descriptions."""
    app = create_sandbox(config)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://jira.test", auth=(config.email, config.token)
        ) as client,
    ):
        yield client
        violations = await violations_of(client, config.deployment)
        assert not violations, "\n".join(violations)


@contextmanager
def served(config: SandboxConfig) -> Iterator[httpx.Client]:
    """A way into a site on a real socket; in the end, all its answers are held against the descriptions."""
    server = uvicorn.Server(
        uvicorn.Config(create_sandbox(config), host="127.0.0.1", port=0, log_level="critical", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, auth=(config.email, config.token)) as jira:
            yield jira
            if SPECS.is_dir():
                assert answer_violations(config.deployment, jira.get(LOG, params=ANSWERS).json()) == []
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class Receiver:
    """A web server that keeps what it gets, and answers as told: first `answers`, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}
        body = await reader.readexactly(int(headers["content-length"]))
        self.deliveries.append((headers, body))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.deliveries]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [body for body in self.bodies if body["webhookEvent"] == event]


async def drained(jira: httpx.AsyncClient) -> dict[str, Any]:
    """Wait until every delivery is settled."""
    for _ in range(1000):
        state: dict[str, Any] = (await jira.get("/_sandbox/webhooks")).json()
        if state["drained"]:
            return state
        await asyncio.sleep(0.01)
    raise AssertionError(state)


def adf(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}
