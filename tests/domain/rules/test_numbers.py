"""Numbers in rules: what is one, and what is a word."""

from typing import Any

import pytest

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import from_yaml, read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run


@pytest.mark.parametrize(
    ("left", "how", "right", "holds"),
    [
        ("8", "<", "13", True),
        ("8.50", "=", "8.5", True),
        ("1e3", ">", "999", True),
        ("-.5", "<", "0", True),
        ("2026-01-05", "<", "2026-02-01", True),
        ("b", ">", "a", True),
        ("nan", ">", "5", False),
        ("nan", "<", "5", False),
        ("NaN", "=", "nan", False),
        ("nan", "=", "nan", True),
        ("inf", ">", "5", False),
        ("5", "<", "-Infinity", False),
        ("", "<", "5", False),
        ("", "<=", "5", False),
        ("5", ">", "", False),
        ("1_000", "=", "1000", False),
        ("1_000", ">", "5", False),
        ("\u0665", "<", "9", False),
        ("1e9999", ">", "5", False),
        ("nan", "!=", "5", True),
    ],
)
def test_a_word_is_neither_less_nor_greater_than_a_number(
    left: str, how: str, right: str, holds: bool
) -> None:
    rule = read(
        {
            "name": "x",
            "trigger": {"type": "issue_created"},
            "when": {"compare": {"left": "{{ issue.summary }}", "operator": how, "right": right}},
            "actions": [{"type": "log", "text": "x"}],
        }
    )
    given = {"issue": {"key": "A-1", "summary": left}}
    decision = run(rule, Trial.model_validate({"name": "t", "given": given})).decision
    assert decision is not None
    (asked, *_) = decision.steps
    assert asked["holds"] is holds
    is_number = {each: each not in ("nan", "inf", "") for each in (left, right)}
    if how in "<=>=" and left in ("nan", "inf", "") and is_number[right] and how != "=":
        assert asked["seen"].endswith(f"{left!r} is no number"), "it is said why"


@pytest.mark.parametrize(
    "part",
    [
        "trigger: {type: metric_crossed, board: 1, metric: remaining, above: .nan, jql: key = A-1}",
        "trigger: {type: metric_crossed, board: 1, metric: remaining, below: -.inf, jql: key = A-1}",
        "when: {in_status_longer_than: {days: .nan}}",
        "when: {in_status_longer_than: {days: .inf}}",
        "limits: {per_day: .inf}",
    ],
)
def test_a_limit_without_end_is_refused_with_its_place(part: str) -> None:
    document: dict[str, Any] = {
        "name": "x",
        "trigger": {"type": "issue_created"},
        "actions": [{"type": "log", "text": "x"}],
        **from_yaml(part),
    }
    with pytest.raises(RuleNotUnderstood, match="is no number; write one, or the word in quotes"):
        read(document)


def test_a_value_without_end_is_refused_wherever_it_stands() -> None:
    actions = [{"type": "set_property", "key": "k", "value": {"a": [1, float("inf")]}}]
    with pytest.raises(RuleNotUnderstood, match="actions/0/value/a/1: inf is no number"):
        read({"name": "x", "trigger": {"type": "issue_created"}, "actions": actions})
    for _ in range(2000):
        actions = [actions]  # type: ignore[list-item]
    with pytest.raises(RuleNotUnderstood, match="levels"):
        read({"name": "x", "trigger": {"type": "issue_created"}, "actions": actions})
