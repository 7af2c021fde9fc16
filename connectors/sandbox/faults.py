"""Disturbances that the operator asks for, and the log of what was requested."""

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.types import Message, Scope

LOGGED_REQUESTS = 20_000
LOGGED_BYTES = 128 * 2**20
"""The log forgets its oldest requests beyond either of them."""
ANSWER_HEADERS = frozenset({"content-type", "retry-after"})
KINDS = {
    "delay_after": "executes the request and holds the answer back by `seconds`",
    "fail_next": "answers `status` with `headers` instead of executing",
    "cut": "executes the request and closes the connection in the middle of the answer",
    "login_page": "answers 200 with a log-in form instead of executing",
    "expired_token": "answers 401 instead of executing, whatever the credentials",
    "captcha": "answers 403 and asks for a CAPTCHA instead of executing",
    "redirect": "answers 302 to a log-in page instead of executing",
}


@dataclass(slots=True)
class Fault:
    """A disturbance for requests of a method to paths that match.

    `every` hits only each n-th of them, `times` ends it after so many hits.
    """

    id: int
    kind: str
    method: str
    path: re.Pattern[str]
    seconds: float = 0.0
    status: int = 503
    times: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    every: int = 1
    seen: int = 0

    def hits(self, method: str, path: str) -> bool:
        if self.times == 0 or self.method not in {"*", method} or not self.path.search(path):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "path": self.path.pattern,
            "seconds": self.seconds,
            "status": self.status,
            "times": self.times,
            "headers": self.headers,
            "every": self.every,
        }


class Disturbances:
    """What the operator sees and sets: the log of requests and their answers, and the faults in force."""

    def __init__(self, *, most_requests: int = LOGGED_REQUESTS, most_bytes: int = LOGGED_BYTES) -> None:
        self.log: deque[dict[str, Any]] = deque()
        self.forgotten = 0
        self.faults: dict[int, Fault] = {}
        self._most_requests = most_requests
        self._most_bytes = most_bytes
        self._bytes = 0
        self._requests = count(1)
        self._fault_ids = count(1)

    def add_fault(self, **values: Any) -> Fault:
        fault = Fault(next(self._fault_ids), **values)
        self.faults[fault.id] = fault
        return fault

    def hits(self, method: str, path: str) -> list[Fault]:
        return [fault for fault in self.faults.values() if fault.hits(method, path)]

    def add_request(self, scope: Scope, body: bytes) -> dict[str, Any]:
        """Log a request, so that it can be held against Atlassian's API descriptions; no credentials."""
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        entry: dict[str, Any] = {
            "id": next(self._requests),
            "method": scope["method"],
            "path": scope["path"] + (f"?{query}" if query else ""),
            "headers": {
                name: value for name, value in headers.items() if name not in {"authorization", "cookie"}
            },
            "body": body.decode("utf-8", "replace"),
            "status": None,
            "faults": [],
            "answer": None,
        }
        self.log.append(entry)
        self._grow(len(entry["body"]))
        return entry

    def add_answer(self, entry: dict[str, Any], messages: list[Message]) -> None:
        """Log what a request was answered; the body only of JSON that the REST interface gave out.

        The other addresses give out tokens, pages and files, which no description is about.
        """
        start, *parts = messages
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        json = "/rest/" in entry["path"] and "json" in headers.get("content-type", "")
        body = b"".join(part.get("body", b"") for part in parts).decode() if json else None
        entry["status"] = start["status"]
        entry["answer"] = {
            "headers": {name: value for name, value in headers.items() if name in ANSWER_HEADERS},
            "body": body,
        }
        if self.log and entry["id"] >= self.log[0]["id"]:  # otherwise it is forgotten already
            self._grow(len(body or ""))

    def forget(self) -> None:
        self.log.clear()
        self._bytes = 0

    def _grow(self, size: int) -> None:
        self._bytes += size
        while len(self.log) > self._most_requests or (self._bytes > self._most_bytes and len(self.log) > 1):
            self._bytes -= _size(self.log.popleft())
            self.forgotten += 1


def _size(entry: dict[str, Any]) -> int:
    answered = (entry["answer"] or {}).get("body") or ""
    return len(entry["body"]) + len(answered)
