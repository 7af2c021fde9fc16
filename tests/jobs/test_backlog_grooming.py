"""The grooming of a backlog as a run: remembered, posted once; policies act through the outbox."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from app.domain.effects import RankIssues
from app.domain.reports.priority import BacklogPriority
from app.domain.scrum.calendar import Calendar
from app.errors import NotPossible
from app.services import grooming_policies
from app.services.backlog_priority import backlog_priority
from app.services.grooming_proposals import accept_ranks
from app.services.grooming_wish import read_wish
from app.store import outbox, reports, sites, tables
from app.store.claim import claim, settle
from app.store.comments import save_comments
from app.store.database import Database
from connectors.errors import ConnectorError
from jobs import effects
from tests.jobs.support import OPENS, Sandboxed, carried_out, run_of, sandboxed
from tests.stores import claimed_one, rows

POLICY = """
name: No epic
board: 1
mode: {mode}
when: type = Story
checks: {{missing_epic: {{used_by: 0}}}}
ladder:
  - {{step: comment, text: Which goal is this for?}}
  - {{step: label, after: 7d, label: no-goal}}
limits: {{per_run: 2}}
"""


async def groomed(database: Database, jira: Sandboxed, **parameters: Any) -> int:
    return await carried_out(database, jira, kind="backlog_grooming", board=1, **parameters)


async def test_a_run_reads_jira_and_posts_one_living_comment(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await groomed(database, jira, post_to="BURN-1", leave_out=["BURN-1"])
        assert run_of(database, number)["state"] == "done"
        with database.read() as tx:
            (effect,) = outbox.of_run(tx, number)
            (report,) = rows(tx, tables.reports)
        assert (effect["kind"], effect["payload"]["marker"]) == ("living_comment", "backlog:1")
        assert report["kind"] == "backlog_grooming"
        assert report["document"]["figures"]["open_issues"] > 0
        assert "BURN-1" not in {one["key"] for one in report["document"]["next"]}
        with database.write() as tx:
            work = claimed_one(tx, tables.effects, jira.context.now())
        assert (await effects.carry_out(jira.context, work)).state == outbox.DONE
        comments = [one async for one in jira.site.jira.comments("BURN-1")]
        assert len(comments) == 1


async def test_the_report_and_its_call_are_for_those_alone_who_are_named(database: Database) -> None:
    """Their chart goes: attachments are seen by whoever sees the issue."""
    async with sandboxed(database) as jira:
        wish = {"digest": "live", "visible_to": {"role": "Administrators"}}
        await groomed(database, jira, post_to="BURN-1", **wish)
        await work_off(database, jira)
        comments = [one async for one in jira.site.jira.comments("BURN-1")]
        assert {one["visibility"]["value"] for one in comments} == {"Administrators"}
        assert len(comments) == 2
        with database.read() as tx:
            assert not any(one["payload"].get("pictures") for one in rows(tx, tables.effects))


async def test_people_are_called_only_where_that_is_wanted_and_in_one_comment(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await groomed(database, jira, post_to="BURN-1")
        with database.read() as tx:
            (comment,) = outbox.of_run(tx, number)
            told = rows(tx, tables.reports)[-1]["document"]["digest"]
        assert comment["payload"]["marker"] == "backlog:1"
        assert told["mode"] == "shadow"
        assert told["people"]
        for _ in range(2):
            number = await groomed(database, jira, post_to="BURN-1", digest="live")
            with database.read() as tx:
                owed = [one["payload"]["marker"] for one in outbox.of_run(tx, number)]
            assert owed == ["backlog:1", "digest:1"]
            await work_off(database, jira)
        comments = [one async for one in jira.site.jira.comments("BURN-1")]
        text = str([one for one in comments if "Yours to mend" in str(one)])
        assert text.count("Yours to mend") == 1
        assert all(f"'id': '{one['account']}'" in text for one in told["people"])


@pytest.mark.parametrize(("late", "told_at"), [(timedelta(minutes=40), OPENS), (timedelta(days=2), None)])
async def test_a_run_that_is_made_up_days_later_tells_the_day_of_its_look(
    database: Database, late: timedelta, told_at: datetime | None
) -> None:
    """What the team did meanwhile is in it, so it is not how the backlog stood when it was due."""
    async with sandboxed(database) as jira:
        await jira.advance(seconds=late.total_seconds())
        jira.context.now.__self__.at = now = OPENS + late  # type: ignore[attr-defined]
        await groomed(database, jira, post_to="BURN-1")
        with database.read() as tx:
            (report,) = rows(tx, tables.reports)
            (effect,) = rows(tx, tables.effects)
        assert report["at"] == (told_at or now)
        assert f"{report['at']:%Y-%m-%d %H:%M}" in str(effect["payload"]["body"])


async def test_two_runs_are_held_against_each_other(database: Database) -> None:
    async with sandboxed(database) as jira:
        await groomed(database, jira)
        with database.read() as tx:
            first = rows(tx, tables.grooming_findings)
        assert first
        await jira.advance(days=7)
        jira.context.now.__self__.pass_by(days=7)  # type: ignore[attr-defined]
        await groomed(database, jira, at=jira.context.now())
        with database.read() as tx:
            last = rows(tx, tables.reports)[-1]["document"]
            assert reports.documents_before(
                tx, jira.site.id, "backlog_grooming", board_id=1, at=jira.context.now(), last=9
            )
        changes = last["changes"]
        assert changes["mended"] or changes["closed"]
        assert changes["new"]


async def keep_policy(database: Database, jira: Sandboxed, mode: str) -> None:
    with database.write() as tx:
        site = sites.get_site(tx, "demo")
        grooming_policies.save(tx, site, POLICY.format(mode=mode), now=jira.context.now(), by="test")


@pytest.mark.parametrize("mode", ["shadow", "live"])
async def test_a_policy_writes_only_when_it_is_live_and_never_beyond_its_ceiling(
    database: Database, mode: str
) -> None:
    async with sandboxed(database) as jira:
        await groomed(database, jira)
        await keep_policy(database, jira, mode)
        number = await groomed(database, jira)
        with database.read() as tx:
            owed = outbox.of_run(tx, number)
            told = rows(tx, tables.reports)[-1]["document"]["policies"]
        assert [one["mode"] for one in told] == [mode]
        assert len(told[0]["steps"]) == 2
        assert told[0]["waiting"] > 0
        assert len(owed) == (2 if mode == "live" else 0)
        if mode == "live":
            assert {one["payload"]["issue_key"] for one in owed} == {each["key"] for each in told[0]["steps"]}
            again = await groomed(database, jira)
            with database.read() as tx:
                keys = {one["payload"]["issue_key"] for one in outbox.of_run(tx, again)}
            assert len(keys) == 2
            assert keys.isdisjoint(one["payload"]["issue_key"] for one in owed)


LABELLING = """
name: {name}
board: 1
mode: live
when: type = Story
checks: {{missing_epic: {{used_by: 0}}}}
exempt: {{labels: [{other}]}}
ladder: [{{step: label, label: {label}}}]
limits: {{per_run: 2}}
"""


async def work_off(database: Database, jira: Sandboxed) -> list[str]:
    """Everything that is owed; returns the states in which it ended."""
    states = []
    while True:
        with database.write() as tx:
            now = jira.context.now()
            every = claim(tx, tables.effects, worker="w", now=now, lease=timedelta(minutes=5), limit=1)
        if not every:
            return states
        try:
            states.append((await effects.carry_out(jira.context, every[0])).state)
        except ConnectorError:
            states.append(outbox.DEAD)
        with database.write() as tx:
            settle(tx, every[0], state=states[-1], now=now)


GATE = """
name: Only what is ready
board: 1
mode: live
checks: {planned_not_ready: {}}
ladder: [{step: backlog, running: true}]
"""


async def test_what_is_not_ready_is_put_back_into_the_backlog_in_jira(database: Database) -> None:
    async with sandboxed(database) as jira:
        await groomed(database, jira)
        with database.write() as tx:
            site = sites.get_site(tx, "demo")
            grooming_policies.save(tx, site, GATE, now=jira.context.now(), by="test")
        number = await groomed(database, jira)
        with database.read() as tx:
            keys = sorted(one["payload"]["issue_key"] for one in outbox.of_run(tx, number))
        assert keys
        states = await work_off(database, jira)
        assert states == ["done"] * len(states)
        wanted = {"jql": "sprint in (openSprints(), futureSprints())", "fields": ["key"], "maxResults": 100}
        found = (await jira.operator.post("/rest/api/3/search/jql", json=wanted)).json()["issues"]
        assert {one["key"] for one in found}.isdisjoint(keys)
        assert found, "and the others stay"


ACCEPTING = """
name: Duplicates go
board: 1
mode: {mode}
checks: {{duplicate: {{only_said: true}}}}
ladder: [{{step: accept}}]
"""


@pytest.mark.parametrize("mode", ["shadow", "live"])
async def test_what_somebody_called_a_duplicate_is_linked_and_closed_once(
    database: Database, mode: str
) -> None:
    async with sandboxed(database) as jira:
        await groomed(database, jira)
        with database.write() as tx:
            site = sites.get_site(tx, "demo")
            grooming_policies.save(tx, site, ACCEPTING.format(mode=mode), now=jira.context.now(), by="test")
            table = tables.issues
            is_open = table.c.status_name == "To Do", table.c.type_name == "Story"
            (_, one), (issue_id, other) = tx.execute(
                select(table.c.id, table.c.key).where(*is_open).order_by(table.c.id).limit(2)
            )
            # The sandbox knows one account by its token, and that is ours: what we write commands nothing.
            said = {"id": "9", "issue_id": issue_id, "author": "dana", "body": f"/duplicate {one}"}
            now = jira.context.now()
            save_comments(tx, site, [{**said, "created": now, "updated": now, "limited": False}])
            tx.execute(update(table).where(table.c.id == issue_id).values(updated=now))
        before = (await jira.operator.get(f"/rest/api/3/issue/{other}")).json()["fields"]
        jira.context.now.__self__.pass_by(minutes=20)  # type: ignore[attr-defined]
        for _ in range(2):
            await groomed(database, jira, at=jira.context.now())
            assert set(await work_off(database, jira)) <= {"done"}
        fields = (await jira.operator.get(f"/rest/api/3/issue/{other}")).json()["fields"]
        links = [
            (link["type"]["name"], link["outwardIssue"]["key"])
            for link in fields["issuelinks"]
            if "outwardIssue" in link and link not in before["issuelinks"]
        ]
        if mode == "live":
            assert links == [("Duplicate", one)]
            assert fields["status"]["statusCategory"]["key"] == "done"
        else:
            assert links == []
            assert fields["status"]["name"] == before["status"]["name"]


async def test_the_second_policy_sees_what_the_first_one_did(database: Database) -> None:
    """Both want to label the same issues, and each leaves alone what the other has labelled."""
    async with sandboxed(database) as jira:
        await groomed(database, jira)
        with database.write() as tx:
            site = sites.get_site(tx, "demo")
            for name, label, other in (("A", "first", "second"), ("B", "second", "first")):
                source = LABELLING.format(name=name, label=label, other=other)
                grooming_policies.save(tx, site, source, now=jira.context.now(), by="test")
        taken = []
        for _ in range(2):
            await groomed(database, jira)
            with database.read() as tx:
                told = rows(tx, tables.reports)[-1]["document"]["policies"]
            taken.append({one["policy"]: {each["key"] for each in one["steps"]} for one in told})
            assert set(await work_off(database, jira)) <= {outbox.DONE}
        first, again = taken
        assert len(first["A"]) == len(first["B"]) == 2
        assert first["A"].isdisjoint(first["B"])
        assert again["A"].isdisjoint(first["B"])
        assert again["B"].isdisjoint(first["A"])
        for key in first["A"] | first["B"]:
            document = await jira.site.jira.issue(key, fields=("labels",))
            assert len({"first", "second"} & set(document["fields"]["labels"])) == 1


async def test_accepted_ranks_are_carried_out_and_what_jira_refuses_is_seen(database: Database) -> None:
    wish = read_wish({"priority": {"formula": "age_days"}})
    async with sandboxed(database) as jira:
        await groomed(database, jira)

        def priority(tx: Connection) -> BacklogPriority:
            at, site = jira.context.now(), sites.get_site(tx, "demo")
            return backlog_priority(tx, site, board_id=1, at=at, calendar=Calendar(), wish=wish)

        with database.write() as tx:
            told = priority(tx)
            moved = accept_ranks(tx, sites.get_site(tx, "demo"), told, told.proposal, by="dana")
            gone = RankIssues("BURN-99999", ("BURN-99999",), None, told.ranking.scored[0].item.key)
            outbox.put(
                tx, jira.site.id, gone, key="gone", cause="test", correlation="test", now=jira.context.now()
            )
        assert 0 < moved < len(told.ranking.scored)
        states = await work_off(database, jira)
        assert states.count(outbox.DONE) == len(told.moves)
        assert len(states) == len(told.moves) + 1
        await jira.advance(minutes=1)
        await groomed(database, jira)
        with database.read() as tx:
            after = priority(tx)
        assert after.moves == ()
        with database.write() as tx, pytest.raises(NotPossible, match="stands as its scores say"):
            accept_ranks(tx, sites.get_site(tx, "demo"), after, told.proposal, by="dana")
