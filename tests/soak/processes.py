"""A `burnish` command as a process of its own, which a supervisor starts again whenever it dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
STANDSTILL = 200.0
"""Seconds in which nothing comes to its end. Whoever cannot know whether Jira took a write looks after two
minutes, and work whose workers died again and again rests as long."""


def until(what: str, done: Callable[[], object], *, seconds: float = PATIENCE, every: float = 0.05) -> None:
    """Look again and again; whoever waits in vain says for what."""
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(every)


def until_none(what: str, left: Callable[[], Collection[object]], *, every: float = 0.3) -> None:
    """Wait as long as ever fewer are left: how long that takes is the machine's affair, not ours."""
    fewest, limit = sys.maxsize, 0.0
    while remaining := left():
        now = time.monotonic()
        if len(remaining) < fewest:
            fewest, limit = len(remaining), now + STANDSTILL
        some = "; ".join(map(str, islice(remaining, 5)))
        assert now < limit, f"waited {STANDSTILL:.0f} s in vain for {what}: {len(remaining)} left, {some}"
        time.sleep(every)


def plain_environment() -> dict[str, str]:
    """Ours without settings: those of a real site have no business here."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("BURNISH_", "SANDBOX_"))
    }


class Process:
    """May be killed, frozen and thawed at any moment; whoever comes too late does no harm."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, *, port: int
    ) -> None:
        self.name = name
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / f"{name}.log"
        self.starts = 0
        self._arguments = [*arguments, "--port", str(port)]
        self._environment = {**plain_environment(), **environment, "PYTHONPATH": str(ROOT)}
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process that lives."""
        running = self._running
        return running.pid if running is not None and running.poll() is None else None

    def keep_alive(self) -> None:
        """Start it unless it lives."""
        with self._lock:
            if self.pid is not None:
                return
            self.starts += 1
            with self.log.open("ab") as output:
                self._running = subprocess.Popen(
                    [sys.executable, "-m", "app.cli", *self._arguments],
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )

    def kill(self) -> bool:
        """kill -9: no chance to tidy up. False: it is dead already."""
        return self._signal(signal.SIGKILL)

    def freeze(self) -> bool:
        """SIGSTOP: everything stands still, and nobody is told."""
        return self._signal(signal.SIGSTOP)

    def thaw(self) -> bool:
        """It goes on as if nothing had been."""
        return self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> bool:
        with self._lock:
            if self.pid is None or self._running is None:
                return False
            self._running.send_signal(number)
            if number is signal.SIGKILL:
                self._running.wait()
            return True

    def stop(self) -> None:
        """End it, politely first."""
        running = self._running
        if running is None or running.poll() is not None:
            return
        running.send_signal(signal.SIGCONT)
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


class Supervisor:
    """Starts again what died, as Compose or systemd does, until it is told to stop."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, then everything that was watched."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.stop()

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            for process in self._processes:
                process.keep_alive()
