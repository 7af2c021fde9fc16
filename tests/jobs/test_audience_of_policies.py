"""What a policy writes is for the readers that it names, with the first word and with the last."""

from datetime import timedelta

import pytest

from app.services import grooming_policies
from app.store import sites
from app.store.database import Database
from tests.jobs.support import OPENS, Clock, Sandboxed, carried_out, sandboxed
from tests.jobs.test_backlog_grooming import work_off

POLICY = """
name: No epic
board: 1
mode: live
when: type = Story{more}
checks: {{missing_epic: {{used_by: 0}}}}
ladder: [{{step: comment, text: Which goal is this for?}}]
limits: {{per_run: 1}}
{visible_to}
"""


async def groomed(database: Database, jira: Sandboxed, clock: Clock, more: str, visible_to: str) -> list[str]:
    """A run with that policy and all that it owes; returns the states in which that ended."""
    source = POLICY.format(more=more, visible_to=visible_to)
    with database.write() as tx:
        grooming_policies.save(tx, sites.get_site(tx, "demo"), source, now=clock.at, by="test")
    await carried_out(database, jira, kind="backlog_grooming", board=1, at=clock.at)
    states = await work_off(database, jira)
    clock.at += timedelta(minutes=20)
    return states


async def ours(jira: Sandboxed) -> list[tuple[str, dict[str, str] | None]]:
    """The text of the policy's comments, and who may read each."""
    keys = [one["key"] async for one in jira.site.jira.search("project = BURN", fields=["summary"])]
    return [
        (str(one["body"]), one.get("visibility"))
        for key in keys
        async for one in jira.site.jira.comments(key)
        if "grooming:No epic:" in str(one.get("properties"))
    ]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
@pytest.mark.parametrize(
    ("visible_to", "kind", "name"),
    [
        ("visible_to: {role: Developers}", "role", "Developers"),
        ("visible_to: {group: jira-software-users}", "group", "jira-software-users"),
        ("", None, None),
    ],
)
async def test_a_policys_comment_and_its_last_word_are_for_its_readers(
    database: Database, deployment: str, visible_to: str, kind: str | None, name: str | None
) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, deployment=deployment, clock=clock) as jira:
        await carried_out(database, jira, kind="backlog_grooming", board=1, at=clock.at)
        assert await groomed(database, jira, clock, "", visible_to) == ["done"]
        (first,) = await ours(jira)
        assert await groomed(database, jira, clock, " AND summary ~ nothingofthekind", visible_to) == ["done"]
        (last,) = await ours(jira)
    assert first[0] != last[0]
    for _, readers in (first, last):
        assert (readers and (readers["type"], readers["value"])) == (kind and (kind, name))


async def test_where_the_readers_do_not_exist_nothing_is_shown_to_all(database: Database) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await carried_out(database, jira, kind="backlog_grooming", board=1, at=clock.at)
        assert await groomed(database, jira, clock, "", "visible_to: {role: Leads}") == ["dead"]
        assert await ours(jira) == []
