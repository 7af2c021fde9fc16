from datetime import datetime
from decimal import Decimal

import pytest

from app.domain.scrum.history import (
    Fields,
    State,
    gaps,
    read_estimate,
    read_history,
    read_sprint_ids,
    status_at,
)
from app.domain.scrum.issue import Issue
from tests.factories import (
    BEFORE_START,
    DONE,
    IN_PROGRESS,
    POINTS_FIELD,
    SPRINT_FIELD,
    TO_DO,
    a_change,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)


def state(issue: Issue, at: datetime) -> State:
    return read_history(issue, Fields(SPRINT_FIELD, POINTS_FIELD)).at(at)


@pytest.mark.parametrize(
    ("text", "ids"),
    [("1, 2", {1, 2}), ("1,2", {1, 2}), ("7", {7}), ("", set()), (None, set()), ("x, 3", {3})],
)
def test_sprint_ids_are_read_from_jiras_lists(text: str | None, ids: set[int]) -> None:
    assert read_sprint_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("3.0", Decimal(3)),
        ("3", Decimal(3)),
        ("0.5", Decimal("0.5")),
        ("", None),
        (None, None),
        ("big", None),
    ],
)
def test_estimates_are_read_from_text(text: str | None, points: Decimal | None) -> None:
    assert read_estimate(text, POINTS_FIELD) == points


def test_a_field_that_never_changed_always_had_its_present_value() -> None:
    issue = an_issue(status=IN_PROGRESS, points=5)
    assert status_at(issue, BEFORE_START) == IN_PROGRESS
    assert state(issue, BEFORE_START).estimate == 5
    assert state(issue, BEFORE_START).sprint_ids == {7}


def test_the_value_at_creation_is_what_the_first_change_replaced() -> None:
    changes = (estimated(day(2), None, 3), estimated(day(4), 3, 8), sprint_changed(day(3), "6", "6, 7"))
    issue = an_issue(points=8, sprints={6, 7}, changes=changes)
    assert state(issue, day(1)).estimate is None
    assert state(issue, day(3)).estimate == 3
    assert state(issue, day(2)).sprint_ids == {6}


def test_a_change_has_happened_at_its_own_instant() -> None:
    issue = an_issue(status=DONE, changes=(moved(day(3), TO_DO, DONE),))
    assert status_at(issue, day(3)) == DONE
    assert status_at(issue, day(3, 11)) == TO_DO


def test_changes_of_one_instant_happen_in_the_order_of_their_history_ids() -> None:
    changes = (
        moved(day(3), IN_PROGRESS, DONE, history_id=12),
        moved(day(3), TO_DO, IN_PROGRESS, history_id=11),
    )
    assert status_at(an_issue(status=DONE, changes=changes), day(2)) == TO_DO


def test_changes_within_one_entry_happen_in_the_order_of_their_positions() -> None:
    changes = (
        moved(day(3), IN_PROGRESS, DONE, history_id=11, position=1),
        moved(day(3), TO_DO, IN_PROGRESS, history_id=11, position=0),
    )
    assert status_at(an_issue(status=DONE, changes=changes), day(2)) == TO_DO


def test_an_imported_change_without_its_old_status_is_read_from_the_change_before() -> None:
    lost = a_change("status", day(4), None, DONE)
    issue = an_issue(status=DONE, changes=(moved(day(2), TO_DO, IN_PROGRESS), lost))
    assert status_at(issue, day(3)) == IN_PROGRESS


def test_where_changes_contradict_each_other_the_later_one_is_believed_and_the_place_is_named() -> None:
    issue = an_issue(points=8, changes=(estimated(day(2), 1, 2), estimated(day(4), 3, 8)))
    assert state(issue, day(3)).estimate == 3
    (gap,) = gaps(issue, Fields(SPRINT_FIELD, POINTS_FIELD))
    assert (gap.at, gap.said, gap.had) == (day(2), "2", "3")


def test_a_history_that_joins_up_has_no_gaps() -> None:
    changes = (
        estimated(day(2), None, "3.0"),
        estimated(day(3), "3", 8),
        sprint_changed(day(2), "", "7"),
        sprint_changed(day(3), "7", "6, 7"),
        moved(day(2), TO_DO, DONE),
    )
    issue = an_issue(points="8.0", sprints={6, 7}, status=DONE, changes=changes)
    assert gaps(issue, Fields(SPRINT_FIELD, POINTS_FIELD)) == ()
