"""Files and logged work in texts, as tests of rules give them; and days that are moved by parts of one."""

from typing import Any

import pytest

from app.domain.rules.beside_values import time_spent
from app.domain.rules.reading import read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run


def told(text: str, *, trigger: str = "issue_updated", **given: Any) -> tuple[str, str]:
    """What a log step says, or why the rule failed."""
    rule = read({"name": "x", "trigger": {"type": trigger}, "actions": [{"type": "log", "text": text}]})
    said = {"name": "t", "given": {"issue": {"key": "A-1", "duedate": "2026-01-07"}, **given}}
    decision = run(rule, Trial.model_validate(said)).decision
    assert decision is not None
    texts = [step["says"] for step in decision.steps if step["step"] == "log"]
    return (texts[0] if texts else "", decision.reason or "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0m"),
        (59, "0m"),
        (60, "1m"),
        (5400, "1h 30m"),
        (28_800, "1d"),
        (144_000, "1w"),
        (320_460, "2w 1d 1h 1m"),
    ],
)
def test_time_is_written_in_days_of_eight_hours(seconds: int, said: str) -> None:
    assert time_spent(seconds) == said


def test_a_test_of_a_rule_gives_logged_work() -> None:
    text = (
        "{{ worklog.author.accountId }} {{ worklog.timeSpent }} {{ worklog.comment }} {{ worklog.started }}"
    )
    given = {"seconds": 5400, "comment": "Done"}
    assert told(text, trigger="work_logged", worklog=given)[0] == "somebody 1h 30m Done 2026-01-05T12:00:00Z"
    assert told(text, trigger="work_logged")[0] == "somebody 1h  2026-01-05T12:00:00Z"
    assert told(f"[{text}]")[0] == "[   ]"


def test_of_an_attached_file_the_change_tells_the_name() -> None:
    change = {"field": "Attachment", "to": "log.txt"}
    assert told("{{ attachment }}", trigger="attachment_added", changes=[change])[0] == "log.txt"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ now.isBefore(issue.duedate) }}", "True"),
        ("{{ now.isAfter('2026-01-05') }} {{ now.isBefore('2026-01-05T13:00:00+0000') }}", "True True"),
        ("{{ now.isBefore(issue.resolutiondate) }}", "False"),
        ("{{ issue.resolutiondate.isBefore(now) }}", ""),
        ("{{ now.plusDays(1.0) }} {{ now.plusDays('2') }}", "2026-01-06T12:00:00Z 2026-01-07T12:00:00Z"),
        ("{{ now.plusDays(0.9 | int) }}", "2026-01-05T12:00:00Z"),
    ],
)
def test_dates_are_compared_with_dates_and_texts_that_are_one(text: str, said: str) -> None:
    assert told(text) == (said, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ now.isBefore(5) }}", "isBefore takes a date, such as `now` or '2026-03-01'; '5' is none"),
        ("{{ now.isAfter('soon') }}", "isAfter takes a date, such as `now` or '2026-03-01'; 'soon' is none"),
        ("{{ now.isBefore(issue) }}", "'A-1' is none"),
        ("{{ now.diff('soon').days }}", "diff takes a date"),
        ("{{ now.plusDays(0.9) }}", "'0.9' is no whole number; move by hours, or round it: `| int`"),
        ("{{ now.minusHours('many') }}", "'many' is no whole number"),
        ("{{ now.plusBusinessDays(issue.environment) }}", "'' is no whole number; give it a value"),
        ("{{ now.plusDays(99999) }}", "99999 is too far; at most 36500"),
    ],
)
def test_what_is_no_date_or_no_whole_number_is_refused(text: str, reason: str) -> None:
    found, why = told(text)
    assert found == ""
    assert reason in why
