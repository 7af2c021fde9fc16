"""Of many earlier issues some are asked, and these say what all of them say."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.forecast.chances import MOST_WITNESSES, chances
from app.domain.forecast.record import DAY, OpenItem, SprintRecord, record
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from tests.factories import DONE, IN_PROGRESS, SPRINT_FIELD, START, TO_DO, a_board, a_sprint, an_issue, moved

SPRINTS, LOOKS = 20, 5


def a_past_sprint(
    number: int, *, waiting: int, begun: int, done: int, done_first: bool = True
) -> SprintRecord:
    """Issues that nobody begins, and such as are begun at once, of which some are done by the end."""
    start = START + timedelta(weeks=2 * number)
    end = start + timedelta(days=11)

    def one(place: int) -> Issue:
        is_begun = place < begun
        is_done = place < done if done_first else begun - done <= place < begun
        moves = [moved(start + timedelta(hours=1), TO_DO, IN_PROGRESS)] if is_begun else []
        moves += [moved(start + timedelta(days=9), IN_PROGRESS, DONE)] if is_done else []
        values = {"created": START - DAY, "sprint_ids": frozenset({number}), "changes": tuple(moves)}
        status = DONE if is_done else IN_PROGRESS if is_begun else TO_DO
        return an_issue(f"BURN-{number}{place:03d}", status=status, estimate=Decimal(3), **values)

    found = record(
        a_sprint(id=number, start=start, end=end, completed=end),
        a_board(),
        [one(place) for place in range(begun + waiting)],
        sprint_field=SPRINT_FIELD,
        calendar=Calendar(),
        now=end + DAY,
    )
    assert found is not None
    return found


def chance_of(past: list[SprintRecord], *, column: int) -> float:
    (said,) = chances([OpenItem("BURN-1", column, 3.0, 3.0, becomes_done=False)], 5.0, past)
    return said


@pytest.mark.parametrize("done_first", [True, False])
@pytest.mark.parametrize(("begun", "done"), [(5, 1), (10, 1), (16, 4), (20, 1), (25, 5), (40, 2)])
def test_sprints_of_the_same_size_say_what_share_of_their_issues_is_done(
    begun: int, done: int, done_first: bool
) -> None:
    """Whether the first of each are done or the last: the same ones must not be asked of each sprint."""
    past = [
        a_past_sprint(number, waiting=0, begun=begun, done=done, done_first=done_first)
        for number in range(1, SPRINTS + 1)
    ]
    assert SPRINTS * LOOKS * begun > MOST_WITNESSES
    assert chance_of(past, column=1) == pytest.approx(done / begun, abs=0.03)


@given(st.integers(25, 60), st.integers(1, 4))
def test_where_no_issue_ever_was_the_share_of_all_counts_and_not_of_those_that_are_asked(
    waiting: int, begun: int
) -> None:
    """Of a column with many issues few are asked, of one with few all."""
    past = [a_past_sprint(number, waiting=waiting, begun=begun, done=begun) for number in (1, 2, 3, 4)]
    share = Fraction(begun, waiting + begun)
    assert chance_of(past, column=7) == pytest.approx(float(share), abs=0.02)
