"""The demonstration: a sandbox Jira and the service, each a process of its own, spoken to over HTTP only.

From nothing to a sprint report in a comment, and to pages on deliveries, flow and backlog. The sandbox's
team works for two days while Burnish listens to
its webhooks; then a run is asked for, and the comment is read back from Jira and held against the report. A
service that dies on the way is started again on the same store, as any supervisor would.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.domain.reports.comment_pictures import words_of
from app.errors import NotPossible
from connectors.sandbox.config import SandboxConfig

ROOT = Path(__file__).parents[1]
FOLDER = Path(".demo")
SITE, BOARD, KANBAN, REPORT_ISSUE, EMAIL = "demo", 1, 2, "BURN-1", SandboxConfig().email
_PATIENCE = 90.0
_LINKED = re.compile(r"\[([^]]+)\]\(http[^)]*\)")
"""A link in Markdown; at a terminal its address is only noise."""
_MOST_STARTS = 10
_WORKING_DAYS, _FRIDAY = 2, 5

Echo = Callable[[str], object]


def opening(now: datetime) -> datetime:
    """Two working days ago: that long the team works while Burnish listens."""
    start, worked = now, 0
    while worked < _WORKING_DAYS:
        start -= timedelta(days=1)
        worked += start.isoweekday() <= _FRIDAY
    return start


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _plain_environment() -> dict[str, str]:
    """Ours without settings: those of a real site have no business here."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("BURNISH_", "SANDBOX_"))
    }


@dataclass
class Process:
    """A `burnish` command that is started again when it dies."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    starts: int = 0
    running: "subprocess.Popen[bytes] | None" = field(default=None)

    def keep_alive(self) -> None:
        """Start it unless it runs.

        Raises:
            NotPossible: it dies again and again.
        """
        if self.running is not None and self.running.poll() is None:
            return
        if self.starts >= _MOST_STARTS:
            raise NotPossible(f"`burnish {' '.join(self.arguments)}` does not stay up; see {self.log}.")
        self.starts += 1
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "app.cli", *self.arguments],
                cwd=self.folder,
                env={**_plain_environment(), **self.environment, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=output,
            )

    def stop(self) -> None:
        """End it, politely first."""
        if self.running is None or self.running.poll() is not None:
            return
        self.running.send_signal(signal.SIGTERM)
        try:
            self.running.wait(15)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()


@dataclass
class Demo:
    """The two processes and the ways to them."""

    sandbox: Process
    service: Process
    jira: httpx.Client
    burnish: httpx.Client
    is_cloud: bool = True

    def ask(self, client: httpx.Client, method: str, path: str, **content: Any) -> Any:
        """A call that outlives a restart of either process.

        Raises:
            NotPossible: no answer in time, or a refusal.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            self.sandbox.keep_alive()
            self.service.keep_alive()
            try:
                answer = client.request(method, path, **content)
            except httpx.TransportError as error:
                if time.monotonic() > until:
                    message = (
                        f"{method} {client.base_url}{path} is not answered; see the logs below {FOLDER}."
                    )
                    raise NotPossible(message) from error
                time.sleep(0.1)
                continue
            if answer.is_error:
                raise NotPossible(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
            return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    def until(self, what: str, done: Callable[[], Any]) -> Any:
        """Ask again and again until there is an answer.

        Raises:
            NotPossible: there is none in time.
        """
        limit = time.monotonic() + _PATIENCE
        while not (found := done()):
            if time.monotonic() > limit:
                raise NotPossible(f"Waited in vain for {what}; see the logs below {FOLDER}.")
            time.sleep(0.1)
        return found

    def first_sync(self) -> dict[str, Any]:
        """The run that read all of Jira, once it is done."""
        return dict(self.until("the first sync", lambda: self._settled(1)))

    def _settled(self, run_id: int) -> dict[str, Any] | None:
        run = self.ask(self.burnish, "GET", f"/api/v1/runs/{run_id}")
        if run["state"] == "failed":
            raise NotPossible(f"Run {run_id} failed: {run['reason']}")
        return dict(run) if run["state"] == "done" else None

    def let_the_team_work(self, until: datetime) -> dict[str, int]:
        """A day of the team passes in a moment; every change arrives as a webhook.

        Returns:
            The deliveries by state.
        """
        while (left := until - self._sandbox_now()) > timedelta():
            step = min(left, timedelta(days=1))
            self.ask(self.jira, "POST", "/_sandbox/clock/advance", json={"seconds": step.total_seconds()})
        self.until("the webhooks", self._webhooks_sent)
        return dict(self.until("the deliveries to be applied", self._all_applied))

    def _sandbox_now(self) -> datetime:
        return datetime.fromisoformat(self.ask(self.jira, "GET", "/_sandbox/clock")["now"])

    def _webhooks_sent(self) -> bool:
        return bool(self.ask(self.jira, "GET", "/_sandbox/webhooks")["drained"])

    def _all_applied(self) -> dict[str, int] | None:
        counts = self.ask(self.burnish, "GET", "/api/v1/deliveries?limit=1")["counts"]
        return None if counts["waiting"] or counts["claimed"] else counts

    def report(self) -> dict[str, Any]:
        """Ask for the sprint report; the run with its effects carried out."""
        asked = self.ask(self.burnish, "POST", "/api/v1/runs", json={"kind": "sprint_health", "board": BOARD})
        return dict(self.until("the report", lambda: self._posted(asked["id"])))

    def _posted(self, run_id: int) -> dict[str, Any] | None:
        run = self._settled(run_id)
        if run is None:
            return None
        dead = [effect["reason"] for effect in run["effects"] if effect["state"] == "dead"]
        if dead:
            raise NotPossible(f"The comment could not be written: {dead[0]}")
        return run if all(effect["state"] == "done" for effect in run["effects"]) else None

    def read_back(self, run: Mapping[str, Any]) -> dict[str, Any]:
        """The comment that the run wrote, as Jira gives it."""
        outcome = run["effects"][0]["outcome"]
        version = 3 if self.is_cloud else 2
        path = f"/rest/api/{version}/issue/{outcome['issue_key']}/comment/{outcome['comment_id']}"
        return dict(self.ask(self.jira, "GET", path))

    def computed_comment(self, run: Mapping[str, Any]) -> Any:
        """What the comment of a run must say, computed again from the store."""
        return self.rendered(run, "adf" if self.is_cloud else "wiki")

    def rendered(self, run: Mapping[str, Any], style: str) -> Any:
        """The report of a run, computed again from the store."""
        query = {"at": run["at"], "format": style}
        return self.ask(self.burnish, "GET", f"/api/v1/boards/{BOARD}/sprint-health", params=query)

    def told_before(self, at: datetime) -> None:
        """A report on deliveries as of an instant is kept, so that the next one can say what changed."""
        asked = {"kind": "delivery", "board": BOARD, "at": at.isoformat()}
        run = self.ask(self.burnish, "POST", "/api/v1/runs", json=asked)
        self.until("the report on deliveries", lambda: self._settled(run["id"]))

    def of_board(self, what: str, style: str, *, board: int = BOARD) -> str:
        """A report on a board, as it is now."""
        path = f"/api/v1/boards/{board}/{what}"
        return str(self.ask(self.burnish, "GET", path, params={"format": style}))

    def pages(self, run: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """The reports as pages, by name, with what they tell."""
        return {
            "sprint-report": (self.rendered(run, "html"), "the sprint, as above, with its charts"),
            "delivery-report": (self.of_board("delivery", "html"), "when versions and epics are done"),
            "flow-report": (self.of_board("flow", "html", board=KANBAN), "the flow of the Kanban board"),
            "backlog-report": (self.of_board("backlog", "html"), "what to mend in the backlog"),
        }


@contextmanager
def running(
    folder: Path,
    *,
    opens_at: datetime,
    port: int | None = None,
    sandbox_port: int | None = None,
    deployment: str = "cloud",
    releases: bool = False,
) -> Iterator[Demo]:
    """Both processes on an empty store in `folder`; they end with the block.

    Args:
        folder: emptied first; holds the store and both logs.
        opens_at: where the sandbox's clock begins.
        port: of the service; any free one if not given.
        sandbox_port: likewise.
        deployment: which Jira the sandbox stands for, `cloud` or `datacenter`.
        releases: its team delivers in versions.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port, sandbox_port = port or free_port(), sandbox_port or free_port()
    token, webhook_secret, api_key = (secrets.token_urlsafe(24) for _ in range(3))
    here, there = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    sandbox = Process(
        (
            *("sandbox", "--port", str(sandbox_port), "--deployment", deployment),
            *("--start", opens_at.strftime("%Y-%m-%dT%H:%M:%S")),
            *("--webhook", f"{here}/webhooks/jira/{SITE}"),
            *(("--releases",) if releases else ()),
        ),
        {"SANDBOX_TOKEN": token, "SANDBOX_WEBHOOK_SECRET": webhook_secret},
        folder,
        folder.absolute() / "sandbox.log",
    )
    service = Process(
        ("serve", "--port", str(port)),
        {
            "BURNISH_DATABASE_URL": f"sqlite:///{folder.absolute()}/burnish.db",
            "BURNISH_API_KEYS": json.dumps([api_key]),
            "BURNISH_SITES": json.dumps({SITE: _site(there, deployment, token, webhook_secret)}),
        },
        folder,
        folder.absolute() / "service.log",
    )
    with ExitStack() as stack:
        jira = stack.enter_context(httpx.Client(base_url=there, timeout=30))
        if deployment == "cloud":
            jira.auth = httpx.BasicAuth(EMAIL, token)
        else:
            jira.headers["Authorization"] = f"Bearer {token}"
        burnish = stack.enter_context(httpx.Client(base_url=here, timeout=30))
        burnish.headers["Authorization"] = f"Bearer {api_key}"
        stack.callback(sandbox.stop)
        stack.callback(service.stop)
        running_demo = Demo(sandbox, service, jira, burnish, is_cloud=deployment == "cloud")
        running_demo.ask(jira, "GET", "/rest/api/2/serverInfo")
        running_demo.ask(burnish, "GET", "/health/live")
        yield running_demo


def _site(url: str, deployment: str, token: str, webhook_secret: str) -> dict[str, Any]:
    cloud = {"auth": "api_token", "email": EMAIL}
    return {
        "url": url,
        **(cloud if deployment == "cloud" else {"auth": "personal_access_token"}),
        "token": token,
        "webhook_secrets": [webhook_secret],
        "projects": ["BURN"],
        "sprint_health": [{"board": BOARD, "report_issue": REPORT_ISSUE}],
    }


def run(
    *,
    now: Callable[[], datetime],
    stay: bool,
    port: int | None,
    sandbox_port: int | None,
    deployment: str,
    echo: Echo,
) -> None:
    """The whole way, told as it goes.

    Raises:
        NotPossible: something did not happen in time, or Jira shows another report than we computed.
    """
    began = time.monotonic()
    opens_at = opening(now())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that both are stopped
    # One that stays must not lose its store to the next one that only runs.
    with running(
        FOLDER / ("stay" if stay else "run"),
        opens_at=opens_at,
        port=port,
        sandbox_port=sandbox_port,
        deployment=deployment,
        releases=True,
    ) as demo:
        echo(f"Sandbox Jira at {demo.jira.base_url}, Burnish at {demo.burnish.base_url}.")
        progress = demo.first_sync()["progress"]
        echo(f"Read from Jira: {', '.join(f'{number} {what}' for what, number in progress.items())}.")
        counts = demo.let_the_team_work(now())
        told = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        echo(f"The team worked for two working days. Webhooks: {told}.")
        posted = demo.report()
        comment = demo.read_back(posted)
        if words_of(comment["body"]) != demo.computed_comment(posted):
            raise NotPossible("The comment in Jira is not the report that was computed.")
        echo("\n" + _LINKED.sub(r"\1", demo.rendered(posted, "markdown")))
        base, issue = demo.jira.base_url, posted["effects"][0]["outcome"]["issue_key"]
        echo(f"Posted as a comment with its chart, and read back the same from\n  {comment['self']}")
        echo(f"For people: {base}/browse/{issue}?focusedCommentId={comment['id']}")
        demo.told_before(opens_at)
        delivery, _, _ = demo.of_board("delivery", "markdown").partition("\n#### ")
        echo("\nAnd for those who wait for it, how it begins:\n\n" + _LINKED.sub(r"\1", delivery))
        echo("The reports as pages:")
        for name, (page, told) in demo.pages(posted).items():
            (FOLDER / f"{name}.html").write_text(page, encoding="utf-8")
            echo(f"  {FOLDER}/{name}.html: {told}")
        echo(f"Done in {time.monotonic() - began:.1f} s.")
        if stay:
            _stay(demo, echo)


def _stay(demo: Demo, echo: Echo) -> None:
    echo("\nBoth go on until you press Ctrl-C. The key of the API is in this terminal only:")
    echo(
        f'  curl -H "Authorization: {demo.burnish.headers["authorization"]}" '
        f"{demo.burnish.base_url}/api/v1/runs"
    )
    echo("For the command line, say `.venv/bin/burnish report velocity --board 1`, in another terminal here:")
    for name, value in demo.service.environment.items():
        echo(f"  export {name}={shlex.quote(value)}")
    try:
        while True:
            demo.sandbox.keep_alive()
            demo.service.keep_alive()
            time.sleep(0.5)
    except KeyboardInterrupt:
        echo("Stopped.")
