"""Rules on the command line: files are tried, applied, exported; exit codes say how it went."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.store import sites
from app.store.database import Database
from tests.cli.support import burnish, says
from tests.jobs.ruled import STATUSES

RULE = """
name: Thank for what is done
trigger: {type: issue_transitioned, to: [Done]}
when: type = Story
actions:
  - {type: comment, text: "{{ issue.key }} is done."}
tests:
  - name: a story
    given:
      issue: {key: BURN-1, type: Story, status: Done}
      changes: [{field: status, from: To Do, to: Done}]
    effects: [{kind: living_comment, says: BURN-1 is done.}]
"""

FAILS = """
name: Fails
trigger: {type: manual}
actions:
  - {type: log, text: "Looking at {{ issue.key }}"}
  - {type: comment, text: "{{ 1 / (issue.key | length - issue.key | length) }}"}
"""


@pytest.fixture
def known(filled: str) -> str:
    """The store knows what statuses there are."""
    database = Database(filled)
    with database.write() as tx:
        sites.replace_statuses(tx, sites.get_site(tx, "demo").id, STATUSES)
    database.close()
    return filled


def printed(*words: str) -> str:
    result = burnish("rules", *words)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_tests_of_a_rule_pass_or_the_command_fails(tmp_path: Path) -> None:
    good, bad, none = (tmp_path / name for name in ("good.yaml", "bad.yaml", "none.yaml"))
    good.write_text(RULE, "utf-8")
    bad.write_text(RULE.replace("type = Story", "type = Bug"), "utf-8")
    none.write_text(RULE.partition("tests:")[0], "utf-8")
    assert printed("test", str(good)) == f"{good}: a story: passed\n"
    failed = burnish("rules", "test", str(good), str(bad), str(none))
    assert failed.exit_code == 1
    assert f"{bad}: a story: failed\n  the outcome is 'not matched', not 'acted'" in failed.output
    assert f"{none}: no tests" in failed.output
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: [", "utf-8")
    assert "no YAML: line 2" in says(burnish("rules", "test", str(broken)))


def test_the_tests_of_a_folder_of_rules_run_together_for_ci(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    assert f"{folder} has no rules" in says(burnish("rules", "test", str(folder)))
    (folder / "b.yaml").write_text(RULE, "utf-8")
    (folder / "a.yml").write_text(RULE.replace("a story", "another"), "utf-8")
    assert printed("test", str(folder)) == (
        f"{folder}/a.yml: another: passed\n{folder}/b.yaml: a story: passed\n"
    )
    assert printed("test", str(folder), "--only", "A STORY") == f"{folder}/b.yaml: a story: passed\n"
    assert "No test has 'a bug' in its name" in says(burnish("rules", "test", str(folder), "--only", "a bug"))
    (folder / "c.yaml").write_text("name: x", "utf-8")
    failed = burnish("rules", "test", str(folder))
    assert failed.exit_code == 1
    assert f"{folder}/c.yaml: no rule: trigger: is needed" in failed.output
    assert "b.yaml: a story: passed" in failed.output, "one that is none does not stop the others"


def test_a_folder_of_rules_is_applied_after_its_plan_was_shown(known: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    file = folder / "thank.yaml"
    file.write_text(RULE, "utf-8")
    assert "new     Thank for what is done (thank.yaml)\nNothing was done" in printed("apply", str(folder))
    assert printed("list", "--json").strip() in {"", "[]"}
    printed("apply", str(folder), "--yes", "--note", "as agreed")
    assert printed("apply", str(folder)).startswith("same    Thank for what is done\n")
    exported = printed("export", "1")
    assert "There is no version 7. See those of the rule: `burnish rules versions 1`" in says(
        burnish("rules", "export", "1", "--version", "7")
    )
    file.write_text(exported.replace("is done.", "is really done."), "utf-8")
    assert "change  Thank for what is done" in printed("apply", str(folder), "--yes")
    assert "+  text: '{{ issue.key }} is really done.'" in printed("versions", "1")
    assert "version 1 acts" in printed("mode", "1", "live", "--version", "1")
    file.write_text(RULE.replace("Done]", "Gone]"), "utf-8")
    assert "the site has no status 'Gone'" in says(burnish("rules", "apply", str(folder), "--yes"))


def test_a_rule_is_tried_on_today_and_on_what_happened(known: str, tmp_path: Path) -> None:
    file = tmp_path / "thank.yaml"
    file.write_text(RULE, "utf-8")
    assert printed("check", str(file)) == f"{file}: understood.\n"
    tried: dict[str, Any] = json.loads(printed("preview", str(file), "--jql", "status = Done", "--json"))
    assert tried["issues"] == tried["effects"] > 0
    said = printed("preview", str(file), "--jql", "status = Done")
    assert '"body": "BURN-' in said, "what a comment would say, and not the document that Jira is sent"
    assert ' is done."}' in said
    span = ("--from", "2026-02-01", "--to", "2026-03-31")
    said = printed("replay", str(file), *span)
    (waited, decided) = re.findall(r"(\d+) events? that it waits for; decisions: (.*)\.", said)[0]
    assert int(waited) == sum(map(int, re.findall(r"(\d+) ", decided))) > 0, "transitions to Done, not all"
    assert "Nothing was done." in said
    assert "at most 366 days" in says(burnish("rules", "replay", str(file), "--from", "2020-01-01")).lower()
    assert "JQL" in says(burnish("rules", "preview", str(file), "--jql", "status ="))
    file.write_text(FAILS, "utf-8")
    failed = burnish("rules", "preview", str(file), "--jql", "status = Done")
    assert failed.exit_code == 1
    assert "failed: " in failed.output
    assert "  log: Looking at BURN-" in failed.output
    assert burnish("rules", "preview", str(file), "--jql", "status = Done", "--json").exit_code == 1
    assert "incoming_webhook" in json.dumps(json.loads(printed("schema")))
    assert printed("manual") == (Path(__file__).parents[2] / "docs/rule-language.md").read_text("utf-8")
    assert printed("manual", "branch").startswith("### `branch`")
    assert "create_variable" in says(burnish("rules", "manual", "create_variabel"))


ONCE = """\
name: What is done
trigger: {type: manual, once: true}
actions:
  - {type: lookup_issues, jql: status = Done}
  - {type: log, text: "{{ lookupIssues | length }} are done."}
"""


def test_a_folder_is_checked_whole_and_a_test_that_fails_is_a_warning(known: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULE.replace("type = Story", "type = Bug"), "utf-8")
    (tmp_path / "b.yaml").write_text(RULE.replace("[Done]", "[Dnoe]"), "utf-8")
    (tmp_path / "c.yaml").write_text(RULE, "utf-8")
    checked = burnish("rules", "check", str(tmp_path))
    assert checked.exit_code == 1
    assert checked.stdout == f"{tmp_path / 'a.yaml'}: understood.\n{tmp_path / 'c.yaml'}: understood.\n"
    assert f"{tmp_path / 'a.yaml'}: warning: its test 'a story' fails: the outcome is" in checked.stderr
    assert f"{tmp_path / 'b.yaml'}: " in checked.stderr
    assert "Dnoe" in checked.stderr


def test_a_rule_that_is_decided_once_is_tried_and_run_without_issues(known: str, tmp_path: Path) -> None:
    file = tmp_path / "once.yaml"
    file.write_text(ONCE, "utf-8")
    said = printed("preview", str(file))
    assert said.startswith("Without an issue, 0 effects. Nothing was done.\n")
    assert " - preview nothing to do\n  log: " in said
    assert "leave `jql` out" in says(burnish("rules", "preview", str(file), "--jql", "status = Done"))
    printed("apply", str(tmp_path), "--yes")
    assert "was asked for" in printed("run", "1")
    assert "name none" in says(burnish("rules", "run", "1", "BURN-1"))
    file.write_text(ONCE.replace("type: log", "type: comment"), "utf-8")
    assert "actions/1: `comment` needs an issue" in says(burnish("rules", "check", str(file)))
