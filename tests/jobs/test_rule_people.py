"""Whom rules choose, on both editions: members of roles, who has the least to do, and replays of it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.domain.rules.reading import read
from app.services import rule_warnings
from app.services.rule_replay import replay
from app.services.runs import SYNC
from app.store import jira_tables, role_names, sites, tables
from app.store.database import Database
from tests.jobs.support import OPENS, SANDBOX, Clock, Sandboxed, carried_out, sandboxed
from tests.jobs.test_rules_in_jira import all_carried_out, made_live, three_days_pass
from tests.stores import rows

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


async def fired(database: Database, jira: Sandboxed, *actions: dict[str, Any], **rule: Any) -> dict[str, Any]:
    """Have a rule, whose groups and roles a sync has read, fire for an issue to do; returns the decision."""
    await carried_out(database, jira, kind=SYNC)
    document = {"name": "By hand", "trigger": {"type": "manual"}, "actions": list(actions), **rule}
    with database.write() as tx:
        made = made_live(tx, jira, document)
    await carried_out(database, jira, kind=SYNC)
    with database.read() as tx:
        key = next(row["key"] for row in rows(tx, tables.issues) if row["status_name"] == "To Do")
    await carried_out(database, jira, kind="rule", rule=made, issues=[key])
    with database.read() as tx:
        (decision,) = rows(tx, tables.rule_decisions)
    assert decision["reason"] is None, decision["reason"]
    return decision


async def assignee_of(jira: Sandboxed, key: str) -> dict[str, Any]:
    return dict((await jira.site.jira.issue(key))["fields"]["assignee"] or {})


@EDITIONS
async def test_one_who_has_a_role_gets_the_issue(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        decision = await fired(
            database,
            jira,
            {"type": "assign", "to": "nobody"},
            {"type": "assign", "role": "Administrators"},
            when={"not": {"in_role": {"who": "5f0:nobody", "roles": ["administrators"]}}},
        )
        await all_carried_out(database, jira)
        number = (await jira.site.jira.project_roles("BURN"))["Administrators"]
        (admin,) = [one async for one in jira.site.jira.role_members("BURN", number)]
        got = await assignee_of(jira, decision["issue_key"])
        which = "accountId" if deployment == "cloud" else "key"
        assert got[which] == admin[which]  # type: ignore[literal-required]
        await carried_out(database, jira, kind=SYNC)
        asked = [each for each in await jira.requests("/project/BURN/role/") if each["method"] == "GET"]
        assert len(asked) == 2, "for the rule once a day, and here"
        odd = {
            "when": {"in_role": {"roles": ["Administrators", "Admnistrators"]}},
            "actions": [
                {"type": "assign", "group": "jira-sofware-users"},
                {"type": "comment", "text": "x", "visible_to": {"role": "Developer"}},
                {"type": "comment", "text": "x", "visible_to": {"group": "jira-software-users"}},
                {"type": "notify", "text": "x", "groups": ["Support"]},
            ],
        }
        document = {"name": "Odd", "trigger": {"type": "manual"}, "projects": ["BURN"], **odd}
        with database.read() as tx:
            site = sites.site_by_id(tx, jira.site.id)
            warned = rule_warnings.unfound(tx, site, document, now=OPENS)
        assert warned == [
            (
                "when/in_role/roles/1",
                "the site has no role in BURN 'Admnistrators'; did you mean 'Administrators'?",
            ),
            (
                "actions/0/group",
                "the site has no group 'jira-sofware-users'; did you mean 'jira-software-users'?",
            ),
            (
                "actions/1/visible_to/role",
                "the site has no role in BURN 'Developer'; did you mean 'Developers'?",
            ),
            ("actions/3/groups/0", "the site has no group 'Support'; there are: jira-software-users"),
        ]


async def test_nobody_is_warned_of_a_group_where_the_picker_shows_a_part_of_them(database: Database) -> None:
    many = tuple(f"team-{number:02}" for number in range(30))
    config = replace(SANDBOX, groups=many)
    document = {
        "name": "Odd",
        "trigger": {"type": "manual"},
        "actions": [{"type": "assign", "group": many[-1]}],
    }
    async with sandboxed(database, deployment="datacenter", config=config) as jira:
        assert [one async for one in jira.site.jira.group_members(many[-1])] == []
        site = await database.call_read(lambda tx: sites.site_by_id(tx, jira.site.id))
        few = ["jira-software-users", many[0]]  # as they were told whole
        keep = partial(role_names.keep_groups, site=site, names=few, at=OPENS - timedelta(days=1))
        await database.call_write(keep)
        with database.read() as tx:
            assert len(rule_warnings.unfound(tx, site, document, now=OPENS)) == 1
        await carried_out(database, jira, kind=SYNC)
        with database.read() as tx:
            assert rule_warnings.unfound(tx, site, document, now=OPENS) == []


@EDITIONS
async def test_who_has_the_least_to_do_gets_the_issue(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        assign = {"type": "assign", "role": "Developers", "by": "balanced"}
        decision = await fired(database, jira, {"type": "edit", "add": {"labels": ["x"]}}, assign)
        with database.read() as tx:
            people = [row for row in rows(tx, jira_tables.users) if row["active"]]
        names = {row["account_id"]: row["name"] for row in people}
        assert await all_carried_out(database, jira) == 2
        (why,) = [step["why"] for step in decision["steps"] if step["step"] == "assign_issue"]
        got = await assignee_of(jira, decision["issue_key"])
        mine = got["accountId" if deployment == "cloud" else "key"]
        counts = {}
        for row in people:
            who = row["account_id"] if deployment == "cloud" else row["username"]
            open_ones = f'assignee = "{who}" AND statusCategory != Done AND key != {decision["issue_key"]}'
            counts[row["account_id"]] = await jira.site.jira.count(open_ones)
        assert len(set(counts.values())) > 1
        assert f"{names[mine]} has the fewest issues" in why
        assert f": {counts[mine]};" in why, "as many as Jira counts"
        assert all(counts[mine] <= number for who, number in counts.items() if names[who] in why)


@EDITIONS
async def test_who_leads_a_component_gets_its_issues(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        number = (await jira.site.jira.project_roles("BURN"))["Developers"]
        *_, lead = [one async for one in jira.site.jira.role_members("BURN", number)]
        bearer = {"Authorization": f"Bearer {SANDBOX.token}"}
        signed_in: dict[str, Any] = {"headers": bearer, "auth": None} if deployment == "datacenter" else {}
        led = {"name": "Led", "project": "BURN"}
        led |= (
            {"leadAccountId": lead["accountId"]} if deployment == "cloud" else {"leadUserName": lead["name"]}
        )
        made_there = await jira.operator.post("/rest/api/2/component", json=led, **signed_in)
        component = made_there.raise_for_status().json()["id"]
        await jira.site.jira.edit_issue("BURN-7", fields={"components": [{"id": component}]})
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            actions = [{"type": "assign", "to": "nobody"}, {"type": "assign", "to": "component_lead"}]
            made = made_live(tx, jira, {"name": "Leads", "trigger": {"type": "manual"}, "actions": actions})
        await carried_out(database, jira, kind="rule", rule=made, issues=["BURN-7"])
        with database.read() as tx:
            (decision,) = rows(tx, tables.rule_decisions)
        assert "leads the component Led" in str(decision["steps"])
        await all_carried_out(database, jira)
        assert (await assignee_of(jira, "BURN-7"))["displayName"] == lead["displayName"]


async def test_a_replay_chooses_whom_the_live_rule_chose(database: Database) -> None:
    rule = {
        "name": "Somebody looks at it",
        "trigger": {"type": "issue_transitioned"},
        "actions": [
            {"type": "assign", "role": "Developers", "by": "balanced"},
            {
                "type": "branch",
                "jql": "key = BURN-2",
                "actions": [
                    {"type": "assign", "role": "Developers", "by": "random"},
                ],
            },
        ],
    }
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            made = made_live(tx, jira, rule)
        await three_days_pass(database, jira, clock)
        with database.read() as tx:
            acted = [one for one in rows(tx, tables.rule_decisions) if one["outcome"] == "acted"]
            site = sites.site_by_id(tx, jira.site.id)
            until = clock.at + timedelta(seconds=1)
            found = replay(tx, site, read(rule), since=OPENS, until=until, now=until, stored_id=made)
        assert len(acted) > 3
        assert found.differences == ()
        assert found.outcomes.get("acted") == len(acted)
