"""What happens to points when issues come, go, change and finish during a sprint."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.reports.words import happened
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Gone, Issue
from app.domain.scrum.scope import Destination, Entered, Left, Source
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.jira_report import Outcome
from tests.factories import (
    CLOSED,
    DONE,
    END,
    IN_PROGRESS,
    SPRINT_FIELD,
    START,
    TO_DO,
    UNMAPPED,
    a_board,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)

NAMES = ("commitment", "added", "removed", "re_estimated", "burned", "remaining", "completed_then_removed")


def health_of(*issues: Issue, board: Board | None = None, **sprint: Any) -> SprintHealth:
    return assess(
        a_sprint(**{"completed": END, **sprint}),
        board or a_board(),
        issues,
        now=END + timedelta(days=1),
        calendar=Calendar(),
        sprint_field=SPRINT_FIELD,
    )


def lines(health: SprintHealth) -> dict[str, Decimal]:
    """The lines of the ledger that are not zero."""
    assert health.ledger.closes
    points = {name: getattr(health.ledger, name).points for name in NAMES}
    return {name: value for name, value in points.items() if value}


def outcome(health: SprintHealth, key: str = "BURN-1") -> Outcome:
    return next(row.outcome for row in health.jira.issues if row.key == key)


def test_what_is_in_the_sprint_at_its_start_is_the_commitment() -> None:
    health = health_of(an_issue("BURN-1", points=3), an_issue("BURN-2", points=5))
    assert lines(health) == {"commitment": 8, "remaining": 8}


def test_points_added_after_the_sprint_started_are_scope_change_not_commitment() -> None:
    added = an_issue(points=5, changes=(sprint_changed(day(3), "", "7"),))
    assert lines(health_of(added)) == {"added": 5, "remaining": 5}


def test_a_change_at_exactly_the_start_belongs_to_the_commitment() -> None:
    health = health_of(an_issue(changes=(sprint_changed(START, "", "7"),)))
    assert lines(health) == {"commitment": 3, "remaining": 3}


def test_an_issue_finished_at_exactly_the_end_is_completed() -> None:
    health = health_of(an_issue(status=DONE, changes=(moved(END, TO_DO, DONE),)))
    assert lines(health) == {"commitment": 3, "burned": 3}
    assert outcome(health) is Outcome.COMPLETED


def test_an_issue_finished_right_after_the_end_is_not_completed() -> None:
    late = END + timedelta(microseconds=1)
    health = health_of(an_issue(status=DONE, changes=(moved(late, TO_DO, DONE),)))
    assert outcome(health) is Outcome.NOT_COMPLETED
    assert health.issues[0].status_name == "To Do"


def test_an_issue_created_into_the_running_sprint_is_added_at_its_creation() -> None:
    health = health_of(an_issue(created=day(4), points=2))
    assert lines(health) == {"added": 2, "remaining": 2}
    (event,) = health.events
    assert isinstance(event, Entered)
    assert (event.at, event.source) == (day(4), Source.CREATED)


def test_an_issue_created_into_the_sprint_and_estimated_later_is_re_estimated() -> None:
    issue = an_issue(created=day(4), points=8, changes=(estimated(day(5), None, 8),))
    assert lines(health_of(issue)) == {"re_estimated": 8, "remaining": 8}


def test_an_issue_moved_from_another_open_sprint_says_so() -> None:
    health = health_of(an_issue(changes=(sprint_changed(day(4), "3", "7"),)))
    (event,) = health.events
    assert isinstance(event, Entered)
    assert event.source is Source.OTHER_SPRINT


def test_a_re_estimate_is_scope_change_and_leaves_the_commitment_alone() -> None:
    health = health_of(an_issue(points=8, changes=(estimated(day(3), 3, 8),)))
    assert lines(health) == {"commitment": 3, "re_estimated": 5, "remaining": 8}


def test_partial_work_is_scope_change_and_never_completed() -> None:
    health = health_of(an_issue(points=2, changes=(estimated(day(3), 5, 2),)))
    assert lines(health) == {"commitment": 5, "re_estimated": -3, "remaining": 2}


def test_re_estimates_that_cancel_out_still_count_as_gross_scope_change() -> None:
    health = health_of(an_issue(changes=(estimated(day(3), 3, 6), estimated(day(4), 6, 3))))
    assert health.ledger.re_estimated.points == 0
    assert health.ledger.re_estimated.gross == 6
    assert health.ratios.scope_change == 2
    assert health.ratios.net_scope_change == 0


def test_an_estimate_changed_after_it_was_done_is_a_difference_to_jira_not_work() -> None:
    changes = (moved(day(3), TO_DO, DONE), estimated(day(4), 3, 8))
    health = health_of(an_issue(status=DONE, points=8, changes=changes))
    assert lines(health) == {"commitment": 3, "burned": 3}
    assert health.jira.completed == 8
    (difference,) = health.differences
    assert (difference.key, difference.jira, difference.ledger) == ("BURN-1", 8, 3)


def test_reopening_puts_the_points_back_with_the_estimate_it_has_now() -> None:
    changes = (moved(day(3), TO_DO, DONE), estimated(day(4), 3, 8), moved(day(5), DONE, IN_PROGRESS))
    health = health_of(an_issue(status=IN_PROGRESS, points=8, changes=changes))
    assert lines(health) == {"commitment": 3, "re_estimated": 5, "remaining": 8}
    assert outcome(health) is Outcome.NOT_COMPLETED


def test_reopened_and_finished_again_is_completed_once() -> None:
    changes = (moved(day(3), TO_DO, DONE), moved(day(4), DONE, TO_DO), moved(day(5), TO_DO, CLOSED))
    health = health_of(an_issue(status=CLOSED, changes=changes))
    assert lines(health) == {"commitment": 3, "burned": 3}


def test_moving_between_two_statuses_of_the_done_column_is_no_event() -> None:
    changes = (moved(day(3), TO_DO, DONE), moved(day(4), DONE, CLOSED))
    assert len(health_of(an_issue(status=CLOSED, changes=changes)).events) == 2


def test_an_issue_pulled_out_and_finished_elsewhere_is_removed_not_completed() -> None:
    changes = (sprint_changed(day(3), "7", "8"), moved(day(4), TO_DO, DONE))
    health = health_of(an_issue(sprints={8}, status=DONE, changes=changes))
    assert lines(health) == {"commitment": 3, "removed": 3}
    assert outcome(health) is Outcome.REMOVED


def test_an_issue_finished_here_and_then_taken_out_keeps_its_own_line() -> None:
    changes = (moved(day(3), TO_DO, DONE), sprint_changed(day(4), "7", ""))
    health = health_of(an_issue(sprints=(), status=DONE, changes=changes))
    assert lines(health) == {"commitment": 3, "completed_then_removed": 3}
    assert outcome(health) is Outcome.REMOVED


def test_an_issue_finished_here_taken_out_and_reopened_is_removed() -> None:
    changes = (
        moved(day(3), TO_DO, DONE),
        sprint_changed(day(4), "7", ""),
        moved(day(5), DONE, TO_DO),
    )
    assert lines(health_of(an_issue(sprints=(), changes=changes))) == {"commitment": 3, "removed": 3}


def test_an_issue_finished_here_taken_out_and_brought_back_is_completed_once() -> None:
    changes = (
        moved(day(3), TO_DO, DONE),
        sprint_changed(day(4), "7", ""),
        sprint_changed(day(5), "", "7"),
    )
    health = health_of(an_issue(status=DONE, changes=changes))
    assert lines(health) == {"commitment": 3, "burned": 3}
    assert outcome(health) is Outcome.COMPLETED


def test_work_finished_again_outside_the_sprint_brings_no_credit_back() -> None:
    changes = (
        moved(day(2), TO_DO, DONE),
        sprint_changed(day(3), "7", ""),
        moved(day(4), DONE, TO_DO),
        moved(day(5), TO_DO, DONE),
        sprint_changed(day(6), "", "7"),
    )
    health = health_of(an_issue(status=DONE, changes=changes))
    assert lines(health) == {"commitment": 3, "removed": 3}
    assert [(d.figure, d.jira, d.ledger) for d in health.differences] == [("completed", 3, 0)]


def test_an_issue_that_leaves_and_returns_is_neither_removed_nor_added_in_jiras_report() -> None:
    changes = (sprint_changed(day(3), "7", ""), sprint_changed(day(4), "", "7"))
    health = health_of(an_issue(changes=changes))
    assert lines(health) == {"commitment": 3, "added": 3, "removed": 3, "remaining": 3}
    (row,) = health.jira.issues
    assert row.outcome is Outcome.NOT_COMPLETED
    assert row.added is None


def test_an_issue_done_before_the_start_promises_nothing_and_jiras_commitment_says_otherwise() -> None:
    health = health_of(an_issue(status=DONE, changes=(moved(START - timedelta(days=1), TO_DO, DONE),)))
    assert lines(health) == {}
    assert outcome(health) is Outcome.COMPLETED_ELSEWHERE
    assert health.jira.commitment == 3
    assert [difference.figure for difference in health.differences] == ["commitment"]


def test_an_issue_done_before_the_start_and_reopened_is_new_work_for_the_sprint() -> None:
    changes = (moved(START - timedelta(days=1), TO_DO, DONE), moved(day(2), DONE, TO_DO))
    health = health_of(an_issue(changes=changes))
    assert lines(health) == {"added": 3, "remaining": 3}
    assert outcome(health) is Outcome.NOT_COMPLETED


def test_an_issue_finished_during_the_sprint_before_it_was_added_is_completed_only_for_jira() -> None:
    changes = (moved(day(2), TO_DO, DONE), sprint_changed(day(3), "", "7"))
    health = health_of(an_issue(status=DONE, changes=changes))
    assert lines(health) == {}
    assert outcome(health) is Outcome.COMPLETED
    assert [(d.figure, d.jira, d.ledger) for d in health.differences] == [("completed", 3, 0)]


def test_an_issue_done_before_the_start_and_added_later_was_completed_elsewhere() -> None:
    changes = (moved(START - timedelta(days=1), TO_DO, DONE), sprint_changed(day(3), "", "7"))
    assert outcome(health_of(an_issue(status=DONE, changes=changes))) is Outcome.COMPLETED_ELSEWHERE


def test_what_is_left_over_at_the_close_keeps_the_sprint_and_is_not_removed() -> None:
    health = health_of(an_issue(sprints={7, 8}, changes=(sprint_changed(END, "7", "7, 8"),)))
    assert lines(health) == {"commitment": 3, "remaining": 3}
    assert outcome(health) is Outcome.NOT_COMPLETED
    assert [issue.key for issue in health.carry_over] == ["BURN-1"]
    assert health.issues[0].earlier_sprints == 0


def test_an_issue_that_already_was_in_two_sprints_was_carried_over_twice() -> None:
    health = health_of(an_issue(sprints={5, 6, 7}))
    assert health.issues[0].earlier_sprints == 2


def test_a_change_of_other_sprints_in_the_field_moves_no_points() -> None:
    changes = (sprint_changed(day(3), "7", "6, 7"),)
    health = health_of(an_issue(sprints={6, 7}, changes=changes))
    assert lines(health) == {"commitment": 3, "remaining": 3}
    assert len(health.events) == 1


def test_an_issue_moved_to_a_parallel_sprint_is_removed_here_and_added_there() -> None:
    issue = an_issue(sprints={8}, changes=(sprint_changed(day(3), "7", "8"),))
    here, there = health_of(issue), health_of(issue, id=8)
    assert lines(here) == {"commitment": 3, "removed": 3}
    assert lines(there) == {"added": 3, "remaining": 3}


def test_an_issue_that_was_never_in_the_sprint_is_not_mentioned() -> None:
    health = health_of(an_issue(sprints={8}), an_issue("BURN-2", sprints=()))
    assert health.issues == ()
    assert health.issues_read == 2


def test_an_issue_taken_out_before_the_start_is_not_mentioned() -> None:
    changes = (sprint_changed(START, "7", ""),)
    assert health_of(an_issue(sprints=(), changes=changes)).issues == ()


def test_sub_tasks_are_listed_but_only_their_parents_count() -> None:
    changes = (moved(day(3), TO_DO, DONE),)
    health = health_of(an_issue("BURN-1"), an_issue("BURN-2", is_subtask=True, status=DONE, changes=changes))
    assert lines(health) == {"commitment": 3, "remaining": 3}
    assert health.ledger.commitment.issues == 1
    assert [row.key for row in health.jira.of(Outcome.COMPLETED)] == ["BURN-2"]


def test_a_deleted_issue_counts_until_it_is_deleted_and_is_labelled() -> None:
    health = health_of(an_issue(deleted_at=day(5)))
    assert lines(health) == {"commitment": 3, "removed": 3}
    assert isinstance(health.events[-1], Left)
    assert health.issues[0].deleted_at == day(5)
    assert "BURN-1" in {key for note in health.notes for key in note.keys}


@pytest.mark.parametrize("reason", [Gone.HIDDEN, Gone.MOVED_OUT, Gone.ARCHIVED])
def test_what_we_see_no_more_is_not_called_deleted(reason: Gone) -> None:
    """A security level hides it from our account; the team still has it in its sprint."""
    health = health_of(an_issue(deleted_at=day(5), gone_reason=reason))
    (_, left) = health.events
    assert isinstance(left, Left)
    assert left.to is Destination.OUT_OF_SIGHT
    assert {note.flaw: note.keys for note in health.notes if note.keys} == {Flaw.OUT_OF_SIGHT: ("BURN-1",)}
    assert health.issues[0].deleted_at is None
    assert lines(health) == {"commitment": 3, "removed": 3}
    assert "deleted" not in happened(left, "points")


def test_an_issue_deleted_after_the_close_changes_nothing() -> None:
    assert health_of(an_issue(deleted_at=END + timedelta(hours=1))) == health_of(an_issue())


def test_an_issue_deleted_before_the_start_never_was_in_the_sprint() -> None:
    assert health_of(an_issue(deleted_at=START)).issues == ()


def test_a_board_without_an_estimation_field_counts_issues() -> None:
    board = a_board(estimation_field=None)
    done = an_issue("BURN-2", points=None, status=DONE, changes=(moved(day(3), TO_DO, DONE),))
    health = health_of(an_issue("BURN-1", points=8), done, board=board)
    assert lines(health) == {"commitment": 2, "burned": 1, "remaining": 1}
    assert health.unestimated == ()


def test_an_issue_in_a_status_without_a_column_counts_but_is_named() -> None:
    health = health_of(an_issue(status=UNMAPPED))
    assert lines(health) == {"commitment": 3, "remaining": 3}
    assert [issue.key for issue in health.not_on_board] == ["BURN-1"]


def test_an_issue_that_jira_finished_and_estimated_in_one_entry_burns_the_new_estimate() -> None:
    together = (
        moved(day(3), TO_DO, DONE, history_id=9),
        estimated(day(3), 3, 5, history_id=9),
    )
    for changes in (together, tuple(reversed(together))):
        health = health_of(an_issue(status=DONE, points=5, changes=changes))
        assert lines(health) == {"commitment": 3, "re_estimated": 2, "burned": 5}


def test_an_issue_added_and_finished_in_one_entry_is_completed_here() -> None:
    changes = (sprint_changed(day(3), "", "7", history_id=9), moved(day(3), TO_DO, DONE, history_id=9))
    assert lines(health_of(an_issue(status=DONE, changes=changes))) == {"added": 3, "burned": 3}


@pytest.mark.parametrize("garbage", ["lots", "NaN", "Infinity", "1e400", "9" * 40])
def test_an_unreadable_estimate_counts_nothing_and_is_named(garbage: str) -> None:
    issue = an_issue(points=5, changes=(estimated(day(3), garbage, 5),))
    health = health_of(issue)
    assert lines(health) == {"re_estimated": 5, "remaining": 5}
    assert "BURN-1" in {key for note in health.notes for key in note.keys}


def test_an_issue_given_twice_counts_once_as_it_was_read_last() -> None:
    issue = an_issue()
    newer = replace(issue, updated=END, summary="Newer")
    assert health_of(issue, newer) == health_of(newer)
