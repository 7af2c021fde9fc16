"""Of each check: what it finds, what it nearly finds, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from msgspec.structs import replace as changed

from app.domain.grooming.commands import Said
from app.domain.grooming.facts import Alike, Children, Suggested
from app.domain.grooming.item import Item
from app.domain.grooming.texts import NO_TEXT, Description
from tests.domain.grooming.backlogs import (
    REVIEW,
    ago,
    epic,
    item,
    subtask,
)
from tests.factories import CLOSED, DONE, IN_PROGRESS, TO_DO, UNMAPPED


@dataclass(frozen=True)
class Case:
    """A check, what it finds, what it does not, and the words that the finding must have."""

    check: str
    bad: Sequence[Item]
    good: Sequence[Item]
    says: str
    on: str = "BURN-1"
    around: Sequence[Item] = ()
    more: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


UNEQUAL = Description(characters=90, digest=77)
LOWS = [item(f"BURN-{n}", priority="Low", priority_place=3) for n in range(10, 21)]

ALIKE = Alike("BURN-40", "Pay by invoice", "To Do", 0.72, ("pay", "invoice"), ("pay by invoice",))

CASES = [
    Case("stale", [item(touched_at=ago(90))], [item(touched_at=ago(89.9))], "for 90 days"),
    Case(
        "stale", [item(touched_at=ago(200))], [item(touched_at=ago(200), sprints=frozenset({9}))], "200 days"
    ),
    Case(
        "stale",
        [item(touched_at=ago(40), priority="Highest")],
        [item(touched_at=ago(40), priority="High")],
        "for 40 days",
        options={"by_priority": {"Highest": 30}},
    ),
    Case(
        "stale",
        [epic("BURN-1", touched_at=ago(200)), item("BURN-2", parent="id-BURN-1", touched_at=ago(199))],
        [epic("BURN-1", touched_at=ago(200)), item("BURN-2", parent="id-BURN-1", touched_at=ago(3))],
        "for 199 days",
    ),
    Case(
        "missing_description",
        [item(description=NO_TEXT)],
        [subtask("BURN-1", "BURN-2", description=NO_TEXT)],
        "no desc",
    ),
    Case(
        "missing_description",
        [item(description=Description(characters=29))],
        [item(description=Description(characters=30))],
        "29 characters",
    ),
    Case(
        "still_template",
        [item(f"BURN-{n}", description=UNEQUAL) for n in range(1, 6)],
        [item(f"BURN-{n}", description=UNEQUAL) for n in range(1, 5)],
        "word for word, in 5 issues",
    ),
    Case(
        "missing_acceptance_criteria",
        [item(description=changed(UNEQUAL, has_criteria=False))],
        [item(type_name="Bug", description=UNEQUAL)],
        "when it is done",
    ),
    Case(
        "missing_acceptance_criteria",
        [item(description=UNEQUAL, fields={"Acceptance": ""})],
        [item(description=UNEQUAL, fields={"Acceptance": "It is paid."})],
        "Neither its description nor 'Acceptance'",
        options={"field": "Acceptance"},
    ),
    Case(
        "duplicate",
        [item("BURN-1"), item("BURN-2"), item("BURN-3")],
        [item("BURN-2"), item("BURN-3")],
        "72 % like BURN-40, \u201cPay by invoice\u201d, in To Do; both say \u201cpay by invoice\u201d",
        more={"alike": {"id-BURN-1": (ALIKE,), "id-BURN-2": (changed(ALIKE, likeness=0.64),)}},
    ),
    Case(
        "duplicate",
        [item("BURN-1", created=ago(60)), item("BURN-2", created=ago(60))],
        [item("BURN-3", created=ago(60))],
        "72 % like BURN-40, \u201cPay by invoice\u201d, in To Do",
        more={
            "alike": {
                "id-BURN-1": (changed(ALIKE, done_at=ago(90)),),
                "id-BURN-2": (changed(ALIKE, done_at=ago(1)),),
                "id-BURN-3": (changed(ALIKE, done_at=ago(91)),),
            }
        },
    ),
    Case(
        "duplicate",
        [item("BURN-1")],
        [item("BURN-2")],
        "Dana wrote that it is a duplicate of BURN-40",
        more={"said": {"id-BURN-1": Said(duplicate_of="BURN-40", duplicate_by="dana")}},
    ),
    Case(
        "missing_estimate",
        [item(points=None)],
        [item("BURN-2")],
        "probably say 3 (2 to 5), as it did of BURN-40 (3)",
        more={"suggested": {"id-BURN-1": Suggested(3, 2, 5, (("BURN-40", 3),), 1.2, 1.9)}},
    ),
    Case("missing_estimate", [item(points=None)], [item(points=0), epic(points=None)], "no Story Points"),
    Case("missing_priority", [item(priority=None)], [item(priority="Low")], "no priority"),
    Case(
        "missing_component",
        [item(components=()), item("BURN-2")],
        [item(components=()), *(item(f"BURN-{n}", components=()) for n in range(2, 9))],
        "50 % of BURN",
    ),
    Case(
        "missing_epic",
        [item(parent=None), item("BURN-2")],
        [item(parent=None, type_name="Bug"), item("BURN-2")],
        "no epic",
    ),
    Case(
        "orphan",
        [item(parent="gone-1")],
        [item(parent=None)],
        "deleted",
        more={"gone": frozenset({"gone-1"})},
    ),
    Case(
        "orphan",
        [changed(subtask("BURN-1", "BURN-2"), parent=None)],
        [subtask("BURN-1", "BURN-2")],
        "without parent",
    ),
    Case("oversized", [item(points=13.5)], [item(points=13)], "estimated at 13.5, more than 13"),
    Case("overdue", [item(due=date(2026, 3, 10))], [item(due=date(2026, 3, 11))], "10 Mar 2026, 1 day ago"),
    Case(
        "due_after_release",
        [item(due=date(2026, 3, 21), fix_versions=("2",))],
        [item(due=date(2026, 3, 20), fix_versions=("2",))],
        "2.0 is to be released on 20 Mar 2026",
    ),
    Case(
        "released_version",
        [item(fix_versions=("1",))],
        [item(fix_versions=("2",), affects=("1",))],
        "1.9, which was",
    ),
    Case(
        "archived_version", [item(fix_versions=("3",))], [item(fix_versions=("2",))], "0.9, which is archived"
    ),
    Case(
        "top_not_ready",
        [item(points=None)],
        [item(points=None, status=IN_PROGRESS)],
        "number 1 of the backlog and 83 % ready; it lacks an estimate",
    ),
    Case(
        "top_not_ready", [item(points=20)], [item(), item("BURN-2", points=20)], "a size", options={"top": 1}
    ),
    Case(
        "planned_not_ready",
        [item(points=None, sprints=frozenset({9}))],
        [item(points=None, sprints=frozenset({7}))],
        "in Sprint 9 and",
    ),
    Case(
        "rank_inversion",
        [*LOWS, item("BURN-99", priority="High", priority_place=1)],
        [*LOWS[:10], item("BURN-99", priority="High", priority_place=1)],
        "High, but 11 less urgent issues stand above it; the first is BURN-10 (Low)",
        on="BURN-99",
    ),
    Case(
        "carried_over",
        [item(sprints=frozenset({6, 7}))],
        [item(sprints=frozenset({7, 8}))],
        "2 sprints closed without it: Sprint 6, Sprint 7",
    ),
    Case(
        "carried_over",
        [item(sprints=frozenset({6, 7})), item("BURN-2", sprints=frozenset({6, 7}))],
        [item("BURN-2", sprints=frozenset({6, 7}))],
        "2 sprints closed without it",
        more={"done_in": {"id-BURN-2": frozenset({7})}},
    ),
    Case(
        "open_in_closed_sprint",
        [item(sprints=frozenset({7}))],
        [item(sprints=frozenset({7, 9}))],
        "Sprint 7 was closed on 28 Jan 2026 without it",
    ),
    Case(
        "in_progress_no_sprint",
        [item(status=IN_PROGRESS)],
        [item(status=IN_PROGRESS, sprints=frozenset({8}))],
        "in In Progress since 1 Mar 2026",
    ),
    Case(
        "several_sprints",
        [item(sprints=frozenset({8, 9}))],
        [item(sprints=frozenset({7, 8}))],
        "2 sprints at once: Sprint 8, Sprint 9",
    ),
    Case(
        "epic_done",
        [item("BURN-2", parent="id-BURN-1"), item("BURN-3", parent="id-BURN-1")],
        [item("BURN-2")],
        "done, but 2 children are open: BURN-2, BURN-3",
        around=[epic("BURN-1", status=DONE)],
    ),
    Case(
        "epic_children_done",
        [epic("BURN-1"), epic("BURN-2")],
        [epic("BURN-2")],
        "All its 4 children are done",
        more={
            "all_children": {
                "id-BURN-1": Children(done=4, last_at=ago(7)),
                "id-BURN-2": Children(done=4, open=1, last_at=ago(7)),
            }
        },
    ),
    Case(
        "subtasks_open",
        [subtask("BURN-2", "BURN-1")],
        [subtask("BURN-2", "BURN-900")],
        "1 open sub-task: BURN-2",
        around=[item("BURN-1", status=DONE)],
    ),
    Case(
        "empty_epic", [epic("BURN-1", created=ago(14))], [epic("BURN-1", created=ago(13))], "has no children"
    ),
    Case(
        "blocked_by_done",
        [item()],
        [item("BURN-5")],
        "blocked by BURN-2, which is done",
        around=[item("BURN-2", status=DONE), item("BURN-3")],
        more={"blocks": (("id-BURN-2", "id-BURN-1"), ("id-BURN-3", "id-BURN-5"))},
    ),
    Case(
        "circular_blocks",
        [item(), item("BURN-2"), item("BURN-3")],
        [item(), item("BURN-3")],
        "BURN-1, BURN-2 wait for each other",
        around=[],
        more={"blocks": (("id-BURN-2", "id-BURN-1"), ("id-BURN-1", "id-BURN-2"), ("id-BURN-2", "id-BURN-3"))},
    ),
    Case(
        "inactive_assignee", [item(assignee="gone")], [item(assignee="unknown")], "Gone Person, whose account"
    ),
    Case(
        "assigned_idle",
        [item(assignee="dana", assigned_since=ago(30), status_since=ago(31))],
        [item(assignee="dana", assigned_since=ago(30), status_since=ago(29))],
        "Dana has it for 30 days",
    ),
    Case(
        "assigned_idle",
        [item(assignee="dana", status_since=ago(6), created=ago(6), sprints=frozenset({8}))],
        [item(assignee="dana", status_since=ago(6), created=ago(6))],
        "for 6 days",
    ),
    Case(
        "needs_info",
        [item(labels=("Needs-Info",), labelled_since=ago(14), reporter_spoke_at=ago(15))],
        [item(labels=("Needs-Info",), labelled_since=ago(14), reporter_spoke_at=ago(13))],
        "Dana has not answered for 14 days",
    ),
    Case(
        "not_on_board", [item(status=UNMAPPED)], [item(status=REVIEW)], "No column of the board shows Waiting"
    ),
    Case("resolved_but_open", [item(resolved_at=ago(3))], [item()], "resolved on 8 Mar 2026"),
    Case(
        "resolved_but_open",
        [item(resolved_at=ago(3))],
        [item(resolved_at=ago(3), status=IN_PROGRESS)],
        "resolved on 8 Mar 2026",
        more={"called_done": frozenset({IN_PROGRESS})},
    ),
    Case(
        "subtasks_begun",
        [item(), subtask("BURN-2", "BURN-1", status=IN_PROGRESS)],
        [item(status=IN_PROGRESS), subtask("BURN-2", "BURN-1", status=IN_PROGRESS)],
        "work on BURN-2 has begun",
    ),
    Case(
        "reopened", [item(way=(TO_DO, DONE, TO_DO))], [item(way=(TO_DO, IN_PROGRESS, TO_DO))], "had been done"
    ),
    Case("put_back", [item(way=(TO_DO, IN_PROGRESS, TO_DO))], [item(way=(TO_DO, DONE, TO_DO))], "had begun"),
    Case(
        "moved_back",
        [item(status=IN_PROGRESS, way=(TO_DO, REVIEW, IN_PROGRESS))],
        [item(status=IN_PROGRESS, way=(IN_PROGRESS, TO_DO, IN_PROGRESS))],
        "earlier column",
    ),
    Case(
        "begun_at_once",
        [item(way=(IN_PROGRESS, TO_DO))],
        [item(way=(UNMAPPED, TO_DO))],
        "later column than the first",
    ),
    Case(
        "stopped_before_started",
        [item(status=IN_PROGRESS, way=(TO_DO, CLOSED, IN_PROGRESS))],
        [item(status=IN_PROGRESS, way=(TO_DO, IN_PROGRESS, CLOSED, IN_PROGRESS))],
        "done first",
    ),
]
