"""A sandbox Jira that answers a question asked before with the same bytes, so that not it is measured.

`python -m tests.benchmarks.kept FILE --port N`: FILE holds issues, one document a line. With `--renders` each
answer is made anew, as the sandbox does by itself.
"""

import argparse
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from connectors.sandbox.config import SandboxConfig
from connectors.sandbox.main import create_sandbox
from tests.factories import END

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Kept:
    """Keeps good answers of the REST interface by method, address and body."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._answers: dict[tuple[Any, ...], list[Message]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/rest/"):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = (scope["method"], scope["path"], *sorted(scope["query_string"].split(b"&")), body)
        if asked not in self._answers:
            self._answers[asked] = await self._answer(scope, body)
        for message in self._answers[asked]:
            await send(message)

    async def _answer(self, scope: Message, body: bytes) -> list[Message]:
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, send)
        start, *parts = said
        whole = {"type": "http.response.body", "body": b"".join(part.get("body", b"") for part in parts)}
        return [start, whole]


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--renders", action="store_true")
    given = parser.parse_args()
    address = f"http://127.0.0.1:{given.port}"
    config = SandboxConfig(import_file=given.file, start=END, speed=0, base_url=address)
    jira = create_sandbox(config)
    uvicorn.run(jira if given.renders else Kept(jira), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
