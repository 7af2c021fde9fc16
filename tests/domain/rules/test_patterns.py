"""Regular expressions in rules: everyday ones are taken, and none that fills the memory."""

import pytest

from app.domain.rules import patterns
from app.domain.rules.errors import TemplateRefused
from tests.domain.rules.test_trials import ISSUE, tried


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\d{4}-\d{2}-\d{2}$", "2026-03-11"),
        (r"(?i)\b(urgent|asap)\b", "Do it ASAP"),
        (r"^(?:\d{1,3}\.){3}\d{1,3}$", "10.0.0.1"),
        (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "5a9d0b0e-5a3d-4c0e-9d0b-0e5a3d4c0e9d"),
        (r"(?P<word>\w+) (?P=word)", "the the"),
        (r"a(?!b)\p{Lu}", "aX"),
    ],
)
def test_everyday_patterns_are_taken(pattern: str, text: str) -> None:
    assert patterns.compiled(pattern).search(text)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("[a-z]{99999999}", "smaller counts"),
        ("[a-z]{1,99999999999999999999999}", "smaller counts"),
        ("(([a-z]{1000}){1000}){1000}", "smaller counts"),
        ("(?:(?R))*", "calls a part of itself"),
        ("(a(?1)?)", "calls a part of itself"),
        ("(?P<a>x(?&a))", "calls a part of itself"),
        ("x" * 1001, "1000 characters"),
        ("(" * 400 + ")" * 400, "no regular expression"),
        ("(a", "no regular expression"),
    ],
)
def test_what_would_take_too_much_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(TemplateRefused, match=says):
        patterns.compiled(pattern)


def test_a_rule_with_such_a_pattern_fails_in_its_test_and_says_why() -> None:
    when = {"compare": {"left": "a", "operator": "matches", "right": "[a-z]{99999999}"}}
    (fault,) = tried({"issue": ISSUE}, when=when, outcome="acted")
    assert "smaller counts" in fault
