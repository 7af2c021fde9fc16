"""Fencing at the socket: who was frozen between deciding and sending sends nothing when he wakes up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from connectors import deadline
from connectors.jira.auth import ApiToken
from connectors.jira.client import JiraClient, connect
from connectors.jira.deployment import Deployment
from tests.connectors.jira.site import ADF, BASE, EMAIL, TOKEN, FakeClock, Site, ok

COMMENTS = "/rest/api/3/issue/BURN-1/comment"


class LeaseOver(Exception):
    """What the guard of a test raises."""


@dataclass
class Guard:
    """Lets `lives` looks pass, and no more."""

    lives: int
    looks: int = 0

    def check(self) -> None:
        self.looks += 1
        if self.looks > self.lives:
            raise LeaseOver


@dataclass
class Server:
    """A real one that answers everything with an empty object and remembers what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    broken_off: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    open: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                self.asked.append(head.split(" http/1.1")[0])
                length = [line for line in head.splitlines() if line.startswith("content-length: ")]
                await reader.readexactly(int(length[0].partition(" ")[2]) if length else 0)
                status = self.answers.pop(0) if self.answers else b"200 OK"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: 11\r\n\r\n" + b'{"id": "7"}')
                await writer.drain()
        except asyncio.IncompleteReadError as end:
            self.broken_off.append(end.partial)
        except ConnectionError:
            self.broken_off.append(b"")
        finally:
            writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()
    await asyncio.gather(*(connection for connection in server.open if connection is not None))


@asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[JiraClient]:
    address = f"http://127.0.0.1:{server.port}"
    async with connect(
        address, ApiToken(EMAIL, TOKEN), deployment=Deployment.CLOUD, clock=FakeClock()
    ) as jira:
        yield jira


async def test_a_write_whose_lease_ended_leaves_no_byte_on_the_wire_and_the_pool_stays_usable() -> None:
    async with listening() as server, client_of(server) as jira:
        await jira.myself()  # a connection that is open already: nothing but the request itself would be sent
        guard = Guard(lives=1)  # the look before the request passes, the one at the socket does not
        with pytest.raises(LeaseOver), deadline.guarded(guard):
            await jira.add_comment("BURN-1", ADF)
        assert guard.looks == 2
        for _ in range(20):
            await jira.myself()
        assert (await jira.add_comment("BURN-1", ADF))["id"] == "7"
    assert [asked for asked in server.asked if asked.startswith("post")] == [
        f"post {COMMENTS.lower()}?expand=properties"
    ]
    assert set(server.broken_off) == {b""}


async def test_the_same_on_a_connection_that_is_only_made_for_it() -> None:
    async with listening() as server, client_of(server) as jira:
        with pytest.raises(LeaseOver), deadline.guarded(Guard(lives=1)):
            await jira.add_comment("BURN-1", ADF)
        await jira.myself()
    assert server.asked == ["get /rest/api/3/myself"]
    assert set(server.broken_off) == {b""}


async def test_a_repeated_write_is_checked_each_time() -> None:
    async with listening() as server, client_of(server) as jira:
        server.answers.append(b"429 Too Many Requests")
        with pytest.raises(LeaseOver), deadline.guarded(Guard(lives=3)):
            await jira.add_comment("BURN-1", ADF)
    assert len(server.asked) == 1


async def test_reads_need_no_lease() -> None:
    guard = Guard(lives=0)
    async with listening() as server, client_of(server) as jira:
        with deadline.guarded(guard):
            await jira.myself()
    assert guard.looks == 0


async def test_a_transport_in_this_process_is_guarded_too(site: Site) -> None:
    route = site.answers("POST", COMMENTS, ok({"id": "7"}, 201))
    with pytest.raises(LeaseOver), deadline.guarded(Guard(lives=0)):
        await site.jira.add_comment("BURN-1", ADF)
    assert not route.called
    assert site.pauses == []
    await site.jira.add_comment("BURN-1", ADF)


async def test_the_guard_goes_with_the_work_and_not_with_its_neighbours(site: Site) -> None:
    site.serves("POST", COMMENTS, lambda _: ok({"id": "7"}, 201))

    async def write() -> None:
        await site.jira.add_comment("BURN-1", ADF)

    started = asyncio.Event()

    async def guarded_work(after: Callable[[], object]) -> None:
        with deadline.guarded(Guard(lives=0)):
            after()
            with pytest.raises(LeaseOver):
                await asyncio.create_task(write())

    working = asyncio.create_task(guarded_work(started.set))
    await started.wait()
    await write()
    await working
    assert len(site.requests) == 1


def test_a_transport_that_ignores_extensions_is_no_reason_to_fail() -> None:
    """MockTransport and ASGITransport tell nothing; the request itself carries the hook all the same."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append("trace" in request.extensions)
        return ok({"id": "7"}, 201)

    async def write() -> None:
        transport = httpx.MockTransport(answer)
        async with connect(
            BASE, ApiToken(EMAIL, TOKEN), deployment=Deployment.CLOUD, transport=transport
        ) as jira:
            await jira.add_comment("BURN-1", ADF)
            await jira.myself()

    asyncio.run(write())
    assert seen == [True, False]
