"""Properties, each over more than ten thousand random histories; a thousand sprints walked by the minute."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.scrum.issue import Issue
from app.domain.sprint_health.jira_report import Outcome
from app.domain.sprint_health.ledger import STANDING, Line, postings
from tests.domain.histories import END_MINUTE, START_MINUTE, Played, random_lives
from tests.domain.reference import Walk
from tests.domain.sprint_health.test_arithmetic import END, LINES, as_known_at, health_of

SEEDS = st.integers(0, 2**48)
SPRINTS_AN_EXAMPLE = 50
MANY = 70
"""Examples of so many sprints: some 12,000 histories."""


def some(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def thrown(seed: int) -> list[list[Played]]:
    """One to six histories a sprint, 3.5 on average."""
    chance = random.Random(seed)
    return [random_lives(chance) for _ in range(SPRINTS_AN_EXAMPLE)]


@some(MANY)
@given(SEEDS)
def test_every_history_lies_in_one_set_and_the_ledger_closes_at_every_instant(seed: int) -> None:
    for lives in thrown(seed):
        health = health_of([played.issue for played in lives])
        sets = [row.key for outcome in Outcome for row in health.jira.of(outcome)]
        assert len(sets) == len(set(sets))
        assert set(sets) == {event.key for event in health.events}
        balance = accumulate(
            sum((_side(posting.line) * posting.points for posting in postings(event)), start=Decimal(0))
            for event in health.events
        )
        assert all(left_over == 0 for left_over in balance)
        assert health.ledger.closes


def _side(line: Line) -> int:
    """Which side of the ledger a line stands on."""
    return -1 if line in STANDING or line is Line.REMOVED else 1


@some(20)
@given(SEEDS)
def test_a_walk_through_every_minute_agrees_on_a_thousand_sprints(seed: int) -> None:
    for lives in thrown(seed):
        health = health_of([played.issue for played in lives])
        walks = [Walk(played, START_MINUTE, END_MINUTE) for played in lives]
        for line in LINES:
            assert getattr(health.ledger, line).points == sum(walk.sums[line] for walk in walks), line
        expected = {
            played.issue.key: (walk.outcome, walk.added, walk.initial, walk.final)
            for played, walk in zip(lives, walks, strict=True)
            if walk.ever_in
        }
        assert expected == {
            row.key: (row.outcome.value, row.added is not None, row.initial_estimate, row.final_estimate)
            for row in health.jira.issues
        }


@some(MANY)
@given(SEEDS)
def test_neither_the_order_nor_the_time_of_reading_changes_a_closed_sprint(seed: int) -> None:
    """Frozen at its close, and recomputed later from what came in any order and twice: the same."""
    chance = random.Random(seed)
    for lives in thrown(seed):
        frozen = health_of(
            [as_known_at(one, END_MINUTE) for one in lives if one.created <= END_MINUTE], now=END
        )
        later = [
            replace(one.issue, changes=tuple(chance.sample(one.issue.changes, len(one.issue.changes))))
            for one in [*lives, chance.choice(lives)]
        ]
        chance.shuffle(later)
        again = health_of(later, now=END + timedelta(days=400))
        assert frozen == replace(again, issues_read=frozen.issues_read)


@some(MANY)
@given(SEEDS)
def test_which_issue_changed_first_within_an_instant_changes_no_number(seed: int) -> None:
    """Jira numbers entries as they come; of several issues at one instant any could have been the first."""
    for lives in thrown(seed):
        one, other = (
            health_of([_renumbered(life.issue, sign * place) for place, life in enumerate(lives)])
            for sign in (1, -1)
        )
        assert one.jira == other.jira
        assert one.ratios == other.ratios
        for line in LINES:
            assert getattr(one.ledger, line).points == getattr(other.ledger, line).points


def _renumbered(issue: Issue, by: int) -> Issue:
    changes = (change._replace(history_id=change.history_id + 10_000 * by) for change in issue.changes)
    return replace(issue, changes=tuple(changes))
