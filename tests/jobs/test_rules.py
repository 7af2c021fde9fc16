"""Rules at work: they decide once on what happened, say why, and act through the outbox alone."""

from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.services import rules as service
from app.store import partial_data, tables
from app.store.claim import Claimed
from app.store.database import Database
from app.store.partial_data import Kind, Partial
from jobs import deliveries
from tests.factories import DONE, IN_PROGRESS, POINTS_FIELD, TO_DO, day
from tests.jobs.ruled import BOT, ON_DONE, Ruled, moved
from tests.payloads import (
    PERSON,
    as_jira_writes,
    comment,
    comment_event,
    issue,
    issue_event,
    millis,
    sprint_event,
)


async def test_a_live_rule_acts_and_its_decision_says_on_what_values(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule()
    await ruled.tell(moved(at=day(4), history=100))
    (effect,) = ruled.effects
    assert effect["kind"] == "living_comment"
    assert effect["payload"]["issue_key"] == "BURN-1"
    assert "Thanks, Dana: " in str(effect["payload"]["body"]) or "5f0:dana" in str(effect["payload"]["body"])
    assert effect["cause"] == "rule 'Thank for what is done', version 1, on BURN-1: change:100"
    assert effect["correlation"].startswith("delivery:")
    (decision,) = ruled.decisions
    assert (decision["rule_id"], decision["outcome"], decision["shadow"]) == (rule, "acted", False)
    assert decision["steps"][0] == {
        "step": "when",
        "issue": "BURN-1",
        "clause": '"Story Points" >= 3',
        "holds": True,
        "seen": "3",
    }


async def test_decisions_of_a_transaction_that_gave_way_are_counted_once(
    postgresql_only: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled = Ruled(postgresql_only, at=day(5))
    ruled.rule()
    tried, settle = [], deliveries.settle

    def settle_at_last(connection: Connection, *works: Claimed, **ended: Any) -> bool:
        tried.append(works)
        if len(tried) == 1:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$"))
        return settle(connection, *works, **ended)

    monkeypatch.setattr(deliveries, "settle", settle_at_last)
    await ruled.tell(moved(at=day(4), history=100))
    acted = {"outcome": "acted", "mode": "live"}
    registry = ruled.context.metrics.registry
    assert len(tried) == 2
    assert registry.get_sample_value("burnish_rule_decisions_total", acted) == 1


def _note_what_is_missing(ruled: Ruled, *found: Partial) -> None:
    with ruled.database.write() as tx:
        partial_data.note(tx, ruled.site, found, at=day(4))


async def test_a_decision_says_what_of_its_issue_is_not_whole_and_at_which_clause_it_reads_that(
    database: Database,
) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(when=f'status WAS "In Progress" AND cf[{POINTS_FIELD[12:]}] >= 3 AND assignee IS NOT EMPTY')
    hidden = Partial(partial_data.SITE, Kind.FIELD_HIDDEN, "Jira hides the points.", part=POINTS_FIELD)
    unread = Partial(partial_data.of_project("10000"), Kind.UNREAD, "The first reading has not ended.")
    _note_what_is_missing(ruled, hidden, unread)
    await ruled.tell(moved(at=day(4), history=100))
    (decision,) = ruled.decisions
    assert decision["outcome"] == "acted"
    cut = "Its whole history was not read yet."
    parts = decision["steps"][0]["parts"]
    assert [part.get("lacks") for part in parts] == [[cut], ["Jira hides the points."], None]
    (said,) = [step for step in decision["steps"] if step["step"] == "partial data"]
    assert said["reasons"] == ["The first reading has not ended.", cut, "Jira hides the points."]


async def test_a_rule_may_be_held_where_it_reads_partial_data_and_only_there(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    past = ruled.rule(name="Reads the past", when='status WAS "In Progress"', partial_data="hold")
    ruled.rule(name="Reads the present", when="assignee IS NOT EMPTY", partial_data="hold")
    await ruled.tell(moved(at=day(4), history=100))
    held, acted = sorted(ruled.decisions, key=lambda each: each["rule_id"])
    assert (held["rule_id"], held["outcome"], acted["outcome"]) == (past, "held", "acted")
    assert "BURN-1 is judged by what is not whole: Its whole history was not read yet." in held["reason"]
    assert len(ruled.effects) == 1
    assert ruled.stored(past).paused_reason == held["reason"], "an admin resumes it, as after its limits"


async def test_an_issue_that_was_made_this_instant_has_no_history_to_lack(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(trigger={"type": "issue_created"}, when='status WAS NOT "Done"', partial_data="hold")
    await ruled.tell(
        issue_event("jira:issue_created", issue(1, created=as_jira_writes(day(4)), updated=day(4)), at=day(4))
    )
    (decision,) = ruled.decisions
    assert decision["outcome"] == "acted"
    assert all(step["step"] != "partial data" for step in decision["steps"])


async def test_a_rule_that_does_not_match_says_which_clause_was_false(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(when='"Story Points" >= 3 AND assignee IS EMPTY')
    await ruled.tell(moved(at=day(4), history=100))
    assert ruled.effects == []
    (decision,) = ruled.decisions
    assert decision["outcome"] == "not matched"
    parts = decision["steps"][0]["parts"]
    assert [(part["clause"], part["holds"]) for part in parts] == [
        ('"Story Points" >= 3', True),
        ("assignee IS empty", False),
    ]
    assert parts[1]["seen"] == "Dana"


async def test_an_event_that_the_trigger_is_not_about_leaves_no_decision(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule()
    await ruled.tell(moved(to=IN_PROGRESS, before=TO_DO, at=day(4), history=100))
    assert ruled.decisions == []


async def test_a_new_rule_is_in_shadow_and_only_shows_what_it_would_do(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    change = service.Change(author="Dana", now=day(1))
    with database.write() as tx:
        made = service.create(tx, ruled.site.name, ON_DONE, change)
    assert made.mode == "shadow"
    await ruled.tell(moved(at=day(4), history=100))
    assert ruled.effects == []
    (decision,) = ruled.decisions
    assert (decision["outcome"], decision["shadow"], decision["effect_count"]) == ("acted", True, 1)


async def test_a_new_version_is_in_shadow_beside_the_live_one(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule()
    with database.write() as tx:
        change = service.Change(author="Dana", now=day(2), seen="*")
        service.write(tx, rule, {**ON_DONE, "actions": [{"type": "log", "text": "hello"}]}, change)
    await ruled.tell(moved(at=day(4), history=100))
    assert len(ruled.effects) == 1, "the live version goes on"
    assert sorted((one["version"], one["shadow"], one["outcome"]) for one in ruled.decisions) == [
        (1, False, "acted"),
        (2, True, "nothing to do"),
    ]


async def test_what_burnish_did_itself_triggers_nothing_unless_asked_for(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule()
    ruled.rule(name="Also on our own", own_changes=True)
    event = moved(at=day(4), history=100)
    await ruled.tell({**event, "user": {"accountId": BOT, "displayName": "Burnish"}})
    assert [one["outcome"] for one in ruled.decisions] == ["own change", "acted"]


async def test_an_event_that_is_told_twice_is_decided_on_once(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule()
    event = moved(at=day(4), history=100)
    await ruled.tell(event, event)
    await ruled.tell(event)
    assert len(ruled.decisions) == len(ruled.effects) == 1


async def test_what_happened_before_the_rule_is_none_of_its_business(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule()
    with database.write() as tx:
        change = service.Change(author="Dana", now=day(3), seen="*")
        service.set_mode(tx, rule, "off", change)
        service.set_mode(tx, rule, "live", change)
    await ruled.tell(moved(at=day(2), history=100))
    assert ruled.decisions == []
    await ruled.tell(moved(at=day(4), history=101))
    assert len(ruled.decisions) == 1


async def test_a_rule_sees_the_issue_as_it_was_at_the_event_not_as_it_is(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(trigger={"type": "issue_transitioned", "to": ["In Progress"]}, when="status = 'In Progress'")
    late = moved(to=IN_PROGRESS, before=TO_DO, at=day(3), history=100)
    await ruled.tell(moved(to=DONE, at=day(4), history=101))
    await ruled.tell(late)
    assert [one["outcome"] for one in ruled.decisions] == ["acted"]


async def test_comments_trigger_too_and_their_text_is_a_value(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(
        trigger={"type": "comment_added"},
        when={"compare": {"left": "{{ comment.body }}", "operator": "contains", "right": "agreed"}},
        actions=[{"type": "edit", "add": {"labels": ["agreed"]}}],
    )
    await ruled.tell(issue_event("jira:issue_created", issue(), at=day(1)))
    await ruled.tell(comment_event("comment_created", comment(), at=day(1)))
    (effect,) = ruled.effects
    assert effect["payload"] == {
        "issue_key": "BURN-1",
        "fields": {},
        "update": {"labels": [{"add": "agreed"}]},
    }


async def test_a_rule_may_ask_whether_everybody_may_read_a_comment_before_it_quotes_it(
    database: Database,
) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(
        trigger={"type": "comment_added"},
        when={"compare": {"left": "{{ comment.limited }}", "operator": "=", "right": "False"}},
    )
    await ruled.tell(issue_event("jira:issue_created", issue(), at=day(1)))
    for number, visibility in ((1, {}), (2, {"visibility": {"type": "role", "value": "Administrators"}})):
        said = {**comment(), "id": str(number), **visibility}
        await ruled.tell(comment_event("comment_created", said, at=day(1)))
    assert sorted(one["outcome"] for one in ruled.decisions) == ["acted", "not matched"]


async def test_a_sprint_that_starts_fires_for_each_issue_in_it(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(
        trigger={"type": "sprint_started"},
        when="assignee IS NOT EMPTY",
        actions=[{"type": "edit", "add": {"labels": ["s7"]}}],
    )
    await ruled.tell(
        issue_event("jira:issue_created", issue(1), at=day(1)),
        issue_event("jira:issue_created", issue(2, sprints=[]), at=day(1)),
        issue_event("jira:issue_created", issue(3), at=day(1)),
    )
    started = sprint_event("sprint_started", at=day(2))
    await ruled.tell(started)
    await ruled.tell(started)
    assert [one["payload"]["issue_key"] for one in ruled.effects] == ["BURN-1", "BURN-3"]


async def test_work_that_is_logged_fires_once(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(trigger={"type": "work_logged"}, when="assignee IS NOT EMPTY")
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    logged = {
        "timestamp": millis(day(2)),
        "webhookEvent": "worklog_created",
        "worklog": {
            "id": "900",
            "issueId": "11",
            "author": PERSON,
            "created": as_jira_writes(day(2)),
            "updated": as_jira_writes(day(2)),
            "started": as_jira_writes(day(2)),
            "timeSpentSeconds": 3600,
        },
    }
    await ruled.tell(logged, logged)
    (decision,) = ruled.decisions
    assert (decision["happened"], decision["author"], decision["outcome"]) == (
        "work_logged",
        "5f0:dana",
        "acted",
    )


async def test_a_condition_on_related_issues_says_which_matched(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(when={"related": {"to": "siblings", "match": "all", "jql": "status = Done"}})
    parent = {"id": "19", "key": "BURN-9"}
    await ruled.tell(
        issue_event("jira:issue_created", issue(9), at=day(1)),
        issue_event("jira:issue_created", issue(1, parent=parent), at=day(1)),
        issue_event("jira:issue_created", issue(2, parent=parent, status=DONE), at=day(1)),
        issue_event("jira:issue_created", issue(3, parent=parent), at=day(1)),
    )
    await ruled.tell(moved(1, at=day(3), history=100, parent=parent))
    await ruled.tell(moved(3, at=day(4), history=101, parent=parent))
    assert [(one["outcome"], one["steps"][0]["seen"]) for one in ruled.decisions] == [
        ("not matched", "1 of 2: BURN-2"),
        ("acted", "2 of 2: BURN-1, BURN-2"),
    ]


async def test_a_branch_acts_on_the_parent_when_the_last_child_is_done(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(
        when={"related": {"to": "siblings", "match": "all", "jql": "statusCategory = Done"}},
        actions=[
            {"type": "branch", "to": "parent", "actions": [{"type": "transition", "to": "Done"}]},
            {
                "type": "branch",
                "jql": "parent = {{ issue.key }}",
                "actions": [{"type": "log", "text": "no children"}],
            },
        ],
    )
    parent = {"id": "19", "key": "BURN-9"}
    await ruled.tell(
        issue_event("jira:issue_created", issue(9), at=day(1)),
        issue_event("jira:issue_created", issue(1, parent=parent), at=day(1)),
    )
    await ruled.tell(moved(1, at=day(3), history=100, parent=parent))
    (effect,) = ruled.effects
    assert effect["kind"] == "transition_issue"
    assert effect["payload"] == {"issue_key": "BURN-9", "status_ids": [DONE]}


# --- limits ---------------------------------------------------------------------------------------


async def test_a_rule_that_wants_more_than_its_limits_is_paused_and_loses_nothing(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule(limits={"per_hour": 2})
    await ruled.tell(*(moved(number, at=day(4), history=100 + number) for number in range(1, 6)))
    assert [one["outcome"] for one in ruled.decisions] == ["acted", "acted", "held", "held", "held"]
    assert len(ruled.effects) == 2
    stored = ruled.stored(rule)
    assert stored.paused_at == day(5)
    assert stored.paused_reason == "3 effects with BURN-3; `limits.per_hour` is 2."
    await ruled.tell(moved(6, at=day(4), history=106))
    assert ruled.decisions[-1]["outcome"] == "held"
    with database.write() as tx:
        change = service.Change(author="Dana", now=day(5), seen="*")
        assert service.resume(tx, rule, change, carry_out=True) == 4
    assert len(ruled.effects) == 6
    assert {one["outcome"] for one in ruled.decisions} == {"acted"}
    assert ruled.stored(rule).paused_at is None


async def test_what_a_paused_rule_wanted_can_be_let_go(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    rule = ruled.rule(limits={"per_day": 1})
    await ruled.tell(*(moved(number, at=day(4), history=100 + number) for number in (1, 2)))
    with database.write() as tx:
        change = service.Change(author="Dana", now=day(5), seen="*")
        assert service.resume(tx, rule, change, carry_out=False) == 0
    assert [one["outcome"] for one in ruled.decisions] == ["acted", "dropped"]
    assert len(ruled.effects) == 1


async def test_a_fault_in_one_rule_stops_neither_others_nor_the_delivery(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(name="broken", actions=[{"type": "comment", "text": "{{ issue.nosuchfield }}"}])
    ruled.rule()
    await ruled.tell(moved(at=day(4), history=100))
    broken, fine = ruled.decisions
    assert (broken["outcome"], fine["outcome"]) == ("failed", "acted")
    assert "nosuchfield" in broken["reason"]
    assert [one["state"] for one in ruled.rows(tables.deliveries)] == ["applied"]
