"""How scopes stood, and what a team finished for them and added to them."""

from datetime import date, timedelta

from app.domain.delivery.ledger import Ledger, Moved, Sum
from app.domain.scrum.calendar import Calendar
from tests.domain.delivery.made import DAY, DONE, IN_PROGRESS, MONDAY, TO_DO, a_life, a_version

HOUR = timedelta(hours=1)
NOON = MONDAY + 12 * HOUR


def ledger_of(*lives: object, closed: object = None) -> Ledger:
    scopes = {"v": a_version("v", closed=closed), "w": a_version("w")}  # type: ignore[arg-type]
    return Ledger(scopes, lives, Calendar())  # type: ignore[arg-type]


def test_a_scope_stands_as_its_issues_do_at_that_instant() -> None:
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, TO_DO), (NOON, "v", 3, IN_PROGRESS), (NOON + DAY, "v", 3, DONE)),
        a_life("2", (MONDAY, "v w", 5, TO_DO)),
        a_life("3", (MONDAY, "v", None, TO_DO)),
        a_life("4", (MONDAY, "v", 13, TO_DO), (NOON, "", 13, TO_DO)),
    )
    first, second = ledger.standing("v", NOON), ledger.standing("v", NOON + DAY)
    assert (first.done, first.in_progress, first.to_do) == (Sum(), Sum(1, 3), Sum(2, 5))
    assert (second.done, second.in_progress, second.to_do) == (Sum(1, 3), Sum(), Sum(2, 5))
    assert (second.unestimated, second.left, second.size) == (1, 9, 12), "what has no estimate counts 4"
    assert second.share == 0.25
    assert ledger.standing("w", NOON).issues == 1, "an issue of two versions counts for both"
    assert ledger.standing("v", MONDAY).left == 3 + 5 + 7 + 13


def test_nothing_is_all_done_while_an_issue_is_open() -> None:
    """Whatever it is estimated at."""
    done = a_life("1", (MONDAY, "v", 3, TO_DO), (NOON, "v", 3, DONE))
    free = a_life("2", (MONDAY, "v", 0, TO_DO), (NOON + DAY, "v", 0, DONE))
    ledger = ledger_of(done, free)
    assert ledger.standing("v", MONDAY).share == 0
    assert (ledger.standing("v", NOON).left, ledger.standing("v", NOON).share) == (0, 0.99)
    assert ledger.standing("v", NOON + DAY).share == 1


def test_growth_is_that_of_four_weeks_with_estimates_that_changed() -> None:
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, TO_DO), (MONDAY + 29 * DAY, "v", 8, TO_DO)),
        a_life("2", (MONDAY + 30 * DAY, "v", 2, TO_DO), (MONDAY + 31 * DAY, "", 2, TO_DO)),
        a_life("3", (MONDAY, "v", 1, TO_DO)),
    )
    standing = ledger.standing("v", MONDAY + 40 * DAY)
    assert (standing.added, standing.removed) == (5 + 2, 2)
    assert ledger.standing("v", MONDAY + 60 * DAY).added == 0


def test_a_day_tells_what_was_finished_for_scopes_in_work_and_added_to_them() -> None:
    """Work begins on Monday, so days count from Tuesday; what happens on Sunday counts for Friday."""
    sunday = MONDAY + 6 * DAY + HOUR
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, TO_DO), (NOON, "v", 3, IN_PROGRESS), (NOON + DAY, "v", 3, DONE)),
        a_life("2", (MONDAY + HOUR, "v", 5, TO_DO), (sunday, "v", 5, DONE)),
        a_life("3", (NOON + 2 * DAY, "v", 8, TO_DO), (NOON + 3 * DAY, "v", 8, DONE)),
        a_life("4", (NOON, "w", 20, TO_DO), (NOON + 2 * DAY, "w", 30, TO_DO)),
        a_life("5", (NOON, "", 40, TO_DO), (NOON + DAY, "", 40, DONE)),
    )
    pace = ledger.pace(MONDAY + 7 * DAY + HOUR)
    told = [(day.day.day, day.finished, day.added, day.in_work) for day in pace.days]
    assert told == [(3, 3, 0, 1), (4, 0, 8, 1), (5, 8, 0, 1), (6, 5, 0, 1)], "no other version, no other work"
    assert (pace.issues, pace.finished, pace.added) == (3, 4, 2)


def test_what_is_reopened_and_taken_out_counts_less() -> None:
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, DONE), (NOON + DAY, "v", 3, TO_DO)),
        a_life("2", (MONDAY, "v", 5, TO_DO), (NOON + 2 * DAY, "w", 5, TO_DO)),
        a_life("3", (MONDAY, "v", 1, DONE)),
    )
    days = ledger.pace(MONDAY + 3 * DAY).days
    assert [(day.finished, day.added) for day in days] == [(-3, 0), (0, -5)]


def test_what_gets_its_version_when_it_is_done_is_no_progress() -> None:
    """It is finished and added on the same day."""
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, IN_PROGRESS)),
        a_life("2", (MONDAY, "", 5, DONE), (NOON + DAY, "v", 5, DONE)),
    )
    (tuesday,) = ledger.pace(MONDAY + 2 * DAY).days
    assert (tuesday.finished, tuesday.added) == (5, 5)


def test_a_version_that_is_released_is_worked_on_no_more() -> None:
    ledger = ledger_of(
        a_life("1", (MONDAY, "v", 3, IN_PROGRESS), (NOON + 3 * DAY, "v", 3, DONE)),
        closed=MONDAY + 3 * DAY,
    )
    days = ledger.pace(MONDAY + 5 * DAY).days
    assert [(day.finished, day.in_work) for day in days] == [(0, 1), (0, 1), (0, 0), (0, 0)]


def test_at_most_the_last_sixty_whole_working_days_count() -> None:
    ledger = ledger_of(a_life("1", (MONDAY, "v", 3, IN_PROGRESS)))
    days = ledger.pace(MONDAY + 140 * DAY + 9 * HOUR).days
    assert (len(days), days[-1].day) == (60, date(2026, 7, 17)), "today is no whole day"


def test_a_released_version_ended_with_the_last_of_its_issues_or_with_its_release() -> None:
    done = a_life("1", (MONDAY, "v", 3, TO_DO), (NOON + DAY, "v", 3, DONE))
    reopened = a_life(
        "2", (MONDAY, "v", 3, DONE), (NOON + 2 * DAY, "v", 3, TO_DO), (NOON + 3 * DAY, "v", 3, DONE)
    )
    moved_on = a_life("3", (MONDAY, "v", 3, TO_DO), (NOON + 4 * DAY, "w", 3, TO_DO))
    left_open = a_life("4", (MONDAY, "v", 3, TO_DO))
    release = MONDAY + 10 * DAY
    for lives, ended in (
        ([done], NOON + DAY),
        ([done, reopened], NOON + 3 * DAY),
        ([done, moved_on], NOON + 4 * DAY),
        ([done, left_open], release - timedelta(microseconds=1)),  # on its last day
        ([], None),
    ):
        ledger = ledger_of(*lives, closed=release)
        assert ledger.ended(ledger.scopes["v"]) == ended
        assert ledger.ended(ledger.scopes["w"]) is None


def test_what_became_of_a_scope_is_its_net_change() -> None:
    """Out and back in is nothing; what got its version when it was done is no work that came in."""
    stayed = a_life("1", (MONDAY, "v", 3, TO_DO), (NOON + 2 * DAY, "v", 5, TO_DO))
    came = a_life("2", (MONDAY, "", 2, TO_DO), (NOON + DAY, "v", 2, TO_DO))
    went = a_life("3", (MONDAY, "v", 1, TO_DO), (NOON + DAY, "w", 1, TO_DO))
    back = a_life("4", (MONDAY, "v", 8, TO_DO), (NOON + DAY, "", 8, TO_DO), (NOON + 2 * DAY, "v", 8, TO_DO))
    done = a_life("5", (MONDAY, "v", 4, TO_DO), (NOON + 3 * DAY, "v", 4, DONE))
    tagged = a_life("6", (MONDAY, "", 7, DONE), (NOON + DAY, "v", 7, DONE))
    ledger = ledger_of(stayed, came, went, back, done, tagged)
    found = ledger.moved("v", NOON, NOON + 4 * DAY)
    assert (found.came, found.came_size) == (("2",), 2)
    assert (found.went, found.went_size) == (("3",), 1)
    assert (found.done, found.done_size) == (("5",), 4), "what was done long before is not done since"
    assert found.grown == 2
    assert ledger.moved("v", NOON + 4 * DAY, NOON + 5 * DAY) == Moved()
    assert ledger.open_ids("v", NOON + 4 * DAY) == ["1", "2", "4"]
