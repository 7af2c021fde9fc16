"""Rules go on with what a server answered: once, and without telling anybody what it was."""

import json
from dataclasses import replace

import pytest

from app.services.secrets import Keyring, new_key
from app.store import tables
from app.store.claim import claim, settle
from app.store.database import Database
from jobs import effects
from tests.factories import day
from tests.jobs.answered import NOON, PLANTED, Asking, Server, comment
from tests.jobs.ruled import BOT
from tests.jobs.test_created_branch import created
from tests.payloads import as_jira_writes, issue, issue_event
from tests.stores import LEASE


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
