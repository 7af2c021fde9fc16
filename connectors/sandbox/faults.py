"""Disturbances that the operator asks for, and the log of what was requested."""

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.types import Scope

LOGGED_REQUESTS = 20_000
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
    """What the operator sees and sets: the log of requests, and the faults in force."""

    def __init__(self) -> None:
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED_REQUESTS)
        self.faults: dict[int, Fault] = {}
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
        }
        self.log.append(entry)
        return entry
