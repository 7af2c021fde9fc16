"""Rules go on with what a server answered: once, and without telling anybody what it was."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import preview, replay
from app.services.runs import request_rule
from app.services.secrets import Keyring, new_key
from app.store import outbox, runs, tables
from app.store.claim import claim, settle
from app.store.database import Database
from connectors.web import Hosts
from jobs import catalogue, effects
from jobs.handling import Handling, Queue
from tests.factories import BEFORE_START, day
from tests.jobs.ruled import BOT, Ruled
from tests.jobs.test_created_branch import created
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


@pytest.fixture
def server() -> Iterator[Server]:
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


async def test_a_rule_goes_on_with_the_answer_when_it_is_there(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(201, {"id": 7, "state": "green"})]
    then = [comment("Build {{ webResponse.body.id }}: {{ webResponse.status }}.")]
    await asking.fired(asking.ask("/builds", method="GET", then=then), comment("Asked."))
    assert len(asking.written()) == 1, "what stands behind it does not wait"
    await asking.to_the_end()
    assert [one[0] for one in server.asked] == ["GET /builds"]
    assert ["Build 7: 201." in one for one in asking.written()] == [False, True]
    first, second = asking.ruled.decisions
    assert (first["outcome"], second["outcome"]) == ("acted", "acted")
    (told,) = [step for step in first["steps"] if step["step"] == "then"]
    assert told["steps"] == ["comment"]
    assert second["steps"][0]["status"] == 201


async def test_a_token_that_was_answered_opens_the_next_door_and_is_told_to_nobody(
    database: Database, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"token": PLANTED}), (200, {"id": 8})]
    inner = asking.ask(
        "/builds/{{ token }}", headers={"Authorization": "Bearer {{ token }}"}, body="{{ token }}"
    )
    inner["then"] = [
        {"type": "log", "text": "{{ token }}"},
        {
            "type": "if",
            "when": {"compare": {"left": "{{ token }}", "operator": "=", "right": "x"}},
            "then": [comment("-")],
        },
        {"type": "wait", "hours": 1},
        {"type": "lookup_issues", "jql": "summary ~ {{ token }}"},
        comment("Build {{ webResponse.body.id }}, {{ token | length }}, {{ lookupIssues | length }}."),
    ]
    login = asking.ask(
        "/login",
        then=[{"type": "create_variable", "name": "token", "value": "{{ webResponse.body.token }}"}, inner],
    )
    await asking.fired(login)
    for _ in range(3):
        assert PLANTED not in asking.kept()
        await asking.requests_sent()
        assert PLANTED not in asking.kept()
        await asking.runs_done()
    asking.ruled.clock.pass_by(hours=2)
    await asking.runs_done()
    path, headers, body = server.asked[1]
    assert (path, headers["Authorization"], body) == (
        f"POST /builds/{PLANTED}",
        f"Bearer {PLANTED}",
        f'"{PLANTED}"',
    )
    (done,) = asking.written()
    assert "Build 8, 13, 0." in done
    assert PLANTED not in asking.kept() + repr(capsys.readouterr())
    assert [one["outcome"] for one in asking.ruled.decisions] == ["acted", "acted", "waits", "acted"]
    # When all of it has ended nothing is there any more, not even encrypted.
    assert "gAAAA" not in asking.kept()
    assert all(one["state"] == "done" for one in asking.ruled.rows(tables.runs))


async def test_a_request_at_the_end_leaves_nothing_behind(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, PLANTED), (200, "thanks")]
    await asking.fired(asking.ask(then=[asking.ask("/end", body={"token": "{{ webResponse.body }}"})]))
    await asking.requests_sent()
    await asking.runs_done()
    assert PLANTED not in asking.kept()
    await asking.to_the_end()
    assert server.asked[1][2] == json.dumps({"token": PLANTED})
    assert "gAAAA" not in asking.kept()
    (_, last) = asking.ruled.effects
    assert last["payload"]["url"] == f"http://{server.host}/(not shown: it holds what a server answered)"


async def test_an_issue_that_was_created_is_asked_for_and_both_are_named(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "known")]
    text = "{{ createdIssue.key }} for {{ triggerIssue.key }} is {{ webResponse.body }}: {{ version.name }}"
    actions = [
        {"type": "create", "issue_type": "Task", "summary": "Text"},
        {
            "type": "branch",
            "to": "created",
            "actions": [asking.ask("/{{ issue.key }}", then=[comment(text)])],
        },
    ]
    ruled = asking.ruled
    ruled.rule({"name": "New", "trigger": {"type": "issue_created"}, "actions": actions})
    await ruled.tell(issue_event("jira:issue_created", issue(1, created=as_jira_writes(day(2))), at=day(2)))
    await created(ruled, "BURN-2")
    made = issue(2, created=as_jira_writes(NOON), creator={"accountId": BOT})
    await ruled.tell(issue_event("jira:issue_created", made, at=NOON))
    await asking.to_the_end()
    assert server.asked[0][0] == "POST /BURN-2"
    written = asking.written()[-1]
    assert all(part in written for part in ("BURN-2", "BURN-1", "is known"))
    assert ruled.decisions[-1]["event_key"] == "created+BURN-2@1+0"


async def test_why_a_step_fails_does_not_quote_the_answer(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"key": PLANTED})]
    link = {"type": "link", "link_type": "Blocks", "to": "{{ webResponse.body.key }}"}
    await asking.fired(asking.ask(then=[link]))
    await asking.to_the_end()
    failed = asking.ruled.decisions[-1]
    assert failed["outcome"] == "failed"
    assert "a text of `link` cannot be made with it" in failed["reason"]
    assert PLANTED not in asking.kept()


async def test_an_answer_that_was_lost_is_asked_for_again_and_the_rule_goes_on_once(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    server.answers = [None, (503, "later"), (200, "second"), (200, "never asked")]
    await asking.fired(asking.ask(then=[comment("It says {{ webResponse.body }}.")]))
    for _ in range(4):
        await asking.requests_sent()
        asking.ruled.clock.pass_by(minutes=15)
    assert len(server.asked) == 3
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.asked}) == 1
    await asking.runs_done()
    (written,) = asking.written()
    assert "It says second." in written


async def test_a_worker_that_died_with_the_answer_in_its_hands_is_followed_by_one_that_asks_again(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "first"), (200, "second")]
    await asking.fired(asking.ask(then=[comment("It says {{ webResponse.body }}.")]))
    context = asking.ruled.context
    with database.write() as tx:
        (dead,) = claim(tx, tables.effects, worker="dead", now=context.now(), lease=LEASE, limit=1)
    held = await effects.carry_out(context, dead)
    asking.ruled.clock.at += 2 * LEASE
    await asking.to_the_end()
    with database.write() as tx:
        assert not settle(tx, dead, state=held.state, now=context.now()), "and with it the rest of the rule"
    (written,) = asking.written()
    assert "It says second." in written
    keys = {headers["Idempotency-Key"] for _, headers, _ in server.asked}
    assert (len(server.asked), len(keys)) == (2, 1)


@pytest.mark.parametrize(("accept", "state"), [("success", "dead"), ("any", "done")])
async def test_what_becomes_of_a_no_says_the_rule(
    database: Database, server: Server, accept: str, state: str
) -> None:
    asking = Asking(database, server)
    server.answers = [(404, {"why": "no such build"})]
    ask = asking.ask(accept=accept, then=[comment("{{ webResponse.status }}: {{ webResponse.body.why }}")])
    await asking.fired(ask)
    await asking.to_the_end()
    request = asking.ruled.effects[0]
    assert request["state"] == state
    if accept == "success":
        assert "the answer was 404" in request["reason"], "an admin sees it, and may retry it"
        assert asking.written() == []
    else:
        assert "404: no such build" in asking.written()[0]


async def test_a_request_that_an_admin_retries_is_gone_on_with(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(400, "no"), (200, "yes")]
    await asking.fired(asking.ask(then=[comment("It says {{ webResponse.body }}.")]))
    await asking.to_the_end()
    with database.write() as tx:
        tx.execute(tables.effects.update().values(state="waiting"))
    await asking.to_the_end()
    assert "It says yes." in asking.written()[0]


async def test_where_nothing_can_be_encrypted_nothing_is_asked(database: Database, server: Server) -> None:
    asking = Asking(database, server, keyring=Keyring())
    await asking.fired(asking.ask(then=[comment("x")]))
    await asking.requests_sent()
    (request,) = asking.ruled.effects
    assert request["state"] == "dead"
    assert "burnish secrets new-key" in request["reason"]
    assert server.asked == []


async def test_with_another_key_the_rest_fails_by_name(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "yes")]
    await asking.fired(asking.ask(then=[comment("x")]))
    await asking.requests_sent()
    asking.ruled.context = replace(asking.ruled.context, keyring=Keyring([new_key()]))
    await asking.runs_done()
    failed = asking.ruled.rows(tables.runs)[-1]
    assert failed["state"] == "failed"
    assert "No key opens the answer of a server of site demo" in failed["reason"]


async def test_a_paused_rule_holds_what_follows_and_goes_on_when_it_is_let(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"token": PLANTED}), (200, "in")]
    inner = asking.ask("/{{ webResponse.body.token }}", then=[comment("It says {{ webResponse.body }}.")])
    rule = await asking.fired(asking.ask(then=[inner]))
    await asking.requests_sent()
    with database.write() as tx:
        tx.execute(tables.rules.update().values(paused_at=NOON, paused_reason="too much"))
    await asking.to_the_end()
    assert (len(server.asked), asking.ruled.decisions[-1]["outcome"]) == (1, "held")
    assert PLANTED not in asking.kept()
    with database.write() as tx:
        service.resume(tx, rule, service.Change("Dana", NOON, seen="*"), carry_out=True)
    await asking.to_the_end()
    assert server.asked[1][0] == f"POST /{PLANTED}"
    assert "It says in." in asking.written()[0]


async def test_what_follows_counts_against_the_limits(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "yes")]
    then = [comment("one"), comment("two")]
    await asking.fired(asking.ask(then=then), limits={"per_issue_per_day": 2})
    await asking.to_the_end()
    last = asking.ruled.decisions[-1]
    assert (last["outcome"], asking.written()) == ("held", [])
    assert "`limits.per_issue_per_day` is 2" in last["reason"]


async def test_a_rule_that_was_switched_off_does_not_go_on(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "yes")]
    rule = await asking.fired(asking.ask(then=[comment("x")]))
    await asking.requests_sent()
    with database.write() as tx:
        service.set_mode(tx, rule, "off", service.Change("Dana", NOON, seen="*"))
    await asking.runs_done()
    assert asking.written() == []
    assert "gAAAA" not in asking.kept()


async def test_in_shadow_in_a_preview_and_in_a_replay_nobody_is_asked_and_the_steps_are_named(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    ask = asking.ask(then=[comment("x"), {"type": "edit", "add": {"labels": ["asked"]}}])
    await asking.fired(ask, mode="shadow")
    await asking.to_the_end()
    assert (server.asked, asking.ruled.effects) == ([], [])
    rule = read({"name": "Ask", "trigger": {"type": "issue_created"}, "actions": [ask]})
    with database.read() as tx:
        span = {"since": BEFORE_START, "until": day(8), "now": day(9)}
        replayed = replay(tx, asking.ruled.site, rule, **span)
        previewed = preview(tx, asking.ruled.site, rule, query=None, now=NOON)
    told = [asking.steps(), replayed.decisions[0].steps, previewed.decisions[0].steps]
    for steps in told:
        (step,) = [one for one in steps if one["step"] == "then"]
        assert step["steps"] == ["comment", "edit"]
        assert "in a replay none is asked" in step["note"]


async def test_it_is_no_difference_to_a_replay_what_followed_an_answer(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    server.answers = [(200, "yes")]
    ask = asking.ask(then=[comment("x")])
    rule = asking.ruled.rule({"name": "New", "trigger": {"type": "issue_created"}, "actions": [ask]})
    made = issue(2, created=as_jira_writes(day(2)))
    await asking.ruled.tell(issue_event("jira:issue_created", made, at=day(2)))
    await asking.to_the_end()
    assert len(asking.ruled.decisions) == 2
    with database.read() as tx:
        document = read({"name": "New", "trigger": {"type": "issue_created"}, "actions": [ask]})
        span = {"since": BEFORE_START, "until": day(8), "now": day(9)}
        again = replay(tx, asking.ruled.site, document, stored_id=rule, **span)
    assert again.differences == ()


async def test_an_answer_for_an_issue_of_a_branch_is_gone_on_with_for_that_issue(
    database: Database, server: Server
) -> None:
    asking = Asking(database, server)
    for number in (2, 3):
        made = issue(number, created=as_jira_writes(BEFORE_START))
        await asking.ruled.tell(issue_event("jira:issue_created", made, at=BEFORE_START))
    server.answers = [(200, "first"), (200, "second")]
    ask = asking.ask("/{{ issue.key }}", then=[comment("{{ issue.key }}: {{ webResponse.body }}")])
    await asking.fired({"type": "branch", "jql": "key IN (BURN-2, BURN-3)", "actions": [ask]})
    await asking.to_the_end()
    asked = [path for path, _, _ in server.asked]
    assert asked == ["POST /BURN-2", "POST /BURN-3"]
    found = [(one["payload"]["issue_key"], "second" in str(one)) for one in asking.ruled.effects[2:]]
    assert found == [("BURN-2", False), ("BURN-3", True)]


@pytest.mark.parametrize(
    "host", ["{host}{{{{ webResponse.body.path }}}}", "bot:{{{{ webResponse.body.path }}}}@{host}/x"]
)
async def test_what_a_server_said_becomes_no_part_of_a_host(
    database: Database, server: Server, host: str
) -> None:
    """Hosts are told in errors and with effects."""
    asking = Asking(database, server)
    server.answers = [(200, {"path": f"/{PLANTED}"})]
    inner = {**asking.ask(), "url": f"http://{host.format(host=server.host)}"}
    await asking.fired(asking.ask(then=[inner]))
    await asking.to_the_end()
    assert len(server.asked) == 1
    (failed,) = [one for one in asking.ruled.decisions if one["outcome"] == "failed"]
    assert failed["reason"].startswith("What the server answered does not fit: a text of `web_request`")
    assert PLANTED not in asking.kept()


async def test_a_sign_of_control_in_an_answer_ends_no_header(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"token": f"{PLANTED}\0\r\nX-More: 1"}), (200, {})]
    inner = asking.ask("/x", headers={"Authorization": "Bearer {{ webResponse.body.token }}"})
    await asking.fired(asking.ask(then=[inner]))
    await asking.to_the_end()
    assert server.asked[1][1]["Authorization"] == f"Bearer {PLANTED} X-More: 1"


async def test_a_rule_goes_on_from_deep_within_it_as_often_as_it_asks(
    database: Database, server: Server
) -> None:
    """Which event it goes on with is told apart, however long it would take to say so."""
    asking, depth = Asking(database, server), 5
    server.answers = [(200, "yes")] * depth
    never = {"compare": {"left": "1", "operator": "=", "right": "2"}}
    before = [{"type": "log", "text": "on"}] * 10
    steps: list[Any] = [
        *before,
        {"type": "create", "issue_type": "Task", "summary": "Text"},
        {"type": "branch", "to": "created", "actions": [comment("At the end.")]},
    ]
    for number in range(depth):
        if number < 3:
            ends = {"type": "if", "when": never, "then": [{"type": "stop"}]}
            steps = [*before, {**ends, "otherwise": steps}]
        steps = [*before, asking.ask("/", then=steps)]
    await asking.fired({"type": "wait", "hours": 1}, *steps)
    asking.ruled.clock.pass_by(hours=2)
    await asking.runs_done()
    for _ in range(depth):
        await asking.requests_sent()
        await asking.runs_done()
    await created(asking.ruled, "BURN-23456")
    made = issue(23456, created=as_jira_writes(NOON), creator={"accountId": BOT})
    await asking.ruled.tell(issue_event("jira:issue_created", made, at=NOON))
    await asking.runs_done()
    assert [one["reason"] for one in asking.ruled.rows(tables.runs) if one["state"] != "done"] == []
    assert "At the end." in asking.written()[-1]
    assert len({one["event_key"] for one in asking.ruled.decisions}) == depth + 3
