"""A load of signed deliveries over raw sockets: cheaper by far than any server that it measures.

`knock()` runs this file as a process of its own: in the server's process it would measure itself.
"""

import asyncio
import gc
import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import uvloop

from tests.payloads import encoded, issue, issue_event, item, signed

BODY_BYTES = 12 * 1024
SUBJECTS = 500
PATH = "/webhooks/jira/demo"
_GRACE_SECONDS = 20
_WORDS = (  # noqa: SIM905 - as a list it would be a page
    "the customer order invoice payment page shows wrong after update please check when basket contains "
    "gift voucher delivery address country tax rounding release branch test staging log attached see step"
).split()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the answers said.

    Attributes:
        rate: good answers a second.
        p50, p99: milliseconds from the first byte sent to the last one received.
        good: answers with a 2xx.
        others: by status, answers with another.
    """

    rate: float
    p50: float
    p99: float
    good: int
    others: dict[str, int]


def knock(port: int, *, seconds: float, connections: int = 64) -> Heard:
    """Send deliveries, each connection the next one as soon as its last was answered.

    Raises:
        RuntimeError: an answer was not 2xx, or answers failed to come.
    """
    command = [sys.executable, "-m", "tests.benchmarks.knocking", str(port), str(seconds), str(connections)]
    said = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, timeout=seconds + 2 * _GRACE_SECONDS
    ).stdout
    heard = Heard(**json.loads(said))
    if heard.others or not heard.good:
        message = f"{heard.good} good answers, others: {heard.others}"
        raise RuntimeError(message)
    return heard


def deliveries() -> list[tuple[bytes, bytes]]:
    """Requests without their identifier: what stands before it and what stands after it."""
    chance = random.Random(7)
    return [_request(_body(number, chance)) for number in range(SUBJECTS)]


def _body(number: int, chance: random.Random) -> bytes:
    """An update as Cloud sends it: people with pictures, empty fields, sub-tasks; it packs as well."""

    def prose(words: int) -> str:
        return " ".join(chance.choices(_WORDS, k=words))

    people = {
        role: {
            "self": f"https://burnish.test/rest/api/2/user?accountId=557058:{number:032x}",
            "accountId": f"557058:{number:032x}",
            "avatarUrls": {
                f"{size}x{size}": f"https://avatars.test/{number:032x}?size={size}&s={size}"
                for size in (16, 24, 32, 48)
            },
            "displayName": prose(2).title(),
            "active": True,
            "timeZone": "Europe/Berlin",
            "accountType": "atlassian",
        }
        for role in ("assignee", "reporter", "creator")
    }
    empty = {f"customfield_{10100 + n}": None for n in range(110)}
    sub_tasks = [_sub_task(number * 10 + n, prose(6)) for n in range(5)]
    document = issue(number, **people, **empty, summary=prose(9), subtasks=sub_tasks)
    at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    changes = [item("summary", "summary", prose(9), prose(9))]
    event = issue_event("jira:issue_updated", document, at=at, history=100_000 + number, items=changes)
    missing = BODY_BYTES - len(encoded(event)) - len('"description": "", ')
    event["issue"]["fields"]["description"] = prose(missing // 2)[:missing]
    return encoded(event)


def _sub_task(number: int, summary: str) -> dict[str, Any]:
    address, pictures = "https://burnish.test/rest/api/2", "https://burnish.test/images/icons"
    return {
        "id": str(number),
        "key": f"BURN-{number}",
        "self": f"{address}/issue/{number}",
        "fields": {
            "summary": summary,
            "status": {
                "self": f"{address}/status/3",
                "description": "This issue is being actively worked on at the moment by the assignee.",
                "iconUrl": f"{pictures}/statuses/inprogress.png",
                "name": "In Progress",
                "id": "3",
                "statusCategory": {"self": f"{address}/statuscategory/4", "id": 4, "key": "indeterminate"},
            },
            "priority": {
                "self": f"{address}/priority/3",
                "iconUrl": f"{pictures}/medium.svg",
                "name": "Medium",
            },
            "issuetype": {"self": f"{address}/issuetype/5", "id": "5", "name": "Sub-task", "subtask": True},
        },
    }


def _request(body: bytes) -> tuple[bytes, bytes]:
    signature = signed(body)["x-hub-signature"]
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: Atlassian HttpClient\r\n"
        f"content-type: application/json; charset=UTF-8\r\ncontent-length: {len(body)}\r\n"
        f"x-hub-signature: {signature}\r\nx-atlassian-webhook-retry: 0\r\nx-atlassian-webhook-identifier: "
    )
    return head.encode(), b"\r\n\r\n" + body


class _Run:
    """What the connections of one load share."""

    def __init__(self, connections: int) -> None:
        self.requests = deliveries()
        self.chance = random.Random()
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.open = connections
        self.until = float("inf")
        self.over = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes:
        before, after = self.requests[int(self.chance.random() * len(self.requests))]
        name = f"{self.chance.getrandbits(128):032x}"
        identifier = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
        return before + identifier.encode() + after

    def ended(self) -> None:
        self.open -= 1
        if not self.open and not self.over.done():
            self.over.set_result(None)


class _Connection(asyncio.Protocol):
    """One request at a time; an answer is whole when as many bytes came as it announced."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = self._run.next_request()
        self._since = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        announced = self._got.lower().find(b"content-length: ")
        length = int(self._got[announced + 16 : self._got.find(b"\r\n", announced)])
        if len(self._got) < end + 4 + length:
            return
        now = time.perf_counter()
        self._run.took.append(now - self._since)
        self._run.statuses[self._got[9:12].decode()] += 1
        self._got = b""
        if now < self._run.until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or time.perf_counter() < self._run.until:
            self._run.statuses["lost"] += 1
        self._run.ended()


async def _load(port: int, seconds: float, connections: int) -> Heard:
    loop, run = asyncio.get_running_loop(), _Run(connections)
    gc.disable()
    begun = time.perf_counter()
    run.until = begun + seconds
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    with suppress(TimeoutError):
        await asyncio.wait_for(run.over, seconds + _GRACE_SECONDS)
    if run.open:
        run.statuses["unanswered"] += run.open
    spent = time.perf_counter() - begun
    took = sorted(run.took)
    good = sum(count for status, count in run.statuses.items() if status.startswith("2"))
    others = {status: count for status, count in run.statuses.items() if not status.startswith("2")}
    return Heard(
        rate=good / spent,
        p50=took[len(took) // 2] * 1000,
        p99=took[len(took) * 99 // 100] * 1000,
        good=good,
        others=others,
    )


if __name__ == "__main__":
    heard = uvloop.run(_load(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps(asdict(heard)))
