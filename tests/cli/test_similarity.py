"""Like issues on the command line."""

import json

import pytest

from app.store import sites
from app.store.database import Database
from tests.cli.support import burnish, says
from tests.factories import day
from tests.services.test_similarity import TEXTS, a_team, another_team, save


@pytest.fixture
def team(url: str, configured: object) -> str:
    assert callable(configured)
    configured(url)
    database = Database(url)
    with database.write() as tx:
        another_team(tx, a_team(tx))
    database.close()
    return url


def test_duplicates_are_printed_with_their_reason(team: str) -> None:
    result = burnish("duplicates", "BURN-1", "--limit", "1")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "BURN-1  Login fails with a timeout on the mobile app"
    assert "BURN-2  Mobile app times out  [Done]" in lines[2]
    assert lines[3].startswith("      both say: ")
    assert "“mobile app”" in lines[4]


def test_the_own_family_is_named_apart(team: str) -> None:
    database = Database(team)
    with database.write() as tx:
        site = sites.get_site(tx, "demo")
        save(tx, site, 90, updated=day(2), parent={"id": "14", "key": "BURN-4"}, **TEXTS[3])
    database.close()
    result = burnish("duplicates", "BURN-4")
    assert "None of 126 other issues but its own family says much of the same." in result.output
    assert result.output.endswith("Left out as its own parents, parts or sub-tasks beside it: BURN-90.\n")


def test_an_estimate_is_printed_with_its_neighbours_and_its_record(team: str) -> None:
    result = burnish("estimate", "BURN-999")
    assert result.exit_code == 0, result.output
    assert "BURN-999  Migration of the archive  [unestimated]" in result.output
    assert "Suggested: 13 Story Points" in result.output
    assert "learnt from 120 done issues and from what 1 other team makes of such texts." in result.output
    assert "of the team's own issues such suggestions were" in result.output
    assert "Migration of the" in result.output.splitlines()[-1]


def test_both_are_there_for_machines(team: str) -> None:
    found = json.loads(burnish("duplicates", "BURN-1", "--format", "json").output)
    assert found["candidates"][0]["key"] == "BURN-2"
    found = json.loads(burnish("estimate", "BURN-999", "--format", "json").output)
    assert found["answer"]["estimate"] == 13


def test_what_is_not_there_is_one_sentence(team: str) -> None:
    assert "There is no issue 'BURN-4711'" in says(burnish("duplicates", "BURN-4711"))
    assert "There is no board 9" in says(burnish("estimate", "BURN-1", "--board", "9"))


def test_nothing_alike_is_said_in_words(team: str) -> None:
    assert "None of 125 other issues says much of the same." in burnish("duplicates", "BURN-4").output
