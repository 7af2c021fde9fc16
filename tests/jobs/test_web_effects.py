"""Web requests of rules: secrets take their places in the moment of sending, and nowhere before."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from app.services import rule_secrets
from app.services.runs import request_rule
from app.services.secrets import Keyring, new_key
from app.store import outbox, runs, tables
from app.store.claim import Claimed, claim
from app.store.database import Database
from connectors.web import Hosts
from jobs import catalogue, effects
from jobs.handling import Finished
from tests.factories import BEFORE_START
from tests.jobs.ruled import Ruled, moved
from tests.stores import LEASE

PLANTED = 'planted "token"'
Asked = list[tuple[dict[str, str], str]]


@pytest.fixture
def asked() -> Iterator[tuple[str, Asked]]:
    """A server that remembers what it was asked, and its `host:port`."""
    seen: Asked = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


class Asking:
    """A site with a secret, and a rule that sends it."""

    def __init__(self, database: Database, host: str, *, hosts: Sequence[str] | None = None) -> None:
        self.ruled, self.host, ring = Ruled(database, at=BEFORE_START), host, Keyring([new_key()])
        self.context = replace(self.ruled.context, keyring=ring, hosts=Hosts(private=(host,)))
        with database.write() as tx:
            rule_secrets.put(tx, ring, "demo", "DEPLOY", PLANTED, hosts=hosts, now=BEFORE_START)

    async def wanted(self, **ask: Any) -> Claimed:
        ruled = self.ruled
        rule = ruled.rule(
            {
                "name": "Tell",
                "trigger": {"type": "manual"},
                "actions": [{"type": "web_request", "url": f"http://{self.host}/hook", **ask}],
            }
        )
        await ruled.tell(moved(at=BEFORE_START, history=1, summary="says {{secrets.DEPLOY}}"))
        with ruled.database.write() as tx:
            request_rule(tx, rule, issues=["BURN-1"], now=BEFORE_START, requested_by="test")
            (work,) = claim(tx, tables.runs, worker="w", now=BEFORE_START, lease=LEASE, limit=1)
        assert (await catalogue.carry_out(self.context, work)).state == runs.DONE
        with ruled.database.write() as tx:
            (effect,) = claim(tx, tables.effects, worker="w", now=BEFORE_START, lease=LEASE, limit=1)
        return effect

    async def sent(self, **ask: Any) -> Finished:
        return await effects.carry_out(self.context, await self.wanted(**ask))


async def test_a_secret_is_sent_and_stands_in_no_decision_effect_or_log(
    database: Database, asked: tuple[str, Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    host, seen = asked
    asking = Asking(database, host)
    finished = await asking.sent(
        headers={"Authorization": "Bearer {{ secrets.DEPLOY }}", "X-Said": "{{ issue.summary }}"},
        body={"token": "{{ secrets.DEPLOY }}", "said": "{{ issue.summary }}"},
    )
    assert finished.state == outbox.DONE, finished.reason
    ((headers, body),) = seen
    assert headers["Authorization"] == f"Bearer {PLANTED}"
    assert headers["X-Said"] == "says {{ secrets.DEPLOY}}", "what an issue says is no secret's name"
    assert json.loads(body) == {"token": PLANTED, "said": "says {{ secrets.DEPLOY}}"}
    ruled = asking.ruled
    kept = repr([ruled.decisions, ruled.effects, finished, capsys.readouterr()])
    assert "planted" not in kept
    assert "Bearer {{secrets.DEPLOY}}" in kept


async def test_without_its_secret_a_request_is_not_sent_and_says_why(
    database: Database, asked: tuple[str, Asked]
) -> None:
    host, seen = asked
    asking = Asking(database, host)
    work = await asking.wanted(headers={"Authorization": "{{ secrets.DEPLOY }}"})
    with database.write() as tx:
        tx.execute(tables.secrets.delete())
    finished = await effects.carry_out(asking.context, work)
    assert finished.state == outbox.DEAD
    assert finished.reason == (
        "There is no secret 'DEPLOY'. Set it with `burnish secrets set DEPLOY`, then retry the effect."
    )
    assert seen == []


@pytest.mark.parametrize("ring", [Keyring(), Keyring([new_key()])])
async def test_with_another_key_a_request_is_not_sent(
    database: Database, asked: tuple[str, Asked], ring: Keyring
) -> None:
    host, seen = asked
    asking = Asking(database, host)
    asking.context = replace(asking.context, keyring=ring)
    finished = await asking.sent(headers={"Authorization": "{{ secrets.DEPLOY }}"})
    assert finished.state == outbox.DEAD
    assert "No key opens the rule:DEPLOY of site demo" in (finished.reason or "")
    assert seen == []


async def test_a_secret_of_another_host_is_not_sent(database: Database, asked: tuple[str, Asked]) -> None:
    """Whatever the address becomes when its values are in it."""
    host, seen = asked
    asking = Asking(database, host, hosts=["deploy.example.com"])
    address, _, port = host.partition(":")
    url = "http://{{ '" + address + "' }}:" + port + "/"
    finished = await asking.sent(url=url, headers={"Authorization": "{{ secrets.DEPLOY }}"})
    assert finished.state == outbox.DEAD
    assert f"DEPLOY may be sent to deploy.example.com, not to {host}" in (finished.reason or "")
    assert seen == []
