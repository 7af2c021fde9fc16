"""What follows an answer is held, counted and in shadow as all that rules do, and is of no other host."""

from typing import Any

import pytest

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import preview, replay
from app.store import tables
from app.store.database import Database
from tests.factories import BEFORE_START, day
from tests.jobs.answered import NOON, PLANTED, Asking, Server, comment
from tests.jobs.ruled import BOT
from tests.jobs.test_created_branch import created
from tests.payloads import as_jira_writes, issue, issue_event


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
