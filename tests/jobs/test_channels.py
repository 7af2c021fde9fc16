"""Reports in chats and mailboxes: owed with the report, sent through the outbox, tried again, given up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.reports.target import Target
from app.services import effects as service
from app.services.queues import EFFECTS, retry
from app.services.runs import SYNC
from app.store import outbox, tables
from app.store.claim import Claimed, claim
from app.store.database import Database
from connectors.web import NotAllowedOut, NotTaken
from jobs import effects
from jobs.context import BoardReports
from jobs.settle import GiveUp, RetryAt, settle_failure
from tests.jobs.support import OPENS, Sandboxed, carried_out, sandboxed
from tests.jobs.test_rules_in_jira import made_live
from tests.stores import LEASE, claimed_one, rows
from tests.taker import Taker, taking

SECRET = "planted-secret-in-an-address"


@pytest.fixture
async def served(database: Database) -> AsyncIterator[tuple[Sandboxed, Taker]]:
    with taking() as taker:
        async with sandboxed(database) as jira:
            site = replace(
                jira.site,
                reports={1: BoardReports(Target("BURN-1"), frozenset({"sprint_health"}), ("team",))},
                channels={"team": f"json://{taker.host}/{SECRET}"},
            )
            context = replace(jira.context, sites={site.id: site}, channel_hosts=(taker.host,))
            yield replace(jira, site=site, context=context), taker


async def test_the_beginning_of_a_report_is_told_with_a_link_to_all_of_it(
    database: Database, served: tuple[Sandboxed, Taker]
) -> None:
    jira, taker = served
    number = await carried_out(database, jira, board=1, post_to="BURN-1")
    with database.read() as tx:
        owed = {effect["kind"]: effect for effect in outbox.of_run(tx, number)}
        assert SECRET not in repr([rows(tx, table) for table in tables.metadata.sorted_tables])
    assert owed["announcement"]["subject"] == "channel:team", "a chat that is down holds up no comment"
    with database.write() as tx:
        both = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=2)
    (message,) = (one for one in both if one.row["kind"] == "announcement")
    finished = await effects.carry_out(jira.context, message)
    assert (finished.state, finished.values["outcome"]["channel"]) == (outbox.DONE, "team")
    ((_, told),) = taker.taken
    assert told["title"].startswith("Sprint health: BURN Sprint")
    assert "working days left" in told["message"]
    assert "/browse/BURN-1" in told["message"]
    assert "Receipts" not in told["message"]


async def test_without_an_issue_to_post_to_nobody_is_told(
    database: Database, served: tuple[Sandboxed, Taker]
) -> None:
    jira, _ = served
    number = await carried_out(database, jira, board=1)
    with database.read() as tx:
        assert outbox.of_run(tx, number) == []


async def a_message(database: Database, jira: Sandboxed) -> Claimed:
    """Of a report, and claimed; nothing else of it is owed."""
    await carried_out(database, jira, board=1, post_to="BURN-1")
    with database.write() as tx:
        tx.execute(tables.effects.delete().where(tables.effects.c.kind != "announcement"))
        return claimed_one(tx, tables.effects, OPENS)


async def test_what_is_not_taken_is_tried_again_then_kept_with_its_reason_and_can_be_mended(
    database: Database, served: tuple[Sandboxed, Taker]
) -> None:
    jira, taker = served
    work = await a_message(database, jira)
    taker.status = 503
    with pytest.raises(NotTaken) as failed:
        await effects.carry_out(jira.context, work)
    for hours, decision in ((0, RetryAt), (25, GiveUp)):
        now = OPENS + timedelta(hours=hours)
        found = settle_failure(
            failed.value, failures=1, now=now, give_up_at=OPENS + outbox.PATIENCE, jitter=1
        )
        assert isinstance(found, decision)
        assert "channel team" in found.reason
        assert SECRET not in found.reason
    taker.status = 200
    later = OPENS + timedelta(hours=25)
    with database.write() as tx:
        tx.execute(tables.effects.update().values(state=outbox.DEAD, claimed_by=None))
        service.edit(tx, work.id, issue_key=None, body="Mended.", parts=None, seen="*", now=later)
        (row,) = rows(tx, tables.effects)
        assert row["subject"] == "channel:team"
        retry(tx, EFFECTS, work.id, now=later)
        again = claimed_one(tx, tables.effects, later)
    assert (await effects.carry_out(jira.context, again)).state == outbox.DONE
    assert taker.taken[-1][1]["message"].strip() == "Mended."


async def test_a_channel_that_left_the_settings_is_told_of_no_more(
    database: Database, served: tuple[Sandboxed, Taker]
) -> None:
    jira, taker = served
    work = await a_message(database, jira)
    gone = replace(jira.context, sites={jira.site.id: replace(jira.site, channels={})})
    with pytest.raises(NotAllowedOut, match="no longer in the settings"):
        await effects.carry_out(gone, work)
    assert taker.taken == []


async def test_a_rule_sends_messages_in_which_no_value_becomes_markup(
    database: Database, served: tuple[Sandboxed, Taker]
) -> None:
    jira, taker = served
    await carried_out(database, jira, kind=SYNC)
    await jira.site.jira.edit_issue("BURN-7", fields={"summary": "@Here <!channel> [click](https://x) *now*"})
    await carried_out(database, jira, kind=SYNC)
    message = {
        "type": "message",
        "channels": ["team", "nobody", "without titles"],
        "title": "{{ rule.name }}: {{ issue.summary }}",
        "text": "**{{ issue.key }}**: {{ issue.summary }}",
    }
    with database.write() as tx:
        rule = made_live(tx, jira, {"name": "Tell", "trigger": {"type": "manual"}, "actions": [message]})
    await carried_out(database, jira, kind="rule", rule=rule, issues=["BURN-7"])
    with database.write() as tx:
        owed = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=9)
    first, second, third = sorted(owed, key=lambda one: one.id)
    channels = {**jira.site.channels, "without titles": f"mmost://{taker.host}/{'t' * 24}"}
    context = replace(jira.context, sites={jira.site.id: replace(jira.site, channels=channels)})
    for each in (first, third):
        assert (await effects.carry_out(context, each)).state == outbox.DONE
    with pytest.raises(NotAllowedOut, match="channel nobody"):
        await effects.carry_out(context, second)
    (_, told), (_, whole) = taker.taken
    summary = "@\u200bHere \\<!channel\\> \\[click\\](https://x) \\*now\\*"
    assert told["title"] == "Tell: @\u200bHere <!channel> [click](https://x) *now*"
    assert told["message"] == f"**BURN-7**: {summary}"
    assert whole["text"].splitlines() == [f"Tell: {summary}", told["message"]]
