"""A sandbox Jira with a team, and Burnish in one or several processes: all real, all on loopback."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from app.demo import BOARD, EMAIL, SITE, free_port
from tests.connectors.request_log import ANSWERS, LOG, answer_violations
from tests.connectors.specs import SPECS
from tests.soak.processes import Process, Supervisor, until

LEASE = 2.0
"""Seconds; short, so that nobody waits long for the work of the dead."""
SERVE, DOORS, WORK = ("serve",), ("serve", "--no-work"), ("work",)


@dataclass(frozen=True)
class World:
    """Everything that runs, and the ways to it."""

    folder: Path
    sandbox: Process
    replicas: Sequence[Process]
    doors: Sequence[Process]
    database_url: str
    secret: str
    api_key: str
    jira: httpx.Client

    def ask_jira(self, method: str, path: str, **content: Any) -> Any:
        """A call as the team makes it, not as Burnish does; faults hit it too, so it asks again."""
        for _ in range(30):
            try:
                answer = self.jira.request(method, path, **content)
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if answer.is_success:
                return answer.json() if answer.content else None
        message = f"{method} {path} fails again and again"
        raise AssertionError(message)

    def ask(self, door: Process, method: str, path: str, **content: Any) -> httpx.Response | None:
        """A call to the API of one replica; None where nobody answers."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        try:
            return httpx.request(method, door.address + path, headers=headers, timeout=10, **content)
        except httpx.TransportError:
            return None

    def is_ready(self, process: Process) -> bool:
        answer = self.ask(process, "GET", "/health/ready")
        return answer is not None and answer.is_success

    def wait_until_ready(self) -> None:
        """Every process is up."""
        for process in self.replicas:
            until(f"{process.name}; see {process.log}", partial(self.is_ready, process))


def settings_of(jira: str, token: str, secret: str, api_key: str, database_url: str) -> dict[str, str]:
    site = {"url": jira, "email": EMAIL, "token": token, "webhook_secrets": [secret], "projects": ["BURN"]}
    return {
        "BURNISH_DATABASE_URL": database_url,
        "BURNISH_API_KEYS": json.dumps([api_key]),
        "BURNISH_SITES": json.dumps({SITE: site}),
        "BURNISH_LEASE_SECONDS": str(LEASE),
        "BURNISH_CATCH_UP_MINUTES": "30",
    }


@contextmanager
def running(
    folder: Path,
    database_url: str,
    *,
    crew: Sequence[Sequence[str]] = (SERVE,),
    opens_at: datetime,
    told_at: str | None = None,
) -> Iterator[World]:
    """A world on an empty store, of which nothing outlives the block.

    Args:
        folder: for logs.
        database_url: of the store; SQLite takes one replica only.
        crew: what each replica does.
        opens_at: where the sandbox's clock begins; it stands still between advances.
        told_at: who hears the sandbox's webhooks; nobody, if not given.
    """
    token, secret, api_key = (secrets.token_urlsafe(24) for _ in range(3))
    options = ["--start", opens_at.strftime("%Y-%m-%dT%H:%M:%S"), "--speed", "0"]
    hook = ["--webhook", told_at] if told_at else []
    keys = {"SANDBOX_TOKEN": token, "SANDBOX_WEBHOOK_SECRET": secret}
    sandbox = Process("sandbox", ("sandbox", *options, *hook), keys, folder, port=free_port())
    settings = settings_of(sandbox.address, token, secret, api_key, database_url)
    replicas = [
        Process(f"{number}-{'-'.join(does)}", does, settings, folder, port=free_port())
        for number, does in enumerate(crew)
    ]
    doors = [one for one, does in zip(replicas, crew, strict=True) if does[0] == "serve"]
    with ExitStack() as stack:
        jira = stack.enter_context(httpx.Client(base_url=sandbox.address, auth=(EMAIL, token), timeout=30))
        jira.headers["User-Agent"] = "the team"
        supervisor = Supervisor(replicas)
        stack.callback(sandbox.stop)
        sandbox.keep_alive()
        world = World(folder, sandbox, replicas, doors, database_url, secret, api_key, jira)
        until("the sandbox", lambda: is_answering(sandbox))
        stack.callback(supervisor.stop)
        for replica in replicas:  # one after the other, so that their workers can be told apart
            replica.keep_alive()
            until(f"{replica.name}; see {replica.log}", partial(world.is_ready, replica))
        supervisor.start()
        yield world
        complaints = _not_as_described(world)
        assert not complaints, "\n".join(complaints)


def _not_as_described(world: World) -> list[str]:
    """What the sandbox answered, to Burnish and to the team, against Atlassian's descriptions."""
    log = world.ask_jira("GET", LOG, params=ANSWERS)
    return answer_violations("cloud", log) if SPECS.is_dir() else []


def is_answering(sandbox: Process) -> bool:
    try:
        return httpx.get(f"{sandbox.address}/rest/api/2/serverInfo", timeout=5).is_success
    except httpx.TransportError:
        return False


def request_report(world: World, door: Process, *, sprint: int, issue: str) -> int | None:
    """Ask for a report on a sprint in a comment on an issue; the run's id, or None where nobody took it."""
    wanted = {"kind": "sprint_health", "board": BOARD, "sprint": sprint, "post_to": issue}
    answer = world.ask(door, "POST", "/api/v1/runs", json=wanted)
    return int(answer.json()["id"]) if answer is not None and answer.is_success else None
