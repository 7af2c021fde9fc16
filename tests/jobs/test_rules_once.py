"""Rules that are decided once for an event, without an issue: what they do, and how often."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.api.rule_decisions import Decided
from app.domain.rules.reading import read
from app.errors import NotPossible, NotUnderstood
from app.services import rules as service
from app.services.rule_replay import preview, replay
from app.services.rule_webhooks import call
from app.services.runs import request_rule
from app.store import boards, outbox, partial_data, rule_decisions, runs, sites, tables
from app.store.database import Database
from app.store.sites import Site
from jobs.scheduler import fire_due
from tests.factories import BEFORE_START, END, SPRINT_ID, day
from tests.jobs.ruled import BOT, Ruled
from tests.jobs.test_rule_firings import THINGS, with_sprint
from tests.payloads import issue, issue_event, sprint_event

ENDED = {"state": "closed", "completeDate": "2026-03-05T00:00:00.000Z"}
LOG = [{"type": "log", "text": "It is {{ now }}."}]
RETRO: dict[str, Any] = {
    "name": "Retro",
    "trigger": {"type": "sprint_closed", "once": True},
    "actions": [
        {
            "type": "create",
            "project": "BURN",
            "issue_type": "Task",
            "summary": "Retro for {{ sprint.name }} ({{ sprint.state }})",
        }
    ],
}
BUG = [
    {"type": "create", "project": "BURN", "issue_type": "Bug", "summary": "Build {{ webhook.build }} is red"}
]
ASKS = {
    "type": "web_request",
    "url": "https://hooks.example.com/x",
    "body": {"text": "{{ lookupIssues | length }} open: {{ lookupIssues | join(', ') }}"},
}
COUNTS = [{"type": "lookup_issues", "jql": "status = 'To Do'"}, ASKS]


async def sprinting(database: Database) -> Ruled:
    """A sprint on a board of BURN, with two issues in it."""
    ruled = await with_sprint(database)
    with database.write() as tx:
        project = {"id": "10000", "key": "BURN", "name": "Burn"}
        sites.save_project(tx, ruled.site.id, project, heard_at=BEFORE_START)
        board = boards.get_board(tx, ruled.site, 1)
        boards.save_board(tx, ruled.site.id, board, heard_at=BEFORE_START)
    await ruled.tell(*(issue_event("jira:issue_created", issue(number), at=day(1)) for number in (1, 2)))
    return ruled


def summaries(ruled: Ruled) -> list[str]:
    return [one["payload"]["fields"]["summary"] for one in ruled.effects]


async def test_a_closed_sprint_makes_one_retro_however_often_it_is_told(database: Database) -> None:
    ruled = await sprinting(database)
    rule = ruled.rule(RETRO)
    ruled.rule({}, name="Each", trigger={"type": "sprint_closed"}, actions=LOG)
    closed = sprint_event("sprint_closed", at=day(4))
    await ruled.tell(closed, closed)
    await ruled.tell(closed)
    assert summaries(ruled) == ["Retro for Sprint 7 (closed)"]
    own = [one for one in ruled.decisions if one["rule_id"] == rule]
    (decision,) = own
    assert (decision["issue_id"], decision["issue_key"], decision["outcome"]) == ("", "", "acted")
    assert decision["event_key"] == f"sprint_closed:{SPRINT_ID}"
    assert all("issue" not in step for step in decision["steps"])
    (effect,) = ruled.effects
    assert effect["project_key"] == "BURN"
    assert effect["subject"] == f"rule:{rule}:sprint_closed:{SPRINT_ID}", "waits for nobody else's effects"
    assert len(ruled.decisions) == 1 + 2, "the other rule is decided for each issue, as ever"


@pytest.mark.parametrize(("event", "kind", "asks", "says"), THINGS, ids=[one[1] for one in THINGS])
async def test_what_happens_to_sprints_versions_and_boards_is_decided_once_with_what_jira_tells(
    database: Database, event: dict[str, Any], kind: str, asks: str, says: str
) -> None:
    ruled = await sprinting(database)
    made = [{**RETRO["actions"][0], "summary": f"See {asks}"}]
    ruled.rule({}, name="All", trigger={"type": kind, "once": True}, actions=made)
    _with_ops(database, ruled.site)
    elsewhere = {"trigger": {"type": kind, "once": True}, "projects": ["OPS"], "actions": made}
    ruled.rule(elsewhere, name="Elsewhere")
    for _ in range(2):
        await ruled.tell(event)
        await ruled.pass_time(to=day(4))
    assert summaries(ruled) == [f"See {says}"]
    assert len(ruled.decisions) == 1


def _with_ops(database: Database, site: Site) -> None:
    with database.write() as tx:
        sites.save_project(tx, site.id, {"id": "2", "key": "OPS", "name": "Ops"}, heard_at=BEFORE_START)


async def test_a_released_version_is_decided_once_in_its_project(database: Database) -> None:
    ruled = await sprinting(database)
    made = [{**RETRO["actions"][0], "summary": "Notes for {{ version.name }}"}]
    trigger = {"type": "version_released", "once": True}
    ruled.rule({}, name="Notes", trigger=trigger, projects=["BURN"], actions=made)
    _with_ops(database, ruled.site)
    ruled.rule({}, name="Elsewhere", trigger=trigger, projects=["OPS"], actions=made)
    version = {"id": "7", "name": "2.0", "projectId": 10000, "released": True}
    told = {
        "timestamp": int(day(3).timestamp() * 1000),
        "webhookEvent": "jira:version_released",
        "version": version,
    }
    await ruled.tell(told, told)
    assert summaries(ruled) == ["Notes for 2.0"]


async def test_a_schedule_tells_what_a_lookup_finds_once_for_two_replicas(database: Database) -> None:
    ruled = await sprinting(database)
    trigger = {"type": "schedule", "cron": "0 8 * * *", "once": True}
    rule = ruled.rule({}, name="Daily", trigger=trigger, actions=COUNTS)
    with database.write() as tx:
        assert fire_due(tx, now=day(3))
        assert not fire_due(tx, now=day(3)), "whoever rings second finds it fired"
    (run,) = [row for row in ruled.rows(tables.runs) if row["state"] == "waiting"]
    again = {"at": run["at"], "now": day(3), "requested_by": "test"}
    with database.write() as tx:
        for _ in range(2):  # made up once more, for the same instant
            runs.request(tx, ruled.site.id, runs.RULE, run["parameters"], **again)
    await ruled.pass_time(to=day(3))
    (effect,) = ruled.effects
    assert effect["payload"]["body"] == '{"text": "2 open: BURN-1, BURN-2"}'
    (decision,) = ruled.decisions
    assert (decision["rule_id"], decision["happened"], decision["issue_key"]) == (rule, "schedule", "")
    with database.read() as tx:
        document = {"name": "Daily", "trigger": trigger, "actions": COUNTS}
        asked = {"since": day(2), "until": day(3) - timedelta(minutes=1), "now": day(3), "stored_id": rule}
        replayed = replay(tx, ruled.site, read(document), **asked)
        assert replayed.effects >= 1
        assert replayed.differences == ()


async def test_a_call_makes_one_bug_and_its_repeat_none(database: Database) -> None:
    """A build server that had no answer calls again, with the same `Idempotency-Key`."""
    ruled = await sprinting(database)
    trigger = {"type": "incoming_webhook", "once": True}
    red = {"compare": {"left": "{{ webhook.state }}", "operator": "=", "right": "red"}}
    rule = ruled.rule({}, name="CI", trigger=trigger, when=red, actions=BUG)
    calls = [("a", 7, "red"), ("a", 7, "red"), ("", 8, "red"), ("b", 9, "green"), ("", 8, "red")]
    with database.write() as tx:
        for key, build, state in calls:
            made = call(tx, rule, {"build": build, "state": state}, now=day(3), key=key)
            assert (made.not_found, made.note) == ([], None)
    await ruled.pass_time(to=day(3))
    assert summaries(ruled) == ["Build 7 is red", "Build 8 is red", "Build 8 is red"]
    assert [one["outcome"] for one in ruled.decisions] == ["acted", "acted", "not matched", "acted"]


async def test_half_a_sprint_and_a_figure_are_decided_once_each_time(database: Database) -> None:
    ruled = await sprinting(database)
    half = [{**RETRO["actions"][0], "summary": "Half of {{ sprint.name }}"}]
    figure = [{**RETRO["actions"][0], "summary": "{{ metric.name }} is {{ metric.value }}"}]
    ruled.rule(
        {}, name="Half", trigger={"type": "sprint_progress", "percent": 50, "once": True}, actions=half
    )
    metric = {"type": "metric_crossed", "board": 1, "metric": "time_elapsed_percent", "above": 60}
    ruled.rule({}, name="Late", trigger={**metric, "cron": "0 8 * * *", "once": True}, actions=figure)
    at = day(1)
    while at < END:
        with database.write() as tx:
            fire_due(tx, now=at)
        await ruled.pass_time(to=at)
        at += timedelta(hours=12)
    assert summaries(ruled)[0] == "Half of Sprint 7"
    assert len(summaries(ruled)) == 2
    assert "time_elapsed_percent is 6" in summaries(ruled)[1]


async def test_by_hand_it_is_asked_without_issues_and_each_time_anew(database: Database) -> None:
    ruled = await sprinting(database)
    once = ruled.rule(
        {}, name="Once", trigger={"type": "schedule", "cron": "0 0 1 1 *", "once": True}, actions=COUNTS
    )
    each = ruled.rule({}, name="Each", trigger={"type": "issue_created"}, actions=LOG)
    with database.write() as tx:
        for _ in range(2):
            request_rule(tx, once, issues=[], now=day(3), requested_by="test")
        with pytest.raises(NotPossible, match="without an issue: name none"):
            request_rule(tx, once, issues=["BURN-1"], now=day(3), requested_by="test")
        with pytest.raises(NotPossible, match="name those"):
            request_rule(tx, each, issues=[], now=day(3), requested_by="test")
        request_rule(tx, each, issues=["BURN-1"], now=day(3), requested_by="test")
    before = len(ruled.decisions)
    await ruled.pass_time(to=day(3))
    told = [(one["rule_id"], one["issue_key"]) for one in ruled.decisions[before:]]
    assert told == [(once, ""), (once, ""), (each, "BURN-1")], "whatever it waits for"
    assert len(ruled.effects) == 2


async def test_branches_find_issues_and_a_wait_goes_on_without_one(database: Database) -> None:
    ruled = await sprinting(database)
    says = [{"type": "comment", "text": "{{ sprint.name }} is over, {{ issue.key }} is {{ issue.status }}."}]
    found = {"type": "branch", "jql": "sprint = {{ sprint.id }}", "when": "key = BURN-2", "actions": says}
    ruled.rule(RETRO, actions=[found, {"type": "wait", "hours": 1}, *COUNTS])
    await ruled.tell(sprint_event("sprint_closed", at=day(4)))
    await ruled.pass_time(to=day(4) + timedelta(hours=2))
    first, second = ruled.effects
    assert (first["kind"], first["payload"]["issue_key"]) == ("living_comment", "BURN-2")
    assert (second["kind"], second["payload"]["issue_key"]) == ("web_request", "")
    assert [one["event_key"][-2:] for one in ruled.decisions] == [f":{SPRINT_ID}", "~1"]


async def test_shadow_does_nothing_and_limits_pause_it_but_not_those_of_an_issue(database: Database) -> None:
    ruled = await sprinting(database)
    trigger = {"type": "incoming_webhook", "once": True}
    rule = ruled.rule(
        {}, name="CI", trigger=trigger, actions=BUG, limits={"per_issue_per_day": 1, "per_day": 3}
    )
    shadow = ruled.rule({}, name="Shadow", mode="shadow", trigger=trigger, actions=BUG)
    with database.write() as tx:
        for number in range(5):
            call(tx, rule, {"build": number}, now=day(3))
            call(tx, shadow, {"build": number}, now=day(3))
    await ruled.pass_time(to=day(3))
    assert len(ruled.effects) == 3
    assert ruled.stored(rule).paused_reason == "4 effects with the event; `limits.per_day` is 3."
    told = [one["outcome"] for one in ruled.decisions if one["rule_id"] == rule]
    assert told == ["acted", "acted", "acted", "held", "held"]
    change = service.Change(author="Dana", now=day(3), seen="*")
    with database.write() as tx:
        assert service.resume(tx, rule, change, carry_out=True) == 2
    assert [one["subject"].partition("webhook")[0] for one in ruled.effects] == [f"rule:{rule}:"] * 5
    assert {one["outcome"] for one in ruled.decisions if one["rule_id"] == shadow} == {"acted"}


async def test_a_replay_of_sprints_that_were_closed_does_what_the_live_rule_did(database: Database) -> None:
    ruled = await sprinting(database)
    rule = ruled.rule(RETRO, actions=[*COUNTS, *RETRO["actions"]])
    await ruled.tell(sprint_event("sprint_closed", at=day(4), **ENDED))
    with database.read() as tx:
        document = read({**RETRO, "actions": [*COUNTS, *RETRO["actions"]]})
        asked = {"since": day(1), "until": day(5), "now": day(5), "stored_id": rule}
        replayed = replay(tx, ruled.site, document, **asked)
        assert [one.event.key for one in replayed.decisions] == [f"sprint_closed:{SPRINT_ID}"]
        assert replayed.differences == ()
        shown = Decided.of(replayed.decisions[0])
        assert shown.issue is None


async def test_a_preview_tries_it_once_with_the_newest_sprint(database: Database) -> None:
    ruled = await sprinting(database)
    await ruled.tell(sprint_event("sprint_closed", at=day(4), **ENDED))
    with database.read() as tx:
        found = preview(tx, ruled.site, read(RETRO), query=None, now=day(5))
        (decision,) = found.decisions
        assert (found.issues, decision.outcome.value) == (0, "acted")
        assert decision.wanted[0].effect.fields["summary"].startswith("Retro for Sprint 7")  # type: ignore[union-attr]
        with pytest.raises(NotUnderstood, match="leave `jql` out"):
            preview(tx, ruled.site, read(RETRO), query="type = Bug", now=day(5))
        by_hand = {"name": "Once", "trigger": {"type": "manual", "once": True}, "actions": COUNTS}
        (decision,) = preview(tx, ruled.site, read(by_hand), query=None, now=day(5)).decisions
        assert decision.outcome.value == "acted"


async def test_what_it_creates_does_not_fire_rules_of_its_own(database: Database) -> None:
    """The new issue is Burnish's own; only a rule that asks for it sees that."""
    ruled = await sprinting(database)
    ruled.rule(RETRO)
    ruled.rule({}, name="New", trigger={"type": "issue_created"}, actions=[{"type": "comment", "text": "x"}])
    await ruled.tell(sprint_event("sprint_closed", at=day(4)))
    made = issue(
        5, creator={"accountId": BOT, "displayName": "Burnish"}, created="2026-03-06T09:00:00.000+0000"
    )
    await ruled.tell(issue_event("jira:issue_created", made, at=day(4)))
    assert ruled.decisions[-1]["outcome"] == "own change"
    assert len(ruled.effects) == 1


async def test_what_was_not_read_of_the_site_stands_in_the_decision(database: Database) -> None:
    """A lookup may find less than there is."""
    ruled = await sprinting(database)
    ruled.rule(RETRO, actions=COUNTS)
    with database.write() as tx:
        scope = partial_data.of_project("10000")
        unread = partial_data.Partial(
            scope, partial_data.Kind.UNREAD, "Issues of BURN are missing.", part="x"
        )
        partial_data.note(tx, ruled.site, [unread], at=day(1))
    await ruled.tell(sprint_event("sprint_closed", at=day(4)))
    assert ruled.decisions[0]["steps"][-1] == {
        "step": "partial data",
        "reasons": ["Issues of BURN are missing."],
    }


async def test_decisions_without_an_issue_are_listed_and_forgotten_like_others(database: Database) -> None:
    ruled = await sprinting(database)
    rule = ruled.rule(RETRO)
    await ruled.tell(sprint_event("sprint_closed", at=day(4)))
    with database.write() as tx:
        (row,) = rule_decisions.page(tx, rule_id=rule, limit=10)
        assert rule_decisions.page(tx, issue_key="BURN-1", limit=10) == []
        assert row["happened"] == "sprint_closed"
        later = ruled.clock.now() + timedelta(days=1)
        old = rule_decisions.taken_before(tx, site_id=ruled.site.id, before=later, after=0, limit=10)
        assert rule_decisions.forget(tx, old) == 1
        owed = replace(outbox.Owed(outbox.effect_of(ruled.effects[0]), "again", "test", "test"), line="x")
        outbox.put_all(tx, ruled.site.id, [owed], now=later)
    assert ruled.effects[-1]["subject"] == "x"
