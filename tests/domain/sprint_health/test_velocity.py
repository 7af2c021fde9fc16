"""What a team gets done, and what it keeps carrying over."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.burndown import burnup
from app.domain.sprint_health.velocity import SprintResult, read_result, velocity
from tests.factories import (
    DONE,
    END,
    POINTS_FIELD,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)


def a_result(number: int, completed: float, *left: str, incomplete: bool = False) -> SprintResult:
    points = Decimal(str(completed))
    at = END + timedelta(weeks=2 * number)
    half = Decimal("0.5")
    return SprintResult(
        number,
        f"Sprint {number}",
        at,
        commitment=2 * points,
        completed=points,
        added=Decimal(1),
        removed=Decimal(2),
        carried_over=points,
        completed_in_jira=points + 1,
        issues=5,
        say_do=half,
        left_over=left,
        incomplete=incomplete,
    )


def test_velocity_is_jiras_mean_of_the_last_seven_with_the_median_and_the_range_beside_it() -> None:
    figures = velocity([a_result(number, number * number) for number in range(1, 10)])
    assert [one.sprint_id for one in figures.sprints] == list(range(3, 10))
    assert figures.mean == Decimal(9 + 16 + 25 + 36 + 49 + 64 + 81) / 7 + 1
    assert (figures.lowest, figures.median, figures.highest) == (9, 36, 81)
    assert figures.say_do == Decimal("0.5")


def test_a_sprint_with_incomplete_data_is_told_and_not_counted() -> None:
    figures = velocity([a_result(1, 10), a_result(2, 500, incomplete=True), a_result(3, 20)])
    assert figures.median == 15
    assert len(figures.sprints) == 3
    assert [one.sprint_id for one in figures.counted] == [1, 3]


def test_without_closed_sprints_there_is_no_velocity() -> None:
    figures = velocity([])
    assert (figures.mean, figures.median, figures.say_do, figures.streaks) == (None, None, None, ())


def test_a_streak_is_of_sprints_in_a_row_up_to_the_last_one() -> None:
    results = [
        a_result(1, 5, "BURN-1", "BURN-2", "BURN-3"),
        a_result(2, 5, "BURN-2"),
        a_result(3, 5, "BURN-1", "BURN-2"),
    ]
    assert velocity(results).streaks == (("BURN-2", 3), ("BURN-1", 1))
    assert velocity(list(reversed(results)), last=2).streaks == (("BURN-2", 3), ("BURN-1", 1))


def test_sprints_of_another_team_on_the_board_break_no_streak() -> None:
    """Two teams' sprints run side by side, a week apart; BURN-1 is left over in each of the first team's."""

    def ran(number: int, from_week: int, *left: str) -> SprintResult:
        start = END + timedelta(weeks=from_week)
        result = a_result(number, 5, *left)
        return replace(result, started_at=start, closed_at=start + timedelta(weeks=2))

    ours = [ran(1, 0, "BURN-1"), ran(3, 2, "BURN-1"), ran(5, 4, "BURN-1")]
    theirs = [ran(2, 1, "BURN-2"), ran(4, 3), ran(6, 5)]
    assert velocity([*ours, *theirs]).streaks == (("BURN-1", 3),)
    skipped = [ours[0], ran(3, 2), ours[2]]
    assert velocity([*skipped, *theirs]).streaks == (("BURN-1", 1),)
    # One team whose next sprint is dated a day before the last one was closed.
    late = [ran(1, 0, "BURN-1"), replace(ran(2, 2), started_at=END + timedelta(days=13)), ran(3, 4, "BURN-1")]
    assert velocity(late).streaks == (("BURN-1", 1),)


def test_the_result_of_a_sprint_has_both_sums() -> None:
    """Jira values what is completed by its estimate at the close, the ledger by the one when it was done."""
    issue = an_issue(status=DONE, points=8, changes=(moved(day(3), TO_DO, DONE), estimated(day(5), 3, 8)))
    other = an_issue("BURN-2")
    sprint = a_sprint(completed=END)
    fields = Fields(SPRINT_FIELD, POINTS_FIELD)
    result = read_result(
        sprint, a_board(), [issue, other], sprint_field=SPRINT_FIELD, histories=Histories(fields)
    )
    assert result is not None
    assert (result.commitment, result.completed, result.completed_in_jira) == (6, 3, 8)
    assert (result.issues, result.left_over, result.incomplete) == (1, ("BURN-2",), False)


def burnup_at(at: datetime) -> tuple[Decimal, Decimal, int, int]:
    issues = [
        an_issue("BURN-1", status=DONE, changes=(moved(day(4), TO_DO, DONE),)),
        an_issue("BURN-2", changes=(sprint_changed(day(5), "", "7"),)),
        an_issue("BURN-3", points=None),
    ]
    health = assess(a_sprint(), a_board(), issues, now=day(8), calendar=Calendar(), sprint_field=SPRINT_FIELD)
    line = burnup(health.events, start=health.timing.started_at, end=day(8))
    last = [point for point in line if point.at <= at][-1]
    return last.scope, last.done, last.scope_issues, last.done_issues


def test_the_burn_up_shows_scope_and_work_done_in_points_and_in_issues() -> None:
    assert burnup_at(day(3)) == (3, 0, 2, 0)
    assert burnup_at(day(4)) == (3, 3, 2, 1)
    assert burnup_at(day(8)) == (6, 3, 3, 1)
