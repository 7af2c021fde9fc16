"""The last of all siblings is found, whoever tells of them in which order, and whoever writes meanwhile."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

import pytest

from app.services import rules as service
from app.store import rules, tables
from app.store.database import Database
from jobs import deliveries
from tests.factories import DONE, TO_DO, day
from tests.jobs.ruled import Ruled, moved
from tests.payloads import issue, issue_event

pytestmark = pytest.mark.anyio
PARENT = {"id": "19", "key": "BURN-9"}
SIBLINGS_ARE_DONE = {"related": {"to": "siblings", "match": "all", "jql": "status = Done"}}
TO_PARENT: list[dict[str, Any]] = [
    {"type": "branch", "to": "parent", "actions": [{"type": "transition", "to": "Done"}]}
]


async def family(ruled: Ruled) -> None:
    await ruled.tell(
        issue_event("jira:issue_created", issue(9), at=day(1)),
        *(issue_event("jira:issue_created", issue(one, parent=PARENT), at=day(1)) for one in (1, 2)),
    )


FIRST = moved(1, at=day(3), history=100, parent=PARENT)
LAST = moved(2, at=day(4), history=101, parent=PARENT)


@pytest.mark.parametrize("told", [(FIRST, LAST), (LAST, FIRST)], ids=["in order", "the last one first"])
async def test_two_siblings_done_in_two_transactions_at_once_bring_their_parent_along(
    postgresql_only: Database, told: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled = Ruled(postgresql_only, at=day(5))
    ruled.rule(when=SIBLINGS_ARE_DONE, actions=TO_PARENT)
    await family(ruled)
    both, settle = threading.Barrier(2), deliveries._settle

    def late(*args: Any) -> None:
        """Neither commits before the other has decided, unless that waits for it."""
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.3)
        settle(*args)

    monkeypatch.setattr(deliveries, "_settle", late)
    first = asyncio.ensure_future(ruled.tell(told[0]))
    await asyncio.sleep(0.1)
    await asyncio.gather(first, ruled.tell(told[1]))
    (effect,) = ruled.effects
    assert effect["payload"] == {"issue_key": "BURN-9", "status_ids": [DONE]}
    by_event = {one["event_key"]: one for one in ruled.decisions}
    assert by_event["change:100"]["outcome"] == "not matched", "the other one was open then"
    assert (by_event["change:101"]["outcome"], by_event["change:101"]["effect_count"]) == ("acted", 1)


async def test_a_sibling_that_is_told_late_is_seen_by_what_was_decided_before(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(name="In a condition", when=SIBLINGS_ARE_DONE, actions=TO_PARENT)
    step = {"type": "branch", "to": "parent", "when": "status != Done", "actions": []}
    inner = {
        "type": "if",
        "when": {"related": {"to": "children", "match": "all", "jql": "status = Done"}},
        "then": [{"type": "transition", "to": "Done"}],
    }
    thanks = {"type": "comment", "text": "Thanks."}
    ruled.rule(name="Inside", when="assignee IS NOT EMPTY", actions=[thanks, {**step, "actions": [inner]}])
    ruled.rule(name="Alone", when="assignee IS NOT EMPTY", actions=[thanks])
    ruled.rule(name="In shadow", when=SIBLINGS_ARE_DONE, actions=TO_PARENT, mode="shadow")
    await family(ruled)
    await ruled.tell(LAST)
    before = len(ruled.effects)
    assert [one["outcome"] for one in ruled.decisions] == ["not matched", "acted", "acted", "not matched"]
    await ruled.tell(FIRST)
    moves = [one for one in ruled.effects if one["kind"] == "transition_issue"]
    assert [one["payload"]["issue_key"] for one in moves] == ["BURN-9", "BURN-9"], "of both rules that act"
    assert len(ruled.effects) == before + 2 + 2, "and a comment each on the other sibling; none twice"
    later = [one for one in ruled.decisions if one["event_key"] == "change:101"]
    assert [(one["outcome"], one["effect_count"]) for one in later] == [
        ("acted", 1),
        ("acted", 2),
        ("acted", 1),
        ("acted", 1),
    ]
    assert all(one["correlation"] == ruled.effects[-1]["correlation"] for one in moves)
    await ruled.tell(FIRST, LAST)
    assert len(ruled.effects) == before + 4, "told once more, it changes nothing"


async def test_what_was_told_already_makes_nobody_look_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(when=SIBLINGS_ARE_DONE, actions=TO_PARENT)
    await family(ruled)
    await ruled.tell(FIRST, LAST)
    turns: list[int] = []
    monkeypatch.setattr(rules, "take_turns", lambda _, site: turns.append(site))
    await ruled.tell(FIRST, LAST)
    assert turns == [], "a sync tells much again, and may know by then what nobody did when it was decided"
    await ruled.tell(moved(1, to=TO_DO, at=day(5), history=102, parent=PARENT))
    assert turns == [ruled.site.id]


async def test_a_rule_that_acted_waits_for_what_follows_from_news(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    waits = {"type": "wait", "hours": 1}
    actions = [{"type": "comment", "text": "Thanks."}, {"type": "if", "when": SIBLINGS_ARE_DONE}]
    ruled.rule(
        when="assignee IS NOT EMPTY", actions=[actions[0], {**actions[1], "then": [waits, *TO_PARENT]}]
    )
    await family(ruled)
    await ruled.tell(LAST)
    await ruled.tell(FIRST)
    assert [one["kind"] for one in ruled.effects] == ["living_comment"] * 2
    assert len(ruled.rows(tables.runs)) == 1
    await ruled.tell(moved(1, at=day(3, hour=1), history=99, parent=PARENT))
    assert len(ruled.rows(tables.runs)) == 1, "it waits already"
    await ruled.pass_time(to=day(6))
    assert [one["kind"] for one in ruled.effects] == ["living_comment"] * 3 + ["transition_issue"]


async def test_what_went_on_after_a_wait_is_no_beginning_that_is_looked_at_again(database: Database) -> None:
    ruled = Ruled(database, at=day(1))
    born = {"type": "issue_created"}
    ruled.rule(name="Waits", trigger=born, when=None, actions=[{"type": "wait", "days": 11}, *TO_PARENT])
    ruled.rule(when=SIBLINGS_ARE_DONE, actions=TO_PARENT)
    await family(ruled)
    await ruled.pass_time(to=day(3))
    before = ruled.decisions
    assert {one["event_key"] for one in before} == {"created", "created~1"}
    assert max(one["at"] for one in before) > day(1)
    await ruled.tell(moved(1, at=day(1), history=90, parent=PARENT))
    assert [one for one in ruled.decisions if one["event_key"] != "change:90"] == before


@pytest.mark.parametrize("carry_out", [True, False])
async def test_what_was_done_is_not_told_as_dropped_where_news_went_beyond_the_limits(
    database: Database, carry_out: bool
) -> None:
    ruled = Ruled(database, at=day(5))
    actions = [{"type": "comment", "text": "Thanks."}, {"type": "if", "when": SIBLINGS_ARE_DONE}]
    rule = ruled.rule(
        when="assignee IS NOT EMPTY",
        actions=[actions[0], {**actions[1], "then": TO_PARENT}],
        limits={"per_hour": 1},
    )
    await family(ruled)
    await ruled.tell(LAST)
    await ruled.tell(FIRST)
    later = next(one for one in ruled.decisions if one["event_key"] == "change:101")
    assert (later["outcome"], len(ruled.effects)) == ("held", 1)
    with database.write() as tx:
        service.resume(tx, rule, service.Change("Dana", day(5), seen="*"), carry_out=carry_out)
    first, later = sorted(ruled.decisions, key=lambda one: str(one["event_key"]))
    kinds = {False: ["living_comment"], True: ["living_comment", "living_comment", "transition_issue"]}
    assert sorted(one["kind"] for one in ruled.effects) == kinds[carry_out]
    assert first["outcome"] == ("acted" if carry_out else "dropped"), "of it nothing was done before"
    assert (later["outcome"], later["effect_count"]) == ("acted", 1 + carry_out)
    assert carry_out or later["reason"] == "1 of 2 effects, wanted later, dropped."
