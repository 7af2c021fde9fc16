"""What servers answered rules is encrypted in the store no longer than somebody needs it."""

from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from app.services import queues, site_settings
from app.services import rules as service
from app.services.runs import SYNC
from app.services.sealed_answers import Answers, lock_all_anew
from app.services.secrets import Keyring, new_key
from app.store import tables
from app.store.claim import claim
from app.store.database import Database
from connectors.web import Hosts
from jobs.handling import Handling
from tests.jobs.answered import EFFECTS, NOON, PLANTED, RUNS, Asking, Server, comment
from tests.jobs.ruled import BOT
from tests.jobs.support import Sandboxed, carried_out, sandboxed
from tests.jobs.test_created_branch import created
from tests.jobs.test_rule_actions import by_hand
from tests.payloads import as_jira_writes, issue, issue_event
from tests.stores import LEASE, rows

SEALED = "gAAAA"
"""What everything that is encrypted begins with."""


async def worked_off(database: Database, jira: Sandboxed) -> None:
    """All that is owed in the sandbox, and the runs that come of it."""
    for _ in range(9):
        for queue in (EFFECTS, RUNS):
            with database.write() as tx:
                work = claim(tx, queue.table, worker="w", now=jira.context.now(), lease=LEASE, limit=1)
            if work:
                await Handling(jira.context, LEASE).one(queue, work[0], monotonic())


def stored(database: Database, *tables_: Any) -> str:
    with database.read() as tx:
        return repr([rows(tx, table) for table in tables_])


async def test_when_the_issue_is_created_the_effect_forgets_what_the_rule_goes_on_with(
    database: Database, server: Server
) -> None:
    server.answers = [(200, {"token": PLANTED})]
    then = [
        {"type": "create_variable", "name": "token", "value": "{{ webResponse.body.token }}"},
        {"type": "create", "issue_type": "Task", "summary": "Text"},
        {"type": "branch", "to": "created", "actions": [comment("It has {{ token | length }} characters.")]},
    ]
    async with sandboxed(database) as unready:
        await carried_out(database, unready, kind=SYNC)
        ring, hosts = Keyring([new_key()]), Hosts(private=(server.host,))
        jira = replace(unready, context=replace(unready.context, keyring=ring, hosts=hosts))
        ask = {"type": "web_request", "url": f"http://{server.host}/", "then": then}
        await by_hand(database, jira, ask)
        await worked_off(database, jira)
        with database.read() as tx:
            (create,) = (one for one in rows(tx, tables.effects) if one["kind"] == "create_issue")
        assert create["state"] == "done"
        assert create["payload"]["fields"]["summary"] == "Text"
        assert SEALED in stored(database, tables.runs), "the rest of the rule waits for the issue"
        assert SEALED not in stored(database, tables.effects, tables.rule_decisions)
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            tx.execute(tables.runs.update().where(tables.runs.c.state == "waiting").values(due_at=NOON))
        await worked_off(database, jira)
    assert "It has 13 characters." in stored(database, tables.effects)
    assert SEALED not in stored(database, tables.runs, tables.effects, tables.rule_decisions)


async def held(asking: Asking) -> int:
    """A rule that was paused before it could go on with an answer that it hands on; its id."""
    asking.server.answers = [(200, {"token": PLANTED}), (200, "in")]
    inner = asking.ask("/{{ webResponse.body.token }}", then=[comment("It says {{ webResponse.body }}.")])
    rule = await asking.fired(asking.ask(then=[inner]))
    await asking.requests_sent()
    with asking.ruled.database.write() as tx:
        tx.execute(tables.rules.update().values(paused_at=NOON, paused_reason="too much"))
    await asking.to_the_end()
    assert SEALED in repr(asking.ruled.decisions), "an admin may let it go on"
    return rule


@pytest.mark.parametrize(("carry_out", "outcome"), [(True, "acted"), (False, "dropped")])
async def test_when_an_admin_has_decided_on_what_was_held_nothing_of_an_answer_stays(
    database: Database, server: Server, carry_out: bool, outcome: str
) -> None:
    asking = Asking(database, server)
    rule = await held(asking)
    with database.write() as tx:
        service.resume(tx, rule, service.Change("Dana", NOON, seen="*"), carry_out=carry_out)
    assert SEALED not in repr(asking.ruled.decisions)
    await asking.to_the_end()
    assert len(server.asked) == 1 + carry_out
    assert outcome in {one["outcome"] for one in asking.ruled.decisions}
    assert SEALED not in asking.kept()
    assert PLANTED not in asking.kept()


TOKEN = {"type": "create_variable", "name": "token", "value": "{{ webResponse.body.token }}"}


async def rotated(asking: Asking, old: str) -> site_settings.Resealed:
    """Another key takes the place of the old one, which is thrown away when all is locked anew."""
    new = new_key()
    ring = Keyring([new, old])
    answers = await lock_all_anew(asking.ruled.database, ring)
    with asking.ruled.database.write() as tx:
        done = site_settings.rotate_keys(tx, ring, answers=answers, now=asking.ruled.clock.now())
    asking.ruled.context = replace(asking.ruled.context, keyring=Keyring([new]))
    return done


async def test_a_run_that_waits_goes_on_when_the_key_was_replaced(database: Database, server: Server) -> None:
    old = new_key()
    asking = Asking(database, server, keyring=Keyring([old]))
    server.answers = [(200, {"token": PLANTED}), (200, "in")]
    inner = asking.ask("/{{ webResponse.body.token }}", then=[comment("It says {{ webResponse.body }}.")])
    await asking.fired(asking.ask(then=[{"type": "wait", "days": 30}, inner]))
    await asking.requests_sent()
    await asking.runs_done()
    done = await rotated(asking, old)
    assert done.answers == Answers(1, ())
    asking.ruled.clock.pass_by(hours=24 * 31)
    await asking.to_the_end()
    assert server.asked[1][0] == f"POST /{PLANTED}"
    assert "It says in." in asking.written()[0]


async def test_effects_that_are_owed_or_given_up_go_on_when_the_key_was_replaced(
    database: Database, server: Server
) -> None:
    old = new_key()
    asking = Asking(database, server, keyring=Keyring([old]))
    server.answers = [(200, {"token": PLANTED}), (400, "no"), (200, "in")]
    create = {"type": "create", "issue_type": "Task", "summary": "Text"}
    branch = {"type": "branch", "to": "created", "actions": [comment("{{ token | length }} characters.")]}
    inner = asking.ask(
        "/{{ token }}", then=[comment("It says {{ webResponse.body }}, {{ token | length }}.")]
    )
    await asking.fired(asking.ask(then=[TOKEN, inner, create, branch]))
    await asking.requests_sent()
    await asking.runs_done()
    with database.write() as tx:
        (work,) = claim(tx, tables.effects, worker="w", now=NOON, lease=LEASE, limit=1)
    await Handling(asking.ruled.context, LEASE).one(EFFECTS, work, monotonic())
    states = {one["kind"]: one["state"] for one in asking.ruled.effects[1:]}
    assert states == {"web_request": "dead", "create_issue": "waiting"}
    done = await rotated(asking, old)
    assert done.answers == Answers(2, ())
    await created(asking.ruled, "BURN-2")
    made = issue(2, created=as_jira_writes(NOON), creator={"accountId": BOT})
    await asking.ruled.tell(issue_event("jira:issue_created", made, at=NOON))
    with database.write() as tx:
        tx.execute(tables.effects.update().where(tables.effects.c.state == "dead").values(state="waiting"))
    await asking.to_the_end()
    assert server.asked[2][0] == f"POST /{PLANTED}"
    assert [text in str(asking.written()) for text in ("13 characters.", "It says in, 13.")] == [True, True]


async def test_what_is_held_can_be_let_go_when_the_key_was_replaced(
    database: Database, server: Server
) -> None:
    old = new_key()
    asking = Asking(database, server, keyring=Keyring([old]))
    rule = await held(asking)
    assert (await rotated(asking, old)).answers == Answers(1, ())
    with database.write() as tx:
        service.resume(tx, rule, service.Change("Dana", NOON, seen="*"), carry_out=True)
    await asking.to_the_end()
    assert server.asked[1][0] == f"POST /{PLANTED}"


async def test_what_no_key_opens_is_named_until_it_is_called_off(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"token": PLANTED})]
    await asking.fired(asking.ask(then=[{"type": "wait", "days": 30}, comment("{{ webResponse.body }}")]))
    await asking.requests_sent()
    await asking.runs_done()
    (number,) = [one["id"] for one in asking.ruled.rows(tables.runs) if one["state"] == "waiting"]
    assert (await rotated(asking, new_key())).answers == Answers(0, (f"run {number} of site demo",))
    with database.write() as tx:
        queues.end(tx, queues.RUNS, number, now=NOON, reason="Cancelled by an admin.")
    assert (await rotated(asking, new_key())).answers == Answers(0, ())


async def test_an_issue_that_is_just_being_created_is_gone_on_with_by_the_newest_key(
    database: Database, server: Server
) -> None:
    old, new = new_key(), new_key()
    asking = Asking(database, server, keyring=Keyring([old]))
    server.answers = [(200, {"token": PLANTED})]
    branch = {"type": "branch", "to": "created", "actions": [comment("{{ token | length }} characters.")]}
    create = {"type": "create", "issue_type": "Task", "summary": "Text"}
    await asking.fired(asking.ask(then=[TOKEN, create, branch]))
    await asking.requests_sent()
    await asking.runs_done()
    asking.ruled.context = replace(asking.ruled.context, keyring=Keyring([new, old]))
    await created(asking.ruled, "BURN-2")
    (waiting,) = [one for one in asking.ruled.rows(tables.runs) if one["state"] == "waiting"]
    assert Keyring([new]).is_newest(waiting["parameters"]["event"]["kept"]["sealed"])
