"""What rules set and say with a transition, on both editions; and why one does not happen."""

from dataclasses import replace
from typing import Any

import pytest

from app.services.runs import SYNC
from app.store import outbox, tables
from app.store.claim import claim
from app.store.database import Database
from connectors.errors import FieldsNotOnScreen
from jobs import effects
from tests.jobs.support import OPENS, carried_out, sandboxed
from tests.jobs.test_rule_actions import by_hand
from tests.jobs.test_rules_in_jira import all_carried_out
from tests.stores import LEASE

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
START = {"type": "transition", "to": "In Progress"}
CLOSE: dict[str, Any] = {
    "type": "transition",
    "to": "Done",
    "set": {"resolution": "Won't Do"},
    "comment": "Closed by {{ rule.name }}: {{ issue.summary }}",
}


@EDITIONS
async def test_a_resolution_and_a_comment_come_with_the_transition(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, START, CLOSE)
        assert await all_carried_out(database, jira) == 2
        fields = (await jira.site.jira.issue(key))["fields"]
        assert fields["status"]["name"] == "Done"
        assert fields["resolution"]["name"] == "Won't Do"
        (said,) = [
            one async for one in jira.site.jira.comments(key) if "Closed by By hand" in str(one["body"])
        ]
        assert fields["summary"] in str(said["body"])


@EDITIONS
async def test_the_comment_is_written_once_though_the_answer_was_lost(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, START, CLOSE)
        with database.write() as tx:
            (first,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        assert (await effects.carry_out(jira.context, first)).state == outbox.DONE
        with database.write() as tx:
            tx.execute(tables.effects.update().where(tables.effects.c.id == first.id).values(state="done"))
            (second,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        for attempt in (second, replace(second, attempts=2)):
            assert (await effects.carry_out(jira.context, attempt)).state == outbox.DONE
        said = [one async for one in jira.site.jira.comments(key) if "Closed by" in str(one["body"])]
        assert len(said) == 1


@EDITIONS
@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"set": {"priority": "High"}}, "the transition 'Start work' has no screen for priority"),
        ({"comment": "Begun."}, "the transition 'Start work' has no screen for comment"),
    ],
)
async def test_what_the_screen_lacks_is_said_and_the_issue_stays(
    database: Database, deployment: str, given: dict[str, Any], lacks: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        await carried_out(database, jira, kind=SYNC)
        key = await by_hand(database, jira, {**START, **given})
        with database.write() as tx:
            (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
        with pytest.raises(FieldsNotOnScreen) as told:
            await effects.carry_out(jira.context, work)
        assert lacks in str(told.value)
        assert not told.value.retryable
        assert (await jira.site.jira.issue(key))["fields"]["status"]["name"] == "To Do"
