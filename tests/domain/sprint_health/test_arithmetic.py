"""Properties of the sprint arithmetic over random histories."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.scrum.sprint import Sprint, SprintState
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.burndown import burnup, remaining_at
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.ledger import keep_ledger, postings
from tests.domain.histories import END_MINUTE, LAST_MINUTE, START_MINUTE, Played, at, plays, sprints_of
from tests.domain.reference import Walk
from tests.factories import SPRINT_FIELD, STATUS_NAMES, a_board, a_sprint

LINES = ("commitment", "added", "removed", "re_estimated", "burned", "remaining", "completed_then_removed")
START, END = at(START_MINUTE), at(END_MINUTE)
MODEST = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def a_closed_sprint() -> Sprint:
    return a_sprint(start=START, end=END, completed=END)


def health_of(
    issues: list[Issue], *, now: datetime | None = None, sprint: Sprint | None = None
) -> SprintHealth:
    return assess(
        sprint or a_closed_sprint(),
        a_board(),
        issues,
        now=now or at(LAST_MINUTE + 1),
        calendar=Calendar(),
        sprint_field=SPRINT_FIELD,
    )


def as_known_at(played: Played, minute: int) -> Issue:
    """The issue as it was read at a minute: without what happened later."""
    now = played.first
    for when, after in played.entries:
        if when <= minute:
            now = after
    return replace(
        played.issue,
        status_id=now.status,
        status_name=STATUS_NAMES[now.status],
        sprint_ids=now.sprints,
        estimate=now.estimate,
        changes=tuple(change for change in played.issue.changes if change.at <= at(minute)),
        deleted_at=None if played.deleted is None or played.deleted > minute else played.issue.deleted_at,
    )


@MODEST
@given(sprints_of(), st.integers(START_MINUTE, END_MINUTE))
def test_walking_forward_minute_by_minute_gives_the_same_numbers_as_rewinding(
    lives: list[Played], minute: int
) -> None:
    running = a_sprint(start=START, end=END)
    for end, sprint in ((END_MINUTE, a_closed_sprint()), (minute, running)):
        health = health_of([played.issue for played in lives], now=at(max(end, minute)), sprint=sprint)
        walks = [Walk(played, START_MINUTE, end) for played in lives]
        for line in LINES:
            expected = sum((walk.sums[line] for walk in walks), start=Decimal(0))
            assert getattr(health.ledger, line).points == expected, line
        rows = {row.key: row for row in health.jira.issues}
        assert rows.keys() == {p.issue.key for p, w in zip(lives, walks, strict=True) if w.ever_in}
        for played, walk in zip(lives, walks, strict=True):
            if walk.ever_in:
                row = rows[played.issue.key]
                told = (row.outcome.value, row.added is not None, row.initial_estimate, row.final_estimate)
                assert told == (walk.outcome, walk.added, walk.initial, walk.final)


@MODEST
@given(sprints_of())
def test_the_four_sets_hold_every_issue_that_touched_the_sprint_exactly_once(lives: list[Played]) -> None:
    health = health_of([played.issue for played in lives])
    sets = [{row.key for row in health.jira.of(outcome)} for outcome in Outcome]
    assert sum(map(len, sets)) == len(set().union(*sets)) == len(health.issues)
    assert set().union(*sets) == {event.key for event in health.events}


@MODEST
@given(sprints_of())
def test_the_ledger_closes_at_every_event_and_for_every_issue_alone(lives: list[Played]) -> None:
    health = health_of([played.issue for played in lives])
    assert health.ledger.closes
    assert all(issue.ledger.closes for issue in health.issues)
    for seen in range(len(health.events)):
        assert keep_ledger(health.events[: seen + 1]).closes


@MODEST
@given(sprints_of())
def test_every_number_is_the_sum_of_its_receipts_and_counts_issues_where_they_are(
    lives: list[Played],
) -> None:
    health = health_of([played.issue for played in lives])
    for line in LINES:
        figure = getattr(health.ledger, line)
        assert figure.points == sum(receipt.points for receipt in figure.receipts)
        assert figure.points == sum(getattr(issue.ledger, line).points for issue in health.issues)
    counted = [issue for issue in health.issues if not issue.is_subtask]
    assert health.ledger.remaining.issues == sum(issue.remains for issue in counted)
    out = {issue.key for issue in counted if issue.ledger.completed_then_removed.issues}
    assert all(issue.done and not issue.in_sprint for issue in counted if issue.key in out)
    assert health.ledger.completed_then_removed.issues == len(out)


@MODEST
@given(sprints_of())
def test_each_event_adds_to_both_sides_of_the_ledger_alike(lives: list[Played]) -> None:
    for event in health_of([played.issue for played in lives]).events:
        sides = {posting.line.value: posting.points for posting in postings(event)}
        left = sum(sides.get(line, 0) for line in ("commitment", "added", "re-estimated"))
        right = sum(sides.get(line, 0) for line in ("burned", "remaining", "completed then removed"))
        assert left - sides.get("removed", 0) == right


@MODEST
@given(sprints_of())
def test_the_burndown_begins_at_the_commitment_and_ends_at_what_remains(lives: list[Played]) -> None:
    health = health_of([played.issue for played in lives])
    assert health.burndown[0].remaining == health.ledger.commitment.points
    assert health.burndown[-1].remaining == health.ledger.remaining.points
    assert [point.at for point in health.burndown] == sorted(point.at for point in health.burndown)


@MODEST
@given(sprints_of())
def test_at_every_step_of_the_burn_up_what_is_not_done_remains(lives: list[Played]) -> None:
    health = health_of([played.issue for played in lives])
    line = burnup(health.events, start=START, end=END)
    assert line[0].scope == health.ledger.commitment.points
    assert line[-1].scope - line[-1].done == health.ledger.remaining.points
    assert line[-1].scope_issues - line[-1].done_issues == health.ledger.remaining.issues
    for point in line[1:]:
        same_instant = [one for one in line if one.at == point.at][-1]
        assert same_instant.scope - same_instant.done == remaining_at(health.burndown, point.at)


@MODEST
@given(sprints_of(), st.randoms(use_true_random=False))
def test_the_order_in_which_issues_and_changes_arrive_changes_nothing(
    lives: list[Played], chance: random.Random
) -> None:
    issues = [played.issue for played in lives]
    expected = health_of(issues)
    shuffled = [
        replace(issue, changes=tuple(chance.sample(issue.changes, len(issue.changes)))) for issue in issues
    ]
    chance.shuffle(shuffled)
    assert health_of(shuffled) == expected


@MODEST
@given(sprints_of())
def test_simultaneous_changes_of_different_issues_commute(lives: list[Played]) -> None:
    def renumbered(issue: Issue, by: int) -> Issue:
        changes = (change._replace(history_id=change.history_id + by) for change in issue.changes)
        return replace(issue, changes=tuple(changes))

    forward = health_of([renumbered(p.issue, 10_000 * n) for n, p in enumerate(lives)])
    backward = health_of([renumbered(p.issue, 10_000 * -n) for n, p in enumerate(lives)])
    for line in LINES:
        assert getattr(forward.ledger, line).points == getattr(backward.ledger, line).points
    assert [(p.at, p.remaining) for p in forward.burndown] == [(p.at, p.remaining) for p in backward.burndown]
    assert forward.jira == backward.jira


@MODEST
@given(sprints_of())
def test_a_closed_sprint_computed_later_gives_the_same_result(lives: list[Played]) -> None:
    at_close = health_of([as_known_at(p, END_MINUTE) for p in lives if p.created <= END_MINUTE], now=END)
    later = health_of([played.issue for played in lives], now=END + timedelta(days=400))
    assert at_close == replace(later, issues_read=at_close.issues_read)


@MODEST
@given(sprints_of())
def test_differences_to_jira_named_issue_by_issue_explain_both_sums_to_the_last_point(
    lives: list[Played],
) -> None:
    health = health_of([played.issue for played in lives])
    for figure, jira, ours in (
        ("commitment", health.jira.commitment, health.ledger.commitment.points),
        ("completed", health.jira.completed, health.ledger.burned.points),
    ):
        explained = sum(d.jira - d.ledger for d in health.differences if d.figure == figure)
        assert jira - ours == explained
    assert health.jira.not_completed == health.ledger.remaining.points


@MODEST
@given(plays())
def test_say_do_never_exceeds_the_whole(played: Played) -> None:
    ratios = health_of([played.issue]).ratios
    assert ratios.say_do is None or 0 <= ratios.say_do <= 1


def test_a_sprint_without_issues_has_numbers_too() -> None:
    health = health_of([], sprint=replace(a_closed_sprint(), state=SprintState.ACTIVE))
    assert health.ledger.closes
    assert health.ledger.scope == 0
    assert health.issues == ()
