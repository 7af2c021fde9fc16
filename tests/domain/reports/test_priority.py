"""What the report on priority says of an order, and where there is none."""

from typing import Any

from app.domain.grooming.priority import Scoring, rank
from app.domain.reports import markdown
from app.domain.reports.priority import BacklogPriority, report
from tests.domain.grooming.backlogs import ago, backlog, item
from tests.domain.grooming.test_priority import RICE


def told(*values: dict[str, Any]) -> str:
    items = [
        item(f"BURN-{number}", rank=str(number), fields=fields, created=ago(10))
        for number, fields in enumerate(values, 1)
    ]
    found = backlog(*items)
    return markdown.render(report(BacklogPriority(found, rank(found, Scoring("rice", RICE, {})))))


def of(reach: int) -> dict[str, Any]:
    return {"Reach": reach, "Impact": 1, "Confidence": 1, "Effort": 1}


def test_what_stands_too_high_is_told_once_for_each_issue_that_waits_below() -> None:
    text = told(of(1), of(2), of(3), of(9), of(4), of(5))
    (high,) = [part for part in text.split("#### ") if part.startswith("What stands too high")]
    assert [line for line in high.splitlines() if line.startswith("- ")] == [
        (
            "- BURN-1 (1) is number 1, above BURN-4 (9), which is number 4: reach 1 against 9. "
            "2 more issues are above it, too."
        ),
        "- BURN-5 (4) is number 5, above BURN-6 (5), which is number 6: reach 4 against 5.",
    ]


def test_an_issue_without_a_score_says_what_it_lacks_beside_what_it_has() -> None:
    text = told(of(1), {"Reach": 7, "Effort": 2})
    assert "| 2 | 2 | 0 | none | effort 2, reach 7, no confidence, no impact |" in text


def test_where_nothing_has_a_score_the_page_says_why_and_not_how_the_backlog_stands() -> None:
    text = told({"Effort": 2}, {"Effort": 1, "Reach": 1})
    assert "No issue has a score: confidence, impact are in none of them (see \\`burnish doctor\\`)." in text
    assert "By score" not in text
    assert "BURN-1 lacks confidence, impact, reach." in text
