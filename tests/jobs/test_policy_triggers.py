"""Policies with a trigger of their own: run at their times, or soon after an issue has entered a sprint."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from app.domain.scrum.from_jira import SiteFields
from app.services import grooming_policies
from app.store import outbox, runs, sites, tables
from app.store.claim import claim, settle
from app.store.database import Database
from jobs import catalogue
from jobs.deliveries import apply_batch
from jobs.scheduler import fire_due
from tests.factories import SPRINT_FIELD, day
from tests.jobs.support import OPENS, Sandboxed, carried_out, context_of, run_of, sandboxed, unconnected
from tests.jobs.test_backlog_grooming import groomed, work_off
from tests.jobs.test_deliveries import store
from tests.payloads import issue, issue_event, item
from tests.stores import FIELDS, LEASE, rows

FIELDS_OF_SITE = SiteFields(SPRINT_FIELD)
AT_EIGHT = "trigger: {type: schedule, cron: 0 8 * * mon-fri, time_zone: Europe/Berlin}"
ENTERED = "trigger: {type: sprint_entered}"
POLICY = """
name: {name}
board: {board}
mode: {mode}
{trigger}
when: type = Story
checks: {{missing_epic: {{used_by: 0}}}}
ladder:
  - {{step: comment, text: Which goal is this for?}}
  - {{step: label, after: 1d, label: no-goal}}
limits: {{per_run: 2}}
"""


def a_policy(trigger: str, mode: str = "live", name: str = "No epic", board: int = 1) -> str:
    return POLICY.format(trigger=trigger, mode=mode, name=name, board=board)


def kept(database: Database, source: str, now: datetime = OPENS) -> None:
    with database.write() as tx:
        grooming_policies.save(tx, sites.get_site(tx, "demo"), source, now=now, by="dana")


def schedule(database: Database, name: str = "No epic") -> Any:
    with database.read() as tx:
        (found,) = [one for one in rows(tx, tables.schedules) if one["name"] == f"policy {name}"]
    return found


async def fired(database: Database, jira: Sandboxed, at: datetime) -> list[int]:
    """What is due at an instant, from the ring of the scheduler to the end of its runs."""
    with database.write() as tx:
        made = fire_due(tx, now=at)
    jira.context.now.__self__.at = at  # type: ignore[attr-defined]
    for number in made:
        with database.write() as tx:
            (work,) = claim(tx, tables.runs, worker="w", now=at, lease=LEASE, limit=1)
        assert work.id == number
        finished = await catalogue.carry_out(jira.context, work)
        with database.write() as tx:
            settle(tx, work, state=finished.state, now=at, reason=finished.reason, **finished.values)
            if finished.commit is not None:
                finished.commit(tx)
    return made


def commented(database: Database, number: int) -> list[str]:
    with database.read() as tx:
        return sorted(one["payload"]["issue_key"] for one in outbox.of_run(tx, number))


# --- at times -------------------------------------------------------------------------------------


async def test_a_policy_is_run_alone_at_its_own_times_and_each_time_once(database: Database) -> None:
    """08:00 in Berlin is 07:00 UTC; it was kept on Wednesday 18 November at 10:30."""
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(AT_EIGHT))
        due = datetime(2026, 11, 19, 7, tzinfo=OPENS.tzinfo)
        assert schedule(database)["next_due_at"] == due
        assert await fired(database, jira, due - timedelta(minutes=1)) == []
        (number,) = await fired(database, jira, due)
        assert await fired(database, jira, due) == []
        run = run_of(database, number)
        assert (run["kind"], run["state"], run["at"]) == ("grooming_policy", "done", due)
        keys = commented(database, number)
        assert len(keys) == 2, "its ceiling"
        told = run["progress"]
        assert (told["mode"], told["steps"], told["issues"]) == ("live", {"comment": 2}, keys)
        assert told["waiting"] > 0
        with database.read() as tx:
            assert rows(tx, tables.reports) == [], "the board's report is none of it"
        assert set(await work_off(database, jira)) == {outbox.DONE}
        (again,) = await fired(database, jira, due + timedelta(days=1))
        assert set(commented(database, again)).isdisjoint(keys), "the cursor went on"


async def test_in_shadow_a_run_tells_what_it_would_do_and_does_nothing(database: Database) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(AT_EIGHT, mode="shadow"))
        (number,) = await fired(database, jira, datetime(2026, 11, 19, 7, tzinfo=OPENS.tzinfo))
        assert commented(database, number) == []
        told = run_of(database, number)["progress"]
        assert (told["mode"], told["steps"], len(told["issues"])) == ("shadow", {"comment": 2}, 2)


async def test_what_was_missed_is_made_up_once(database: Database) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(AT_EIGHT, mode="shadow"))
        friday = datetime(2026, 11, 27, 12, tzinfo=OPENS.tzinfo)
        (number,) = await fired(database, jira, friday)
        assert run_of(database, number)["at"] == datetime(2026, 11, 27, 7, tzinfo=OPENS.tzinfo)


async def test_the_boards_grooming_tells_what_it_would_do_and_leaves_it_to_its_own_run(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(AT_EIGHT))
        number = await groomed(database, jira)
        assert commented(database, number) == []
        with database.read() as tx:
            (told,) = rows(tx, tables.reports)[-1]["document"]["policies"]
            assert rows(tx, tables.grooming_steps) == []
        assert len(told["steps"]) == 2
        assert told["run"] == "at 0 8 * * mon-fri in Europe/Berlin"
        (own,) = await fired(database, jira, datetime(2026, 11, 19, 7, tzinfo=OPENS.tzinfo))
        assert commented(database, own) == sorted(one["key"] for one in told["steps"])


async def test_a_policy_that_is_off_or_gone_is_run_by_nothing(database: Database) -> None:
    async with sandboxed(database) as jira:
        kept(database, a_policy(AT_EIGHT))
        assert schedule(database)["enabled"]
        kept(database, a_policy(AT_EIGHT, mode="off"))
        assert not schedule(database)["enabled"]
        kept(database, a_policy(ENTERED))
        assert schedule(database)["enabled"]
        kept(database, a_policy(""))
        assert not schedule(database)["enabled"], "it is run with its board again"
        kept(database, a_policy(AT_EIGHT))
        with database.write() as tx:
            runs.set_schedules(tx, jira.site.id, [])
        assert schedule(database)["enabled"], "the settings know nothing of it"
        with database.write() as tx:
            site = sites.get_site(tx, "demo")
            grooming_policies.remove(tx, site, "No epic", now=OPENS, by="dana")
        assert not schedule(database)["enabled"]


async def test_a_run_whose_policy_is_gone_says_so(database: Database) -> None:
    async with sandboxed(database) as jira:
        number = await carried_out(database, jira, kind="grooming_policy", policy="Gone", board=1)
        run = run_of(database, number)
        assert (run["state"], run["reason"]) == ("done", "Board 1 has no policy 'Gone' any more that is on.")


async def test_a_run_of_a_policy_and_one_of_its_board_are_never_under_way_at_once(database: Database) -> None:
    """So a step is never taken twice: whoever comes second sees what the first did."""
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(AT_EIGHT))
        with database.write() as tx:
            asked = {"policy": "No epic", "board": 1}
            for kind in ("grooming_policy", "backlog_grooming", "grooming_policy"):
                runs.request(tx, jira.site.id, kind, asked, at=OPENS, now=OPENS, requested_by="dana")
        taken = list[str]()
        for _ in range(3):
            with database.write() as tx:
                claimed = claim(tx, tables.runs, worker="w", now=OPENS, lease=LEASE, limit=9)
                (work,) = claimed
                assert claim(tx, tables.runs, worker="v", now=OPENS, lease=LEASE, limit=9) == []
            finished = await catalogue.carry_out(jira.context, work)
            with database.write() as tx:
                settle(tx, work, state=finished.state, now=OPENS, **finished.values)
                if finished.commit is not None:
                    finished.commit(tx)
            taken += commented(database, work.id)
        assert len(taken) == len(set(taken)) == 4


# --- an issue enters a sprint ---------------------------------------------------------------------


async def into_a_sprint(database: Database, jira: Sandboxed) -> str:
    """A story without an epic goes from the backlog into the sprint that runs; returns its key."""
    query = "type = Story AND parent is EMPTY AND sprint is EMPTY AND statusCategory != Done ORDER BY key"
    wanted = {"jql": query, "fields": ["key"], "maxResults": 1}
    (found,) = (await jira.operator.post("/rest/api/3/search/jql", json=wanted)).json()["issues"]
    sprints = (await jira.operator.get("/rest/agile/1.0/board/1/sprint", params={"state": "active"})).json()
    number = sprints["values"][0]["id"]
    answer = await jira.operator.post(
        f"/rest/agile/1.0/sprint/{number}/issue", json={"issues": [found["key"]]}
    )
    answer.raise_for_status()
    return str(found["key"])


async def in_sprints(jira: Sandboxed) -> set[str]:
    wanted = {"jql": "sprint in (openSprints(), futureSprints())", "fields": ["key"], "maxResults": 100}
    found = (await jira.operator.post("/rest/api/3/search/jql", json=wanted)).json()["issues"]
    return {one["key"] for one in found}


async def test_what_enters_a_sprint_is_looked_at_soon_and_its_ladder_goes_on_in_time(
    database: Database,
) -> None:
    """A sync finds it: each step once, the second a day after the first, whether or not anything enters."""
    async with sandboxed(database) as jira:
        await carried_out(database, jira, kind="sync")
        kept(database, a_policy(ENTERED).replace("per_run: 2", "per_run: 100"))
        daily = schedule(database)["next_due_at"]
        assert await fired(database, jira, OPENS + timedelta(minutes=1)) == []
        await jira.advance(minutes=10)
        key = await into_a_sprint(database, jira)
        now = OPENS + timedelta(minutes=11)
        jira.context.now.__self__.at = now  # type: ignore[attr-defined]
        await carried_out(database, jira, kind="sync")
        assert schedule(database)["next_due_at"] == now
        now += timedelta(seconds=40)
        (number,) = await fired(database, jira, now)
        keys = commented(database, number)
        assert key in keys
        with database.read() as tx:
            taken = {row["taken_at"] for row in rows(tx, tables.grooming_steps)}
        assert taken == {now}, "who moved another one in these seconds has not touched it since"
        assert set(keys) <= await in_sprints(jira), "what is in no sprint is none of its business"
        assert set(await work_off(database, jira)) == {outbox.DONE}
        # The last minutes are read again, and nothing has entered since.
        await carried_out(database, jira, kind="sync")
        assert schedule(database)["next_due_at"] == daily
        (number,) = await fired(database, jira, daily)
        assert commented(database, number) == []
        assert schedule(database)["next_due_at"] == now + timedelta(days=1)
        (number,) = await fired(database, jira, now + timedelta(days=1))
        assert commented(database, number) == keys
        assert set(await work_off(database, jira)) == {outbox.DONE}
        document = await jira.site.jira.issue(key, fields=("labels",))
        assert "no-goal" in document["fields"]["labels"]
        assert len([one async for one in jira.site.jira.comments(key)]) == 1
        assert schedule(database)["next_due_at"] == daily + timedelta(days=1)


def entering(number: int, *, at: datetime, history: int = 900) -> dict[str, Any]:
    change = item("Sprint", SPRINT_FIELD, None, ("4", "Sprint 4"))
    return issue_event("jira:issue_updated", issue(number), at=at, history=history, items=[change])


def shows(tx: Connection, site_id: int, board: int, sprint: int) -> None:
    tx.execute(tables.board_sprints.insert().values(site_id=site_id, board_id=board, sprint_id=sprint))


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        (entering(1, at=day(1)), True),
        (issue_event("jira:issue_created", issue(7, sprints=[{"id": 4}]), at=day(1)), True),
        (issue_event("jira:issue_created", issue(7, sprints=None), at=day(1)), False),
        (
            issue_event(
                "jira:issue_updated",
                issue(1),
                at=day(1),
                history=901,
                items=[item("Sprint", SPRINT_FIELD, ("4", "Sprint 4"), None)],
            ),
            False,
        ),
    ],
)
async def test_a_webhook_of_an_issue_that_enters_a_sprint_brings_the_run_forward(
    database: Database, now: datetime, event: Any, is_told: bool
) -> None:
    site, claimed = store(database, now, event)
    with database.write() as tx:
        sites.replace_fields(tx, site.id, FIELDS, FIELDS_OF_SITE)
        shows(tx, site.id, 1, 4)
        shows(tx, site.id, 2, 5)
    kept(database, a_policy(ENTERED), now)
    kept(database, a_policy(ENTERED, name="Elsewhere", board=2), now)
    kept(database, a_policy(AT_EIGHT, name="At eight"), now)
    before = {name: schedule(database, name)["next_due_at"] for name in ("No epic", "Elsewhere", "At eight")}
    await apply_batch(context_of(database, unconnected(site)), claimed)
    after = {name: schedule(database, name)["next_due_at"] for name in before}
    assert (after["No epic"] == now) is is_told
    assert (after["Elsewhere"], after["At eight"]) == (before["Elsewhere"], before["At eight"])
    with database.write() as tx:
        tx.execute(update(tables.schedules).values(enabled=False))
        assert fire_due(tx, now=now) == []
