"""Descriptions and commands: what is kept of what people wrote, in both of Jira's shapes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.grooming.commands import Said, read_commands, said
from app.domain.grooming.texts import NO_TEXT, read_description

AT = datetime(2026, 3, 11, tzinfo=UTC)


def adf(*lines: tuple[str, str]) -> dict[str, Any]:
    """An Atlassian document of blocks: kind and text."""
    blocks = [{"type": kind, "content": [{"type": "text", "text": text}]} for kind, text in lines]
    return {"type": "doc", "version": 1, "content": blocks}


@pytest.mark.parametrize("nothing", [None, "", {}, "  \n "])
def test_nothing_says_nothing(nothing: Any) -> None:
    assert read_description(nothing).characters == NO_TEXT.characters
    assert not read_description(nothing).has_criteria


def test_headings_and_white_space_are_no_text() -> None:
    wiki = "h2. What\n\n*Why*\n a b \tc\n"
    cloud = adf(("heading", "What"), ("heading", "Why"), ("paragraph", "a b c"))
    assert read_description(wiki).characters == read_description(cloud).characters == 3


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("h3. Acceptance criteria\n* it is paid", True),
        ("*Acceptance Criteria:*\nit is paid", True),
        ("Acceptance criteria: it is paid", True),
        ("h3. Acceptance criteria\n", False),
        ("h3. Acceptance criteria\nh3. Notes\nnone", False),
        ("AC1: it is paid", True),
        ("Given a basket\nWhen I pay\nThen it is mine", True),
        ("given a basket, nothing happens", False),
        ("[ ] it is paid", True),
        ("We met acceptance problems", False),
        ("the back office", False),
    ],
)
def test_acceptance_criteria_are_a_heading_with_text_scenarios_or_checkboxes(
    text: str, *, promises: bool
) -> None:
    assert read_description(text).has_criteria is promises


def test_tasks_of_a_document_are_checkboxes() -> None:
    tasks = {"type": "taskList", "content": adf(("taskItem", "it is paid"))["content"]}
    assert read_description({"type": "doc", "content": [tasks]}).has_criteria


def test_steps_to_reproduce_are_found() -> None:
    assert read_description(adf(("heading", "Steps to reproduce"), ("paragraph", "1. pay"))).has_steps
    assert not read_description("It fails.").has_steps


def test_the_same_words_are_the_same_text_whatever_their_spaces() -> None:
    assert read_description("As a\nuser ").digest == read_description("as  A user").digest
    assert read_description("As a user").digest != read_description("As an admin").digest


def told(*lines: str) -> Said:
    return said(read_commands(lines, at=AT, by="dana"))


def test_the_last_word_of_a_kind_counts() -> None:
    assert told("/snooze 2w").is_quiet(AT + timedelta(days=13))
    assert not told("/snooze 2w").is_quiet(AT + timedelta(days=14))
    assert told("/snooze 2w", "/keep").is_quiet(AT + timedelta(days=999))
    assert not told("/keep", "/groom").is_quiet(AT)
    assert told("/ready").ready is True
    assert told("/ready", "/Not-Ready").ready is False
    assert told("/duplicate BURN-7").duplicate_of == "BURN-7"


@pytest.mark.parametrize(
    "line",
    ["/snooze", "/snooze soon", "/snooze 0d", "/keep this", "please /keep", "/duplicate of 7", "/kept"],
)
def test_what_is_no_command_says_nothing(line: str) -> None:
    assert told(line) == Said()
