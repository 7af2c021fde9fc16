"""Thirty sprints of the simulated team: what it counted while it played, and what its changelogs say."""

import pytest

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.velocity import read_result
from tests.domain.team import OPENED, TeamHistory, team_history

SETS = {
    "completed": Outcome.COMPLETED,
    "notCompleted": Outcome.NOT_COMPLETED,
    "removed": Outcome.REMOVED,
    "completedElsewhere": Outcome.COMPLETED_ELSEWHERE,
}


def health_of(team: TeamHistory, sprint: Sprint) -> SprintHealth:
    assert team.fields.sprint
    return assess(
        sprint,
        team.board,
        team.issues,
        now=OPENED,
        calendar=Calendar(),
        sprint_field=team.fields.sprint,
        flag_field=team.fields.flagged,
    )


@pytest.mark.parametrize("seed", [7, 8])
def test_the_numbers_of_thirty_sprints_are_those_that_the_team_counted_itself(seed: int) -> None:
    team = team_history(30, seed)
    assert len(team.closed) == 30
    for sprint, counted in zip(team.closed, team.counted, strict=False):
        health = health_of(team, sprint)
        assert counted["sprintId"] == sprint.id
        for name, outcome in SETS.items():
            rows = [row for row in health.jira.of(outcome) if not row.is_subtask]
            told = {row.key: row.final_estimate for row in rows}
            if outcome is Outcome.REMOVED:  # it counts them as they left, Jira as they were at the close
                assert told.keys() == counted[name].keys()
            else:
                assert told == counted[name], (sprint.name, name)
        assert health.ledger.commitment.points == counted["points"]["commitment"]
        assert health.ledger.closes


def test_velocity_reads_from_histories_what_the_whole_assessment_tells() -> None:
    team = team_history(30)
    field = team.fields.sprint or ""
    histories = Histories(Fields(field, team.board.estimation_field))
    for sprint in team.closed:
        health = health_of(team, sprint)
        told = read_result(sprint, team.board, team.issues, sprint_field=field, histories=histories)
        assert told is not None
        ledger = health.ledger
        assert (told.commitment, told.completed) == (ledger.commitment.points, ledger.burned.points)
        assert (told.added, told.removed) == (ledger.added.points, ledger.removed.points)
        assert (told.carried_over, told.issues) == (ledger.remaining.points, ledger.burned.issues)
        assert (told.completed_in_jira, told.say_do) == (health.jira.completed, health.ratios.say_do)
        assert told.left_over == tuple(i.key for i in health.carry_over if not i.is_subtask)
        assert told.closed_at == health.timing.closed_at


def test_each_receipt_of_thirty_sprints_is_an_event_that_the_team_counted() -> None:
    """What was completed, entered and left, by issue and instant, and nothing else."""
    team = team_history(30)
    there = {issue.key for issue in team.issues}  # one that had left a sprint was deleted later
    for sprint, counted in zip(team.closed, team.counted, strict=False):
        told = {
            (type(event).__name__, event.key, event.at.isoformat(timespec="seconds"), float(event.points))
            for event in health_of(team, sprint).events
            if not event.is_subtask and type(event).__name__ in _WORDS.values()
        }
        expected = {
            (_WORDS[event["what"]], event["key"], event["at"][:19] + "+00:00", event["points"] or 0)
            for event in counted["events"]
            if event["key"] in there
        }
        assert told == expected, sprint.name


_WORDS = {
    "added": "Entered",
    "removed": "Left",
    "completed": "Completed",
    "reopened": "Reopened",
    "reestimated": "Reestimated",
}
