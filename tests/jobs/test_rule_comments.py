"""What comments of rules say to whom, on both editions."""

from typing import Any

import pytest

from app.services.runs import SYNC
from app.store import tables
from app.store.database import Database
from connectors.jira.properties import Kind, Owner
from tests.jobs.support import carried_out, sandboxed
from tests.jobs.test_rule_actions import by_hand
from tests.jobs.test_rules_in_jira import all_carried_out

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
SAYS = "{{ issue.reporter | mention }}, please look."


@EDITIONS
async def test_a_person_is_mentioned_in_comments_and_descriptions(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(
            database,
            jira,
            {"type": "comment", "text": SAYS},
            {"type": "edit", "set": {"description": SAYS, "summary": SAYS}},
        )
        assert await all_carried_out(database, jira) == 2
        fields = (await jira.site.jira.issue(key))["fields"]
        reporter = fields["reporter"]
        written = [
            one["body"] async for one in jira.site.jira.comments(key) if "please look" in str(one["body"])
        ]
        for said in (*written, fields["description"]):
            if deployment == "cloud":
                node = said["content"][0]["content"][0]  # type: ignore[index, call-overload]
                assert node["type"] == "mention"
                assert node["attrs"]["id"] == reporter["accountId"]
            else:
                assert str(said).startswith(f"[~{reporter['name']}], please look")
        assert len(written) == 1
        assert fields["summary"] == f"@{reporter['displayName']}, please look."


@EDITIONS
async def test_a_comment_for_some_stays_so_when_it_is_edited(database: Database, deployment: str) -> None:
    comment: dict[str, Any] = {
        "type": "comment",
        "mode": "living",
        "text": "Only for us: {{ issue.summary }}",
        "visible_to": {"role": "Developers"},
        "internal": True,
    }
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, comment)
        for _ in range(2):
            assert await all_carried_out(database, jira) == 1
            ours = [one async for one in jira.site.jira.comments(key) if "Only for us" in str(one["body"])]
            (one,) = ours
            assert one["visibility"]["type"] == "role"  # type: ignore[typeddict-item]
            assert one["visibility"]["value"] == "Developers"  # type: ignore[typeddict-item]
            hidden = await jira.site.jira.property_of(Owner(Kind.COMMENT, one["id"]), "sd.public.comment")
            assert hidden == {"internal": True}
            with database.write() as tx:
                tx.execute(tables.effects.update().values(state="waiting"))
