"""Charts drawn without a browser: a Vega-Lite document in, SVG or PNG out.

One process draws for all who ask, one chart after the other. It starts with the first chart, ends by itself
when nothing was asked for ten minutes, and is replaced if it died or hung.
"""

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

LONGEST_SECONDS = 30.0
MOST_FORESEEN = 16
"""Charts that were drawn before somebody asked for them; the oldest are forgotten."""


class NotDrawn(Exception):
    """A chart could not be drawn; the report is complete without it."""


class Renderer:
    """Draws charts; safe to be asked from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="charts")
        self._looking = threading.Lock()
        self._foreseen: OrderedDict[bytes, Future[str]] = OrderedDict()

    def svg(self, spec: Mapping[str, Any]) -> str:
        """The chart as SVG.

        Raises:
            NotDrawn: it took too long, or the document is not understood.
        """
        return self._draw(spec, "svg")

    def png(self, spec: Mapping[str, Any]) -> bytes:
        """The chart as PNG, with two pixels a point.

        Raises:
            NotDrawn: as for `svg`.
        """
        return base64.b64decode(self._draw(spec, "png"))

    def draw_soon(self, specs: Sequence[Mapping[str, Any]] = ()) -> None:
        """Charts will be wanted: these as SVG, drawn while others are worked out.

        Without any, what draws gets ready; that takes most of a second. It comes back at once.
        """
        if not specs:
            self._get_ready()
        for spec in specs:
            question = _question(spec, "svg")
            with self._looking:
                if question not in self._foreseen:
                    self._foreseen[question] = self._ahead.submit(self._answered, question)
                while len(self._foreseen) > MOST_FORESEEN:
                    self._foreseen.popitem(last=False)[1].cancel()

    def _get_ready(self) -> None:
        """Where a chart is being drawn, it is ready already."""
        if self._turn.acquire(blocking=False):
            try:
                if self._process is None or self._process.poll() is not None:
                    self._tell_to_get_ready(self._start())
            finally:
                self._turn.release()

    def close(self) -> None:
        """End the process, if there is one."""
        self._ahead.shutdown(cancel_futures=True)
        with self._turn:
            self._end()

    def _draw(self, spec: Mapping[str, Any], wanted: str) -> str:
        question = _question(spec, wanted)
        with self._looking:
            foreseen = self._foreseen.pop(question, None)
        return self._answered(question) if foreseen is None else foreseen.result()

    def _answered(self, question: bytes) -> str:
        with self._turn:
            try:
                answer = self._asked(question)
            except BrokenPipeError:
                self._end()  # it had ended for want of work
                answer = self._asked(question)
        if "error" in answer:
            raise NotDrawn(answer["error"])
        return str(answer["content"])

    def _asked(self, question: bytes) -> dict[str, Any]:
        process = self._process if self._process and self._process.poll() is None else self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(question)
        process.stdin.flush()
        line = _line(process.stdout, time.monotonic() + LONGEST_SECONDS)
        if line is None:
            self._end()
            message = f"Drawing a chart took longer than {LONGEST_SECONDS:.0f} s."
            raise NotDrawn(message)
        if not line:
            raise BrokenPipeError
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _tell_to_get_ready(process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then the first chart starts another one
            process.stdin.write(b"\n")
            process.stdin.flush()

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "connectors.charts.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Instants come as the team's own wall clock shows them: no zone may move them again.
            env={**os.environ, "TZ": "UTC"},
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.kill()
        process.wait()


def _question(spec: Mapping[str, Any], wanted: str) -> bytes:
    return json.dumps({"spec": spec, "format": wanted}).encode() + b"\n"


def _line(pipe: IO[bytes], until: float) -> bytes | None:
    """One line; empty where the other end is gone, None where it does not come in time."""
    found = b""
    while not found.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return None
        part = os.read(pipe.fileno(), 1 << 20)
        if not part:
            return b""
        found += part
    return found
