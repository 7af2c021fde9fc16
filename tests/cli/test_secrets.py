"""`burnish secrets`: those that rules name go in by a pipe or a prompt, and never come out."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.services.secrets import new_key
from tests.cli.support import burnish, says

RULE = """\
name: Tell the deployer
trigger: {type: manual}
actions:
  - type: web_request
    url: https://deploy.example.com/hook
    headers: {Authorization: "Bearer {{ secrets.DEPLOY }}"}
"""


@pytest.fixture
def store(filled: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BURNISH_SECRET_KEY", new_key())
    return filled


def set_(name: str, value: str, *words: str) -> str:
    done = CliRunner().invoke(cli.app, ["secrets", "set", name, *words], input=value)
    assert done.exit_code == 0, done.output
    assert "planted" not in done.output
    return done.stdout


def test_a_secret_is_set_used_and_forgotten(store: str, tmp_path: Path) -> None:
    rule = tmp_path / "rule.yaml"
    rule.write_text(RULE)
    assert "burnish secrets set DEPLOY" in says(burnish("rules", "check", str(rule)))
    assert "Nothing was given for DEPLOY: type it" in says(burnish("secrets", "set", "DEPLOY"))
    told = set_("DEPLOY", "planted-token\n", "--host", "deploy.example.com")
    assert told == "Secret DEPLOY of site demo is set; it may be sent to deploy.example.com.\n"
    assert burnish("rules", "check", str(rule)).stdout == f"{rule}: understood.\n"
    listed = burnish("secrets", "list").stdout
    assert "rule:DEPLOY" in listed
    assert "deploy.example.com" in listed
    assert burnish("secrets", "forget", "DEPLOY").stdout == "Secret DEPLOY of site demo is forgotten.\n"
    assert "There is no secret 'DEPLOY'" in says(burnish("secrets", "forget", "DEPLOY"))
    audit = burnish("audit").stdout
    assert "rule_secret.set" in audit
    assert "rule_secret.forgotten" in audit
    assert "planted" not in audit


def test_a_token_in_plain_text_is_warned_of(store: str, tmp_path: Path) -> None:
    rule = tmp_path / "rule.yaml"
    rule.write_text(RULE.replace("{{ secrets.DEPLOY }}", "abcdef1234567890"))
    checked = burnish("rules", "check", str(rule))
    assert checked.exit_code == 0
    assert "warning: /actions/0/headers/Authorization: this looks like a token" in checked.stderr
