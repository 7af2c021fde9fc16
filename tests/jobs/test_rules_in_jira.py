"""Rules before a Jira whose team works: what catch-ups find, what stands in Jira afterwards, and replays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.jql import UTC_ZONE, search
from app.services.rule_replay import replay
from app.services.runs import RECONCILE, SYNC, request_rule
from app.store import outbox, runs, sites, tables
from app.store.claim import claim
from app.store.database import Database
from jobs import catalogue, effects
from tests.jobs.support import OPENS, Clock, Sandboxed, carried_out, sandboxed
from tests.stores import LEASE, rows

GROUP = "jira-software-users"
RULE: dict[str, Any] = {
    "name": "Label what is worked on",
    "trigger": {"type": "issue_transitioned", "to": ["In Progress"]},
    "when": "assignee IS NOT EMPTY",
    "actions": [
        {"type": "edit", "add": {"labels": ["in-work"]}},
        {"type": "comment", "text": "{{ issue.key }} is worked on since {{ now }}.", "mode": "living"},
    ],
}


def made_live(tx: Connection, jira: Sandboxed, document: dict[str, Any], *, mode: str = "live") -> int:
    change = service.Change(author="Dana", now=OPENS, seen="*")
    made = service.create(tx, jira.site.name, document, change)
    service.set_mode(tx, made.id, mode, change)
    return made.id


async def all_carried_out(database: Database, jira: Sandboxed) -> int:
    """Every effect that is owed, in its order; returns how many."""
    number = 0
    while True:
        work = await database.call_write(
            lambda tx: claim(tx, tables.effects, worker="w", now=jira.context.now(), lease=LEASE, limit=1)
        )
        if not work:
            return number
        finished = await effects.carry_out(jira.context, work[0])
        assert finished.state == outbox.DONE, finished.reason
        with database.write() as tx:
            tx.execute(
                tables.effects.update()
                .where(tables.effects.c.id == work[0].id)
                .values(state=finished.state, claimed_until=None, **finished.values)
            )
            if finished.commit is not None:
                finished.commit(tx)
        number += 1


def _rows(database: Database, table: Table) -> list[dict[str, Any]]:
    with database.read() as tx:
        return rows(tx, table)


async def three_days_pass(database: Database, jira: Sandboxed, clock: Clock) -> None:
    """The team works on, and each morning a catch-up hears of it and what rules want is carried out."""
    for _ in range(3):
        await jira.advance(hours=26)
        clock.pass_by(hours=26)
        await carried_out(database, jira, kind=SYNC, at=clock.at)
        await all_carried_out(database, jira)
    await carried_out(database, jira, kind=SYNC, at=clock.at)


async def test_a_rule_acts_on_what_a_catch_up_found_and_a_replay_would_have_done_the_same(
    database: Database,
) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            rule = made_live(tx, jira, RULE)
        await three_days_pass(database, jira, clock)
        assert await all_carried_out(database, jira) == 0, "what was decided is not decided again"
        with database.read() as tx:
            decided = rows(tx, tables.rule_decisions)
            acted = [one for one in decided if one["outcome"] == "acted"]
            assert acted, "the team began something in three days"
            site = sites.site_by_id(tx, jira.site.id)
            found = replay(
                tx,
                site,
                read(RULE),
                since=OPENS,
                until=clock.at,
                now=clock.at,
                stored_id=rule,
            )
        assert found.differences == ()
        assert found.outcomes.get("acted") == len(acted)
        for key in {one["issue_key"] for one in acted}:
            issue = await jira.site.jira.issue(key)
            assert "in-work" in issue["fields"]["labels"]
            ours = [
                one async for one in jira.site.jira.comments(key) if "is worked on since" in str(one["body"])
            ]
            assert len(ours) == 1, "a living comment is one comment"


async def test_a_rule_that_moves_assigns_and_links_leaves_it_so_in_jira(database: Database) -> None:
    document = {
        "name": "By hand",
        "trigger": {"type": "manual"},
        "actions": [
            {"type": "transition", "to": "In Progress"},
            {"type": "assign", "to": "reporter"},
            {"type": "link", "link_type": "Relates", "to": "BURN-2"},
            {"type": "edit", "set": {"summary": "Changed: {{ issue.summary }}", "priority": "Highest"}},
        ],
    }
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            rule = made_live(tx, jira, document)
            key = next(
                row["key"]
                for row in rows(tx, tables.issues)
                if row["status_name"] == "To Do" and row["assignee_id"] != row["reporter_id"]
            )
            run = request_rule(tx, rule, issues=[key], now=OPENS, requested_by="test")
            (work,) = claim(tx, tables.runs, worker="w", now=OPENS, lease=LEASE, limit=1)
        assert work.id == run
        finished = await catalogue.carry_out(jira.context, work)
        assert finished.state == runs.DONE
        before = (await jira.site.jira.issue(key))["fields"]
        kinds = [row["kind"] for row in _rows(database, tables.effects)]
        assert kinds == ["transition_issue", "assign_issue", "link_issues", "edit_issue"]
        assert await all_carried_out(database, jira) == 4
        after = (await jira.site.jira.issue(key))["fields"]
        assert after["status"]["name"] == "In Progress"
        assert after["assignee"]["accountId"] == before["reporter"]["accountId"]
        assert after["summary"] == f"Changed: {before['summary']}"
        assert after["priority"]["name"] == "Highest"
        (link,) = after["issuelinks"]
        assert link["type"]["name"] == "Relates"
        assert "BURN-2" in str(link)


async def test_a_rule_on_a_schedule_fires_for_what_its_query_finds_then(database: Database) -> None:
    document = {
        "name": "Every morning",
        "trigger": {"type": "schedule", "cron": "0 8 * * *", "jql": "status = Done"},
        "actions": [{"type": "edit", "add": {"labels": ["closed"]}}],
    }
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            rule = made_live(tx, jira, document)
            (schedule,) = [row for row in rows(tx, tables.schedules) if row["enabled"]]
            done = {row["key"] for row in rows(tx, tables.issues) if row["status_name"] == "Done"}
        assert (schedule["kind"], schedule["parameters"]) == ("rule", {"rule": rule, "shadow": False})
        await carried_out(database, jira, kind="rule", at=OPENS, **schedule["parameters"])
        await carried_out(database, jira, kind="rule", at=OPENS, **schedule["parameters"])
        with database.read() as tx:
            assert {row["payload"]["issue_key"] for row in rows(tx, tables.effects)} == done
            assert len(rows(tx, tables.effects)) == len(done), "the same firing twice wants nothing twice"


async def test_a_replay_sees_nothing_of_later(database: Database) -> None:
    document = {**RULE, "when": "status = Done", "actions": [{"type": "log", "text": "never"}]}
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.read() as tx:
            site = sites.site_by_id(tx, jira.site.id)
            found = replay(
                tx,
                site,
                read(document),
                since=OPENS - timedelta(days=60),
                until=OPENS,
                now=OPENS,
            )
        assert found.events
        assert set(found.outcomes) == {"not matched"}, "whatever is done by now was in progress then"


async def test_groups_that_rules_name_are_read_with_the_next_sync(database: Database) -> None:
    rule = {
        **RULE,
        "trigger": {"type": "manual"},
        "when": {"in_group": {"who": "reporter", "groups": [GROUP]}},
    }
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            made = made_live(tx, jira, rule)
            keys = [row["key"] for row in rows(tx, tables.issues)][:3]
        await carried_out(database, jira, kind=SYNC)
        await carried_out(database, jira, kind=SYNC)
        assert len(await jira.requests("/group/member")) == 1, "once a day"
        await carried_out(database, jira, kind="rule", rule=made, issues=keys)
        assert {one["outcome"] for one in _rows(database, tables.rule_decisions)} == {"acted"}


async def test_groups_of_the_settings_can_be_asked_for_in_jql_after_a_sync(database: Database) -> None:
    query = f'reporter in membersOf("{GROUP}")'
    async with sandboxed(database) as jira:
        named = replace(jira.site, groups=(GROUP,))
        told = replace(jira, site=named, context=replace(jira.context, sites={named.id: named}))
        await carried_out(database, told, kind=SYNC)
        with database.read() as tx:
            site = sites.site_by_id(tx, jira.site.id)
            found = search(tx, site, query, now=OPENS, zone=UTC_ZONE)
            everybody = search(tx, site, "reporter is not empty", now=OPENS, zone=UTC_ZONE)
    assert found
    assert set(found) <= set(everybody)


@pytest.mark.parametrize("first", [SYNC, RECONCILE])
async def test_a_release_that_no_webhook_told_is_decided_on_with_the_next_reading_and_once(
    database: Database, first: str
) -> None:
    each = {**RULE, "name": "Each", "trigger": {"type": "version_released"}}
    told = {"type": "create", "project": "BURN", "issue_type": "Task", "summary": "{{ version.name }} is out"}
    once = {"name": "Once", "trigger": {"type": "version_released", "once": True}, "actions": [told]}
    async with sandboxed(database) as jira:
        made = await jira.operator.post("/rest/api/3/version", json={"name": "1.4", "project": "BURN"})
        version = made.raise_for_status().json()["id"]
        await jira.site.jira.edit_issue("BURN-5", fields={"fixVersions": [{"id": version}]})
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            rules = [made_live(tx, jira, document) for document in (each, once)]
        change = {"name": "1.4.0", "released": True, "releaseDate": "2026-11-20"}
        (await jira.operator.put(f"/rest/api/3/version/{version}", json=change)).raise_for_status()
        await jira.advance(minutes=10)
        for kind in (first, SYNC):
            await carried_out(database, jira, kind=kind)
    (stored,) = [row for row in _rows(database, tables.jira_tables.versions) if row["id"] == version]
    assert (stored["name"], stored["released_on"]) == ("1.4.0", "2026-11-20")
    decided = [(one["rule_id"], one["issue_key"]) for one in _rows(database, tables.rule_decisions)]
    assert sorted(decided) == [*zip(rules, ("BURN-5", ""), strict=True)]
    assert "1.4.0 is out" in str([one["payload"] for one in _rows(database, tables.effects)])
