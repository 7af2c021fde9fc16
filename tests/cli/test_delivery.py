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
    asked = ("--jql", "assignee = Jnae OR created > 2020-01-01")
    assert "Nobody is called Jnae in the store" in burnish(*DELIVERY, *asked).stdout
    told = burnish(*DELIVERY, *asked, "--format", "json")
    assert "Warning: JQL, line 1, character 12: Nobody is called Jnae in the store" in told.stderr


def test_posting_asks_for_a_run(filled: str) -> None:
    result = burnish(*DELIVERY, "--post")
    assert result.exit_code == 0, result.output
    (run,) = runs_of(filled)
    assert (run["kind"], run["parameters"]) == ("delivery", {"board": 1, "post_to": None})
    assert "It will post nothing: the settings name no `report_issue` for board 1." in result.output


def test_what_would_count_for_nothing_is_refused_with_the_way_out(filled: str) -> None:
    said = says(burnish(*DELIVERY, "--by", "2026-03-20"))
    assert "The day 2026-03-20 is for the issues of a query, and none is given." in said
    assert "A query is told alone." in says(burnish(*DELIVERY, "--jql", "type = Bug", "--epic", "BURN-1"))
    said = says(burnish(*DELIVERY, "--jql", "type = Bug", "--by", "2026-03-20", "--post"))
    assert "so --jql and --by would count for nothing. Leave out --post to print it" in said
    assert runs_of(filled) == []


@pytest.mark.parametrize(
    "words", [("velocity", "--last", "3"), ("flow", "--weeks", "6"), ("backlog", "--query", "type = Bug")]
)
def test_so_is_what_a_posted_report_does_not_take(filled: str, words: tuple[str, ...]) -> None:
    assert f"so {words[1]} would count for nothing" in says(
        burnish("report", *words, "--board", "1", "--post")
    )
