"""JQL on the command line: what a query says, and what the store holds for it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.store import partial_data, sites
from app.store.database import Database
from app.store.partial_data import Kind, Partial
from tests.cli.support import burnish, says
from tests.conftest import NOW


def test_a_query_is_shown_as_a_tree_and_in_its_canonical_form() -> None:
    result = burnish("jql", "parse", "a = b AND NOT c in (d, EMPTY) order by e desc")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert said["canonical"] == "a = b and not c in (d, empty) ORDER BY e DESC"
    assert said["tree"]["where"]["type"] == "and"
    assert said["tree"]["orderBy"] == [{"field": {"name": "e"}, "direction": "desc"}]


def test_half_of_a_character_is_shown_as_the_escape_that_it_was() -> None:
    result = burnish("jql", "parse", r"a = '\ud83d'")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["tree"]["where"]["operand"]["value"] == "\ud83d"


def test_a_fault_is_told_with_its_place_and_a_caret() -> None:
    result = burnish("jql", "parse", "a = when")
    said = says(result)
    assert "line 1, character 5" in said
    assert "when is a reserved word" in said
    assert "\n    ^\n" in result.output


@pytest.mark.parametrize(
    ("query", "first"), [("ORDER BY key DESC", True), ("key = BURN-99999", False), ("status was 3", True)]
)
def test_keys_are_printed_in_order(filled: str, query: str, first: bool) -> None:
    result = burnish("jql", "search", query)
    assert result.exit_code == 0, result.output
    keys = result.stdout.split()
    assert bool(keys) == first
    assert all(key.startswith("BURN-") for key in keys)


def test_before_the_first_issue_there_is_none(filled: str) -> None:
    result = burnish("jql", "search", "order by key", "--as-of", "2001-01-01T00:00Z")
    assert (result.exit_code, result.output) == (0, "")


def test_a_value_that_nothing_has_is_warned_of_below_the_place(filled: str) -> None:
    result = burnish("jql", "search", "key in (BURN-1, NOPE-1) ORDER BY key")
    assert (result.exit_code, result.stdout) == (0, "BURN-1\n")
    assert "Warning: JQL, line 1, character 17: There is no such issue in the store" in result.stderr
    assert "key in (BURN-1, NOPE-1) ORDER BY key\n                ^\n" in result.stderr


def test_what_was_not_read_is_warned_of_beside_what_is_found(filled: str) -> None:
    database = Database(filled)
    with database.write() as tx:
        site, why = sites.get_site(tx, sites.names(tx)[0]), "What changed in project BURN could not be read."
        partial_data.note(tx, site, [Partial("project:10000", Kind.UNREAD, why)], at=NOW)
    database.close()
    for query in (["key = BURN-1"], ["key = BURN-1", "--as-of", "2026-03-04"]):
        result = burnish("jql", "search", *query)
        assert (result.exit_code, result.stdout) == (0, "BURN-1\n")
        assert result.stderr == f"Warning: Incomplete data. {why}\n"


def test_a_bare_day_is_its_end_where_the_dates_of_the_query_are(filled: str) -> None:
    def keys(*asked: str) -> list[str]:
        result = burnish("jql", "search", "status CHANGED order by key", "--as-of", *asked)
        assert result.exit_code == 0, result.output
        return result.stdout.split()

    at_begin, at_end = keys("2026-03-03T00:00Z"), keys("2026-03-03T23:59:59Z")
    assert len(at_begin) < len(at_end)
    assert keys("2026-03-03") == at_end
    # There it ends while it is not over in UTC: what was made at its last hours is not there yet.
    assert keys("2026-03-03", "--time-zone", "Pacific/Kiritimati") == keys("2026-03-03T09:59:59Z")


def test_what_the_site_does_not_have_is_named(filled: str) -> None:
    assert "There is no field asignee. Did you mean assignee" in says(burnish("jql", "search", "asignee = x"))
    assert "time_zone" in says(burnish("jql", "search", "key = X-1", "--time-zone", "Mars/Base"))


def test_a_search_in_a_store_that_does_not_exist_makes_none(
    configured: Callable[..., None], tmp_path: Path
) -> None:
    configured()
    assert "There is no store at" in says(burnish("jql", "search", "key = X-1"))
    assert list(tmp_path.iterdir()) == []
