"""What each kind of action leaves in Jira, on both editions; and once, whatever happens in between."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.effects import CreateIssue
from app.services.runs import SYNC, request_rule
from app.store import outbox, tables
from app.store.claim import claim
from app.store.database import Database
from connectors.jira.properties import Kind, Owner
from jobs import catalogue, effects
from tests.jobs.support import OPENS, SANDBOX, Sandboxed, carried_out, sandboxed
from tests.jobs.test_rules_in_jira import all_carried_out, made_live
from tests.stores import LEASE, rows

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


async def by_hand(database: Database, jira: Sandboxed, *actions: dict[str, Any], key: str = "") -> str:
    """Have a rule with these actions fire for an issue to do, to its end in the outbox; returns the key."""
    document = {"name": "By hand", "trigger": {"type": "manual"}, "actions": list(actions)}
    with database.write() as tx:
        rule = made_live(tx, jira, document)
        if not key:
            found = [row for row in rows(tx, tables.issues) if row["status_name"] == "To Do"]
            key = next(row["key"] for row in found if row["assignee_id"] != row["reporter_id"])
        request_rule(tx, rule, issues=[key], now=OPENS, requested_by="test")
        (work,) = claim(tx, tables.runs, worker="w", now=OPENS, lease=LEASE, limit=1)
    await catalogue.carry_out(jira.context, work)
    with database.read() as tx:
        (decision,) = rows(tx, tables.rule_decisions)
    assert decision["reason"] is None, decision["reason"]
    return key


def created(database: Database) -> list[str]:
    with database.read() as tx:
        return [
            row["outcome"]["created"] for row in rows(tx, tables.effects) if row["kind"] == "create_issue"
        ]


@EDITIONS
async def test_an_issue_is_created_and_linked(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(
            database,
            jira,
            {
                "type": "create",
                "issue_type": "Task",
                "summary": "Write about {{ issue.key }}",
                "set": {"labels": ["docs"], "priority": "Low"},
                "link_type": "Relates",
            },
        )
        await all_carried_out(database, jira)
        (new,) = created(database)
        fields = (await jira.site.jira.issue(new))["fields"]
        assert fields["summary"] == f"Write about {key}"
        assert (fields["labels"], fields["priority"]["name"]) == (["docs"], "Low")
        assert key in str(fields["issuelinks"])


@EDITIONS
async def test_sub_tasks_are_created_under_the_issue(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(
            database, jira, {"type": "create_subtasks", "summaries": ["Design", "Build {{ issue.key }}"]}
        )
        await all_carried_out(database, jira)
        fields = [(await jira.site.jira.issue(new))["fields"] for new in created(database)]
        assert [one["summary"] for one in fields] == ["Design", f"Build {key}"]
        assert {one["parent"]["key"] for one in fields} == {key}
        assert all(one["issuetype"]["subtask"] for one in fields)


async def test_an_issue_is_created_once_though_the_worker_died_before_it_heard_the_answer(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        await by_hand(database, jira, {"type": "create", "issue_type": "Task", "summary": "Only once"})
        before = await jira.site.jira.count("project = BURN")
        for _ in range(2):
            with database.write() as tx:
                (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
            finished = await effects.carry_out(jira.context, work)
            assert finished.state == outbox.DONE
            with database.write() as tx:
                tx.execute(tables.effects.update().values(state="waiting"))
        assert await jira.site.jira.count("project = BURN") == before + 1


async def test_a_transition_whose_answer_was_lost_does_not_take_back_what_people_did_since(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, {"type": "transition", "to": "In Progress"})
        with database.write() as tx:
            (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
            done = next(row["id"] for row in rows(tx, tables.statuses) if row["name"] == "Done")
        first = await effects.carry_out(jira.context, work)
        await jira.site.jira.transition_to(key, done)
        with database.write() as tx:
            tx.execute(tables.effects.update().values(state="waiting"))
            (again,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        assert (await effects.carry_out(jira.context, again)).values == first.values
        assert (await jira.site.jira.issue(key))["fields"]["status"]["name"] == "Done"


async def test_an_issue_is_created_once_though_many_others_were_created_since(database: Database) -> None:
    """A rule on a schedule creates dozens at once, and what was given up is tried again days later."""
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        await by_hand(database, jira, {"type": "create", "issue_type": "Task", "summary": "Only once"})
        with database.write() as tx:
            (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        effect = outbox.effect_of(work.row)
        assert isinstance(effect, CreateIssue)
        created = (await effects.carry_out(jira.context, work)).values["outcome"]["created"]
        await jira.advance(days=5)
        for number in range(60):
            await jira.site.jira.create_issue({**effect.fields, "summary": f"Another one, {number}"})
        with database.write() as tx:
            tx.execute(tables.effects.update().values(state="waiting"))
            (again,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        assert (await effects.carry_out(jira.context, again)).values["outcome"]["created"] == created


@EDITIONS
async def test_watchers_properties_ranks_and_people(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(
            database,
            jira,
            {"type": "watch", "who": "reporter"},
            {"type": "set_property", "key": "acme.seen", "value": {"by": "{{ rule.name }}", "times": 1}},
            {"type": "rank", "before": "BURN-20"},
            {"type": "assign", "to": "reporter"},
        )
        assert await all_carried_out(database, jira) == 4
        kept = await jira.site.jira.property_of(Owner(Kind.ISSUE, key), "acme.seen")
        assert kept == {"by": "By hand", "times": 1}
        fields = (await jira.site.jira.issue(key))["fields"]
        assert fields["watches"]["watchCount"] >= 1
        person = "accountId" if deployment == "cloud" else "name"
        assert fields["assignee"][person] == fields["reporter"][person]


async def test_an_issue_is_put_into_the_running_sprint_and_back(database: Database) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, {"type": "move_to_sprint", "to": "active"}, key="BURN-70")
        await all_carried_out(database, jira)
        with database.read() as tx:
            (active,) = [row["id"] for row in rows(tx, tables.sprints) if row["state"] == "active"]
            field = tx.execute(tables.sites.select()).mappings().one()["sprint_field"]
        sprints = (await jira.site.jira.issue(key))["fields"][field]
        assert active in {one["id"] for one in sprints}


@EDITIONS
async def test_work_is_logged_a_version_released_and_a_copy_made(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        bearer = {"Authorization": f"Bearer {SANDBOX.token}"}
        signed_in: dict[str, Any] = {"headers": bearer, "auth": None} if deployment == "datacenter" else {}
        version = {"name": "1.4", "project": "BURN"}
        made = await jira.operator.post("/rest/api/2/version", json=version, **signed_in)
        version = made.raise_for_status().json()
        await jira.site.jira.edit_issue("BURN-5", fields={"fixVersions": [{"id": version["id"]}]})
        await carried_out(database, jira, kind=SYNC)
        with database.read() as tx:
            issue = next(row for row in rows(tx, tables.issues) if row["key"] == "BURN-5")
        await by_hand(
            database,
            jira,
            {"type": "log_work", "time": "1h  30m", "text": "Talked about {{ issue.key }}"},
            {"type": "release_version", "version": version["name"]},
            {"type": "clone", "summary": "Again: {{ issue.summary }}", "set": {"labels": ["copy"]}},
            key=issue["key"],
        )
        before = {one["id"] async for one in jira.site.jira.worklogs(issue["key"])}
        assert await all_carried_out(database, jira) == 3
        (logged,) = [one async for one in jira.site.jira.worklogs(issue["key"]) if one["id"] not in before]
        assert logged["timeSpentSeconds"] == 5400
        assert "Talked about " in str(logged["comment"])
        assert (await jira.site.jira.version(version["id"]))["released"] is True
        (copy,) = created(database)
        fields = (await jira.site.jira.issue(copy))["fields"]
        assert fields["summary"] == f"Again: {issue['summary']}"
        assert fields["priority"]["id"] == issue["fields"]["priority"]["id"]
        assert fields["labels"] == ["copy"]
        (link,) = fields["issuelinks"]
        assert link["outwardIssue"]["key"] == issue["key"], "the copy clones the issue"


async def test_work_is_logged_once_though_the_worker_died_before_it_heard_the_answer(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(
            database, jira, {"type": "log_work", "time": "1h"}, {"type": "log_work", "time": "1h"}
        )
        before = len([one async for one in jira.site.jira.worklogs(key)])
        for _ in range(2):
            await all_carried_out(database, jira)
            with database.write() as tx:
                tx.execute(tables.effects.update().values(state="waiting"))
        assert len([one async for one in jira.site.jira.worklogs(key)]) == before + 2


@EDITIONS
async def test_a_mail_that_may_have_been_sent_waits_for_an_admin(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        mail = {"type": "notify", "to": ["watchers", "reporter", "lead"], "text": "Look at {{ issue.key }}."}
        key = await by_hand(database, jira, mail)
        with database.write() as tx:
            (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        assert work.row["payload"]["roles"] == ["watchers", "reporter"]
        assert work.row["payload"]["subject"].startswith(f"{key}: ")
        assert (await effects.carry_out(jira.context, work)).state == outbox.DONE
        died = replace(work, row={**work.row, "deaths": 1})
        finished = await effects.carry_out(jira.context, died)
        assert finished.state == outbox.DEAD
        assert "may have been sent" in str(finished.reason)


@EDITIONS
async def test_fields_are_copied_from_another_issue(database: Database, deployment: str) -> None:
    fields = ["priority", "labels", "components", "assignee", "fixVersions", "description", "Story Points"]
    async with sandboxed(database, deployment=deployment) as jira:
        await jira.site.jira.edit_issue("BURN-7", fields={"labels": ["mine"]})
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, {"type": "copy_fields", "from": "BURN-7", "fields": fields})
        await all_carried_out(database, jira)
        listed = await jira.site.jira.fields()
        story_points = next(each["id"] for each in listed if each["name"] == "Story Points")
        ours, theirs = [(await jira.site.jira.issue(each))["fields"] for each in (key, "BURN-7")]
        for name in ("priority", "labels", "components", "assignee", "fixVersions", story_points):
            assert ours.get(name) == theirs.get(name), name
        assert str(ours["description"]) == str(theirs["description"])
