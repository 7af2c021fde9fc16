"""Rules that wait: the rest of what they do comes later, whatever happens in between."""

from datetime import datetime, timedelta
from typing import Any

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import replay
from app.store import runs, tables
from app.store.claim import claim
from app.store.database import Database
from jobs import catalogue
from tests.factories import IN_PROGRESS, TO_DO, day
from tests.jobs.ruled import Ruled, moved
from tests.stores import LEASE

PATIENT: dict[str, Any] = {
    "name": "Remind after two days",
    "trigger": {"type": "issue_transitioned", "to": ["In Progress"]},
    "actions": [
        {"type": "edit", "add": {"labels": ["begun"]}},
        {
            "type": "if",
            "when": "assignee IS NOT EMPTY",
            "then": [
                {"type": "wait", "days": 2, "when": "status = 'In Progress'"},
                {"type": "comment", "text": "{{ issue.key }} is in work since {{ now }}."},
            ],
        },
        {"type": "edit", "add": {"labels": ["waited"]}},
    ],
}


async def pass_time(ruled: Ruled, *, to: datetime) -> list[str | None]:
    """Carry out the runs that are due then; returns why each ended."""
    ruled.clock.pass_by(hours=(to - ruled.clock.now()) / timedelta(hours=1))
    ended = []
    jira = ruled.context.sites[ruled.site.id]
    while True:
        with ruled.database.write() as tx:
            work = claim(tx, tables.runs, worker="w", now=ruled.clock.now(), lease=LEASE, limit=1)
        if not work:
            return ended
        finished = await catalogue.carry_out(ruled.context, work[0])
        assert finished.state == runs.DONE
        ended.append(finished.reason)
        with ruled.database.write() as tx:
            tx.execute(tables.runs.update().where(tables.runs.c.id == work[0].id).values(state=runs.DONE))
        assert jira.id == ruled.site.id


async def test_the_rest_goes_on_when_the_time_is_over_and_a_replay_says_the_same(database: Database) -> None:
    ruled = Ruled(database, at=day(3))
    rule = ruled.rule(PATIENT)
    await ruled.tell(moved(to=IN_PROGRESS, before=TO_DO, at=day(3), history=100))
    assert [one["payload"]["update"] for one in ruled.effects] == [{"labels": [{"add": "begun"}]}]
    assert await pass_time(ruled, to=day(5) - timedelta(seconds=1)) == []
    assert await pass_time(ruled, to=day(6)) == [None]
    begun, later = ruled.decisions
    assert (begun["event_key"], later["event_key"]) == ("change:100", "change:100~1")
    assert (begun["at"], later["at"]) == (day(3), day(5)), "it speaks about the instant when it was due"
    assert [one["kind"] for one in ruled.effects] == ["edit_issue", "living_comment", "edit_issue"]
    assert later["steps"][0]["clause"] == "status = 'In Progress'"
    with database.read() as tx:
        asked = {"since": day(1), "until": day(6), "now": day(6), "stored_id": rule}
        assert replay(tx, ruled.site, read(PATIENT), **asked).differences == ()


async def test_what_changed_meanwhile_is_seen_and_stops_it(database: Database) -> None:
    ruled = Ruled(database, at=day(3))
    ruled.rule(PATIENT)
    await ruled.tell(moved(to=IN_PROGRESS, before=TO_DO, at=day(3), history=100))
    await ruled.tell(moved(to=TO_DO, before=IN_PROGRESS, at=day(4), history=101))
    await pass_time(ruled, to=day(6))
    assert [one["outcome"] for one in ruled.decisions] == ["acted", "not matched"]
    assert len(ruled.effects) == 1


async def test_a_rule_goes_on_in_the_version_that_began_and_not_where_it_was_switched_off(
    database: Database,
) -> None:
    ruled = Ruled(database, at=day(3))
    rule = ruled.rule(PATIENT)
    await ruled.tell(moved(to=IN_PROGRESS, before=TO_DO, at=day(3), history=100))
    change = service.Change(author="Dana", now=day(4), seen="*")
    with database.write() as tx:
        service.write(tx, rule, {**PATIENT, "actions": [{"type": "log", "text": "new"}]}, change)
        service.set_mode(tx, rule, "live", change)
    await pass_time(ruled, to=day(6))
    assert [(one["version"], one["outcome"]) for one in ruled.decisions] == [(1, "acted"), (1, "acted")]
    with database.write() as tx:
        service.roll_back(tx, rule, 1, change)
        service.set_mode(tx, rule, "live", change)
    await ruled.tell(moved(2, to=IN_PROGRESS, before=TO_DO, at=day(6), history=102))
    with database.write() as tx:
        service.set_mode(tx, rule, "off", change)
    assert await pass_time(ruled, to=day(9)) == ["The rule has no such version any more."]
