"""Descriptions and commands: what is kept of what people wrote, in both of Jira's shapes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.grooming.commands import Said, Unread, read_commands, said
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
    ("line", "days"),
    [("/snooze 30", 30), ("/Snooze 3 days.", 3), ("/snooze for 2 weeks", 14), ("/snooze: 1w", 7)],
)
def test_a_span_is_understood_however_it_is_written(line: str, days: int) -> None:
    assert told(line).is_quiet(AT + timedelta(days=days) - timedelta(seconds=1))
    assert not told(line).is_quiet(AT + timedelta(days=days))


@pytest.mark.parametrize("line", ["/keep!", "/KEEP", "/keep.", " /keep "])
def test_a_sign_behind_a_word_takes_nothing_from_it(line: str) -> None:
    assert told(line).is_quiet(AT)


@pytest.mark.parametrize("line", ["/not ready", "/notready", "/not_ready.", "/Not-ready"])
def test_not_ready_has_one_meaning(line: str) -> None:
    assert told(line).ready is False


@pytest.mark.parametrize(
    "line",
    ["/duplicate burn-7", "/duplicate of BURN-7.", "/duplicate https://acme.atlassian.net/browse/BURN-7"],
)
def test_the_other_issue_is_found_in_its_key_or_address(line: str) -> None:
    assert told(line).duplicate_of == "BURN-7"


@pytest.mark.parametrize("line", ["please /keep", "/kept", "/keep/alive", "/", "//keep", "/readyness"])
def test_what_is_no_command_says_nothing(line: str) -> None:
    assert told(line) == Said()


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        ("/snooze", "Say for how long, as in /snooze 30d or /snooze 6w."),
        ("/snooze soon", "Say for how long, as in /snooze 30d or /snooze 6w."),
        ("/snooze 0d", "Say for how long, as in /snooze 30d or /snooze 6w."),
        ("/keep this", "Write /keep alone on its line."),
        ("/ready for review", "Write /ready alone on its line."),
        ("/duplicate", "Name the other issue, as in /duplicate SHOP-7."),
        ("/duplicate of 7", "Name the other issue, as in /duplicate SHOP-7."),
    ],
)
def test_what_begins_like_a_command_and_is_none_is_told_and_does_nothing(line: str, way_out: str) -> None:
    found = told(line)
    word = line.split(maxsplit=1)[0].removeprefix("/")
    assert found.unread == Unread(line, AT, "dana", way_out, word=word)
    assert replace(found, unread=None) == Said()


def test_whoever_writes_it_anew_is_understood() -> None:
    later = AT + timedelta(minutes=5)
    first = [*read_commands(["/snooze soon"], at=AT, by="dana")]
    assert said([*first, *read_commands(["/snooze 3d"], at=later, by="dana")]).unread is None
    assert said([*first, *read_commands(["/keep"], at=later, by="jonas")]).unread is not None


def test_who_may_give_one_command_need_not_be_heard_with_another() -> None:
    lines = ["/keep", "/ready", "/duplicate of 7", "/snooze soon"]
    found = said(read_commands(lines, at=AT, by="dana"), lambda _, word: word in {"keep", "duplicate"})
    assert (found.is_quiet(AT), found.ready) == (True, None)
    assert found.refused is not None
    assert found.refused.word == "ready"
    assert found.unread is not None
    assert found.unread.line == "/duplicate of 7"


def test_what_somebody_without_a_say_could_not_write_is_told_to_nobody() -> None:
    assert said(read_commands(["/snooze soon"], at=AT, by="dana"), lambda *_: False) == Said()
