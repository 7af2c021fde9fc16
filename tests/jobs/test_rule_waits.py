"""Rules that wait: the rest of what they do comes later, whatever happens in between."""

from datetime import timedelta
from typing import Any

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import replay
from app.store.database import Database
from tests.factories import IN_PROGRESS, TO_DO, day
from tests.jobs.ruled import Ruled, moved

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


async def test_the_rest_goes_on_when_the_time_is_over_and_a_replay_says_the_same(database: Database) -> None:
    ruled = Ruled(database, at=day(3))
    rule = ruled.rule(PATIENT)
    await ruled.tell(moved(to=IN_PROGRESS, before=TO_DO, at=day(3), history=100))
    assert [one["payload"]["update"] for one in ruled.effects] == [{"labels": [{"add": "begun"}]}]
    assert await ruled.pass_time(to=day(5) - timedelta(seconds=1)) == []
    assert await ruled.pass_time(to=day(6)) == [None]
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
    await ruled.pass_time(to=day(6))
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
    await ruled.pass_time(to=day(6))
    assert [(one["version"], one["outcome"]) for one in ruled.decisions] == [(1, "acted"), (1, "acted")]
    with database.write() as tx:
        service.roll_back(tx, rule, 1, change)
        service.set_mode(tx, rule, "live", change)
    await ruled.tell(moved(2, to=IN_PROGRESS, before=TO_DO, at=day(6), history=102))
    with database.write() as tx:
        service.set_mode(tx, rule, "off", change)
    assert await ruled.pass_time(to=day(9)) == ["The rule has no such version any more."]
