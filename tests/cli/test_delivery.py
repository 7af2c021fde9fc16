"""What is delivered when, on the command line."""

import json

import pytest

from tests.cli.support import burnish, runs_of, says

DELIVERY = ("report", "delivery", "--board", "1")


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki", "html"])
def test_it_is_printed_in_each_format(filled: str, style: str) -> None:
    """A project without versions and epics says so."""
    result = burnish(*DELIVERY, "--format", style)
    assert result.exit_code == 0, result.output
    if style == "json":
        assert [one["scopes"] for one in json.loads(result.output)["parts"]] == [[], []]
    else:
        assert "No unreleased version and no open epic with issues" in result.output


def test_a_version_that_is_not_open_is_said(filled: str) -> None:
    assert "None is open." in says(burnish(*DELIVERY, "--version", "1.0"))


def test_the_issues_of_a_query_are_told_against_a_day(filled: str) -> None:
    result = burnish(
        *DELIVERY, "--jql", "created > 2020-01-01", "--by", "2026-03-20", "--at", "2026-03-09T12:00Z"
    )
    assert result.exit_code == 0, result.output
    assert "created \\> 2020-01-01" in result.output
    assert "No dates are told" in result.output, "one sprint is little"
    assert "| 20 Mar |" in result.output


def test_posting_asks_for_a_run(filled: str) -> None:
    result = burnish(*DELIVERY, "--post")
    assert result.exit_code == 0, result.output
    (run,) = runs_of(filled)
    assert (run["kind"], run["parameters"]) == ("delivery", {"board": 1, "post_to": None})
    assert "It will post nothing: the settings name no `report_issue` for board 1." in result.output
