"""What a sprint's health says besides its points: time, verdict, signals, refusals."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.scrum.board import Column
from app.domain.scrum.issue import Issue
from app.domain.scrum.sprint import SprintState
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.errors import (
    DoneColumnUnknown,
    SprintDatesUnusable,
    SprintHealthRefused,
    SprintNotStarted,
)
from app.domain.sprint_health.health import SignalName, SprintHealth, Verdict
from app.domain.sprint_health.signals import Thresholds
from tests.domain.assessed import health_of
from tests.factories import (
    DONE,
    END,
    FLAG_FIELD,
    START,
    TO_DO,
    UNMAPPED,
    a_board,
    a_change,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)


def level(health: SprintHealth, name: SignalName) -> Verdict:
    return next(signal.level for signal in health.signals if signal.name is name)


def finished(key: str, points: int = 3) -> Issue:
    return an_issue(key, points=points, status=DONE, changes=(moved(day(2), TO_DO, DONE),))


def test_a_sprint_that_lies_ahead_has_no_health_yet() -> None:
    with pytest.raises(SprintNotStarted, match="had not started"):
        health_of(sprint=a_sprint(state=SprintState.FUTURE))
    with pytest.raises(SprintNotStarted, match="it starts 2026-03-02"):
        health_of(now=START - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("sprint", "reason"),
    [
        (a_sprint(start=None, activated=None), "no start date"),
        (a_sprint(state=SprintState.CLOSED), "nothing tells when"),
        (a_sprint(completed=START - timedelta(days=1)), "before its start"),
    ],
)
def test_a_sprint_whose_dates_cannot_be_used_is_refused_with_the_reason(sprint: Any, reason: str) -> None:
    with pytest.raises(SprintDatesUnusable, match=reason):
        health_of(sprint=sprint)


def test_a_board_that_maps_no_status_is_refused_because_nothing_could_be_done() -> None:
    with pytest.raises(DoneColumnUnknown):
        health_of(board=a_board(columns=(Column("To Do", ()),)))


def test_all_refusals_are_of_one_kind() -> None:
    assert issubclass(SprintNotStarted, SprintHealthRefused)
    assert issubclass(SprintHealthRefused, ValueError)


def test_commitment_is_made_when_the_sprint_was_really_started_not_on_the_date_that_was_set() -> None:
    added = an_issue(changes=(sprint_changed(day(2), "", "7"),))
    late = a_sprint(activated=day(3))
    assert health_of(added, sprint=late).ledger.commitment.points == 3
    assert health_of(added).ledger.commitment.points == 0


def test_a_sprint_closed_later_is_seen_as_it_ran_at_that_instant() -> None:
    sprint = a_sprint(completed=END)
    health = health_of(finished("BURN-1"), an_issue("BURN-2"), sprint=sprint, now=day(1))
    assert not health.closed
    assert health.ledger.remaining.points == 6


def test_elapsed_time_counts_working_days_only() -> None:
    monday_to_sunday = a_sprint(start=day(1, 0), end=day(15, 0))
    friday_night = health_of(sprint=monday_to_sunday, now=day(6, 0))
    sunday_night = health_of(sprint=monday_to_sunday, now=day(8, 0))
    assert friday_night.timing.elapsed == sunday_night.timing.elapsed == Decimal("0.5")
    assert sunday_night.timing.working_days_left == 5


def test_a_sprint_past_its_planned_end_is_overdue_and_off_track() -> None:
    health = health_of(an_issue(), now=END + timedelta(days=3))
    assert health.timing.overdue
    assert health.timing.elapsed == 1
    assert health.timing.working_days_left == 0
    assert health.verdict is Verdict.OFF_TRACK


def test_a_sprint_without_a_planned_end_has_no_pace_but_all_other_numbers() -> None:
    health = health_of(an_issue(), sprint=a_sprint(end=None))
    assert health.timing.elapsed is None
    assert health.ideal == ()
    assert health.ledger.commitment.points == 3
    assert level(health, SignalName.PACE) is Verdict.ON_TRACK


def test_work_that_keeps_pace_with_time_is_on_track() -> None:
    health = health_of(finished("BURN-1"), an_issue("BURN-2"))
    assert health.verdict is Verdict.ON_TRACK


def test_no_work_done_after_half_of_the_time_is_off_track() -> None:
    health = health_of(an_issue())
    assert level(health, SignalName.PACE) is Verdict.OFF_TRACK
    assert health.signals[0].name is SignalName.PACE
    assert health.signals[0].fact == "0 % of the work is done, 50 % of the time is gone."


@pytest.mark.parametrize("sprint", [{"completed": day(5)}, {"completed": END, "end": None}])
def test_a_closed_sprint_has_no_time_left_however_early_it_was_closed(sprint: dict[str, Any]) -> None:
    closed = a_sprint(**sprint)
    left = health_of(finished("BURN-1"), an_issue("BURN-2"), sprint=closed, now=END + timedelta(days=1))
    assert level(left, SignalName.PACE) is Verdict.OFF_TRACK
    assert left.signals[0].fact == "50 % of the work was done when the sprint was closed."
    whole = health_of(finished("BURN-1"), sprint=closed, now=END + timedelta(days=1))
    assert whole.verdict is Verdict.ON_TRACK


def test_a_team_may_set_its_own_limits() -> None:
    patient = Thresholds(behind=Decimal(1), far_behind=Decimal(1))
    assert health_of(an_issue(), thresholds=patient).verdict is Verdict.ON_TRACK


@pytest.mark.parametrize(("added", "expected"), [(3, Verdict.ON_TRACK), (4, Verdict.AT_RISK)])
def test_scope_change_beyond_a_quarter_of_the_commitment_is_a_risk(added: int, expected: Verdict) -> None:
    issues = (
        finished("BURN-1", 12),
        an_issue("BURN-2", points=added, changes=(sprint_changed(day(3), "", "7"),)),
    )
    assert level(health_of(*issues), SignalName.SCOPE_CHANGE) is expected


def test_an_issue_that_leaves_and_comes_back_has_not_changed_the_scope() -> None:
    out, back = sprint_changed(day(3), "7", ""), sprint_changed(day(4), "", "7")
    again = (sprint_changed(day(4, 13), "7", ""), sprint_changed(day(4, 14), "", "7"))
    rest = finished("BURN-2", 15)

    def change(*changes: Any, **values: Any) -> Decimal | None:
        health = health_of(an_issue("BURN-1", points=5, changes=changes, **values), rest)
        return health.ratios.scope_change

    assert change(out, back) == change(out, back, *again) == 0
    assert level(health_of(an_issue(points=5, changes=(out, back)), rest), SignalName.SCOPE_CHANGE) is (
        Verdict.ON_TRACK
    )
    assert change(out, sprints=()) == Decimal(5) / 20
    assert change(out, back, again[0], sprints=()) == Decimal(5) / 20
    # Not committed: 5 added once, on 15; and once more taken out for good.
    assert change(back, *again) == Decimal(5) / 15
    assert change(back, again[0], sprints=()) == Decimal(10) / 15
    # It came back larger than it had gone: 3 more.
    assert change(out, estimated(day(3, 13), 2, 5), back) == Decimal(3) / 17


def test_a_changed_scope_is_no_risk_once_nothing_is_left_to_do() -> None:
    added = an_issue(
        "BURN-2",
        points=9,
        status=DONE,
        changes=(sprint_changed(day(3), "", "7"), moved(day(4), TO_DO, DONE)),
    )
    assert level(health_of(finished("BURN-1", 12), added), SignalName.SCOPE_CHANGE) is Verdict.ON_TRACK


def test_an_issue_left_over_twice_before_is_a_risk() -> None:
    assert level(health_of(an_issue(sprints={6, 7})), SignalName.CARRIED_OVER) is Verdict.ON_TRACK
    assert level(health_of(an_issue(sprints={5, 6, 7})), SignalName.CARRIED_OVER) is Verdict.AT_RISK


def test_unestimated_issues_count_nothing_and_are_named() -> None:
    health = health_of(an_issue("BURN-1", points=None), an_issue("BURN-2", points=0))
    assert [issue.key for issue in health.unestimated] == ["BURN-1"]
    assert level(health, SignalName.UNESTIMATED) is Verdict.AT_RISK


def test_an_issue_that_the_board_does_not_show_is_a_risk() -> None:
    assert level(health_of(an_issue(status=UNMAPPED)), SignalName.NOT_ON_BOARD) is Verdict.AT_RISK


def test_a_flagged_issue_is_blocked_since_its_flag_was_raised() -> None:
    flags = (
        a_change(FLAG_FIELD, day(2), None, "Impediment"),
        a_change(FLAG_FIELD, day(3), "Impediment", None),
        a_change(FLAG_FIELD, day(4), "", "Impediment"),
    )
    health = health_of(an_issue(flagged=True, changes=flags), flag_field=FLAG_FIELD)
    assert [(issue.key, issue.blocked_since) for issue in health.blocked] == [("BURN-1", day(4))]
    assert level(health, SignalName.BLOCKED) is Verdict.AT_RISK


def test_a_flag_from_before_the_first_change_is_as_old_as_the_issue() -> None:
    issue = an_issue(flagged=True)
    assert health_of(issue, flag_field=FLAG_FIELD).blocked[0].blocked_since == issue.created


def test_a_flag_raised_after_the_close_does_not_reach_back() -> None:
    flags = (a_change(FLAG_FIELD, END + timedelta(days=1), None, "Impediment"),)
    closed = a_sprint(completed=END)
    issue = an_issue(flagged=True, changes=flags)
    later = END + timedelta(days=2)
    assert health_of(issue, sprint=closed, now=later, flag_field=FLAG_FIELD).blocked == ()
    unknown = health_of(issue, sprint=closed, now=later)
    assert unknown.blocked == ()
    assert Flaw.BLOCKED_UNKNOWN in {note.flaw for note in unknown.notes}


def test_without_the_flag_field_a_flag_is_reported_without_a_date() -> None:
    health = health_of(an_issue(flagged=True))
    assert [(issue.key, issue.blocked_since) for issue in health.blocked] == [("BURN-1", None)]


def test_a_finished_issue_is_not_blocked_any_more() -> None:
    assert health_of(replace(finished("BURN-1"), flagged=True)).blocked == ()


def test_an_incomplete_history_is_named_even_where_the_issue_seems_not_to_matter() -> None:
    health = health_of(
        an_issue("BURN-10", sprints=(), history_complete=False), an_issue("BURN-9", history_complete=False)
    )
    note = next(note for note in health.notes if note.flaw is Flaw.HISTORY_INCOMPLETE)
    assert note.keys == ("BURN-9", "BURN-10")


def test_a_history_that_contradicts_itself_is_named() -> None:
    issue = an_issue(points=8, changes=(estimated(day(2), 3, 5),))
    note = next(note for note in health_of(issue).notes if note.flaw is Flaw.HISTORY_CONTRADICTS_ITSELF)
    assert note.keys == ("BURN-1",)


def test_a_start_that_was_only_set_and_not_observed_is_said() -> None:
    flaws = {note.flaw for note in health_of(sprint=a_sprint(activated=None)).notes}
    assert Flaw.START_NOT_OBSERVED in flaws


def test_issues_are_listed_as_people_count() -> None:
    health = health_of(an_issue("BURN-10"), an_issue("BURN-9"), an_issue("APP-100"))
    assert [issue.key for issue in health.issues] == ["APP-100", "BURN-9", "BURN-10"]


def test_say_do_counts_what_was_promised_and_kept() -> None:
    added = an_issue(
        "BURN-3", points=5, status=DONE, changes=(sprint_changed(day(2), "", "7"), moved(day(3), TO_DO, DONE))
    )
    ratios = health_of(finished("BURN-1"), an_issue("BURN-2"), added).ratios
    assert ratios.say_do == Decimal("0.5")
    assert ratios.completion == Decimal(8) / 6
    assert ratios.unplanned == Decimal("0.5")


def test_the_ideal_line_rests_on_weekends() -> None:
    two_weeks = a_sprint(start=day(1, 0), end=day(15, 0))
    ideal = health_of(an_issue(points=10), sprint=two_weeks).ideal
    assert [point.remaining for point in ideal] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert [ideal[5].at, ideal[6].at] == [day(6, 0), day(9, 0)]


def test_an_even_pace_goes_on_within_a_day() -> None:
    """By the end of the day before, a sprint was up to a day's work further ahead than its chart showed."""
    two_weeks = a_sprint(end=day(15, 0), start=day(1, 0))
    at_noon = health_of(an_issue(points=10), sprint=two_weeks, now=day(4, 12))
    assert at_noon.pace_now == Decimal("6.5")
