"""Servers as real processes on a core of their own; whoever asks them stays on the other."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.config import SandboxConfig
from tests.payloads import SECRET

ROOT = Path(__file__).parents[2]
SITE = {
    "url": "https://burnish.test",
    "email": "bot@burnish.test",
    "token": "a-token",
    "webhook_secrets": [SECRET],
}
_STARTED_SECONDS = 120
_CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """What its threads have used so far, in the program and in the kernel."""
        user, kernel = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
        return (int(user) + int(kernel)) / os.sysconf("SC_CLK_TCK")


def leave_a_core_to_the_server() -> None:
    """Where there are two cores, this process and what it starts stay off the server's."""
    os.sched_setaffinity(0, _CORES[1:] or _CORES)


@contextmanager
def bare() -> Iterator[Server]:
    """An endpoint that checks the signature and stores nothing."""
    command = ["-m", "uvicorn", "tests.benchmarks.bare:app", "--no-access-log", "--log-level", "warning"]
    with _running(command, ROOT, {}) as server:
        yield server


@contextmanager
def burnish(
    database_url: str, folder: Path, *, works: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The service; with `works` its worker applies what comes in meanwhile."""
    serve = ["-c", "from app.cli import app; app()", "serve", "--work" if works else "--no-work"]
    settings = {
        "BURNISH_DATABASE_URL": database_url,
        "BURNISH_SITES": json.dumps({"demo": SITE}),
        "BURNISH_LOG_LEVEL": "warning",
    }
    with _running(serve, folder, {**settings, **(environment or {})}) as server:
        yield server


@contextmanager
def sandbox(folder: Path) -> Iterator[Server]:
    """A stand-in Jira, on our core."""
    command = ["-c", "from app.cli import app; app()", "sandbox", "--issues", "200", "--sprints", "1"]
    with _running(command, folder, {}, core=-1) as server:
        yield server


@contextmanager
def kept(file: Path, folder: Path, *, renders: bool = False) -> Iterator[Server]:
    """A stand-in Jira of these issues that keeps its answers, or with `renders` makes each anew."""
    command = ["-m", "tests.benchmarks.kept", str(file), *(["--renders"] if renders else [])]
    with _running(command, folder, {}) as server:
        yield server


@contextmanager
def made(template: Path, issues: int, folder: Path) -> Iterator[Server]:
    """A Jira of that many copies of an issue, none of which is kept."""
    with _running(["-m", "tests.benchmarks.made", str(template), str(issues)], folder, {}) as server:
        yield server


@contextmanager
def answering(database_url: str, folder: Path, jira: Server) -> Iterator[Server]:
    """The service before that Jira, which answers each delivery with a comment."""
    config = SandboxConfig()
    site = {**SITE, "url": f"http://127.0.0.1:{jira.port}", "email": config.email, "token": config.token}
    settings = {
        "BURNISH_DATABASE_URL": database_url,
        "BURNISH_SITES": json.dumps({"demo": site}),
        "BURNISH_LOG_LEVEL": "warning",
        "BURNISH_CATCH_UP_MINUTES": "30",
    }
    with _running(["-m", "tests.benchmarks.answering"], folder, settings) as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], *, core: int = 0
) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    try:
        os.sched_setaffinity(process.pid, {_CORES[core]})
        _wait_for(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + _STARTED_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"{process.args!r} did not start"
    raise RuntimeError(message)
