"""Twelve checks of the data: one issue that has the flaw, and one that looks like it and has not."""

import itertools
from datetime import datetime

import pytest

from app.domain.flow.path import Path, Policy, path_of
from app.domain.scrum.board import Column
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.issue import LINKS, Issue
from app.domain.sprint_health.contradictions import CHECKS, Surroundings, contradictions
from app.domain.sprint_health.data_quality import Flaw
from tests.domain.team import OPENED, team_history
from tests.factories import (
    BEFORE_START,
    CLOSED,
    DONE,
    IN_PROGRESS,
    TO_DO,
    UNMAPPED,
    a_board,
    a_change,
    an_issue,
    day,
    moved,
)

REVIEW = "4"
BOARD = a_board(
    columns=(
        Column("To Do", (TO_DO,)),
        Column("In Progress", (IN_PROGRESS,)),
        Column("In Review", (REVIEW,)),
        Column("Done", (DONE, CLOSED)),
    )
)
AT = day(12)


def walk(*statuses: str, number: int = 1, **values: object) -> Issue:
    """An issue that went through these statuses, one a day."""
    steps = itertools.pairwise(statuses)
    changes = tuple(moved(day(n), before, after) for n, (before, after) in enumerate(steps, 2))
    more = values.pop("changes", ())
    assert isinstance(more, tuple)
    return an_issue(f"BURN-{number}", status=statuses[-1], changes=(*changes, *more), **values)


def paths_of(issues: list[Issue], at: datetime = AT) -> dict[str, Path]:
    clock = WorkingClock(Calendar(), BEFORE_START, at)
    walked = {issue.id: path_of(issue, BOARD, Policy(), at=at, clock=clock) for issue in issues}
    return {number: path for number, path in walked.items() if path is not None}


def flaws(*issues: Issue, **known: object) -> dict[Flaw, tuple[str, ...]]:
    paths = paths_of(list(issues))
    around = Surroundings(BOARD, Policy(), paths, **known)  # type: ignore[arg-type]
    return {note.flaw: note.keys for note in contradictions(paths.values(), around)}


@pytest.mark.parametrize(
    ("flaw", "has_it", "has_not"),
    [
        (Flaw.COMPLETED_NOT_STARTED, (TO_DO, DONE), (TO_DO, IN_PROGRESS, DONE)),
        (Flaw.CHANGED_AFTER_DONE, (TO_DO, IN_PROGRESS, DONE, CLOSED), (TO_DO, IN_PROGRESS, DONE)),
        (Flaw.BACKWARDS, (TO_DO, REVIEW, IN_PROGRESS), (TO_DO, IN_PROGRESS, TO_DO)),
        (Flaw.BACKWARDS_CATEGORY, (TO_DO, IN_PROGRESS, TO_DO), (TO_DO, REVIEW, IN_PROGRESS)),
        (Flaw.NOT_VISIBLE, (TO_DO, UNMAPPED), (TO_DO, UNMAPPED, IN_PROGRESS)),
        (Flaw.CREATED_IN_WRONG_STATUS, (IN_PROGRESS, DONE), (UNMAPPED, TO_DO)),
        (Flaw.STOPPED_BEFORE_STARTED, (TO_DO, DONE, IN_PROGRESS), (TO_DO, IN_PROGRESS, DONE, IN_PROGRESS)),
        (Flaw.DISCARDED, (TO_DO, IN_PROGRESS, TO_DO), (TO_DO, IN_PROGRESS, TO_DO, IN_PROGRESS)),
    ],
)
def test_a_way_over_the_board_that_contradicts_itself(
    flaw: Flaw, has_it: tuple[str, ...], has_not: tuple[str, ...]
) -> None:
    assert flaws(walk(*has_it), walk(*has_not, number=2)).get(flaw) == ("BURN-1",)


def test_sub_tasks_that_contradict_their_parents() -> None:
    parent, done = walk(TO_DO, number=1), walk(TO_DO, IN_PROGRESS, DONE, number=2)
    begun = walk(TO_DO, IN_PROGRESS, number=3, is_subtask=True)
    left = walk(TO_DO, number=4, is_subtask=True)
    parents = {begun.id: parent.id, left.id: done.id}
    found = flaws(parent, done, begun, left, parents=parents)
    assert found == {Flaw.SUBTASKS_STARTED: ("BURN-1",), Flaw.SUBTASKS_OPEN: ("BURN-2",)}
    assert flaws(parent, done, begun, left) == {}


def test_an_issue_in_several_open_sprints() -> None:
    issue = walk(TO_DO, sprints={7, 8})
    assert flaws(issue, open_sprints=frozenset({7, 8})) == {Flaw.SEVERAL_BOARDS: ("BURN-1",)}
    assert flaws(issue, open_sprints=frozenset({8})) == {}


def test_blocked_by_what_is_done() -> None:
    link = a_change(LINKS, day(3), None, "BURN-2", after_text="This issue is blocked by BURN-2")
    waiting = walk(TO_DO, changes=(link,))
    assert flaws(waiting, walk(TO_DO, IN_PROGRESS, DONE, number=2)) == {Flaw.BLOCKED_BY_DONE: ("BURN-1",)}
    assert flaws(waiting, walk(TO_DO, IN_PROGRESS, number=2)) == {}


def test_there_are_twelve_checks_each_with_its_own_flaw() -> None:
    assert len({flaw for flaw, _, _ in CHECKS}) == len(CHECKS) == 12


def test_the_simulated_team_reopens_and_sends_back_and_this_is_found() -> None:
    team = team_history(30)
    clock = WorkingClock(Calendar(), min(issue.created for issue in team.issues), OPENED)
    walked = (path_of(issue, team.board, Policy(), at=OPENED, clock=clock) for issue in team.issues)
    paths = {path.issue.id: path for path in walked if path}
    found = {note.flaw for note in contradictions(paths.values(), Surroundings(team.board, Policy(), paths))}
    assert {Flaw.BACKWARDS, Flaw.BACKWARDS_CATEGORY, Flaw.CHANGED_AFTER_DONE} <= found
    assert Flaw.CREATED_IN_WRONG_STATUS not in found
