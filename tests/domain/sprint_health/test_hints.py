"""Habits that a sprint shows, told where they are crossed and nowhere else."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow.path import Policy
from app.domain.reports import markdown, sprint_end, sprint_health, sprint_start
from app.domain.scrum.issue import ASSIGNEE, PRIORITY, Issue
from app.domain.scrum.priorities import Priority, high
from app.domain.scrum.restricted import masked
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict
from app.domain.sprint_health.hints import committed_too_little, low_priorities, one_person
from app.domain.sprint_health.outlook import look_ahead
from app.domain.sprint_health.velocity import Velocity, velocity
from tests.domain.assessed import health_of
from tests.domain.sprint_health.test_velocity import a_result
from tests.factories import (
    DONE,
    END,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    an_issue,
    day,
    moved,
    sprint_changed,
)

LIMIT = Decimal("0.3")
OF_THE_SITE = tuple(Priority(str(n), name) for n, name in enumerate(("Sofort", "Bald", "Egal", "Nie"), 1))


def added(number: int, who: str | None, points: float | None = 3, **more: Any) -> Issue:
    change = sprint_changed(day(3), "", "7")
    return an_issue(f"BURN-{number}", assignee=who, points=points, **{"changes": (change,), **more})


def planned(number: int, who: str | None, **more: Any) -> Issue:
    return an_issue(f"BURN-{number}", assignee=who, **more)


TEAM = [planned(90 + place, who) for place, who in enumerate(("Ana", "Ben", "Cleo", "Dan", "Eve"))]


def told_of(*issues: Issue, running: bool = True) -> Signal:
    return one_person(health_of(*issues).issues, running=running, limit=LIMIT)


def test_one_with_most_of_what_was_added_is_named_with_what_is_left_of_it() -> None:
    one = added(1, "Ana", status=DONE, changes=(sprint_changed(day(3), "", "7"), moved(day(4), TO_DO, DONE)))
    came = (added(number, who) for number, who in ((2, "Ana"), (3, "Ana"), (4, "Ben"), (5, "Cleo")))
    signal = told_of(*TEAM, one, *came)
    assert signal.hint
    assert signal.level is Verdict.ON_TRACK
    assert (signal.value, signal.threshold, signal.keys) == (Decimal("0.6"), LIMIT, ("BURN-2", "BURN-3"))
    assert signal.fact == "Ana has 60 % of what was added since the start: 3 of 5 issues."


@pytest.mark.parametrize(
    "came",
    [
        (("Ana", 3), ("Ben", 3), ("Cleo", 3)),  # of three, somebody always has a third
        (("Ana", 3), ("Ana", 3), ("Ben", 3)),  # that is chance
        (("Ana", 13), ("Ben", 3), ("Cleo", 3), ("Dan", 3)),  # one issue is large
        (("Ana", 3), ("Ben", 3), ("Cleo", 3), ("Dan", 3)),
        ((None, 3), (None, 3), (None, 3), ("Ana", 3)),
    ],
)
def test_what_says_nothing_of_a_person_is_not_told(came: tuple[tuple[str | None, int], ...]) -> None:
    issues = [added(number, who, points) for number, (who, points) in enumerate(came, 1)]
    assert not told_of(*TEAM, *issues).hint


def test_two_people_share_evenly_with_half_each() -> None:
    came = [added(number, who) for number, who in enumerate(("Ana", "Ana", "Ben", "Ben", "Ana"), 1)]
    assert told_of(*came).threshold == Decimal("0.75")
    assert not told_of(*came).hint
    assert told_of(*came, *[added(number, "Ana") for number in range(6, 13)]).hint


def test_points_count_and_issues_where_nothing_is_estimated() -> None:
    large = [added(1, "Ana", 8), added(2, "Ana", 8), added(3, "Ben", 1), added(4, "Cleo", 1)]
    assert told_of(*TEAM, *large).value == Decimal(16) / 18
    unsized = [added(number, who, None) for number, who in enumerate(("Ana", "Ana", "Ben", "Cleo"), 1)]
    assert told_of(*TEAM, *unsized).value == Decimal("0.5")


def test_nobody_is_named_once_nothing_can_be_shared_out_any_more() -> None:
    came = (sprint_changed(day(3), "", "7"), moved(day(4), TO_DO, DONE))
    done = [added(number, "Ana", status=DONE, changes=came) for number in (1, 2, 3, 4)]
    assert not told_of(*TEAM, *done).hint
    assert not told_of(*TEAM, *[added(number, "Ana") for number in (1, 2, 3, 4)], running=False).hint


def test_of_restricted_issues_nobody_has_any() -> None:
    hidden = [masked(replace(added(number, "Ana"), restricted=True), ()) for number in range(1, 9)]
    assert told_of(*TEAM, *hidden).value is None


def test_who_has_it_is_who_had_it_then() -> None:
    given_away = a_change(ASSIGNEE, day(7), "a", "b", before_text="Ana", after_text="Ben")
    came = sprint_changed(day(3), "", "7")
    issues = [added(number, "Ben", changes=(came, given_away)) for number in (1, 2, 3, 4)]
    assert told_of(*TEAM, *issues).fact.startswith("Ana has 100 %")
    later = health_of(*TEAM, *issues, now=day(8))
    assert one_person(later.issues, running=True, limit=LIMIT).fact.startswith("Ben has 100 %")


PEOPLE = st.sampled_from([None, "Ana", "Ben", "Cleo", "Dan", "Eve", "Fay"])


@given(
    st.lists(st.tuples(PEOPLE, st.integers(0, 8)), max_size=12),
    st.lists(PEOPLE, max_size=8),
    st.integers(1, 99),
)
def test_it_is_told_exactly_where_the_share_is_neither_even_nor_small(
    came: list[tuple[str | None, int]], there: list[str | None], hundredths: int
) -> None:
    limit = Decimal(hundredths) / 100
    issues = [added(number, who, points) for number, (who, points) in enumerate(came, 1)]
    issues += [planned(number, who) for number, who in enumerate(there, 50)]
    signal = one_person(health_of(*issues).issues, running=True, limit=limit)

    team = {who for who in [*there, *(who for who, _ in came)] if who}
    has_points = any(points for _, points in came)
    whole = sum(points for _, points in came) if has_points else len(came)
    shares: Counter[str] = Counter()
    for who, points in came:
        if who:
            shares[who] += points if has_points else 1
    most = [who for who in shares if shares[who] == max(shares.values())]
    least = max(limit, Decimal("1.5") / min(len(team), len(came))) if team and came else limit
    beyond = [who for who in most if Decimal(shares[who]) / whole > least]
    spoken = [who for who in beyond if sum(who == one for one, _ in came) >= 3]
    assert signal.hint == bool(spoken) or len(most) > 1
    if signal.hint:
        assert signal.fact.split(" has ")[0] in most


def sprints(*pairs: tuple[int, int]) -> Velocity:
    return velocity(
        replace(a_result(number, completed), commitment=Decimal(committed))
        for number, (committed, completed) in enumerate(pairs, 1)
    )


MORE, LESS, EMPTY = (20, 25), (20, 20), (0, 25)


@pytest.mark.parametrize(
    ("past", "row", "hint"),
    [
        ((MORE, MORE, MORE), 3, True),
        ((LESS, MORE, MORE), 2, False),
        ((MORE, MORE, MORE, LESS), 0, False),
        ((MORE, MORE, EMPTY, MORE), 1, False),
        ((), 0, False),
    ],
)
def test_a_team_that_commits_too_little_three_times_running_is_told(
    past: tuple[tuple[int, int], ...], row: int, hint: bool
) -> None:
    signal = committed_too_little(health_of(an_issue()), sprints(*past), limit=3)
    assert (signal.value, signal.hint, signal.level) == (row, hint, Verdict.ON_TRACK)


def test_nothing_is_said_of_a_sprint_that_is_full_already() -> None:
    full = [an_issue(f"BURN-{number}", points=13) for number in (1, 2)]
    assert not committed_too_little(health_of(*full), sprints(MORE, MORE, MORE), limit=3).hint


def test_the_sprint_that_was_closed_is_one_of_them() -> None:
    came = added(2, "Ana", status=DONE, changes=(sprint_changed(day(3), "", "7"), moved(day(4), TO_DO, DONE)))
    done = an_issue(status=DONE, changes=(moved(day(3), TO_DO, DONE),))
    closed = health_of(done, came, sprint=a_sprint(completed=END), now=END)
    assert committed_too_little(closed, sprints(MORE, MORE), limit=3).hint
    kept = health_of(done, sprint=a_sprint(completed=END), now=END)
    assert not committed_too_little(kept, sprints(MORE, MORE, MORE), limit=3).hint


def with_priorities(*ids: str | None, site: tuple[Priority, ...] = OF_THE_SITE) -> SprintHealth:
    issues = [an_issue(f"BURN-{number}", priority=one) for number, one in enumerate(ids, 1)]
    return replace(health_of(*issues), priorities=site)


@pytest.mark.parametrize(
    ("ids", "value", "hint"),
    [
        ("1333", "0.25", True),
        ("1233", "0.5", False),
        ("3334", "0", True),
        ("3333", "0", False),  # all the same: the team does not use them
        ("334", "0", False),  # of three issues one is a third already
        ("", None, False),
        ("89", None, False),  # the site has no such priority any more
    ],
)
def test_few_issues_of_high_priority_are_told_by_the_sites_order(
    ids: str, value: str | None, hint: bool
) -> None:
    signal = low_priorities(with_priorities(*ids), limit=LIMIT)
    assert (signal.value, signal.hint) == (value and Decimal(value), hint)


def test_priorities_that_were_not_read_say_nothing() -> None:
    assert low_priorities(with_priorities("1", "2", "3", "3", site=()), limit=LIMIT).value is None


@pytest.mark.parametrize(("number", "upper"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_high_is_the_upper_half_without_the_middle(number: int, upper: int) -> None:
    site = [Priority(str(place), "") for place in range(number)]
    assert list(high(site)) == site[:upper]


def test_a_priority_is_that_of_the_instant() -> None:
    raised = a_change(PRIORITY, day(8), "3", "1")
    issues = [an_issue(f"BURN-{n}", priority="1", changes=(raised,)) for n in (1, 2, 3)]
    issues.append(an_issue("BURN-4", priority="4"))
    health = replace(health_of(*issues, now=day(6)), priorities=OF_THE_SITE)
    assert low_priorities(health, limit=LIMIT).value == 0
    later = replace(health_of(*issues, now=day(9)), priorities=OF_THE_SITE)
    assert low_priorities(later, limit=LIMIT).value == Decimal("0.75")


def crossed_all(**sprint: Any) -> SprintHealth:
    """A sprint that is on track, with every hint crossed."""
    issues = [added(number, "Ana", priority="3") for number in (1, 2, 3)]
    issues += [added(4, "Ben", priority="4"), *TEAM]
    one = a_sprint(**sprint)
    health = replace(health_of(*issues, sprint=one, now=day(4)), priorities=OF_THE_SITE)
    board, policy = a_board(), Policy()
    seen = look_ahead(health, one, board, issues, [], sprint_field=SPRINT_FIELD, policy=policy)
    assert seen.outlook is not None
    hints = [
        replace(one, hint=True) if one.name is SignalName.COMMITTED_TOO_LITTLE else one
        for one in seen.signals
    ]
    return replace(
        seen, signals=tuple(hints), outlook=replace(seen.outlook, velocity=sprints(MORE, MORE, MORE))
    )


def test_a_hint_leaves_the_verdict_alone_and_stands_last() -> None:
    health = replace(crossed_all(), signals=())
    assert {one.name for one in crossed_all().signals if one.hint} == {
        SignalName.ONE_PERSON,
        SignalName.COMMITTED_TOO_LITTLE,
        SignalName.LOW_PRIORITIES,
    }
    hint = next(one for one in crossed_all().signals if one.name is SignalName.ONE_PERSON)
    health = replace(health, signals=(hint,), verdict=Verdict.ON_TRACK)
    text = markdown.render(sprint_health.report(health))
    said = [line for line in text.splitlines() if line.startswith(">")]
    assert said[0].startswith("> **ON TRACK**")
    assert said[-1] == (
        "> - Share out what came in: Ana has 75 % of what was added since the start (BURN-1, BURN-2, BURN-3)."
    )


def test_what_helps_nobody_before_the_next_planning_is_told_there() -> None:
    health = crossed_all()
    daily = markdown.render(sprint_health.report(health))
    start = markdown.render(sprint_start.report(health))
    for words in (
        "Take more in as soon as there is room: ",
        "whether this is what matters most: none of the issues has priority ",
    ):
        assert words in start
        assert words not in daily


def test_at_the_end_they_are_for_the_next_sprint_and_name_nobody() -> None:
    closed = crossed_all(completed=END)
    closed = replace(closed, timing=replace(closed.timing, closed_at=END))
    signals = [replace(one, level=Verdict.ON_TRACK) for one in closed.signals]
    text = markdown.render(sprint_end.report(replace(closed, signals=tuple(signals))))
    assert "Commit to more next time: " in text
    assert "Ana" not in text.split("#### ")[0]


def test_hints_are_in_the_order_of_what_can_be_done() -> None:
    names = [one.name for one in crossed_all().signals][-3:]
    assert names == [SignalName.ONE_PERSON, SignalName.COMMITTED_TOO_LITTLE, SignalName.LOW_PRIORITIES]


def test_a_day_before_anything_was_added_nobody_has_any_of_it() -> None:
    health = health_of(*TEAM, added(1, "Ana"), now=day(2) - timedelta(hours=1))
    signal = one_person(health.issues, running=True, limit=LIMIT)
    assert signal.fact == "0 issues added since the start, none of them with anybody."
