"""The way of the webhooks: everything that the sandbox tells passes here, and some of it more than once.

The sandbox pushes to this address, which hands each delivery on at once to a replica and gives its answer
back, so that the sandbox tries again as Jira does. What was never accepted in the end, because the sandbox
gave up, is sent until it is: Jira would lose it, and what only a deletion tells nobody could find again.
Besides, whatever was sent once may be sent again, long after and in any order, under its own name or, as
another event with the same content, under a new one.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import orjson

from app.demo import SITE
from tests.soak.processes import Process, until_none

_IDENTIFIER = "X-Atlassian-Webhook-Identifier"
_LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=20)
_SENT_ON = ("Content-Type", "X-Hub-Signature", _IDENTIFIER, "X-Atlassian-Webhook-Retry")


@dataclass(frozen=True)
class Letter:
    """A signed delivery."""

    headers: dict[str, str]
    body: bytes

    @property
    def identity(self) -> str:
        """As the store names it."""
        return f"id:{self.headers[_IDENTIFIER]}"

    @property
    def may_be_lost(self) -> bool:
        """A sync finds what changed, but not what is gone."""
        return not str(orjson.loads(self.body).get("webhookEvent")).endswith("_deleted")


class PostOffice:
    """Begin with `address` in the sandbox, then tell it of the doors.

    Args:
        seed: of its chance.
        lose: share of what is said to be accepted and never handed on.
        rest: seconds between two letters of one carrier; two of them send what was sent before.
    """

    def __init__(self, seed: int, *, lose: float = 0.0, rest: float = 0.02) -> None:
        self.acknowledged: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.doors: tuple[Process, ...] = ()
        self._chance, self._lose, self._rest = random.Random(seed), lose, rest
        self._letters: list[Letter] = []
        self._owed: dict[str, Letter] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(timeout=10, limits=_LIMITS)
        self._stopped, self._quiet = threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        works = (self._server.serve_forever, self._carry, self._carry)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]

    @property
    def address(self) -> str:
        """For the sandbox."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def open(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        self._client.close()

    def hush(self) -> None:
        """Send nothing twice any more, and wait until all that is owed was accepted."""
        self._quiet.set()
        until_none("deliveries to be accepted", self._still_owed)

    def _still_owed(self) -> list[str]:
        with self._lock:
            return list(self._owed)

    def take(self, letter: Letter) -> int:
        """Hand on what the sandbox sends; the status to answer with."""
        with self._lock:
            lost = letter.may_be_lost and self._chance.random() < self._lose
        if lost:
            self.answers["lost on the way"] += 1
            return httpx.codes.ACCEPTED
        status = self.send(letter)
        with self._lock:
            self._letters.append(letter)
            if letter.identity not in self.acknowledged:
                self._owed[letter.identity] = letter
        return status

    def send(self, letter: Letter) -> int:
        """One attempt, at any door; 502 where nobody answers."""
        with self._lock:
            door = self._chance.choice(self.doors) if self.doors else None
        if door is None:
            return httpx.codes.BAD_GATEWAY
        url = f"{door.address}/webhooks/jira/{SITE}"
        try:
            status = self._client.post(url, content=letter.body, headers=letter.headers).status_code
        except httpx.TransportError:
            status = httpx.codes.BAD_GATEWAY
        with self._lock:
            self.answers["no answer" if status == httpx.codes.BAD_GATEWAY else str(status)] += 1
            if httpx.codes.is_success(status):
                self.acknowledged.add(letter.identity)
                self._owed.pop(letter.identity, None)
        return status

    def _carry(self) -> None:
        while not self._stopped.wait(self._rest):
            letter = self._next()
            if letter is None:
                continue
            if not httpx.codes.is_success(self.send(letter)):
                with self._lock:
                    self._owed.setdefault(letter.identity, letter)

    def _next(self) -> Letter | None:
        """Something owed, or, while it is not quiet, something that was sent before."""
        with self._lock:
            if self._owed and (self._quiet.is_set() or self._chance.random() < 0.5):
                return self._chance.choice(list(self._owed.values()))
            if self._quiet.is_set() or not self._letters:
                return None
            letter = self._chance.choice(self._letters)
            again = self._chance.random() < 0.5
        return letter if again else replace(letter, headers={**letter.headers, _IDENTIFIER: str(uuid4())})


def _handler(office: PostOffice) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in _SENT_ON if self.headers[name]}
            self.send_response(office.take(Letter(headers, body)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Nothing to say."""

    return Handler
