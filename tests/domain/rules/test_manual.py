"""The manual of the rule language is whole, and all that it shows works."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import yaml_documents
from app.domain.jql.catalogue import Catalogue, CustomField, LinkType, Named
from app.domain.rules.dates import Span
from app.domain.rules.document import schema
from app.domain.rules.manual import examples, values
from app.domain.rules.manual.options import options
from app.domain.rules.manual.page import find, page, parts
from app.domain.rules.reading import check, read
from app.domain.rules.rendering import check as check_template
from app.domain.rules.rendering import check_request
from app.domain.rules.smart_values import LOOKED_UP, NAMES, OWN, WEB_RESPONSE
from app.domain.rules.template_rules import FILTERS, METHODS, SECRETS, TESTS
from app.domain.rules.things import PARTS
from app.errors import NotFound

PAGE = Path(__file__).parents[3] / "docs" / "rule-language.md"
SITE = Catalogue(
    now=datetime(2026, 3, 11, tzinfo=UTC),
    zone=ZoneInfo("UTC"),
    fields=(CustomField("customfield_1", "Story Points", "number", None),),
    statuses=(Named("1", "To Do", "new"), Named("3", "In Progress"), Named("5", "Done", "done")),
    projects=(Named("10", "Burnish", key="BURN"),),
    link_types=(
        LinkType("1", "blocks", "is blocked by", "Blocks"),
        LinkType("2", "clones", "is cloned by", "Cloners"),
    ),
    groups={"support": frozenset({"ann"})},
)
RULE = {"name": "Shown", "trigger": {"type": "issue_created"}, "actions": [{"type": "stop"}]}
SCHEMA = schema()


def of_schema() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "rule", SCHEMA
    yield from SCHEMA["$defs"].items()


def shown() -> Iterator[Any]:
    yield from (pytest.param(text, id=f"trigger {word}") for word, text in examples.TRIGGERS.items())
    yield from (pytest.param(text, id=f"condition {word}") for word, text in examples.CONDITIONS.items())
    yield from (pytest.param(text, id=f"action {word}") for word, text in examples.ACTIONS.items())


@pytest.fixture(scope="module")
def said() -> str:
    return page()


def test_the_page_is_what_the_schema_and_the_code_say() -> None:
    """`burnish rules manual > docs/rule-language.md` writes it anew."""
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("text", list(shown()))
def test_each_example_is_a_part_of_a_rule_that_can_be_saved(text: str) -> None:
    given = yaml_documents.load(text)
    rule = read({**RULE, **({"actions": given} if isinstance(given, list) else given)})
    check(rule, SITE, {"CI_TOKEN": frozenset({"ci.example.com"})})
    assert rule != read(RULE) or "issue_created" in text or "stop" in text


@pytest.mark.parametrize(("name", "part"), [pytest.param(*each, id=each[0]) for each in of_schema()])
def test_each_option_is_told_with_its_meaning(name: str, part: dict[str, Any], said: str) -> None:
    for option, of in options(part):
        assert of.get("description") or name.endswith("Condition"), option
        assert f"| `{option}` |" in said or f"### `{option}`" in said, option
        for each in of.get("enum", ()):
            assert f"`{each}`" in said, each


def test_texts_that_are_told_of_in_passing_can_be_rendered() -> None:
    told = {text for text in re.findall(r"`([^`]*\{\{.*?\}\}[^`]*)`", page()) if "…" not in text}
    assert len(told) > 3
    for text in told:  # `name` is that of a variable
        (check_request if "secrets" in text else check_template)(
            text, {*NAMES, LOOKED_UP, WEB_RESPONSE, "name"}
        )


def test_each_word_has_its_own_part_and_an_example_about_itself() -> None:
    triggers = SCHEMA["properties"]["trigger"]["discriminator"]["mapping"]
    actions = SCHEMA["properties"]["actions"]["items"]["discriminator"]["mapping"]
    for word in [*triggers, *actions]:
        assert f"`{word}`" in find(word).splitlines()[0]
    for kinds in (examples.TRIGGERS, examples.ACTIONS):
        assert all(f"type: {word}" in text for word, text in kinds.items())
    assert all(f"{word}:" in text or word == "jql" for word, text in examples.CONDITIONS.items())


def test_values_filters_questions_and_methods_are_those_that_there_are() -> None:
    assert values.VALUES.keys() == {*NAMES, LOOKED_UP, WEB_RESPONSE, SECRETS}
    assert values.ISSUE.keys() == set(OWN)
    assert values.THINGS.keys() == PARTS.keys()
    assert values.FILTERS.keys() == FILTERS
    assert values.TESTS.keys() == TESTS
    assert all(hasattr(Span, part) for part in values.SPAN_PARTS)
    listed = re.findall(r"^\| `(\w+)` \|", parts()["dates"] + parts()["text methods"], re.MULTILINE)
    assert set(listed) == METHODS
    assert all(hasattr("", each) for each in values.TEXT_METHODS)


def test_a_word_is_found_by_itself_or_where_it_is_an_option() -> None:
    assert find("branch").startswith("### `branch`")
    assert find("unwatch").startswith("### `watch`, `unwatch`")
    assert "Effects within an hour." in find("per_hour")
    assert "Monday to Friday later" in find("plusBusinessDays")


def test_a_word_that_there_is_not_is_told_with_those_like_it() -> None:
    with pytest.raises(NotFound, match="lookup_issues"):
        find("lookup_isues")


def test_it_says_in_which_time_zone_dates_and_queries_are() -> None:
    assert "`{{ now.format('HH:mm') }}` at 9 in the morning in Berlin is `08:00`" in find("time zones")
    assert "**JQL in rules** reads its dates in UTC" in find("time zones")
