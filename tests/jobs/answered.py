"""A server that rules ask, and a site whose rules ask it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic
from typing import Any

from app.services.runs import request_rule
from app.services.secrets import Keyring, new_key
from app.store import outbox, runs, tables
from app.store.claim import claim
from app.store.database import Database
from connectors.web import Hosts
from jobs import catalogue, effects
from jobs.handling import Handling, Queue
from tests.factories import BEFORE_START, day
from tests.jobs.ruled import Ruled
from tests.payloads import as_jira_writes, issue, issue_event
from tests.stores import LEASE

NOON = day(5)
EFFECTS = Queue(tables.effects, at_once=1, failed_state=outbox.DEAD, handle=effects.carry_out)
RUNS = Queue(tables.runs, at_once=1, failed_state=runs.FAILED, handle=catalogue.carry_out)
PLANTED = "planted-token"
Asked = list[tuple[str, dict[str, str], str]]


class Server:
    """Answers what it is told to, in that order, and remembers what it was asked. None hangs up."""

    def __init__(self) -> None:
        self.asked: Asked = []
        self.answers: list[tuple[int, Any] | None] = []
        owner = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                owner.asked.append((f"{self.command} {self.path}", dict(self.headers), body))
                answer = owner.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    return
                said = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Answering)
        self.host = f"127.0.0.1:{self.http.server_port}"


@contextmanager
def answering() -> Iterator[Server]:
    """The server, while it listens."""
    made = Server()
    thread = Thread(target=made.http.serve_forever)
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


class Asking:
    """A site whose rules ask a server."""

    def __init__(self, database: Database, server: Server, *, keyring: Keyring | None = None) -> None:
        self.ruled, self.server = Ruled(database, at=NOON), server
        ring = Keyring([new_key()]) if keyring is None else keyring
        context = self.ruled.context
        self.ruled.context = replace(context, keyring=ring, hosts=Hosts(private=(server.host,)))

    def ask(self, path: str = "/", **more: Any) -> dict[str, Any]:
        return {"type": "web_request", "url": f"http://{self.server.host}{path}", **more}

    async def fired(self, *actions: Any, mode: str = "live", **more: Any) -> int:
        """The rule's id, after it fired for BURN-1."""
        document = {"name": "Ask", "trigger": {"type": "manual"}, "actions": list(actions), **more}
        rule = self.ruled.rule(document, mode=mode)
        made = issue(1, created=as_jira_writes(BEFORE_START))
        await self.ruled.tell(issue_event("jira:issue_created", made, at=BEFORE_START))
        with self.ruled.database.write() as tx:
            request_rule(tx, rule, issues=["BURN-1"], now=NOON, requested_by="test")
        await self.runs_done()
        return rule

    async def runs_done(self) -> None:
        await self._worked_off(RUNS)

    async def requests_sent(self) -> None:
        """Those that are due; what else is owed counts as done."""
        with self.ruled.database.write() as tx:
            others = tables.effects.update().where(tables.effects.c.kind != "web_request")
            tx.execute(others.values(state=outbox.DONE))
        await self._worked_off(EFFECTS)

    async def to_the_end(self) -> None:
        for _ in range(5):
            await self.requests_sent()
            await self.runs_done()

    async def _worked_off(self, queue: Queue) -> None:
        context = self.ruled.context
        while True:
            with self.ruled.database.write() as tx:
                work = claim(tx, queue.table, worker="w", now=context.now(), lease=LEASE, limit=1)
            if not work:
                return
            await Handling(context, LEASE).one(queue, work[0], monotonic())

    def written(self) -> list[str]:
        return [str(one["payload"]) for one in self.ruled.effects if one["kind"] != "web_request"]

    def steps(self) -> list[dict[str, Any]]:
        return [step for one in self.ruled.decisions for step in one["steps"]]

    def kept(self) -> str:
        """All that the store says of rules."""
        kinds = (tables.rule_decisions, tables.runs, tables.effects)
        return repr([self.ruled.rows(table) for table in kinds])


def comment(text: str) -> dict[str, Any]:
    return {"type": "comment", "text": text}
