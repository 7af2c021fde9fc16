"""Rules that wait: the rest of what they do comes later, whatever happens in between."""

from datetime import timedelta
from typing import Any

from app.domain.rules.reading import read
from app.services import rules as service
from app.services.rule_replay import replay
from app.store.database import Database
from tests.factories import DONE, IN_PROGRESS, TO_DO, day
from tests.jobs.ruled import Ruled, moved
from tests.payloads import as_jira_writes, issue, issue_event

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


FINDING: dict[str, Any] = {
    "name": "Ask the others after two days",
    "trigger": {"type": "issue_transitioned", "to": ["In Progress"]},
    "actions": [
        {"type": "wait", "days": 2},
        {"type": "lookup_issues", "jql": "status = 'In Progress' ORDER BY 'Story Points' DESC"},
        {"type": "comment", "text": "In work: {{ lookupIssues | map(attribute='key') | join(', ') }}."},
        {
            "type": "branch",
            "jql": "status = 'To Do'",
            "actions": [{"type": "edit", "add": {"labels": ["x"]}}],
        },
        {
            "type": "if",
            "when": {"related": {"to": "siblings", "match": "none", "jql": "status = 'In Progress'"}},
            "then": [{"type": "edit", "add": {"labels": ["alone"]}}],
        },
    ],
}


async def test_a_wait_that_goes_on_late_finds_what_was_found_when_it_was_due(database: Database) -> None:
    """Nobody worked from the third day to the ninth, in which one issue began, one ended, and one is new."""
    ruled = Ruled(database, at=day(3))
    rule = ruled.rule(FINDING)
    born = [issue(number, status=TO_DO, updated=day(1)) for number in (2, 3, 4)]
    await ruled.tell(*(issue_event("jira:issue_created", each, at=day(1)) for each in born))
    await ruled.tell(moved(2, to=IN_PROGRESS, before=TO_DO, at=day(3), history=100, points=2))
    await ruled.tell(moved(3, to=IN_PROGRESS, before=TO_DO, at=day(4), history=101, points=5))
    ruled.clock.at = day(9)
    new = issue(5, status=TO_DO, created=as_jira_writes(day(7)), updated=day(7))
    await ruled.tell(
        moved(2, to=DONE, before=IN_PROGRESS, at=day(6), history=102, points=2),
        moved(4, to=IN_PROGRESS, before=TO_DO, at=day(7), history=103),
        issue_event("jira:issue_created", new, at=day(7)),
    )
    await ruled.pass_time(to=day(9))
    first = next(one for one in ruled.decisions if one["event_key"] == "change:100~1")
    assert (first["at"], first["decided_at"]) == (day(5), day(9))
    found = {one["step"]: one["issues"] for one in first["steps"] if "issues" in one}
    assert found == {"lookup_issues": ["BURN-3", "BURN-2"], "branch": ["BURN-4"]}
    with database.read() as tx:
        asked = {"since": day(1), "until": day(10), "now": day(10), "stored_id": rule}
        again = replay(tx, ruled.site, read(FINDING), **asked)
    assert again.differences == ()
    assert len(again.decisions) == len(ruled.decisions)


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
