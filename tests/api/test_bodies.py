"""Crowds of slow senders fill no memory and keep no usual delivery out. On real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import uvicorn

from app.api.bodies import SMALL, Bodies
from app.main import create_app
from tests.api.support import HOOK, settings_for
from tests.conftest import NOW
from tests.jobs.support import until
from tests.payloads import encoded, issue, issue_event, signed

LARGE, TOGETHER = 2**20, 4 * 2**20
SENDERS = 20


@dataclass
class Sending:
    """A delivery that is being sent on a connection of its own."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, str]:
        """Status and head."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return int(head.split()[1]), head.lower()

    async def hang_up(self) -> None:
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()


@dataclass
class Door:
    """A running service, and who sends to it."""

    port: int
    sent: list[Sending] = field(default_factory=list)

    async def send(self, now: bytes, *, of: bytes | None = None) -> Sending:
        """Begin a delivery with its first bytes; `of` is the whole, where that is more."""
        sending = Sending(*await asyncio.open_connection("127.0.0.1", self.port))
        self.sent.append(sending)
        whole = now if of is None else of
        fields = {**signed(whole), "Content-Length": str(len(whole)), "Host": "x"}
        lines = [f"POST {HOOK} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        sending.writer.write("\r\n".join([*lines, "", ""]).encode() + now)
        return sending

    async def settled(self, body: bytes) -> int:
        """The first answer that is not 503: who hung up is noticed a moment later."""
        status = 503
        while status == 503:
            status, _ = await (await self.send(body)).answer()
        return status


@asynccontextmanager
async def open_door(url: str, *, patience: timedelta = timedelta(minutes=1)) -> AsyncIterator[Door]:
    """A service on a port of its own that receives four large bodies at a time."""
    app = create_app(settings_for(url), now=lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.01)
        bodies = Bodies(2 * LARGE, together=TOGETHER, patience=patience)
        app.state.doors = replace(app.state.doors, bodies=bodies)
        door = Door(listening.getsockname()[1])
        try:
            yield door
        finally:
            for one in door.sent:
                await one.hang_up()
            server.should_exit = True
            await task


def delivery(length: int, number: int = 1) -> bytes:
    event = issue_event("jira:issue_updated", issue(number), at=NOW)
    event["issue"]["fields"]["description"] = "x" * (length - len(encoded(event)))
    return encoded(event)


async def test_crowds_of_slow_senders_hold_so_much_together_and_keep_no_usual_delivery_out(
    database_url: str,
) -> None:
    async with open_door(database_url) as door:
        slow = [await door.send(b"x" * LARGE, of=b"x" * (LARGE + 1)) for _ in range(SENDERS)]
        waits = [asyncio.create_task(one.answer()) for one in slow]
        room = TOGETHER // (LARGE - SMALL)
        assert await until(lambda: sum(one.done() for one in waits) >= SENDERS - room)
        refused = [one.result() for one in waits if one.done()]
        assert {status for status, _ in refused} == {503}
        assert all("retry-after: 30" in head for _, head in refused)
        assert (await (await door.send(delivery(12 * 1024))).answer())[0] == 202
        assert (await (await door.send(delivery(LARGE, 2))).answer())[0] == 503
        for one in waits:
            one.cancel()
        for each in slow:
            await each.hang_up()
        assert await door.settled(delivery(LARGE, 3)) == 202, "what they held is free again"


async def test_a_body_that_does_not_come_to_its_end_is_given_up_and_its_room_with_it(
    database_url: str,
) -> None:
    async with open_door(database_url, patience=timedelta(milliseconds=200)) as door:
        stuck = [await door.send(b"x" * LARGE, of=b"x" * (LARGE + 1)) for _ in range(TOGETHER // LARGE)]
        assert {(await one.answer())[0] for one in stuck} == {408}
        assert await door.settled(delivery(LARGE)) == 202


async def test_a_large_delivery_comes_in_whole_however_many_pieces_it_comes_in(database_url: str) -> None:
    body = delivery(LARGE)
    async with open_door(database_url) as door:
        sending = await door.send(b"", of=body)
        for begin in range(0, LARGE, 10_000):
            sending.writer.write(body[begin : begin + 10_000])
            await sending.writer.drain()
        assert (await sending.answer())[0] == 202
