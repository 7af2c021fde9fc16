"""What goes on meanwhile: a team that works and comments, and people who ask for reports."""

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.soak.facts import comments_of, markers_of
from tests.soak.verdict import Standing
from tests.soak.world import World, request_report

COMMENT = r"^/rest/api/3/issue/[^/]+/comment"
_NOT_EXECUTED = {"status": 429, "headers": {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"}}
_FAULTS: Sequence[dict[str, Any]] = (
    {"kind": "fail_next", **_NOT_EXECUTED},
    {"kind": "fail_next", "status": 503},
    {"kind": "cut"},
    {"kind": "delay_after", "seconds": 1.0},
)


def disturb(world: World, *, share: float, writes: bool) -> None:
    """Faults in that share of the requests to Jira; each kind in as many.

    One that leaves open whether a write was carried out costs its comment two minutes, so not all hit writes.
    """
    for place, fault in enumerate(_FAULTS):
        every = round(len(_FAULTS) / share) + 2 * place + 1  # not all of them at the same requests
        harmless = writes or fault.get("status") == 429 or fault["kind"] == "delay_after"
        where = {"path": "^/rest/", "every": every, "method": "*" if harmless else "GET"}
        world.ask_jira("POST", "/_sandbox/faults", json={**where, **fault})


def disturb_webhooks(world: World, seed: int) -> None:
    """Doubled and overtaken on the way out of Jira; losses are the post office's."""
    wanted = {"duplicate": 0.2, "reorder": 0.3, "seed": seed}
    world.ask_jira("PUT", "/_sandbox/webhooks/disturb", json=wanted)


def calm(world: World) -> None:
    """Jira is itself again."""
    world.ask_jira("DELETE", "/_sandbox/faults")
    world.ask_jira("DELETE", "/_sandbox/webhooks/disturb")


class Loop:
    """Does something again and again in a thread of its own. What goes wrong there is told at the end."""

    def __init__(self, work: Callable[[], object], rest: float) -> None:
        self._work, self._rest = work, rest
        self._stopped = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._rest):
                self._work()
        except Exception as error:  # noqa: BLE001 - told by `stop()`
            self._error = error

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        if self._error is not None:
            raise self._error


@dataclass
class Team:
    """Works by the sandbox's plan, and talks besides: comments are written, edited and deleted."""

    world: World
    chance: random.Random
    minutes: int
    said: deque[tuple[str, str]] = field(default_factory=deque)

    def work(self) -> None:
        """Some time passes, somebody says something."""
        self.world.ask_jira("POST", "/_sandbox/clock/advance", json={"minutes": self.minutes})
        body = {"body": _paragraph(f"Said {self.chance.randrange(10**6)}")}
        if self.said and self.chance.random() < 0.6:
            issue, comment = self.said.popleft()
            path = f"/rest/api/3/issue/{issue}/comment/{comment}"
            if self.chance.random() < 0.5:
                self.world.ask_jira("DELETE", path)
            elif self.world.ask_jira("PUT", path, json=body) is not None:
                self.said.append((issue, comment))
            return
        issue = f"BURN-{self.chance.randrange(2, 120)}"
        written = self.world.ask_jira("POST", f"/rest/api/3/issue/{issue}/comment", json=body)
        if written is not None:
            self.said.append((issue, written["id"]))


def _paragraph(text: str) -> dict[str, Any]:
    inner = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
    return {"type": "doc", "version": 1, "content": inner}


@dataclass
class Readers:
    """Ask for reports: each sprint has its issue, so each report is a living comment of its own."""

    world: World
    chance: random.Random
    issues: Sequence[str]
    acknowledged: list[int] = field(default_factory=list)

    def ask(self) -> None:
        """For one of them, at any door."""
        place = self.chance.randrange(len(self.issues))
        door = self.chance.choice(self.world.doors)
        number = request_report(self.world, door, sprint=place + 1, issue=self.issues[place])
        if number is not None:
            self.acknowledged.append(number)

    def standing(self) -> Standing:
        """The comments of ours that Jira shows on those issues."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for issue in self.issues:
            for comment in comments_of(self.world, issue):
                for marker in markers_of(comment):
                    found.setdefault((issue, marker), []).append(comment)
        return found


def report_issues(world: World, number: int) -> list[str]:
    """Tasks that nobody will delete: they are done since long."""
    asked = {"jql": "project = BURN AND statusCategory = Done ORDER BY key", "fields": ["key"]}
    found = world.ask_jira("POST", "/rest/api/3/search/jql", json={**asked, "maxResults": 50})
    return ["BURN-1", *(issue["key"] for issue in found["issues"] if issue["key"] != "BURN-1")][:number]


class Witness:
    """Reads the sandbox's log of requests as it grows, for it forgets."""

    def __init__(self, world: World) -> None:
        self.written: Counter[str] = Counter()
        self.requests = self.faults = 0
        self._world, self._after = world, 0

    def look(self) -> None:
        """Count what is new."""
        log = self._world.ask_jira("GET", "/_sandbox/requests", params={"after": self._after})
        assert not log["forgotten"] or not log["requests"] or log["requests"][0]["id"] == self._after + 1
        for entry in log["requests"]:
            self._after = entry["id"]
            if not entry["headers"].get("user-agent", "").startswith("burnish"):
                continue
            self.requests += 1
            self.faults += bool(entry["faults"])
            made = entry["method"] == "POST" and entry["status"] == 201
            if made and entry["path"].partition("?")[0].endswith("/comment"):
                self.written[entry["path"].split("/")[5]] += 1
