"""Who has how much, what kind of work it is, how punctual a sprint was, and how well it was estimated."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.flow import flow
from app.domain.flow.path import Path
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.priorities import Priority
from app.domain.scrum.restricted import masked
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.measures import Amount, accuracy, late, loads, measures, ranks
from tests.domain.assessed import health_of
from tests.domain.histories import END_MINUTE, START_MINUTE, Played, at, plays
from tests.domain.team import team_history
from tests.factories import (
    DONE,
    END,
    IN_PROGRESS,
    POINTS_FIELD,
    SPRINT_FIELD,
    START,
    TO_DO,
    a_board,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)

CALENDAR = Calendar()
ZERO = Amount(Decimal(0), 0)


def amount(points: int, issues: int) -> Amount:
    return Amount(Decimal(points), issues)


def test_what_everybody_has_is_told_line_by_line_who_has_most_left_first() -> None:
    done = an_issue("BURN-1", points=5, assignee="Ana", status=DONE, changes=(moved(day(3), TO_DO, DONE),))
    came = an_issue("BURN-2", points=8, assignee="Ben", changes=(sprint_changed(day(4), "", "7"),))
    went = an_issue(
        "BURN-3", points=2, assignee="Ana", sprints=(), changes=(sprint_changed(day(5), "7", ""),)
    )
    ana, ben, nobody = (an_issue(f"BURN-{n}", assignee=who) for n, who in ((4, "Ana"), (5, "Ben"), (6, None)))
    found = measures(health_of(done, came, went, ana, ben, nobody)).people
    assert [(one.person, one.left) for one in found] == [
        ("Ben", amount(11, 2)),
        ("Ana", amount(3, 1)),
        (None, amount(3, 1)),
    ]
    assert (found[1].committed, found[1].done, found[1].removed) == (
        amount(10, 3),
        amount(5, 1),
        amount(2, 1),
    )
    assert (found[0].added, found[0].committed) == (amount(8, 1), amount(3, 1))


def test_of_restricted_issues_it_is_told_how_many_and_not_whose() -> None:
    seen = an_issue("BURN-1", assignee="Ana")
    hidden = [masked(an_issue(f"BURN-{n}", assignee="Ana", restricted=True), ()) for n in (2, 3)]
    ana, others = measures(health_of(seen, *hidden)).people
    assert (ana.person, ana.left) == ("Ana", amount(3, 1))
    assert (others.person, others.restricted, others.left) == (None, True, amount(6, 2))


@given(st.lists(plays(), min_size=1, max_size=5), st.lists(st.sampled_from(["Ana", "Ben", None])))
def test_together_people_have_what_the_ledger_has(played: list[Played], who: list[str | None]) -> None:
    names = dict(enumerate(who))
    issues = [
        replace(one.issue, id=f"9{place}", key=f"BURN-{place}", assignee=names.get(place))
        for place, one in enumerate(played)
    ]
    sprint = a_sprint(start=at(START_MINUTE), activated=at(START_MINUTE), end=at(END_MINUTE))
    health = health_of(*issues, sprint=sprint, now=at(END_MINUTE))
    people, ledger = loads(health.issues), health.ledger
    for name, figure in (
        ("committed", ledger.commitment),
        ("added", ledger.added),
        ("removed", ledger.removed),
        ("done", ledger.burned),
        ("left", ledger.remaining),
    ):
        each = [getattr(one, name) for one in people]
        assert sum((one.points for one in each), start=Decimal(0)) == figure.points
        assert sum(one.issues for one in each) == figure.issues


def test_the_mix_is_of_what_is_in_the_sprint() -> None:
    done = (moved(day(3), TO_DO, DONE),)
    health = health_of(
        an_issue("BURN-1", type_name="Bug", priority="1", status=DONE, changes=done),
        an_issue("BURN-2", type_name="Bug", priority="3", points=None),
        an_issue("BURN-3", priority="8"),
        an_issue("BURN-4", priority="1", sprints=(), changes=(sprint_changed(day(5), "7", ""),)),
        an_issue("BURN-5", type_name="Sub-task", is_subtask=True, priority="1"),
    )
    site = (Priority("3", "Sofort"), Priority("1", "Später"))
    found = measures(replace(health, priorities=site))
    assert [(one.name, one.amount, one.done) for one in found.types] == [
        ("Bug", amount(3, 2), 1),
        ("Story", amount(3, 1), 0),
    ]
    assert [(one.name, one.amount.issues) for one in found.priorities] == [
        ("Sofort", 1),
        ("Später", 1),
        ("none", 1),
    ]
    assert [(one.name, one.amount.issues) for one in found.statuses] == [("To Do", 2), ("Done", 1)]
    assert measures(health).priorities == ()


def test_how_late_it_was_started_and_closed_is_told_in_working_days() -> None:
    friday, wednesday = START - timedelta(days=3), END + timedelta(days=5)
    sprint = a_sprint(start=friday, activated=START, completed=wednesday)
    found = measures(health_of(an_issue(), sprint=sprint, now=wednesday))
    assert (found.started_late, found.closed_late) == (1, 3)
    early = a_sprint(completed=END - timedelta(days=4))
    assert measures(health_of(an_issue(), sprint=early, now=END)).closed_late == -4
    assert measures(health_of(an_issue())).closed_late is None


def test_where_nobody_saw_the_start_nothing_is_said_of_it() -> None:
    assert measures(health_of(an_issue(), sprint=a_sprint(activated=None))).started_late is None


@given(st.integers(0, 40 * 24), st.integers(0, 40 * 24))
def test_late_and_early_are_the_same_distance(one: int, other: int) -> None:
    there, back = START + timedelta(hours=one), START + timedelta(hours=other)
    behind, ahead = late(there, back, CALENDAR), late(back, there, CALENDAR)
    assert behind is not None
    assert ahead is not None
    assert behind == -ahead
    assert (behind >= 0) == (other >= one) or behind == 0


def test_a_sprint_that_had_nothing_at_its_start_says_so() -> None:
    came = an_issue(changes=(sprint_changed(day(4), "", "7"),))
    assert measures(health_of(came)).empty_at_start
    done_before = an_issue("BURN-2", status=DONE, changes=(moved(day(0), TO_DO, DONE),))
    assert measures(health_of(came, done_before)).empty_at_start
    assert not measures(health_of(came, an_issue("BURN-3"))).empty_at_start


def test_reopened_and_unassigned_issues_are_named() -> None:
    again = (moved(day(3), TO_DO, DONE), moved(day(4), DONE, TO_DO))
    done = (moved(day(3), TO_DO, DONE),)
    found = measures(
        health_of(
            an_issue("BURN-1", changes=again, assignee="Ana"),
            an_issue("BURN-2"),
            an_issue("BURN-3", status=DONE, changes=done),
            an_issue("BURN-4", is_subtask=True, changes=again),
        )
    )
    assert (found.reopened, found.unassigned) == (("BURN-1",), ("BURN-2",))


def test_defects_are_what_the_team_calls_so() -> None:
    done = (sprint_changed(day(3), "", "7"), moved(day(4), TO_DO, DONE))
    health = health_of(
        an_issue("BURN-1", type_name="Fehler", created=day(3), status=DONE, changes=done),
        an_issue("BURN-2", type_name="fehler"),
        an_issue("BURN-3", type_name="Bug", created=day(3)),
    )
    assert measures(health).defects_raised == ("BURN-3",)
    found = measures(replace(health, defect_types=("FEHLER",)))
    assert (found.defects_raised, found.defects_closed) == (("BURN-1",), ("BURN-1",))


def walked(estimate: int | None, days: int, number: int = 1) -> Path:
    """An issue that was begun on a Monday and took so many working days."""
    ends = START + timedelta(days=days + 2 * (days // 5))
    begun, done = moved(START, TO_DO, IN_PROGRESS), moved(ends, IN_PROGRESS, DONE)
    later = estimated(ends + timedelta(hours=1), estimate, 100)
    issue = an_issue(f"BURN-{number}", points=100, status=DONE, changes=(begun, done, later))
    found = flow(
        [issue],
        a_board(),
        at=ends + timedelta(days=60),
        calendar=CALENDAR,
        histories=Histories(Fields(SPRINT_FIELD, POINTS_FIELD)),
    )
    return found.finished[0]


@cache
def of_days(estimate: int | None, days: int) -> Path:
    return walked(estimate, days)


def test_estimates_that_order_issues_as_time_does_are_accurate() -> None:
    alike = [of_days(points, points + 1) for points in (1, 2, 3, 5, 8)] * 4
    assert accuracy(alike) is not None
    assert accuracy(alike) == replace(accuracy(alike), correlation=pytest.approx(1))  # type: ignore[type-var]
    against = [of_days(points, 9 - points) for points in (1, 2, 3, 5, 8)] * 4
    found = accuracy(against)
    assert found is not None
    assert found.correlation == pytest.approx(-1)
    assert found.sample == 20


def test_the_estimate_counts_that_was_there_as_work_began() -> None:
    assert of_days(3, 4).estimate == 3


def test_of_few_issues_or_of_equal_estimates_nothing_is_said() -> None:
    assert accuracy([of_days(3, 4), of_days(5, 6)] * 9) is None
    assert accuracy([of_days(3, 4), of_days(3, 6)] * 20) is None
    assert accuracy([of_days(None, 4)] * 50) is None


def test_only_the_newest_are_compared() -> None:
    old = [of_days(1, 9), of_days(8, 1)] * 50
    new = [of_days(1, 1), of_days(8, 9)] * 100
    found = accuracy([*old, *new])
    assert found is not None
    assert (found.sample, found.correlation) == (200, pytest.approx(1))


def test_equal_values_share_the_mean_of_their_places() -> None:
    for order in permutations([3, 5, 5, 8]):
        places = dict(zip(order, ranks([Decimal(one) for one in order]), strict=True))
        assert places == {3: 1, 5: 2.5, 8: 4}


@given(st.lists(st.decimals(0, 99, places=1), min_size=1, max_size=30))
def test_ranks_add_up_however_many_are_equal(values: list[Decimal]) -> None:
    found = ranks(values)
    assert sum(found) == pytest.approx(len(values) * (len(values) + 1) / 2)
    ordered = sorted(zip(values, found, strict=True))
    assert [place for _, place in ordered] == sorted(found)


def test_a_sprint_of_the_simulated_team_is_measured_as_its_ledger_says() -> None:
    team = team_history(30, 21)
    last = team.closed[-1]
    assert isinstance(last, Sprint)
    assert last.completed is not None
    health = assess(
        last,
        team.board,
        team.issues,
        now=last.completed,
        calendar=CALENDAR,
        sprint_field=team.fields.sprint or "",
    )
    found = measures(health)
    inside = [issue for issue in health.issues if issue.in_sprint and not issue.is_subtask]
    for shares in (found.types, found.statuses):
        assert sum(one.amount.issues for one in shares) == len(inside)
        assert sum(one.amount.points for one in shares) == sum(issue.points for issue in inside)
    assert len(found.people) > 3
