"""Answers of real sites, through our mapping; skipped where the material is not beside the checkout."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.scrum.from_jira import (
    SiteFields,
    find_fields,
    read_board,
    read_histories,
    read_issue,
    read_sprint,
)

DATA = Path(__file__).parents[4] / "shared" / "data"
REST = DATA / "rest"
RAW = REST / "devlake" / "raw"

pytestmark = pytest.mark.skipif(not REST.is_dir(), reason="recorded answers are not at hand")


def rows(name: str) -> list[dict[str, Any]]:
    """Recorded answers of one endpoint."""
    csv.field_size_limit(sys.maxsize)
    text = (RAW / f"_raw_jira_api_{name}.csv").read_text(encoding="utf-8")
    return [json.loads(row["data"]) for row in csv.DictReader(text.lstrip().splitlines(keepends=True))]


def document(path: str) -> Any:
    return json.loads((REST / path).read_text(encoding="utf-8"))


def test_every_recorded_issue_is_read() -> None:
    site = find_fields(rows("issue_fields"))
    read = [read_issue(data, site) for data in rows("issues")]
    assert len(read) == 33
    assert all(record is not None for record in read)
    assert any(record.sprint_ids for record in read if record) is (site.sprint is not None)


def test_every_recorded_history_is_read_with_all_its_items() -> None:
    recorded = rows("issue_changelogs")
    assert len(recorded) == 279
    changes = read_histories(recorded, SiteFields())
    assert len(changes) == sum(len(history["items"]) for history in recorded)
    assert [change.at for change in changes] == sorted(change.at for change in changes)


def test_every_recorded_sprint_is_read() -> None:
    sprints = [read_sprint(data) for data in rows("sprints")]
    assert len(sprints) == 30
    assert {sprint.state.value for sprint in sprints} <= {"future", "active", "closed"}
    others = [read_sprint(data) for data in document("goj/sprints.json")["values"]]
    assert others


def test_the_sprints_are_those_that_another_system_derives() -> None:
    with (REST / "devlake" / "expected" / "_tool_jira_sprints.csv").open(encoding="utf-8") as file:
        expected = {int(row["sprint_id"]): row["name"] for row in csv.DictReader(file)}
    assert {data["id"]: read_sprint(data).name for data in rows("sprints")} == expected


@pytest.mark.parametrize("name", ["issue_types", "projects", "status", "users", "worklogs"])
def test_every_other_recorded_answer_has_the_id_that_we_rely_on(name: str) -> None:
    found = rows(name)
    assert found
    assert all(each.get("id") or each.get("accountId") is not None for each in found)


def arisa() -> Iterator[tuple[str, Any]]:
    for file in sorted((REST / "arisa").glob("*issue*.json")):
        yield file.name, json.loads(file.read_text(encoding="utf-8"))


def test_every_recorded_issue_of_data_center_is_read_with_its_history() -> None:
    seen = Counter()  # type: ignore[var-annotated]
    for name, data in arisa():
        record = read_issue(data, SiteFields())
        assert record is not None, name
        changelog = data.get("changelog") or {}
        changes = read_histories(changelog.get("histories") or (), SiteFields())
        seen.update(issues=1, changes=len(changes))
    assert seen["issues"] == 5
    assert seen["changes"] > 0


def test_a_recorded_board_is_read_and_its_last_column_is_done() -> None:
    boards = document("goj/all_boards.json")["values"]
    configuration = document("goj/board_configuration.json")
    board = read_board({**boards[0], "id": configuration["id"]}, configuration)
    assert [column.name for column in board.columns]
    assert any(column.status_ids for column in board.columns)


def test_recorded_issues_of_a_sprint_that_are_mentions_only_are_not_taken_for_issues() -> None:
    for data in document("goj/issues_in_sprint.json")["issues"]:
        assert data["id"]
        read_issue(data, SiteFields())  # does not fail


@pytest.mark.parametrize(
    "path",
    [
        "goj/all_fields.json",
        "goj/all_statuses.json",
        "goj/all_issuelinktypes.json",
        "goj/project.json",
        "goj/transitions.json",
        "arisa/project-with-versions.json",
    ],
)
def test_what_the_client_hands_on_as_it_is_has_the_names_that_we_rely_on(path: str) -> None:
    found = document(path)
    match path.rpartition("/")[2]:
        case "transitions.json":
            assert all(each["to"]["id"] for each in found["transitions"])
        case "all_fields.json":
            assert find_fields(found) is not None
        case _:
            assert all(
                each["id"] and each["name"] for each in (found if isinstance(found, list) else [found])
            )


EXPECTED = {
    # site: Sprint, story points, epic link, rank, flagged; 0 where the site has none
    "Apache": (1, 1, 1, 1, 1),
    "IntelDAOS": (1, 2, 1, 1, 1),
    "Jira": (1, 3, 1, 1, 1),
    "Mojang": (1, 0, 1, 1, 1),
    "Qt": (1, 1, 1, 1, 1),
    "Sakai": (1, 2, 1, 1, 1),
    "Sonatype": (1, 1, 1, 1, 1),
}


def test_the_fields_of_seven_public_sites_are_found() -> None:
    sites = json.loads((DATA / "fields" / "public-jiras.json").read_text(encoding="utf-8"))
    assert sites.keys() == EXPECTED.keys()
    print(f"\n{'site':10} {'Sprint':22} {'story points':60} {'epic link':22} {'rank':22} flagged")
    for site, documents in sites.items():
        found = find_fields(documents)
        points = " ".join(found.story_points) or "-"
        rank_of = f"{found.epic_link!s:22} {found.rank!s:22} {found.flagged}"
        print(f"{site:10} {found.sprint!s:22} {points:60} {rank_of}")
        one_each = (found.sprint, found.epic_link, found.rank, found.flagged)
        sprint, epic_link, rank, flagged = (int(field is not None) for field in one_each)
        assert (sprint, len(found.story_points), epic_link, rank, flagged) == EXPECTED[site], site
        names = {str(each["id"]): each["name"] for each in documents}
        assert found.rank is not None
        assert names[found.rank] == "Rank"
