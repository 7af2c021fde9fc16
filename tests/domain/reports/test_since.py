"""What is told first to whoever read the report of yesterday."""

import json
from datetime import datetime

from app.domain.reports import markdown
from app.domain.reports.since import Before, read_before
from app.domain.reports.sprint_health import report
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.health import SprintHealth
from tests.factories import (
    DONE,
    FLAG_FIELD,
    SPRINT_FIELD,
    TO_DO,
    a_board,
    a_change,
    a_sprint,
    an_issue,
    day,
    estimated,
    moved,
    sprint_changed,
)


def health_at(now: datetime) -> SprintHealth:
    issues = [
        an_issue("BURN-1", status=DONE, changes=(moved(day(4), TO_DO, DONE),)),
        an_issue("BURN-2", points=8, changes=(estimated(day(4), 5, 8),)),
        an_issue("BURN-3", changes=(sprint_changed(day(4), "", "7"),)),
        an_issue("BURN-4", sprints=(), changes=(sprint_changed(day(4), "7", ""),)),
        an_issue("BURN-5", flagged=True, changes=(a_change(FLAG_FIELD, day(4), "", "10019"),)),
        an_issue("BURN-6", status=DONE, changes=(moved(day(2), TO_DO, DONE),)),
    ]
    return assess(
        a_sprint(),
        a_board(),
        issues,
        now=now,
        calendar=Calendar(),
        sprint_field=SPRINT_FIELD,
        flag_field=FLAG_FIELD,
    )


def read_on(then: datetime) -> Before:
    """As it comes out of the store."""
    found = read_before(json.loads(json.dumps(to_json(health_at(then)))))
    assert found is not None
    return found


def told(then: datetime, now: datetime) -> str:
    return markdown.render(report(health_at(now), read_on(then)))


def test_everything_that_happened_since_is_told_with_issues_and_points_and_nothing_older() -> None:
    text = told(day(3), day(5))
    assert "**Since the last report (4 Mar, 12:00):**" in text
    changes = text[text.index("Since the last") : text.index("**Sprint goal")]
    assert "- Done: BURN-1 (3)." in changes
    assert "- Added: BURN-3 (3)." in changes
    assert "- Removed: BURN-4 (3)." in changes
    assert "- Re-estimated: BURN-2 from 5 to 8." in changes
    assert "- Blocked: BURN-5." in changes
    assert "BURN-6" not in changes


def test_a_quiet_day_is_told_in_one_sentence() -> None:
    assert "**Nothing has changed since 6 Mar, 12:00.**" in told(day(5), day(5, 13))


def test_against_a_report_of_the_same_or_a_later_instant_nothing_is_told() -> None:
    for now in (day(5), day(4)):
        assert "last report" not in told(day(5), now)
        assert "changed since" not in told(day(5), now)


def test_a_document_of_another_kind_is_not_compared_with() -> None:
    for document in ({}, {"timing": None}, {"timing": {"as_of": "never"}, "verdict": "x", "blocked": []}):
        assert read_before(document) is None
