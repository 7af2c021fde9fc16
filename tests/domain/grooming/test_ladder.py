"""A policy's ladder over sixty days: every step once, at its time, and never for an exempt issue."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from app.domain.effects import LinkIssues
from app.domain.grooming.commands import Command, Said
from app.domain.grooming.facts import Alike
from app.domain.grooming.item import Item
from app.domain.grooming.ladder import Plan, Progress, Why, decide
from app.domain.grooming.policy import Policy, read_policy
from app.domain.grooming.review import Review, review
from app.domain.grooming.wanted import read_wanted
from tests.domain.grooming.backlogs import NOW, backlog, item
from tests.factories import DONE

DAYS = 60
LADDER = (
    {"step": "report"},
    {"step": "comment", "after": "7d", "text": "Is this still wanted?"},
    {"step": "label", "after": "14d", "label": "stale"},
    {"step": "transition", "after": "10d", "status": "Won't Do"},
)
WAITS = (0, 7, 14, 10)


def a_policy(**overrides: Any) -> Policy:
    document = {
        "name": "Overdue",
        "board": 1,
        "mode": "live",
        "checks": {"missing_priority": {}},
        "ladder": [dict(step) for step in LADDER],
        **overrides,
    }
    return Policy(read_policy(document))


@dataclass
class World:
    """Issues day by day, what people do to them, and what the policy did."""

    items: dict[str, Item]
    policy: Policy = field(default_factory=a_policy)
    now: datetime = NOW
    said: dict[str, Said] = field(default_factory=dict)
    progress: Mapping[str, Progress] = field(default_factory=dict)
    after_key: str | None = None
    done: list[tuple[int, str, str]] = field(default_factory=list)
    back: list[tuple[int, str, Why]] = field(default_factory=list)
    day: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def looked(self) -> Review:
        names = {one.id: one for one in self.items.values()}
        facts = replace(backlog(*names.values()), now=self.now, said=self.said, **self.more)
        wanted = [
            read_wanted(name, {**opts, "exempt": {"labels": ["roadmap"]}}) for name, opts in self.checks
        ]
        return review(facts, wanted)

    @property
    def checks(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self.policy.document.checks.items())

    def run(self, busy: tuple[str, ...] = ()) -> Plan:
        plan = decide(self.policy, self.looked(), self.progress, busy=busy, after_key=self.after_key)
        self.progress, self.after_key = plan.progress, plan.after_key
        self.done += [(self.day, take.item.key, take.step.step) for take in plan.takes]
        self.back += [(self.day, back.progress.key, back.why) for back in plan.backs]
        return plan

    def pass_a_day(self) -> None:
        self.day += 1
        self.now += timedelta(days=1)

    def touch(self, key: str) -> None:
        self.items[key] = changed(self.items[key], touched_at=self.now - timedelta(hours=1))

    def of(self, key: str) -> list[tuple[int, str]]:
        return [(day, step) for day, named, step in self.done if named == key]


def world(*keys: str, **overrides: Any) -> World:
    return World({key: item(key, priority=None) for key in keys}, **overrides)


def test_each_step_comes_once_at_its_time() -> None:
    told = world("BURN-1")
    for _ in range(DAYS):
        told.run()
        told.run()  # again on the same day: nothing
        told.pass_a_day()
    assert told.of("BURN-1") == [(0, "report"), (7, "comment"), (21, "label"), (31, "transition")]
    assert told.back == []


def test_a_person_who_answers_stops_it_and_it_begins_anew() -> None:
    told = world("BURN-1")
    for day in range(DAYS):
        if day == 25:
            told.touch("BURN-1")
        told.run()
        told.pass_a_day()
    steps = [(0, "report"), (7, "comment"), (21, "label"), (26, "report"), (33, "comment"), (47, "label")]
    assert told.of("BURN-1") == [*steps, (57, "transition")]
    assert told.back == [(25, "BURN-1", Why.TOUCHED)]


def test_what_bots_write_stops_nothing() -> None:
    """Facts hold only what people did; the policy's own label and comment are not among it."""
    told = world("BURN-1")
    for _ in range(DAYS):
        plan = told.run()
        for take in plan.takes:
            if take.step.label:
                one = told.items[take.item.key]
                told.items[one.key] = changed(one, labels=(*one.labels, take.step.label))
        told.pass_a_day()
    assert [step for _, step in told.of("BURN-1")] == ["report", "comment", "label", "transition"]


def test_a_snoozed_issue_is_left_alone_until_the_snooze_is_over() -> None:
    told = world("BURN-1")
    for day in range(DAYS):
        if day == 10:
            until = told.now + timedelta(days=30)
            told.said = {"id-BURN-1": Said(quiet=Command("snooze", told.now, "dana", until=until))}
            told.touch("BURN-1")  # the comment that says so
        told.run()
        told.pass_a_day()
    assert told.of("BURN-1") == [(0, "report"), (7, "comment"), (40, "report"), (47, "comment")]
    assert told.back == [(10, "BURN-1", Why.EXEMPT)]


RUNNING, COMING = 8, 9
GATE: dict[str, Any] = {
    "checks": {"planned_not_ready": {}},
    "ladder": [{"step": "comment", "text": "Not yet."}, {"step": "backlog", "after": "1d"}],
}


def at_the_gate(sprint: int, *, running: bool = False) -> World:
    """An issue without estimate in a sprint."""
    back = {**GATE["ladder"][1], "running": running}
    policy = a_policy(**{**GATE, "ladder": [GATE["ladder"][0], back]})
    return World({"BURN-1": item("BURN-1", points=None, sprints=frozenset({sprint}))}, policy=policy)


def test_what_is_not_ready_goes_back_to_the_backlog_after_its_time_and_once_for_each_entry() -> None:
    told = at_the_gate(COMING)
    for day in range(8):
        if day in {2, 5}:  # taken out by us, and planned again by somebody
            sprints = frozenset({COMING}) if day == 5 else frozenset[int]()
            told.items["BURN-1"] = changed(told.items["BURN-1"], sprints=sprints)
        told.run()
        told.pass_a_day()
    assert told.of("BURN-1") == [(0, "comment"), (1, "backlog"), (5, "comment"), (6, "backlog")]


def test_what_is_proposed_is_done_once_and_what_has_no_proposal_waits() -> None:
    ladder = [{"step": "accept"}, {"step": "label", "after": "7d", "label": "twice"}]
    policy = a_policy(checks={"duplicate": {"only_said": True}}, ladder=ladder)
    told = World({key: item(key) for key in ("BURN-1", "BURN-2")}, policy=policy)
    told.said = {"id-BURN-2": Said(duplicate_of="BURN-9", duplicate_by="dana")}
    told.more = {"alike": {"id-BURN-1": (Alike("BURN-8", "Pay", "To Do", 0.9),)}}
    assert told.run().takes == ()  # the site has no links between duplicates
    told.more["duplicate_link"] = "Duplicate"
    (take,) = told.run().takes
    (proposal,) = take.accepted
    assert proposal.effects[0] == LinkIssues("BURN-2", "Duplicate", "BURN-9")
    for _ in range(3):
        assert told.run().takes == ()
    assert told.of("BURN-2") == [(0, "accept")]
    assert told.of("BURN-1") == []


def test_a_running_sprint_is_left_alone_unless_the_policy_says_otherwise() -> None:
    for running, steps in ((False, ["comment"]), (True, ["comment", "backlog"])):
        told = at_the_gate(RUNNING, running=running)
        for _ in range(5):
            told.run()
            told.pass_a_day()
        assert [step for _, step in told.of("BURN-1")] == steps


def test_whom_a_person_calls_ready_stays_in_the_sprint() -> None:
    told = at_the_gate(COMING)
    told.run()
    told.pass_a_day()
    told.said = {"id-BURN-1": Said(ready=True)}
    told.run()
    assert told.of("BURN-1") == [(0, "comment")]


def test_a_mended_and_a_closed_issue_leave_the_ladder() -> None:
    told = world("BURN-1", "BURN-2")
    for day in range(20):
        if day == 10:
            told.items["BURN-1"] = changed(told.items["BURN-1"], priority="High")
            told.items["BURN-2"] = item("BURN-2", status=DONE)
            told.items = {key: one for key, one in told.items.items() if not one.done}
        told.run()
        told.pass_a_day()
    assert told.back == [(10, "BURN-1", Why.MENDED), (10, "BURN-2", Why.CLOSED)]
    assert told.progress == {}


def test_no_run_does_more_than_its_ceiling_and_the_next_one_goes_on_behind_it() -> None:
    keys = [f"BURN-{number}" for number in range(1, 8)]
    told = world(*keys, policy=a_policy(ladder=[dict(LADDER[1], after="0d")], limits={"per_run": 3}))
    firsts = []
    for _ in range(3):
        plan = told.run()
        firsts.append([take.item.key for take in plan.takes])
        told.pass_a_day()
    assert firsts == [keys[:3], keys[3:6], keys[6:]]


def test_what_the_ceiling_left_over_comes_first_however_many_are_only_reported_meanwhile() -> None:
    ladder = [LADDER[0], dict(LADDER[1], after="1d"), dict(LADDER[2], after="1d")]
    told = world("BURN-1", "BURN-2", "BURN-3", policy=a_policy(ladder=ladder, limits={"per_run": 1}))
    for number in range(4, 8):
        told.run()
        told.pass_a_day()
        told.items[f"BURN-{number}"] = item(f"BURN-{number}", priority=None)
    told.run()
    written = [(day, key) for day, key, step in told.done if step != "report"]
    assert written == [(1, "BURN-1"), (2, "BURN-2"), (3, "BURN-3"), (4, "BURN-4")]


def test_an_issue_that_another_policy_or_rule_acts_on_waits_for_the_next_run() -> None:
    told = world("BURN-1", policy=a_policy(ladder=[dict(LADDER[1], after="0d")]))
    assert told.run(busy=("BURN-1",)).waiting == 1
    assert told.of("BURN-1") == []
    told.run()
    assert told.of("BURN-1") == [(0, "comment")]


def test_what_was_told_in_shadow_counts_for_nothing_once_it_is_live() -> None:
    told = world("BURN-1", policy=a_policy(mode="shadow"))
    for _ in range(10):
        told.run()
        told.pass_a_day()
    told.policy = a_policy()
    told.run()
    assert told.of("BURN-1") == [(0, "report"), (7, "comment"), (10, "report")]


Deed = st.sampled_from(["nothing", "nothing", "nothing", "touch", "mend", "break", "exempt", "unexempt"])


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(["BURN-1", "BURN-2", "BURN-3"]), Deed), min_size=DAYS, max_size=DAYS)
)
def test_any_sixty_days_go_as_one_issue_after_the_other_would(deeds: list[tuple[str, str]]) -> None:
    told = world("BURN-1", "BURN-2", "BURN-3")
    naive = {key: Naive() for key in told.items}
    for key, deed in deeds:
        one = told.items[key]
        if deed == "touch":
            told.touch(key)
        elif deed in {"mend", "break"}:
            told.items[key] = changed(one, priority="High" if deed == "mend" else None)
        elif deed in {"exempt", "unexempt"}:
            told.items[key] = changed(one, labels=("roadmap",) if deed == "exempt" else ())
        told.run()
        for each, issue in told.items.items():
            found = issue.priority is None and not issue.labels
            naive[each].live(told.day, found=found, touched=each == key and deed == "touch")
        told.pass_a_day()
    for key, one_naive in naive.items():
        assert told.of(key) == one_naive.done


@dataclass
class Naive:
    """One issue, told day by day without any of the ladder's code."""

    taken: int | None = None
    since: int = 0
    done: list[tuple[int, str]] = field(default_factory=list)

    def live(self, day: int, *, found: bool, touched: bool) -> None:
        if self.taken is not None and (touched or not found):
            self.taken = None
            return
        if not found:
            return
        if self.taken is None:
            self.taken, self.since = 0, day
        if self.taken < len(WAITS) and day - self.since >= WAITS[self.taken]:
            self.done.append((day, str(LADDER[self.taken]["step"])))
            self.taken, self.since = self.taken + 1, day
