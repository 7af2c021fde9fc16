"""What servers answered rules is encrypted in the store no longer than somebody needs it."""

from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from app.services import rules as service
from app.services.runs import SYNC
from app.services.secrets import Keyring, new_key
from app.store import tables
from app.store.claim import claim
from app.store.database import Database
from connectors.web import Hosts
from jobs.handling import Handling
from tests.jobs.support import Sandboxed, carried_out, sandboxed
from tests.jobs.test_rule_actions import by_hand
from tests.jobs.test_web_answers import EFFECTS, NOON, PLANTED, RUNS, Asking, Server, comment, server
from tests.stores import LEASE, rows

__all__ = ["server"]
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
