"""What the sprint health report says, and that every rendering of it is sound."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.reports import adf, markdown, wiki_markup
from app.domain.reports.document import Report
from app.domain.reports.sprint_health import report
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import Issue
from app.domain.sprint_health.health import SprintHealth
from tests.domain import assessed
from tests.domain.reports import adf_schema
from tests.factories import (
    DONE,
    END,
    FLAG_FIELD,
    IN_PROGRESS,
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

SITE = "https://burnish.example"
HOSTILE = (
    "h1. {code}*x*{code} [~admin] !http://evil/x.png! | \\\\ <img src=x> ```rm``` \u202e\x00\n# (x) 💥" * 9
)


def a_team() -> list[Issue]:
    flag = a_change(FLAG_FIELD, day(4), None, "Impediment")
    return [
        an_issue(
            "BURN-1", status=DONE, points=5, changes=(moved(day(3), TO_DO, DONE), estimated(day(4), 3, 5))
        ),
        an_issue("BURN-2", points=8, changes=(sprint_changed(day(4), "", "7"),)),
        an_issue("BURN-3", sprints=(), changes=(sprint_changed(day(5), "7", ""),)),
        an_issue("BURN-4", status=IN_PROGRESS, flagged=True, sprints={5, 6, 7}, changes=(flag,)),
        an_issue("BURN-5", points=None),
        an_issue("BURN-6", is_subtask=True),
    ]


def health_of(*issues: Issue, **arguments: Any) -> SprintHealth:
    return assessed.health_of(*(issues or a_team()), **{"flag_field": FLAG_FIELD, **arguments})


def many_issues(count: int, summary: str = "A summary of usual length, as people write them") -> list[Issue]:
    return [
        an_issue(f"BURN-{n}", summary=summary, status=DONE, changes=(moved(day(3), TO_DO, DONE),))
        for n in range(1, count + 1)
    ]


def hostile() -> SprintHealth:
    sprint = a_sprint(name=HOSTILE, goal=HOSTILE)
    board = a_board(name=HOSTILE, estimation_name=HOSTILE)
    return health_of(an_issue(summary=HOSTILE, status_name=HOSTILE), sprint=sprint, board=board)


EXAMPLES = {
    "running": health_of,
    "closed": lambda: health_of(sprint=a_sprint(completed=END), now=END + timedelta(days=1)),
    "without issues": lambda: health_of(an_issue(sprints=())),
    "counting issues": lambda: health_of(board=a_board(estimation_field=None)),
    "without planned end": lambda: health_of(sprint=a_sprint(end=None, goal="")),
    "all done": lambda: health_of(an_issue(status=DONE, changes=(moved(day(3), TO_DO, DONE),))),
    "no summary": lambda: health_of(an_issue(summary="", status_name="")),
    "incomplete": lambda: health_of(an_issue(history_complete=False)),
    "hostile": hostile,
    "large": lambda: health_of(*many_issues(300, HOSTILE)),
}


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(inner for child in node.get("content", []) for inner in nodes(child))]


@pytest.mark.parametrize("example", EXAMPLES)
def test_adf_is_what_atlassians_schema_allows(example: str) -> None:
    schema = adf_schema.validator()
    if schema is None:
        pytest.skip("Atlassian's schema is not here")
    said = adf.fit(report(EXAMPLES[example]()), base_url=SITE)
    schema.validate(adf.render(said, base_url=SITE))


@pytest.mark.parametrize("example", EXAMPLES)
def test_adf_has_no_empty_text_and_is_short_enough_for_jira(example: str) -> None:
    document = adf.render(adf.fit(report(EXAMPLES[example]()), base_url=SITE), base_url=SITE)
    assert len(json.dumps(document)) <= 32_767
    assert all(node["text"] for node in nodes(document) if node["type"] == "text")


@pytest.mark.parametrize("count", [0, 1, 20, 1000])
def test_a_report_that_is_too_long_loses_rows_and_says_how_many_but_keeps_every_number(count: int) -> None:
    health = health_of(an_issue("BURN-9999"), *many_issues(count))
    whole = report(health)
    short = adf.fit(whole, base_url=SITE)
    assert adf.size(short, base_url=SITE) <= adf.LIMIT
    assert numbers(short) == numbers(whole)
    text = markdown.render(short)
    assert ("more (all issues)" in text) == (count == 1000)
    assert f"{3 * count + 3} committed" in text


def numbers(said: Report) -> str:
    text = markdown.render(said)
    return text[: text.index("#### Issues")]


def test_a_short_report_is_not_touched() -> None:
    said = report(health_of())
    assert adf.fit(said, base_url=SITE) is said


def test_receipts_give_way_before_issues() -> None:
    said = report(health_of(*many_issues(30)))
    short = adf.fit(said, base_url=SITE)
    text = markdown.render(short)
    issues, receipts = text.split("#### Receipts")
    assert "BURN-30 |" in issues
    assert "more" in receipts


def test_wiki_markup_is_short_enough_for_jira() -> None:
    said = wiki_markup.fit(report(health_of(*many_issues(2000))), base_url=SITE)
    assert len(wiki_markup.render(said, base_url=SITE)) <= wiki_markup.LIMIT


def test_no_text_of_a_person_becomes_wiki_markup() -> None:
    markup = wiki_markup.render(report(hostile()), base_url=SITE)
    for smuggled in ("{code}", "[~", "!http", "\\\\", "\u202e", "\x00"):
        assert smuggled not in markup.replace("\\{", "").replace("\\[", "").replace("\\!", "")
    assert not re.search(r"(^|\|)h1\.", markup, flags=re.MULTILINE)


def test_no_text_of_a_person_becomes_markdown() -> None:
    text = markdown.render(report(hostile()))
    assert "\\<img src=x\\>" in text
    assert "\\`\\`\\`rm" in text
    row = next(line for line in text.splitlines() if line.startswith("| BURN-1 |"))
    assert row.replace("\\|", "").count("|") == 6


def test_the_first_words_are_the_verdict_and_what_to_do_today() -> None:
    text = markdown.render(report(health_of()))
    panel = [line for line in text.splitlines() if line.startswith(">")]
    assert panel[0] == (
        "> **AT RISK** **21 % of the work is done, 50 % of the time is gone (5 working days left).**"
    )
    assert "> - Unblock BURN-4, blocked since 5 Mar." in panel


def test_a_closed_sprint_that_is_to_be_looked_at_again_says_at_what() -> None:
    flag = a_change(FLAG_FIELD, day(4), None, "Impediment")
    done = (moved(day(3), TO_DO, DONE),)
    most = [an_issue(f"BURN-{n}", status=DONE, points=8, changes=done) for n in (1, 2)]
    hidden = an_issue("BURN-8", status=UNMAPPED, points=1)
    stopped = an_issue("BURN-9", flagged=True, changes=(flag,), points=1)
    closed = {"sprint": a_sprint(completed=END), "now": END + timedelta(days=1)}
    for issue, said in (
        (stopped, "> - Carried over while blocked, so unblock first: BURN-9."),
        (hidden, "> - Show BURN-8 on the board: their status has no column."),
    ):
        text = markdown.render(report(health_of(*most, issue, **closed)))
        assert "> **LOOK AGAIN**" in text
        assert said in text.splitlines()
        assert "Nothing to look at again" not in text


def test_the_ledger_is_printed_as_a_sum_that_anybody_can_check() -> None:
    text = markdown.render(report(health_of()))
    assert "9 committed + 8 added - 3 removed + 0 re-estimated = 14 = 3 completed + 11 remaining." in text


def test_an_issues_row_tells_its_story_worst_first() -> None:
    text = markdown.render(report(health_of()))
    assert (
        "| BURN-4 | Summary of BURN-4 | **IN PROGRESS** | 3 | blocked since 5 Mar; carried over 2\u00d7 |"
        in text
    )
    assert "| BURN-3 | Summary of BURN-3 | **TO DO** | 3 | removed to the backlog (3) on 6 Mar |" in text


def test_differences_to_jiras_sums_are_explained_issue_by_issue() -> None:
    text = markdown.render(report(health_of()))
    assert "completed 5 there, 3 here." in text
    assert "- BURN-1: completed 5 there, 3 here: its estimate was changed after it was done" in text


def test_the_footer_says_what_the_numbers_rest_on() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    text = markdown.render(report(health_of(calendar=berlin)))
    assert "As of 2026-03-07 13:00 UTC+01:00. Board Burnish board, estimated by Story Points." in text
    assert "Computed from 6 issues and 5 changes" in text


def test_numbers_from_incomplete_histories_say_so() -> None:
    text = markdown.render(report(EXAMPLES["incomplete"]()))
    assert "These numbers rest on incomplete data" in text


def test_links_lead_to_the_site() -> None:
    said = report(health_of())
    assert f"[BURN-4]({SITE}/browse/BURN-4)" in markdown.render(said, base_url=f"{SITE}/")
    assert f"{SITE}/browse/BURN-4" in json.dumps(adf.render(said, base_url=SITE))


@pytest.mark.parametrize("example", EXAMPLES)
def test_json_is_plain_and_its_ledger_closes(example: str) -> None:
    told = json.loads(json.dumps(to_json(EXAMPLES[example]()), allow_nan=False))
    ledger = told["ledger"]
    left = ledger["commitment"]["points"] + ledger["added"]["points"] - ledger["removed"]["points"]
    left += ledger["re_estimated"]["points"]
    lines = ("burned", "remaining", "completed_then_removed")
    assert ledger["closes"] is True
    assert left == sum(ledger[line]["points"] for line in lines)


def test_json_carries_receipts_down_to_jiras_history_entry() -> None:
    told = to_json(health_of())
    (receipt,) = told["ledger"]["added"]["receipts"]
    assert receipt == {
        "key": "BURN-2",
        "at": "2026-03-05T12:00:00Z",
        "event": "entered",
        "points": 8,
        "history_id": int(day(4).timestamp() * 1000),
    }
    assert told["jira"]["removed"][0]["key"] == "BURN-3"


def test_json_numbers_are_whole_where_they_can_be() -> None:
    told = to_json(health_of(an_issue("BURN-1", points="3.0"), an_issue("BURN-2", points="0.5")))
    points = [issue["points"] for issue in told["issues"]]
    assert points == [3, 0.5]
    assert isinstance(points[0], int)
    assert told["ledger"]["commitment"]["points"] == float(Decimal("3.5"))


def test_the_schema_test_would_notice_a_document_that_jira_refuses() -> None:
    schema = adf_schema.validator()
    if schema is None:
        pytest.skip("Atlassian's schema is not here")
    empty_text = {"type": "paragraph", "content": [{"type": "text", "text": ""}]}
    assert not schema.is_valid({"version": 1, "type": "doc", "content": [empty_text]})
    table_in_panel = {
        "type": "panel",
        "attrs": {"panelType": "info"},
        "content": [{"type": "table", "content": []}],
    }
    assert not schema.is_valid({"version": 1, "type": "doc", "content": [table_in_panel]})
