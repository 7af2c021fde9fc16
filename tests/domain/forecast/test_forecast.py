"""How a sprint will end, and how good it is to say so."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import fmean

import pytest

from app.domain.forecast.backtest import SHARES, backtest
from app.domain.forecast.chances import chances
from app.domain.forecast.forecast import (
    CONFIDENCES,
    MOST_SPRINTS,
    Forecast,
    NoForecast,
    Score,
    blind_forecasts,
    closed_before,
    forecast,
)
from app.domain.forecast.record import DAY, OpenItem, SprintRecord, record
from app.domain.forecast.trials import Trials
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, read_history
from app.domain.scrum.issue import Issue
from app.domain.scrum.sprint import SprintState
from connectors.sandbox.config import SandboxConfig
from tests.domain.forecast_team import each_team, recorded, records, running, told
from tests.domain.team import OPENED, team_history
from tests.factories import (
    DONE,
    END,
    IN_PROGRESS,
    SPRINT_FIELD,
    START,
    TO_DO,
    a_board,
    a_sprint,
    an_issue,
    day,
    moved,
)

NEVER_TUNED_ON = range(21, 41)
"""Weights were chosen while looking at the teams 7, 8, 11, 12 and 201 to 240."""
SOME = NEVER_TUNED_ON[:3]


def test_on_the_sandbox_s_team_the_ranges_hold_and_half_time_beats_the_median_sprint() -> None:
    """The team that `make demo` shows, with thirty closed sprints."""
    scores = backtest(records(SandboxConfig().seed))
    held = [one.coverage[85] for one in scores.values() if one is not None]
    assert len(held) == len(SHARES)
    assert 0.80 <= fmean(held) <= 0.90
    half = scores[0.5]
    assert half is not None
    assert half.error <= 0.75 * half.median_error


def test_on_teams_it_was_not_tuned_on_the_ranges_hold_and_half_time_beats_the_median_sprint() -> None:
    """At 0, 30, 50 and 80 % of thirty closed sprints of each of twenty teams, blind.

    Of 500 sprints a share that is 85 % is found between 82 and 88 %, nineteen times in twenty; of the 25 of
    one team, between 71 and 99 %. The error at half time, a quarter below the peer's on the eighty teams of
    the benchmark `backtest`, is found between 30 and 20 % below.
    """
    scores: dict[float, list[Score]] = {share: [] for share in SHARES}
    for past in each_team(NEVER_TUNED_ON):
        for share, score in backtest(past).items():
            assert score is not None
            assert len(score.blind) == 25
            scores[share].append(score)
    print("\ntime gone  error  median sprint  50 %  85 %  95 %  Brier")
    for share, every in scores.items():
        coverage = {percent: fmean(one.coverage[percent] for one in every) for percent in CONFIDENCES}
        error, peer = fmean(one.error for one in every), fmean(one.median_error for one in every)
        brier = fmean(one.brier or 0 for one in every)
        shown = " ".join(f"{one:5.3f}" for one in coverage.values())
        print(f"{share:9.0%} {error:6.2f} {peer:14.2f} {shown} {brier:6.3f}")
        assert 0.80 <= coverage[85] <= 0.90
        assert 0.40 <= coverage[50] <= 0.60
        assert coverage[95] >= 0.90
        assert brier < 0.25
        assert error <= peer * (0.80 if share >= 0.5 else 1)


def test_a_rare_large_issue_is_not_taken_for_one_of_the_many_small_ones() -> None:
    """What was large and in progress was never done, and nothing of that size was ever near."""

    def a_past_sprint(number: int, *sizes: int) -> SprintRecord:
        start = START + timedelta(weeks=2 * number)
        end = start + timedelta(days=11)
        begun = moved(start + timedelta(hours=1), TO_DO, IN_PROGRESS)
        issues = []
        for place, points in enumerate(sizes):
            done = points < 13
            moves = (begun, moved(start + timedelta(days=9), IN_PROGRESS, DONE)) if done else (begun,)
            values = {"created": START - DAY, "sprint_ids": frozenset({number}), "changes": moves}
            status = DONE if done else IN_PROGRESS
            issues.append(
                an_issue(f"BURN-{number}0{place}", status=status, estimate=Decimal(points), **values)
            )
        sprint = a_sprint(id=number, start=start, end=end, completed=end)
        found = record(
            sprint, a_board(), issues, sprint_field=SPRINT_FIELD, calendar=Calendar(), now=end + DAY
        )
        assert found is not None
        return found

    past = [a_past_sprint(n, 2, 2, 2, 3, 1, *([13] if n in {5, 9} else [])) for n in range(1, 13)]
    items = [OpenItem(f"BURN-{points}", 1, points, 3.0, becomes_done=False) for points in (2.0, 5.0, 13.0)]
    small, middle, large = chances(items, 4.0, past)
    assert small > 0.85
    assert small > middle > large
    assert large < 0.35


@pytest.mark.parametrize("days_left", [1.0, 0.5])
def test_on_the_last_day_as_many_issues_are_expected_to_be_done_as_are(days_left: float) -> None:
    """Each chance is learnt from what was closed by then; of hundreds of issues the sum must hold."""
    said, came = [], []
    for seed in SOME:
        past = records(seed)
        for current in past[6:]:
            now = current.with_days_left(days_left)
            before = closed_before(past, now.at, current.sprint_id)[-MOST_SPRINTS:]
            said += chances(now.items, now.days_left, before)
            came += [item.becomes_done for item in now.items]
    assert len(came) > 300
    assert fmean(said) == pytest.approx(fmean(came), abs=0.06)


def test_what_happens_later_does_not_change_a_blind_forecast() -> None:
    """The sprint's own end, and all sprints after it, are replaced by nonsense."""
    past = records(21)
    for number in (8, 20):
        honest = past[number]
        at = honest.with_days_left(5).at
        expected = forecast(honest, past, at=at, seed=1)
        cut = replace(
            honest,
            final=1e6,
            traces=tuple(replace(trace, becomes_done=not trace.becomes_done) for trace in honest.traces),
            _moments={},
            _witnesses={},
        )
        later = [replace(each, final=1e6, _moments={}, _witnesses={}) for each in past[number + 1 :]]
        assert forecast(cut, [*past[:number], cut, *later], at=at, seed=1) == expected


def test_a_sprint_as_known_then_is_the_same_as_looked_at_later() -> None:
    team = team_history(30, 21)
    sprint = team.closed[12]
    fields = Fields(team.fields.sprint or "", team.board.estimation_field)
    whole = recorded(team, sprint)
    at = whole.with_days_left(4).at
    then = record(
        replace(sprint, completed=None),
        team.board,
        [_as_known(issue, at, fields) for issue in team.issues if issue.created <= at],
        sprint_field=fields.sprint,
        calendar=Calendar(),
        now=at,
    )
    assert then is not None
    ours, theirs = whole.at(at), then.at(at)
    assert ours.done == theirs.done
    assert [(i.key, i.column, i.points, i.days_in_column) for i in ours.items] == [
        (i.key, i.column, i.points, i.days_in_column) for i in theirs.items
    ]


def _as_known(issue: Issue, at: datetime, fields: Fields) -> Issue:
    """The issue as it was read then: present values of that time, and no later change."""
    state = read_history(issue, fields).at(at)
    return replace(
        issue,
        status_id=state.status_id,
        sprint_ids=state.sprint_ids,
        estimate=state.estimate,
        changes=tuple(change for change in issue.changes if change.at <= at),
    )


def test_with_the_same_data_and_seed_it_says_the_same_and_in_any_order() -> None:
    assert told() == told(tuple(reversed(records(21))))
    assert told(seed=5) == told(seed=5)
    assert told(seed=5).ranges != told(seed=6).ranges


def test_ranges_lie_within_each_other_around_what_is_expected() -> None:
    found = told(commitment=40.0)
    half, most, nearly_all = found.ranges
    assert (
        nearly_all.low <= most.low <= half.low <= found.expected <= half.high <= most.high <= nearly_all.high
    )
    assert found.chance_of_commitment is not None
    assert 0 <= found.chance_of_all <= found.chance_of_commitment <= 1 or found.expected < 40
    assert {item.key for item in found.items} == {item.key for item in running().at(OPENED).items}
    assert [item.chance for item in found.items] == sorted(item.chance for item in found.items)


@pytest.mark.parametrize("days_left", [2.0, 0.3])
def test_what_is_done_by_now_is_done_for_sure_unless_the_team_has_reopened_work_so_late(
    days_left: float,
) -> None:
    past = records(21)
    current = past[8]
    moment, before = current.with_days_left(days_left), past[:8]
    reopened = min(0.0, *(each.final - each.with_days_left(days_left).done for each in before))
    least = moment.done + reopened
    found = forecast(current, past, at=moment.at, commitment=least)
    assert isinstance(found, Forecast)
    assert all(one.low >= least for one in found.ranges)
    assert found.chance_of_commitment == 1


def test_a_sprint_that_was_opened_again_is_running() -> None:
    """Jira may leave the date of its first close on it."""
    again = a_sprint(completed=day(8), state=SprintState.ACTIVE)
    issue = an_issue(status=IN_PROGRESS, changes=(moved(day(9), TO_DO, IN_PROGRESS),))
    known = record(again, a_board(), [issue], sprint_field=SPRINT_FIELD, calendar=Calendar(), now=day(10))
    assert known is not None
    assert known.closed_at is None
    assert [item.column for item in known.at(day(10)).items] == [1]


def test_a_holiday_leaves_less_time() -> None:
    friday = date(2026, 11, 27)
    normal, shorter = (
        replace(running(), calendar=Calendar(holidays=frozenset(holidays)), _moments={}, _witnesses={})
        for holidays in ([], [friday])
    )
    left = [forecast(one, records(21), at=OPENED) for one in (normal, shorter)]
    assert isinstance(left[0], Forecast)
    assert isinstance(left[1], Forecast)
    assert left[0].days_left - left[1].days_left == pytest.approx(17 / 24)


def test_thin_history_and_passed_ends_are_refused_with_the_reason() -> None:
    few = forecast(running(), records(21)[:4], at=OPENED)
    assert few == NoForecast("4 closed sprints with dates and work are known, a forecast needs 5.")
    late = forecast(running(), records(21), at=OPENED + timedelta(weeks=4))
    assert isinstance(late, NoForecast)
    assert "planned time" in late.reason


def test_only_sprints_that_were_closed_by_then_are_learnt_from() -> None:
    past = records(21)
    at = past[9].with_days_left(9).at
    assert closed_before(past, at, past[9].sprint_id) == list(past[:9])
    blind, _ = blind_forecasts(past[:8], past, 5.0, Trials(1))
    assert [one.sprint_id for one in blind] == [each.sprint_id for each in past[5:8]]


def test_a_record_tells_columns_days_in_them_and_what_was_done() -> None:
    issues = [
        an_issue(
            "BURN-1",
            status=DONE,
            changes=(moved(day(2), TO_DO, IN_PROGRESS), moved(day(5), IN_PROGRESS, DONE)),
        ),
        an_issue("BURN-2", points=5),
        an_issue("BURN-3", is_subtask=True),
    ]
    known = record(
        a_sprint(completed=END), a_board(), issues, sprint_field=SPRINT_FIELD, calendar=Calendar(), now=END
    )
    assert known is not None
    moment = known.at(day(4))
    first, second = moment.items
    assert (first.key, first.column, first.points, first.becomes_done) == ("BURN-1", 1, 3.0, True)
    assert first.days_in_column == pytest.approx(2)
    assert (second.column, second.becomes_done) == (0, False)
    assert (moment.done, known.at(day(6)).done, known.final) == (0, 3, 3)
    assert known.with_days_left(99).at == START
    assert len(known.at(day(6)).items) == 1


def test_work_that_was_begun_in_the_sprint_before_is_as_old_as_it_is() -> None:
    """Ten working days passed in its column before; of what nobody had begun, time says nothing."""
    begun = START - timedelta(weeks=2)
    issues = [
        an_issue("BURN-1", status=IN_PROGRESS, changes=(moved(begun, TO_DO, IN_PROGRESS),)),
        an_issue("BURN-2", status=TO_DO, changes=(moved(begun, IN_PROGRESS, TO_DO),)),
    ]
    known = record(
        a_sprint(completed=END), a_board(), issues, sprint_field=SPRINT_FIELD, calendar=Calendar(), now=END
    )
    assert known is not None
    days = {item.key: item.days_in_column for item in known.at(day(4)).items}
    in_the_sprint = Calendar().working_time(START, day(4)) / DAY
    assert days["BURN-1"] == pytest.approx(10 + in_the_sprint)
    assert days["BURN-2"] == pytest.approx(in_the_sprint)
