"""What rules take back and put in order in Jira, on both editions; done again it changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import read
from app.domain.rules.trials import run
from app.services.runs import SYNC
from app.store import tables
from app.store.database import Database
from tests.jobs.support import OPENS, Sandboxed, carried_out, sandboxed
from tests.jobs.test_rule_actions import by_hand
from tests.jobs.test_rules_in_jira import all_carried_out, made_live
from tests.stores import rows

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])


async def once_more(database: Database, jira: Sandboxed) -> None:
    """All that was done is done again, as after a crash."""
    with database.write() as tx:
        tx.execute(tables.effects.update().values(state="waiting"))
    await all_carried_out(database, jira)


async def linked_with(jira: Sandboxed, key: str) -> set[tuple[str, str]]:
    """The kinds of an issue's links and the issues at their other ends."""
    links = (await jira.site.jira.issue(key))["fields"]["issuelinks"]
    ends = ("outwardIssue", "inwardIssue")
    return {(link["type"]["name"], link[end]["key"]) for link in links for end in ends if end in link}


@EDITIONS
async def test_links_of_a_kind_or_with_an_issue_are_removed_and_no_others(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        key = "BURN-7"
        for kind, other in (("Blocks", "BURN-2"), ("Relates", "BURN-2"), ("Relates", "BURN-3")):
            await jira.site.jira.link(kind, inward=other, outward=key)
        await jira.site.jira.link("Blocks", inward=key, outward="BURN-4")
        await carried_out(database, jira, kind=SYNC)
        before = await linked_with(jira, key)
        await by_hand(
            database,
            jira,
            {"type": "unlink", "link_type": "is blocked by"},
            {"type": "unlink", "link_type": "relates to", "to": "BURN-3"},
            {"type": "unlink", "to": "BURN-20"},
            key=key,
        )
        assert await all_carried_out(database, jira) == 2, "with BURN-20 it has no link"
        gone = {("Blocks", "BURN-2"), ("Relates", "BURN-3")}
        assert await linked_with(jira, key) == before - gone
        await once_more(database, jira)
        assert await linked_with(jira, key) == before - gone


@EDITIONS
@pytest.mark.parametrize("end", ["top", "bottom"])
async def test_an_issue_goes_above_or_below_all_others(database: Database, deployment: str, end: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        query = "project = BURN AND statusCategory != Done ORDER BY Rank"
        some = [one["key"] async for one in jira.site.jira.search(query, fields=("summary",))]
        key = some[len(some) // 2]
        await by_hand(database, jira, {"type": "rank", "to": end}, key=key)
        assert await all_carried_out(database, jira) == 1
        keys = [one["key"] async for one in jira.site.jira.search(query, fields=("summary",))]
        assert keys[0 if end == "top" else -1] == key
        await once_more(database, jira)
        again = [one["key"] async for one in jira.site.jira.search(query, fields=("summary",))]
        assert again == keys


@EDITIONS
async def test_a_rule_takes_its_own_comment_back_and_no_other(database: Database, deployment: str) -> None:
    comments: list[dict[str, Any]] = [
        {"type": "comment", "mode": "living", "name": "overdue", "text": "It is overdue."},
        {"type": "comment", "mode": "living", "text": "Another one."},
    ]
    over = {
        "type": "if",
        "when": "status = 'To Do'",
        "then": comments,
        "otherwise": [
            {"type": "delete_comment", "name": "overdue"},
        ],
    }
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            document = {"name": "By hand", "trigger": {"type": "manual"}, "actions": [over]}
            rule = made_live(tx, jira, document)
            key = next(row["key"] for row in rows(tx, tables.issues) if row["status_name"] == "To Do")
        for begun in (False, True):
            if begun:
                progress = next(row["id"] for row in _statuses(database) if row["name"] == "In Progress")
                await jira.site.jira.transition_to(key, progress)
                await carried_out(database, jira, kind=SYNC)
            at = OPENS + timedelta(hours=1 if begun else 0)
            await carried_out(database, jira, kind="rule", at=at, rule=rule, issues=[key])
            await all_carried_out(database, jira)
        said = [str(one["body"]) async for one in jira.site.jira.comments(key)]
        assert not any("It is overdue." in one for one in said)
        assert sum("Another one." in one for one in said) == 1
        with database.write() as tx:
            taken_back = tables.effects.c.kind == "take_comment_back"
            tx.execute(tables.effects.update().where(taken_back).values(state="waiting"))
        assert await all_carried_out(database, jira) == 1
        assert len([one async for one in jira.site.jira.comments(key)]) == len(said)


def _statuses(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return rows(tx, tables.statuses)


@EDITIONS
async def test_a_version_is_created_once(database: Database, deployment: str) -> None:
    create = {
        "type": "create_version",
        "name": "Week {{ now.format('yyyy-MM-dd') }}",
        "description": "Of {{ issue.key }}",
        "release": "{{ now.plusDays(7).format('yyyy-MM-dd') }}",
    }
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, create)
        await all_carried_out(database, jira)
        await once_more(database, jira)
        (made,) = [one for one in await jira.site.jira.versions("BURN") if one["name"].startswith("Week ")]
        assert made["name"] == "Week 2026-11-18"
        assert made["releaseDate"] == "2026-11-25"
        assert made["description"] == f"Of {key}"  # type: ignore[typeddict-item]
        assert not made["released"]


async def test_a_rule_without_an_issue_creates_a_version_in_the_project_that_it_names(
    database: Database,
) -> None:
    create = {"type": "create_version", "project": "BURN", "name": "Next", "description": "{{ rule.name }}"}
    document: dict[str, Any] = {
        "name": "Ahead",
        "trigger": {"type": "manual", "once": True},
        "actions": [create],
        "tests": [{"name": "One", "given": {}, "effects": [{"kind": "create_version"}]}],
    }
    draft = read(document)
    assert run(draft, draft.tests[0]).faults == ()
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind=SYNC)
        with database.write() as tx:
            rule = made_live(tx, jira, document)
            other = {**document, "name": "Other", "actions": [{**create, "project": "BURNS"}]}
            with pytest.raises(RuleNotUnderstood, match="no project 'BURNS'; did you mean 'BURN'"):
                made_live(tx, jira, other)
        await carried_out(database, jira, kind="rule", rule=rule, issues=[])
        await all_carried_out(database, jira)
        await once_more(database, jira)
        (made,) = [one for one in await jira.site.jira.versions("BURN") if one["name"] == "Next"]
        assert made["description"] == "Ahead"  # type: ignore[typeddict-item]


@EDITIONS
async def test_several_people_watch_an_issue(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        who = ["reporter", "assignee", "{{ issue.reporter.accountId }}", "commenter"]
        await by_hand(database, jira, {"type": "watch", "who": who}, key="BURN-7")
        with database.read() as tx:
            wanted = [row["payload"]["account"] for row in rows(tx, tables.effects)]
            (decision,) = rows(tx, tables.rule_decisions)
        assert len(wanted) == len(set(wanted))
        assert "Jira does not say who is meant by 'commenter'." in str(decision["steps"])
        assert await all_carried_out(database, jira) == len(wanted)
        fields = (await jira.site.jira.issue("BURN-7"))["fields"]
        assert fields["watches"]["watchCount"] >= len(wanted) > 0
