"""The site's memory on disk: an append-only log of what was asked of it, played again after a restart.

Everything else follows: history from the seed, answers from what was asked and when. The first line says what
the site was made with; each other line is a request that may have changed something, with the site's time.
"""

import base64
import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from starlette.types import ASGIApp, Message, Receive, Scope

from .clock import SandboxClock

READS = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_KEPT = ("/_sandbox/faults", "/_sandbox/requests", "/_sandbox/limits", "/_sandbox/search")
"""The operator's own settings are no part of the site."""
KEPT_HEADERS = frozenset({b"content-type", b"x-atlassian-token"})


class JournalError(Exception):
    """The file belongs to another site or another process, or is none of ours."""


@contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Nobody else serves a site from this file meanwhile: two would write over each other.

    Raises:
        JournalError: another process does, or the file cannot be written.
    """
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("w")  # beside it: the file itself is replaced
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalError(f"{path} is in use by another sandbox.") from None
        yield


class Journal:
    """Without a path it keeps nothing."""

    def __init__(self, path: Path | None, made_with: dict[str, Any]) -> None:
        self._file: IO[str] | None = None
        self._path = path
        self._made_with = made_with

    def opened_at(self) -> datetime | None:
        """Where the clock began when the site was first opened; None if it never was.

        Raises:
            JournalError: the file holds something else than the memory of this site.
        """
        lines = self._lines()
        if not lines:
            return None
        known = dict(lines[0])
        start = known.pop("start", None)
        if start is None:
            raise JournalError(f"{self._path} is no memory of a sandbox.")
        if known != self._made_with:
            message = f"{self._path} is the memory of another site: {known} instead of {self._made_with}"
            raise JournalError(message)
        return datetime.fromisoformat(start)

    def _lines(self) -> list[dict[str, Any]]:
        """Whole lines; a last one that a crash cut off is dropped."""
        if self._path is None or not self._path.exists():
            return []
        try:
            written = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError) as error:
            raise JournalError(f"{self._path} cannot be read: {error}") from None
        lines = []
        for number, line in enumerate(written, 1):
            try:
                lines.append(_object(line))
            except ValueError:
                if 1 < number == len(written) and not line.endswith("\n"):
                    break
                message = f"{self._path}, line {number}: this is no memory of a sandbox, or it is damaged."
                raise JournalError(message) from None
        return lines

    def entries(self) -> list[dict[str, Any]]:
        """What to play again, oldest first."""
        return self._lines()[1:]

    def open(self, start: datetime) -> None:
        """Begin to write, behind what is there already."""
        if self._path is None:
            return
        lines = self._lines()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = lines or [{**self._made_with, "start": start.isoformat()}]
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in kept)
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def close(self, at: datetime) -> None:
        """Note the time, so that the clock goes on from here."""
        if self._file:
            self._write({"at": at.isoformat()})
            self._file.close()
            self._file = None

    def note(self, scope: Scope, body: bytes, at: datetime) -> None:
        reads = scope["method"] in READS and scope["path"] != "/authorize"  # which gives out a code
        if self._file is None or reads or scope["path"].startswith(NOT_KEPT):
            return
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in scope["headers"]
            if name in KEPT_HEADERS
        ]
        self._write(
            {
                "at": at.isoformat(),
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode("latin-1"),
                "headers": headers,
                "body": base64.b64encode(body).decode(),
                "caller": scope.get("sandbox.caller"),
            }
        )

    async def play(self, app: ASGIApp, clock: SandboxClock, catch_up: Callable[[], None]) -> None:
        """Ask again what was asked before, each request at its own instant."""
        for entry in self.entries():
            at = datetime.fromisoformat(entry["at"])
            clock.move_to(at)
            catch_up()
            if "method" not in entry:
                continue
            body = base64.b64decode(entry["body"])
            with clock.pinned(at) if not entry["path"].startswith("/_sandbox") else nullcontext():
                await app(_scope(entry), _receive(body), _nowhere)

    def _write(self, entry: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(f"{json.dumps(entry)}\n")
        self._file.flush()


def _object(line: str) -> dict[str, Any]:
    """Every line is an object that tells an instant.

    Raises:
        ValueError: this one is not.
    """
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError(line)  # noqa: TRY004 - of the same meaning as text that is no JSON
    datetime.fromisoformat(str(value.get("at", value.get("start"))))
    return value


def _scope(entry: dict[str, Any]) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": entry["method"],
        "path": entry["path"],
        "raw_path": entry["path"].encode(),
        "query_string": entry["query"].encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in entry["headers"]],
        "scheme": "http",
        "server": ("localhost", 80),
        "client": None,
        "root_path": "",
        "sandbox.caller": entry["caller"],
        "sandbox.replayed": True,
    }


def _receive(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nowhere(_: Message) -> None:
    """Answers were given when they were asked for."""
