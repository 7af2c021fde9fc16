"""What the manual shows is understood as it stands."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app import yaml_documents
from app.connections import check_grooming
from app.domain.grooming import policy_schema
from app.domain.grooming.exemptions import Exemptions
from app.domain.grooming.priority import KNOWN
from app.domain.rules import reading
from app.domain.rules.trials import run
from app.services import grooming_policies
from app.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CHANNELS = {"team": "json://chat.acme.com/team", "lead": "json://chat.acme.com/lead"}
"""A page shows once what a channel looks like, and names it afterwards."""
SITE = {"url": "https://acme.atlassian.net", "email": "burnish@acme.com", "token": "x", "channels": CHANNELS}


def blocks(language: str) -> Iterator[Any]:
    """Each with the page that it stands on."""
    for page in PAGES:
        found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
        yield from (pytest.param(dedent(text), id=f"{page.name}-{n}") for n, (_, text) in enumerate(found, 1))


def steps() -> Iterator[Any]:
    """Actions of rules that stand apart from a rule, further in than the text around them."""
    page = ROOT / "docs" / "rules.md"
    listed = re.findall(r"((?:^ {4,}(?:- |  ).*\n)+)", page.read_text(), re.MULTILINE)
    found = [text for text in listed if "{type: " in text or "- type: " in text]
    yield from (pytest.param(dedent(text), id=f"{page.name}-{n}") for n, text in enumerate(found, 1))


@pytest.mark.parametrize("text", list(blocks("yaml")))
def test_a_policy_or_a_rule_is_read_and_its_own_tests_pass(text: str) -> None:
    document = yaml_documents.load(text)
    if "ladder" in document:
        assert grooming_policies.read_source(text).name == document["name"]
        as_json = json.loads(json.dumps(document, default=str))
        Draft202012Validator(policy_schema.schema()).validate(as_json)
        return
    rule = reading.read(reading.from_yaml(text))
    assert rule.tests
    assert [fault for trial in rule.tests for fault in run(rule, trial).faults] == []


@pytest.mark.parametrize("text", list(steps()))
def test_steps_of_a_rule_are_read(text: str) -> None:
    rule = {
        "name": "Shown",
        "trigger": {"type": "issue_created"},
        "actions": yaml_documents.load(text),
    }
    assert reading.read(rule).actions


@pytest.mark.parametrize("text", list(blocks("toml")))
def test_settings_are_taken(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    if text.startswith("[sites.acme.backlog_grooming."):
        text = f'[[sites.acme.backlog_grooming]]\nboard = 42\nreport_issue = "SHOP-1"\n{text}'
    document = tomllib.loads(text)
    acme = document.get("sites", {}).get("acme", {})
    document["sites"] = {"acme": {**SITE, **acme}}
    check_grooming(Settings(**document))


@pytest.mark.parametrize("name", list(KNOWN))
def test_formulas_in_general_use_are_shown_with_their_words_and_an_example(name: str) -> None:
    page = (ROOT / "docs" / "backlog.md").read_text()
    assert f"| `{name}` | `{KNOWN[name]}` |" in page
    assert f'formula = "{name}"' in page


def test_every_exemption_is_in_the_manual() -> None:
    page = (ROOT / "docs" / "backlog.md").read_text()
    assert [name for name in Exemptions.__struct_fields__ if f"`{name}" not in page] == []


def test_there_are_some_of_each() -> None:
    assert all(len(list(found)) > 2 for found in (blocks("yaml"), steps(), blocks("toml")))


def test_the_changelog_says_everything_once() -> None:
    """A merge can put a whole copy of it into itself, and nobody reads so far."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    for release in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", release, re.MULTILINE)
        assert len(kinds) == len(set(kinds)), kinds
    entries = re.split(r"^(?=- |#)", text, flags=re.MULTILINE)
    assert [one for one in entries if one.strip() and entries.count(one) > 1] == []
