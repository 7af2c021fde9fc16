"""An export on the command line: what it says, and the report that comes of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from tests.cli.support import burnish, says
from tests.payloads import issue, sprint_object

DATED = sprint_object(startDate="2026-03-02T09:00:00.000Z", endDate="2026-03-13T17:00:00.000Z")
JIRA_ISSUE = issue(1, sprints=[DATED])
JIRA_ISSUE["fields"]["status"]["statusCategory"] = {"key": "done"}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "issues.jsonl"
    path.write_text(json.dumps(JIRA_ISSUE) + "\n")
    return path


def test_a_report_on_an_export_needs_no_settings(export: Path) -> None:
    result = burnish("import", str(export))
    assert result.exit_code == 0, result.output
    assert "Site 'import': " in result.output
    assert "1 issues" in result.output
    said = result.output
    (line,) = [line for line in said.splitlines() if line.startswith("Try for BURN: ")]
    words = line.partition("burnish ")[2].replace("<id>", "7").split()
    for arguments in (words, [one for one in words if one not in {"--site", "import"}]):
        report = burnish(*arguments)
        assert report.exit_code == 0, report.output
        assert "BURN-1" in report.output


def test_an_export_is_searched_without_settings(export: Path) -> None:
    burnish("import", str(export))
    for site in ((), ("--site", "import")):
        found = burnish("jql", "search", "project = BURN", *site)
        assert (found.exit_code, found.output) == (0, "BURN-1\n")
        assert "None of 0 other issues" in burnish("duplicates", "BURN-1", *site).output
    wrong = says(burnish("jql", "search", "project = BURN", "--site", "other"))
    assert "There is no site 'other'. The store has: import." in wrong


def test_an_imported_project_says_from_what_and_when_it_came(export: Path) -> None:
    burnish("import", str(export))
    (line,) = burnish("sync", "status").stdout.splitlines()[1:]
    assert re.match(r"import +BURN +imported 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ from issues.jsonl  1 ", line)
    assert line.endswith("  The whole history of 1 issue was not read yet."), "and its issues were"


def test_standard_input_is_read_too_and_the_summary_is_json(export: Path) -> None:
    result = CliRunner().invoke(cli.app, ["import", "-", "--json"], input=export.read_bytes())
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["counts"]["issues"] == 1
    assert "from standard input" in burnish("sync", "status").stdout


def test_what_was_not_read_makes_the_command_fail_after_the_rest_was_read(export: Path) -> None:
    with export.open("a") as file:
        file.write("{broken\n")
    result = burnish("import", str(export))
    assert result.exit_code == 1
    assert f"Not read: {export}, line 2: not JSON" in result.output
    assert "1 issues" in result.output


def test_an_export_is_not_mixed_with_a_jira_of_the_settings(
    export: Path, configured: Callable[..., None]
) -> None:
    configured()
    assert "Choose another name with --site" in says(burnish("import", str(export), "--site", "demo"))
