"""Rules without an issue, to the end: in a Jira, with what they created, and with what a server answered."""

from datetime import timedelta
from typing import Any

from app.services.runs import SYNC, request_rule
from app.store.database import Database
from tests.factories import BEFORE_START, day
from tests.jobs.answered import NOON, Asking, Server
from tests.jobs.ruled import BOT, Ruled
from tests.jobs.support import OPENS, Clock, carried_out, sandboxed
from tests.jobs.test_created_branch import created, gone_on
from tests.jobs.test_rules_in_jira import all_carried_out, made_live
from tests.jobs.test_rules_once import RETRO, sprinting
from tests.payloads import as_jira_writes, issue, issue_event, sprint_event

LABELLED: dict[str, Any] = {
    **RETRO,
    "actions": [
        *RETRO["actions"],
        {"type": "branch", "to": "created", "actions": [{"type": "edit", "add": {"labels": ["retro"]}}]},
    ],
}


async def test_a_sprint_that_ended_unheard_gets_its_retro_from_the_next_sync_once(database: Database) -> None:
    """The webhook never came."""
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            made_live(tx, jira, RETRO)
        (sprint,) = [one async for one in jira.site.jira.sprints(1) if one["state"] == "active"]
        ended = await jira.operator.post(f"/rest/agile/1.0/sprint/{sprint['id']}", json={"state": "closed"})
        assert ended.status_code == 200, ended.text
        clock.pass_by(minutes=10)
        for _ in range(3):
            await carried_out(database, jira, kind=SYNC, at=clock.at)
            clock.pass_by(minutes=10)
        assert await all_carried_out(database, jira) == 1
        asked = jira.site.jira.search('summary ~ "Retro"', fields=("summary",))
        named = [one["fields"]["summary"] async for one in asked]
        assert named == [f"Retro for {sprint['name']} (closed)"]


async def test_it_goes_on_with_the_issue_that_it_created(database: Database) -> None:
    ruled = await sprinting(database)
    ruled.rule(LABELLED)
    await ruled.tell(sprint_event("sprint_closed", at=day(4)))
    await created(ruled, "BURN-5")
    late = as_jira_writes(ruled.clock.now() + timedelta(seconds=1))
    made = issue(5, created=late, creator={"accountId": BOT})
    await ruled.tell(issue_event("jira:issue_created", made, at=day(5)))
    for _ in range(2):
        await gone_on(ruled)
    assert [(one["kind"], one["payload"]["issue_key"]) for one in ruled.effects] == [
        ("create_issue", ""),
        ("edit_issue", "BURN-5"),
    ]
    first, second = ruled.decisions
    assert (second["issue_key"], second["event_key"]) == ("", f"{first['event_key']}+BURN-5@1")


async def test_it_goes_on_with_what_a_server_answered(database: Database, server: Server) -> None:
    asking = Asking(database, server)
    server.answers = [(200, {"open": 3})]
    bug = {"type": "create", "project": "BURN", "issue_type": "Bug"}
    found = {
        "type": "branch",
        "jql": "key = BURN-1",
        "actions": [{"type": "comment", "text": "See the bug."}],
    }
    then = [{**bug, "summary": "{{ webResponse.body.open }} alarms are open"}, found]
    ruled: Ruled = asking.ruled
    document = {
        "name": "Ask",
        "trigger": {"type": "manual", "once": True},
        "actions": [asking.ask(then=then)],
    }
    rule = ruled.rule(document)
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=BEFORE_START))
    with database.write() as tx:
        request_rule(tx, rule, issues=[], now=NOON, requested_by="test")
    await asking.runs_done()
    await asking.to_the_end()
    kinds = [one["kind"] for one in ruled.effects]
    assert kinds == ["web_request", "create_issue", "living_comment"]
    assert ruled.effects[1]["payload"]["fields"]["summary"] == "3 alarms are open"
    assert len(ruled.decisions) == 2
