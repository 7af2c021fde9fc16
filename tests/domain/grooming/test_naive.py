"""Every check agrees with a naive one that looks at one issue after the other, on random backlogs."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.facts import Alike, Backlog, Children
from app.domain.grooming.item import EPIC, STORY, SUBTASK, Item
from app.domain.grooming.readiness import readiness
from app.domain.grooming.texts import NO_TEXT, Description
from tests.domain.grooming.backlogs import NOW, REVIEW, ago, backlog, epic, item, keys, subtask
from tests.factories import CLOSED, DONE, IN_PROGRESS, TO_DO, UNMAPPED

STATUSES = [TO_DO, IN_PROGRESS, REVIEW, DONE, CLOSED, UNMAPPED]
BEGUN, OVER = {IN_PROGRESS, REVIEW}, {DONE, CLOSED}
PLACES = {TO_DO: 0, IN_PROGRESS: 1, REVIEW: 2, DONE: 3, CLOSED: 3, UNMAPPED: -1}
ACTIVE, FUTURE, PAST = {8}, {9}, {5, 6, 7}


TEXTS = [NO_TEXT, Description(20, 5), Description(90, 6), Description(90, 6, has_criteria=True)]
PARENTS = [None, "gone-1", "id-BURN-900", "id-BURN-901", *(f"id-BURN-{number}" for number in range(1, 6))]
DUE = [None, *((NOW + timedelta(days=days)).date() for days in (-30, -1, 0, 1, 20))]


def an_item(chance: Random, number: int) -> Item:
    one_of = chance.choice
    kind = one_of(["Story", "Story", "Bug", "Epic", "Sub-task"])
    way = [one_of(STATUSES) for _ in range(chance.randint(1, 4))]
    way = [status for place, status in enumerate(way) if not place or way[place - 1] != status]
    if way[-1] in OVER:
        way.append(TO_DO)
    days = [chance.randint(0, 200) for _ in range(3)]
    urgent = chance.randint(0, 3)
    return item(
        f"BURN-{number}",
        status=way[-1],
        way=tuple(way),
        type_name=kind,
        level={"Epic": EPIC, "Sub-task": SUBTASK}.get(kind, STORY),
        created=ago(max(days)),
        touched_at=ago(min(days)),
        status_since=ago(days[1]),
        assigned_since=ago(days[2]),
        points=one_of([None, 0, 3, 13, 20]),
        priority=one_of([None, f"P{urgent}"]),
        priority_place=urgent,
        assignee=one_of([None, "dana", "gone"]),
        labels=one_of([(), ("needs-info",)]),
        labelled_since=ago(days[0]),
        reporter_spoke_at=one_of([None, ago(10)]),
        components=one_of([(), ("Billing",)]),
        fix_versions=one_of([(), ("1",), ("2",), ("3",), ("2", "1")]),
        due=one_of(DUE),
        parent=one_of(PARENTS),
        sprints=frozenset(chance.sample(range(5, 10), chance.randint(0, 3))),
        rank=f"0|{chance.randint(0, 9)}",
        description=one_of(TEXTS),
        resolved_at=one_of([None, ago(3)]),
    )


def a_backlog(chance: Random) -> Backlog:
    items = [an_item(chance, number) for number in range(1, chance.randint(2, 30))]
    ids = [one.id for one in items]
    blocks = [
        (chance.choice([*ids, "id-BURN-902"]), chance.choice(ids)) for _ in range(chance.randint(0, 20))
    ]
    children = {
        issue: Children(chance.randint(0, 2), chance.randint(0, 2), ago(chance.randint(0, 20)))
        for issue in ids
    }
    around = [epic("BURN-901", status=DONE), item("BURN-902", status=DONE)]
    return backlog(
        *items,
        around=around,
        blocks=tuple(dict.fromkeys(blocks)),
        all_children=children,
        gone=frozenset({"gone-1"}),
        alike={
            one: (
                Alike(
                    "BURN-1",
                    "Pay",
                    "To Do",
                    chance.random(),
                    done_at=chance.choice([None, ago(19), ago(500)]),
                ),
            )
            for one in ids[::3]
        },
    )


def planned(one: Item) -> bool:
    return bool(one.sprints & (ACTIVE | FUTURE))


def closed(one: Item) -> int:
    return len(one.sprints & PAST)


def ordered(of: Backlog) -> list[Item]:
    waiting = [one for one in of.items if one.level == STORY and not one.sprints & ACTIVE]
    return sorted(waiting, key=lambda one: (one.rank or "", int(one.key[5:])))


def share(of: Backlog, has: Callable[[Item], bool], among: Callable[[Item], bool]) -> float:
    asked = [one for one in of.items if among(one)]
    return sum(has(one) for one in asked) / len(asked) if asked else 0


def reaches(of: Backlog, start: str, goal: str) -> bool:
    """Along blocks that are not done, by walking."""
    open_ids = {one.id for one in of.items if not one.done}
    edges = [(blocked, blocker) for blocker, blocked in of.blocks if blocker in open_ids]
    seen: set[str] = set()
    waiting = [after for before, after in edges if before == start]
    while waiting:
        one = waiting.pop()
        if one == goal:
            return True
        if one not in seen:
            seen.add(one)
            waiting += [after for before, after in edges if before == one]
    return False


def first_of_circle(of: Backlog, one: Item) -> bool:
    circle = [other for other in of.items if reaches(of, one.id, other.id) and reaches(of, other.id, one.id)]
    return reaches(of, one.id, one.id) and min(circle, key=lambda other: int(other.key[5:])) is one


def inverted(of: Backlog, one: Item) -> bool:
    row = [other for other in ordered(of) if other.status_id not in BEGUN]
    if one not in row or (one.priority_place or 0) >= 2:
        return False
    above = row[: row.index(one)]
    return sum((other.priority_place or 0) > (one.priority_place or 0) for other in above) > 10


def needs_info(of: Backlog, one: Item) -> bool:
    waits = one.status_id == UNMAPPED  # Waiting for customer
    asked = one.status_since if waits else one.labelled_since
    if not (waits or one.labels) or asked is None or (of.now - asked).days < 14:
        return False
    return one.reporter_spoke_at is None or one.reporter_spoke_at <= asked


def below(of: Backlog, parent: Item) -> list[Item]:
    return [one for one in of.items if one.parent == parent.id]


def pairs(one: Item) -> list[tuple[str, str]]:
    return list(zip(one.way, one.way[1:], strict=False))


def idle(of: Backlog, one: Item) -> bool:
    if one.assignee is None or one.level >= EPIC or one.status_id != TO_DO:
        return False
    running = bool(one.sprints & ACTIVE)
    if planned(one) and not running:
        return False
    since = max(one.assigned_since or one.created, one.status_since)
    return (of.now - since).days >= (5 if running else 30)


def stale(of: Backlog, one: Item) -> bool:
    done_at = of.all_children[one.id].last_at or one.touched_at
    touched = max([one.touched_at, done_at, *(child.touched_at for child in below(of, one))])
    return not planned(one) and (of.now - touched).days >= 90


def firsts(one: Item, kind: set[str]) -> int:
    return next((place for place, status in enumerate(one.way) if status in kind), 99)


def alike(of: Backlog, one: Item) -> int:
    digest = one.description.digest
    return sum(o.type_name == one.type_name and o.description.digest == digest for o in of.items)


Naive = Callable[[Backlog, Item], bool]
NAIVE: Mapping[str, Naive] = {
    "stale": stale,
    "missing_description": lambda _, one: one.level != SUBTASK and one.description.characters < 30,
    "still_template": lambda of, one: (
        one.description.characters >= 30
        and sum(
            o.type_name == one.type_name and o.description.digest == one.description.digest for o in of.items
        )
        >= 5
    ),
    "missing_acceptance_criteria": lambda _, one: (
        one.type_name == "Story" and not one.description.has_criteria
    ),
    "duplicate": lambda of, one: any(
        other.likeness >= 0.65
        and (other.done_at is None or one.created <= other.done_at + timedelta(days=30))
        for other in of.alike.get(one.id, ())
    ),
    "missing_estimate": lambda _, one: one.level == STORY and one.estimate is None,
    "missing_priority": lambda _, one: one.level != SUBTASK and one.priority is None,
    "missing_component": lambda of, one: (
        one.level != SUBTASK
        and not one.components
        and share(of, lambda o: bool(o.components), lambda o: o.level != SUBTASK) >= 0.2
    ),
    "missing_epic": lambda of, one: (
        one.type_name == "Story"
        and one.parent is None
        and share(of, lambda o: o.parent is not None, lambda o: o.type_name == "Story") >= 0.2
    ),
    "orphan": lambda _, one: one.parent == "gone-1" or (one.level == SUBTASK and one.parent is None),
    "oversized": lambda _, one: one.level == STORY and one.estimate is not None and one.estimate > 13,
    "overdue": lambda _, one: one.due is not None and one.due < NOW.date(),
    "due_after_release": lambda of, one: (
        "2" in one.fix_versions
        and one.due is not None
        and one.due > (of.versions["2"].released_on or one.due)
    ),
    "released_version": lambda _, one: "1" in one.fix_versions,
    "archived_version": lambda _, one: "3" in one.fix_versions,
    "top_not_ready": lambda of, one: (
        one in ordered(of)[:20] and one.status_id not in BEGUN and not readiness(of, one).ready
    ),
    "planned_not_ready": lambda of, one: (
        planned(one) and one.level == STORY and one.status_id == TO_DO and not readiness(of, one).ready
    ),
    "rank_inversion": inverted,
    "carried_over": lambda _, one: one.level != SUBTASK and closed(one) >= 2,
    "open_in_closed_sprint": lambda _, one: one.level != SUBTASK and closed(one) > 0 and not planned(one),
    "in_progress_no_sprint": lambda _, one: (
        one.level == STORY and one.status_id in BEGUN and not one.sprints & ACTIVE
    ),
    "several_sprints": lambda _, one: len(one.sprints & (ACTIVE | FUTURE)) > 1,
    "epic_done": lambda of, one: one.done and any(child.level != SUBTASK for child in below(of, one)),
    "epic_children_done": lambda of, one: (
        one.level >= EPIC
        and not one.done
        and of.all_children[one.id].done > 0
        and of.all_children[one.id].open == 0
        and (of.now - (of.all_children[one.id].last_at or of.now)).days >= 7
    ),
    "subtasks_open": lambda of, one: one.done and any(child.level == SUBTASK for child in below(of, one)),
    "empty_epic": lambda of, one: (
        one.level >= EPIC
        and not one.done
        and of.all_children[one.id].done + of.all_children[one.id].open == 0
        and (of.now - one.created).days >= 14
    ),
    "blocked_by_done": lambda of, one: ("id-BURN-902", one.id) in of.blocks,
    "circular_blocks": first_of_circle,
    "inactive_assignee": lambda _, one: one.assignee == "gone",
    "assigned_idle": idle,
    "needs_info": needs_info,
    "not_on_board": lambda _, one: one.status_id == UNMAPPED and one.level < EPIC,
    "resolved_but_open": lambda of, one: one.resolved_at is not None and one.status_id not in of.called_done,
    "subtasks_begun": lambda of, one: (
        one.level == STORY
        and one.status_id == TO_DO
        and (any(c.status_id in BEGUN for c in below(of, one)) or of.all_children[one.id].done > 0)
    ),
    "reopened": lambda _, one: any(status in OVER for status in one.way[:-1]),
    "put_back": lambda _, one: (
        one.status_id == TO_DO
        and any(status in BEGUN for status in one.way)
        and not any(status in OVER for status in one.way[:-1])
    ),
    "moved_back": lambda _, one: one.status_id in BEGUN and (REVIEW, IN_PROGRESS) in pairs(one),
    "begun_at_once": lambda _, one: PLACES[one.way[0]] > 0,
    "stopped_before_started": lambda _, one: firsts(one, OVER) < firsts(one, BEGUN) < 99,
}


def test_there_is_a_naive_one_for_each() -> None:
    assert set(NAIVE) == set(BY_NAME)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_every_check_finds_what_looking_at_one_after_the_other_finds(seed: int) -> None:
    of = a_backlog(Random(seed))
    done = [one for one in of.around.values() if one.done]
    for check in CHECKS:
        expected = [one.key for one in (*of.items, *done) if _naive(check.name, of, one)]
        found = keys(check.find(of, check.options()))
        assert sorted(found) == sorted(expected), check.name


def _naive(name: str, of: Backlog, one: Item) -> bool:
    of_done = name in {"epic_done", "subtasks_open"}
    return one.done == of_done and bool(NAIVE[name](of, one))


@pytest.mark.parametrize("name", ["rank_inversion"])
def test_an_inversion_needs_more_issues_than_random_backlogs_have(name: str) -> None:
    """So a large one is looked at, too."""
    lows = [item(f"BURN-{n}", priority="P3", priority_place=3, rank=f"0|{n:03}") for n in range(1, 40)]
    highs = [
        item(f"BURN-{n}", priority="P0", priority_place=0, rank=f"0|{n - 50:03}b") for n in range(55, 80, 3)
    ]
    of = backlog(*lows, *highs, subtask("BURN-200", "BURN-1"))
    found = keys(BY_NAME[name].find(of, BY_NAME[name].options()))
    assert sorted(found) == sorted(one.key for one in of.items if inverted(of, one))
    assert found
