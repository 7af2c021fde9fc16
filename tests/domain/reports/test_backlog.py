"""The report on a backlog: what it says first, what changed, and that every format takes it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import altair as alt
import pytest

from app.domain.grooming.facts import Children
from app.domain.grooming.health import BacklogHealth, Condition, Earlier, Stood, assess, figures
from app.domain.grooming.ladder import Planned, decide
from app.domain.grooming.review import review
from app.domain.grooming.texts import Description
from app.domain.grooming.wanted import EVERY_CHECK
from app.domain.reports import adf, markdown, wiki_markup
from app.domain.reports.backlog import report
from app.domain.reports.backlog_as_json import figures_as_json, read_figures, summary_as_json, to_json
from app.domain.reports.document import Medium
from app.domain.reports.policy_comment import asked
from tests.domain.grooming.backlogs import NOW, backlog, epic, item, subtask
from tests.domain.grooming.test_ladder import a_policy
from tests.domain.reports import adf_schema
from tests.factories import DONE, IN_PROGRESS, POINTS_FIELD

SITE = "https://burnish.test"


def health(**overrides: Any) -> BacklogHealth:
    """An overdue issue, one in a released version, one without estimate, and ten that are fine."""
    items = [
        item("BURN-1", due=date(2026, 3, 1), assignee="dana"),
        item("BURN-2", fix_versions=("1",), summary="A | *wild* [summary] {x}"),
        item("BURN-3", points=None, status=IN_PROGRESS),
        *(item(f"BURN-{number}") for number in range(10, 20)),
        epic("BURN-900", status=IN_PROGRESS),
    ]
    looked = review(backlog(*items))
    values: dict[str, Any] = {"scope": "The open issues of BURN", "velocity": Decimal(20), **overrides}
    return assess(looked, **values)


def after_a_week() -> BacklogHealth:
    before = health()
    stood = Stood(
        ("overdue", "stale"),
        {"id-BURN-1": 0b01, "id-BURN-10": 0b10, "id-BURN-99": 0b10},
        {"id-BURN-99": "BURN-99"},
    )
    earlier = Earlier(NOW - timedelta(days=7), before.figures, {"overdue": 1, "stale": 2})
    return health(earlier=earlier, stood=stood, trend=((NOW - timedelta(days=7), before.figures),))


def told(of: BacklogHealth) -> str:
    return markdown.render(report(of), base_url="")


def test_the_first_line_says_how_long_what_is_ready_lasts() -> None:
    text = told(health())
    assert "12 issues are ready (36 points): enough for 1.8 sprints at 20 points a sprint." in text
    assert health().condition is Condition.NEEDS_CARE
    assert health(velocity=Decimal(40)).condition is Condition.NOT_READY
    assert "no closed sprint tells" in told(health(velocity=None))


def test_what_needs_something_is_told_by_kind_and_adds_up() -> None:
    issues = [item("BURN-1", due=date(2026, 3, 1)), item("BURN-2"), item("BURN-3")]
    epics = [epic("BURN-900", status=IN_PROGRESS), epic("BURN-901", status=IN_PROGRESS, due=date(2026, 3, 1))]
    open_child = item("BURN-4", parent="id-BURN-902")
    around = [epic("BURN-902", status=DONE)]
    some = [
        subtask("BURN-5", parent="id-BURN-2", due=date(2026, 3, 1)),
        subtask("BURN-6", parent="id-BURN-2"),
    ]
    overdue = [wanted for wanted in EVERY_CHECK if wanted.check.name in {"overdue", "epic_done"}]
    children = {"id-BURN-902": Children(open=1, last_at=NOW)}
    of = backlog(*issues, open_child, *epics, *some, around=around, all_children=children)
    found = figures(review(of, overdue), None)
    assert (found.open_issues, found.epics, found.subtasks) == (4, 2, 2)
    told_of = (found.issues_to_mend, found.epics_to_mend, found.subtasks_to_mend, found.others_to_mend)
    assert told_of == (1, 1, 1, 1)
    assert found.issues_found == sum(told_of)
    text = told(assess(review(of, overdue), scope="BURN", velocity=None))
    assert (
        "4 need something: 1 of 4 open issues, 1 of 2 open epics, 1 of 2 open sub-tasks and "
        "1 beside the backlog (done, or another team's)." in text
    )
    assert "1 of 3 open issues needs something." in told(
        assess(review(backlog(*issues)), scope="", velocity=None)
    )


def test_figures_of_an_earlier_version_are_read_and_shown_as_not_known() -> None:
    stored = summary_as_json(health())
    for name in (
        "epics",
        "subtasks",
        "issues_to_mend",
        "epics_to_mend",
        "subtasks_to_mend",
        "others_to_mend",
    ):
        del stored["figures"][name]
    before = read_figures(stored, POINTS_FIELD)
    assert before is not None
    assert before.epics is None
    earlier = Earlier(NOW - timedelta(days=7), before, {})
    assert "| Open epics | 1 | \u2013 |" in told(health(earlier=earlier))


def test_what_stands_in_many_rows_is_told_there_by_its_title_and_in_full_where_it_is_the_worst() -> None:
    same = Description(characters=400, digest=7, has_criteria=True)
    late = [item(f"BURN-{n}", due=date(2026, 3, 1), description=same) for n in range(1, 7)]
    text = told(assess(review(backlog(*late, item("BURN-8", description=same))), scope="", velocity=None))
    rows = [line for line in text.splitlines() if line.startswith("| BURN-") and "Also: " in line]
    assert [row.split(" | ")[2] for row in rows] == [
        "It was due on 1 Mar 2026, 10 days ago. Also: Still the template."
    ] * 6
    assert "| Its description is the same, word for word, in 7 issues. | Fill the description in." in text


def test_every_column_has_a_heading_and_what_is_left_is_told_in_numbers_that_add_up() -> None:
    late = [item(f"BURN-{n}", due=date(2026, 3, 1)) for n in range(1, 101)]
    page = report(assess(review(backlog(*late)), scope="", velocity=None))
    text = markdown.render(page, base_url="")
    assert "These are the 20 worst of 100. Look at the next 40 in Jira." in text
    assert "|  |" not in "".join(line for line in text.splitlines() if line.startswith("| Issue"))
    few = told(assess(review(backlog(*late[:30])), scope="", velocity=None))
    assert "These are the 20 worst of 30. Look at the other 10 in Jira." in few


def test_what_to_do_comes_first_and_the_gravest_first_of_it() -> None:
    advice = [line for line in told(health()).splitlines() if line.startswith("> - ")]
    assert advice[0].startswith("> - **In progress, in no sprint (1):** BURN-3.") or "Overdue" in advice[0]
    assert any("**Overdue (1):** BURN-1. Do it next" in line for line in advice)


def test_better_and_worse_are_told_apart_from_what_was_closed() -> None:
    text = told(after_a_week())
    assert "**Better: 1 mended** (Stale 1)" in text
    assert "1 finding went with 1 issue now closed" in text
    assert "**Worse: " in text
    assert "Overdue 1" not in text.split("Worse: ")[1].split("\n")[0]


def test_proposals_tell_the_command_that_accepts_them() -> None:
    assert "Take fix version 1.9 away" in told(health())
    assert "burnish grooming accept --board 1 released_version BURN-2" in told(health())


def test_a_backlog_without_findings_says_so() -> None:
    fine = assess(review(backlog(item())), scope="BURN", velocity=Decimal(1))
    assert fine.condition is Condition.IN_SHAPE
    assert "Nothing was found on 1 open issue." in told(fine)
    assert "Nothing to mend." in told(fine)


def test_an_empty_backlog_is_told() -> None:
    text = told(assess(review(backlog()), scope="No open issues", velocity=None))
    assert "0 issues are ready" in text


def test_every_format_takes_it_and_stays_below_jiras_limit() -> None:
    late = date(2026, 1, 1)
    many = [item(f"BURN-{n}", due=late, summary="x" * 250, assignee="dana") for n in range(1, 400)]
    large = assess(review(backlog(*many)), scope="BURN", velocity=Decimal(5))
    for one in (health(), after_a_week(), large):
        said = report(one)
        written = wiki_markup.render(wiki_markup.fit(said, wiki_markup.LIMIT, base_url=SITE), base_url=SITE)
        assert len(written) <= wiki_markup.LIMIT
        document = adf.render(adf.fit(said, adf.LIMIT, base_url=SITE), base_url=SITE)
        schema = adf_schema.validator()
        if schema is not None:
            schema.validate(document)


def test_charts_are_understood_by_vega_lite_and_need_two_reports() -> None:
    assert report(health()).pictures(Medium.PAGE) == ()
    second = report(after_a_week())
    pictures = [*second.pictures(Medium.PAGE), *second.pictures(Medium.COMMENT)]
    assert [picture.name for picture in pictures] == ["to-mend", "ready", "backlog"]
    for picture in pictures:
        whole = alt.HConcatChart if "hconcat" in picture.spec else alt.LayerChart
        assert whole.from_dict(dict(picture.spec), validate=True)


def test_figures_are_read_back_from_a_stored_report() -> None:
    one = health()
    assert read_figures(summary_as_json(one), POINTS_FIELD) == one.figures == figures(one.review, Decimal(20))
    assert read_figures({"figures": {"open_issues": 3}}, POINTS_FIELD) is None
    assert figures_as_json(one.figures)["ready_sprints"] == 1.8


def test_json_has_every_finding_with_what_it_proposes() -> None:
    findings = to_json(health())["findings"]
    (released,) = [one for one in findings if one["check"] == "released_version"]
    assert [one["kind"] for one in released["proposal"]["effects"]] == ["edit_issue"]
    assert released["reason"] == "It is planned for 1.9, which was released on 1 Feb 2026."


def test_policies_are_told_with_what_comes_next() -> None:
    ladder = [{"step": "comment", "text": "Why?"}, {"step": "label", "after": "2w", "label": "x"}]
    policy = a_policy(mode="shadow", ladder=ladder)
    looked = review(backlog(item(priority=None)))
    plan = decide(policy, looked, {})
    with_policy = replace(health(), policies=(Planned(policy, plan),))
    assert "**SHADOW**: 1 issue would be commented on: BURN-1." in told(with_policy)
    alone = a_policy(mode="live", ladder=ladder, trigger={"type": "sprint_entered"})
    elsewhere = told(replace(health(), policies=(Planned(alone, plan),)))
    run = "**LIVE**, run when an issue enters a sprint, and once a day, not here"
    assert f"{run}: 1 issue would be commented on: BURN-1." in elsewhere
    comment = markdown.render(asked(policy, plan.takes[0]), base_url="")
    assert "Why?" in comment
    assert "If nothing happens: in 14 days the label x." in comment
    assert "/snooze 30d" in comment
    for roles, says in (
        (["Leads", "Owners"], "Both count from people with the role Leads or Owners."),
        ({"keep": ["Leads"]}, "/keep counts from people with the role Leads."),
    ):
        commanded = a_policy(mode="shadow", ladder=ladder, command_roles=roles)
        assert says in markdown.render(asked(commanded, plan.takes[0]), base_url="")
    assert "with the role" not in comment


@pytest.mark.parametrize("style", [markdown.render, wiki_markup.render])
def test_what_people_wrote_is_never_markup(style: Any) -> None:
    assert "A | *wild*" not in style(report(health()), base_url=SITE)
