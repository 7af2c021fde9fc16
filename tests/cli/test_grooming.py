"""Grooming on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app import main
from app.settings import load_settings
from tests.cli.support import burnish, says

POLICY = "name: Overdue\nboard: 1\nchecks: {overdue: {}}\nladder: [{step: report}]\n"


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki", "html"])
def test_a_backlog_is_printed_in_each_format(filled: str, style: str) -> None:
    result = burnish("report", "backlog", "--board", "1", "--format", style)
    assert result.exit_code == 0, result.output
    assert "BURN-5" in result.output


def test_a_query_narrows_the_backlog_and_a_wrong_one_is_refused(filled: str) -> None:
    result = burnish("report", "backlog", "--board", "1", "--query", "key = BURN-3", "--format", "json")
    assert result.exit_code == 0, result.output
    assert "BURN-5" not in result.output
    assert "JQL" in says(burnish("report", "backlog", "--board", "1", "--query", "key ="))


def test_a_priority_without_formula_says_how_to_set_one(filled: str) -> None:
    assert "Set `priority`" in says(burnish("report", "priority", "--board", "1"))


def test_priorities_are_printed_by_the_formula_of_the_settings(
    filled: str, configured: Callable[..., None]
) -> None:
    groomed = {"board": 1, "report_issue": "BURN-1", "priority": {"formula": "age_days / max(estimate, 1)"}}
    configured(filled, backlog_grooming=[groomed])
    result = burnish("report", "priority", "--board", "1")
    assert result.exit_code == 0, result.output
    assert "BURN-4" in result.output  # the others are in the running sprint


def test_versions_of_a_scoring_are_listed_with_what_each_changed(
    filled: str, configured: Callable[..., None]
) -> None:
    assert "set `priority`" in burnish("grooming", "scoring", "--board", "1").output
    for formula in ("age_days", "age_days", "votes + 1"):
        groomed = {"board": 1, "report_issue": "BURN-1", "priority": {"formula": formula}}
        configured(filled, backlog_grooming=[groomed])
        main.prepare(load_settings())
    listed = burnish("grooming", "scoring", "--board", "1")
    assert listed.exit_code == 0, listed.output
    assert "version 2, since" in listed.output
    assert "-formula: age_days\n+formula: votes + 1" in listed.output
    assert "version 3" not in listed.output
    assert listed.output.count(", by settings file\n") == 2
    earlier = burnish("report", "priority", "--board", "1", "--version", "1")
    assert "age" in earlier.output
    assert "Version 1 of this board's scoring" in earlier.output


def test_a_formula_that_cannot_be_read_is_told(filled: str, configured: Callable[..., None]) -> None:
    groomed = {"board": 1, "report_issue": "BURN-1", "priority": {"formula": "reach ** 2"}}
    configured(filled, backlog_grooming=[groomed])
    assert "no place in a formula" in says(burnish("report", "priority", "--board", "1"))


def test_checks_have_manual_pages() -> None:
    listed = burnish("grooming", "checks")
    assert "stale" in listed.output
    assert "Why it matters:" in burnish("grooming", "checks", "stale").output
    assert "There is no check 'stael'" in says(burnish("grooming", "checks", "stael"))


def test_policies_are_checked_kept_listed_and_tried(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    assert (
        "Overdue is a policy for board 1, shadow: report."
        in burnish("grooming", "policies", "check", str(file)).output
    )
    result = burnish("grooming", "policies", "apply", str(file))
    assert "Overdue is kept as version 1, shadow." in result.output, result.output
    result = burnish("grooming", "policies", "apply", str(file))
    assert "Overdue is kept as version 2, shadow." in result.output, result.output
    assert "Overdue" in burnish("grooming", "policies", "list").output
    assert "on_the_ladder" in burnish("grooming", "policies", "preview", str(file)).output
    file.write_text(POLICY.replace("report", "shout").replace("overdue: {}", "overdue: {dayz: 3}, stael: {}"))
    said = says(burnish("grooming", "policies", "check", str(file)))
    assert ["dayz" in said, "stael" in said, "shout" in said] == [True] * 3
    file.write_text(POLICY.replace("report", "shout"))
    assert "shout" in says(burnish("grooming", "policies", "check", str(file)))


def test_a_policy_says_when_it_is_run(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(f"{POLICY}trigger: {{type: schedule, cron: 0 8 * * mon-fri, time_zone: Europe/Berlin}}\n")
    run = "run at 0 8 * * mon-fri in Europe/Berlin"
    assert f"It is {run}." in burnish("grooming", "policies", "check", str(file)).output
    assert f"It is {run}, next at 20" in burnish("grooming", "policies", "apply", str(file)).output
    listed = burnish("grooming", "policies", "list").output
    assert "RUN" in listed
    assert "at 0 8 * * mon-fri in Europe/Berlin" in listed
    assert "at 0 8 * * mon-fri in Europe/Berlin" in burnish("grooming", "policies", "show", "Overdue").output
    assert "policy Overdue" in burnish("schedules", "list").output
    schema = json.loads(burnish("grooming", "policies", "schema").output)
    assert "sprint_entered" in str(schema["$defs"]["Trigger"])


def test_a_policy_is_shown_exported_and_taken_away(filled: str, tmp_path: Path) -> None:
    file, name = tmp_path / "policy.yaml", "Überfällig (seit gestern)"
    file.write_text(POLICY.replace("Overdue", name))
    assert burnish("grooming", "policies", "apply", str(file)).exit_code == 0
    shown = burnish("grooming", "policies", "show", name)
    assert shown.exit_code == 0, shown.output
    assert "shadow" in shown.output
    exported = burnish("grooming", "policies", "export", name)
    assert exported.output == file.read_text()
    kept = burnish("grooming", "policies", "delete", name)  # nobody says yes
    assert f"Delete policy {name!r} of board 1, version 1, shadow?" in kept.output
    assert name in burnish("grooming", "policies", "list").output
    done = burnish("grooming", "policies", "delete", "--yes", "--site", "demo", name)
    assert f"Policy {name!r} is deleted" in done.output, done.output
    assert burnish("grooming", "policies", "list").output == "None.\n"
    assert f"There is no grooming policy {name!r}" in says(burnish("grooming", "policies", "delete", name))
    again = burnish("grooming", "policies", "apply", str(file))
    assert "is kept as version 3, shadow" in again.output, again.output


def test_versions_of_a_policy_are_listed_compared_and_taken_back(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    for text in (POLICY, POLICY.replace("step: report", "step: label, label: late"), f"{POLICY}mode: live\n"):
        file.write_text(text)
        assert burnish("grooming", "policies", "apply", str(file)).exit_code == 0
    listed = burnish("grooming", "policies", "versions", "Overdue")
    assert listed.exit_code == 0, listed.output
    heads = [line for line in listed.output.splitlines() if line.startswith("version ")]
    assert [(line.split(",")[0], line.rsplit(": ")[-1]) for line in heads] == [
        ("version 3", "live"),
        ("version 2", "shadow"),
        ("version 1", "shadow"),
    ]
    assert "-ladder: [{step: report}]\n+ladder: [{step: label, label: late}]" in listed.output
    assert burnish("grooming", "policies", "diff", "Overdue", "1", "3").output.endswith("+mode: live\n")
    assert "are the same" in burnish("grooming", "policies", "diff", "Overdue", "2", "2").output
    exported = burnish("grooming", "policies", "export", "Overdue", "--version", "1")
    assert exported.output == POLICY
    back = burnish("grooming", "policies", "rollback", "Overdue", "2")
    assert "Overdue is kept as version 4, shadow." in back.output, back.output
    assert "label: late" in burnish("grooming", "policies", "export", "Overdue").output
    assert "has no version 9" in says(burnish("grooming", "policies", "rollback", "Overdue", "9"))


def test_a_live_version_is_taken_back_only_when_somebody_says_yes_and_a_deleted_policy_comes_back(
    filled: str, tmp_path: Path
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(f"{POLICY}mode: live\n")
    assert burnish("grooming", "policies", "apply", str(file)).exit_code == 0
    assert burnish("grooming", "policies", "delete", "--yes", "Overdue").exit_code == 0
    assert "Go on?" in burnish("grooming", "policies", "rollback", "Overdue", "1").output
    assert burnish("grooming", "policies", "list").output == "None.\n"
    assert "deleted" in burnish("grooming", "policies", "versions", "Overdue").output.splitlines()[0]
    done = burnish("grooming", "policies", "rollback", "Overdue", "1", "--yes")
    assert "Overdue is kept as version 3, live." in done.output, done.output
    assert "There is no grooming policy 'Nothing'" in says(
        burnish("grooming", "policies", "versions", "Nothing")
    )


def test_a_proposal_that_is_not_there_is_refused(filled: str) -> None:
    said = says(burnish("grooming", "accept", "--board", "1", "stale", "BURN-1"))
    assert "There is no finding 'stale on BURN-1'" in said
