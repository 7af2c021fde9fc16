"""What the reports say of who has how much and what kind of work it is, and where they keep quiet."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.reports import adf, markdown, page, sprint_end, sprint_middle, sprint_start, wiki_markup
from app.domain.reports.measures import estimates
from app.domain.reports.sprint_health import report
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.issue import Issue
from app.domain.scrum.priorities import Priority
from app.domain.scrum.restricted import masked
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.measures import Accuracy
from tests.domain.reports import adf_schema
from tests.domain.reports.test_outlook import of_the_team
from tests.domain.reports.test_sprint_health import HOSTILE, health_of
from tests.factories import (
    DONE,
    END,
    START,
    TO_DO,
    a_board,
    a_sprint,
    an_issue,
    day,
    moved,
    sprint_changed,
)

SITE = "https://burnish.example"
LOAD, KIND = "Who has how much, in points (issues)", "What kind of work it is, and other measures"


def a_team() -> list[Issue]:
    hidden = masked(an_issue("BURN-6", assignee="Eve", restricted=True), ())
    done = (moved(day(3), TO_DO, DONE), moved(day(4), DONE, TO_DO), moved(day(5), TO_DO, DONE))
    return [
        an_issue("BURN-1", points=5, assignee="Ana", status=DONE, changes=done),
        an_issue("BURN-2", assignee="Ben", type_name="Bug", created=day(3), priority="1"),
        an_issue("BURN-3", points=None),
        an_issue("BURN-4", points=2, assignee="Ana", changes=(sprint_changed(day(4), "", "7"),)),
        hidden,
    ]


def a_health() -> SprintHealth:
    return replace(health_of(*a_team()), priorities=(Priority("1", "Sofort"), Priority("2", "Egal")))


def test_a_table_says_who_has_how_much_and_names_nobody_for_restricted_issues() -> None:
    text = markdown.render(report(a_health()), base_url=SITE)
    table = text[text.index(LOAD) :]
    assert "| Person | Committed | Added | Removed | Done | Left |" in table
    assert "| Ben | 0 | 3 (1) | 0 | 0 | 3 (1) |" in table
    assert "| Ana | 5 (1) | 2 (1) | 0 | 5 (1) | 2 (1) |" in table
    assert "| on restricted issues | 3 (1) | 0 | 0 | 0 | 3 (1) |" in table
    assert "| nobody | 0 (1) | 0 | 0 | 0 | 0 (1) |" in table
    assert "A restricted issue with 3 points is counted in the totals only." in text
    assert "Eve" not in text


def test_kinds_of_work_and_facts_follow() -> None:
    text = markdown.render(report(a_health()), base_url="")
    told = text[text.index(KIND) :]
    for line in (
        "- Nobody has BURN-3.",
        "- Reopened: BURN-1.",
        "- Defects raised since its start: BURN-2.",
        "- Types: Story 3 (7 points, 1 done); Bug 1 (3 points).",
        "- Priorities: Sofort 1 (3 points); none 3 (7 points, 1 done).",
        "- Statuses: To Do 3 (5 points); Done 1 (5 points).",
    ):
        assert line in told


def test_where_nobody_has_anything_there_is_no_such_table() -> None:
    assert LOAD not in markdown.render(report(health_of(an_issue())))
    assert KIND not in markdown.render(report(health_of(an_issue(sprints=()))))


def test_a_board_that_counts_issues_tells_numbers_alone() -> None:
    text = markdown.render(report(health_of(*a_team(), board=a_board(estimation_field=None))))
    assert "Who has how much, in issues" in text
    assert "| Ana | 1 | 1 | 0 | 1 | 1 |" in text
    assert "- Types: Story 3 (1 done); Bug 1." in text


def test_numbers_with_counts_stand_right_on_the_page() -> None:
    html = page.render(report(a_health()), base_url=SITE)
    assert '<td class="number" data-title="Left">3 (1)</td>' in html


def test_punctuality_is_asked_about_at_the_end_and_nobody_is_named() -> None:
    friday, wednesday = START - timedelta(days=3), END + timedelta(days=5)
    sprint = a_sprint(start=friday, activated=START, completed=wednesday)
    text = markdown.render(sprint_end.report(health_of(*a_team(), sprint=sprint, now=wednesday)))
    asked = "What kept us, or what drove us?"
    assert f"- **Started 1 working day after the start that was set.** {asked}" in text
    assert f"- **Closed 3 working days after its planned end.** {asked}" in text
    assert LOAD not in text
    assert not {"Ana", "Ben"} & set(text.replace("|", " ").split())


def test_a_punctual_sprint_is_not_asked_about() -> None:
    text = markdown.render(sprint_end.report(health_of(sprint=a_sprint(completed=END), now=END)))
    assert "What kept us" not in text
    assert "When do we plan?" not in text


def test_an_empty_start_is_told_at_the_start_and_at_the_end() -> None:
    came = an_issue("BURN-4", changes=(sprint_changed(day(4), "", "7"),))
    start = markdown.render(sprint_start.report(health_of(came)))
    assert "> - Plan it now: nothing was in the sprint at its start, so nothing was promised." in start
    end = markdown.render(sprint_end.report(health_of(came, sprint=a_sprint(completed=END), now=END)))
    assert "- **Nothing was in it at its start.** When do we plan?" in end
    assert "Plan it now" not in markdown.render(sprint_start.report(health_of()))


@pytest.mark.parametrize(
    ("correlation", "says", "asks"),
    [
        (0.72, "Issues with a larger estimate took longer", False),
        (0.41, "Issues with a larger estimate took somewhat longer", False),
        (0.08, "Estimates told little of how long work took", True),
    ],
)
def test_estimates_are_held_against_the_time_that_work_took(
    correlation: float, says: str, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Accuracy(correlation, 120)
    told = estimates(found)
    assert told.startswith(says)
    assert f"rank correlation {correlation:.2f} over the last 120 finished issues" in told
    monkeypatch.setattr("app.domain.sprint_health.measures.accuracy", lambda _: found)
    text = markdown.render(sprint_end.report(of_the_team()))
    retrospective = text[text.index("For the retrospective") :].split("#### ")[0]
    assert (says in retrospective) is asks


def test_for_machines_people_have_together_what_the_ledger_has() -> None:
    found = json.loads(json.dumps(to_json(of_the_team())))
    for line, figure in (
        ("committed", "commitment"),
        ("added", "added"),
        ("removed", "removed"),
        ("done", "burned"),
        ("left", "remaining"),
    ):
        for what in ("points", "issues"):
            each = [one[line][what] for one in found["measures"]["people"]]
            assert sum(each) == pytest.approx(found["ledger"][figure][what])
    accuracy = found["measures"]["estimate_accuracy"]
    assert accuracy["sample"] == 200
    assert -1 <= accuracy["correlation"] <= 1


def test_for_machines_restricted_issues_have_no_person() -> None:
    people = to_json(a_health())["measures"]["people"]
    assert [(one["person"], one["restricted"]) for one in people] == [
        ("Ben", False),
        ("Ana", False),
        (None, False),
        (None, True),
    ]


def test_jira_takes_it_on_both_editions() -> None:
    health = health_of(*a_team())
    people = [an_issue(f"BURN-{n}", assignee=f"{HOSTILE} {n}", points=Decimal(n)) for n in range(50)]
    for made in (report, sprint_middle.report, sprint_start.report):
        for one in (health, health_of(*people)):
            said = adf.fit(made(one), base_url=SITE)
            document = adf.render(said, base_url=SITE)
            assert adf.size(said, base_url=SITE) <= adf.LIMIT
            validator = adf_schema.validator()
            assert validator is None or not list(validator.iter_errors(document))
            short = wiki_markup.fit(made(one), base_url=SITE)
            assert len(wiki_markup.render(short, base_url=SITE)) <= wiki_markup.LIMIT
