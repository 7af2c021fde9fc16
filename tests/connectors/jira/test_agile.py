"""Boards and sprints."""

import pytest

from connectors.errors import Refused
from tests.connectors.jira.site import Site, offset_pages, ok

SPRINTS = "/rest/agile/1.0/board/3/sprint"


def sprint(number: int, state: str = "closed") -> dict[str, object]:
    return {
        "id": number,
        "self": f"/rest/agile/1.0/sprint/{number}",
        "state": state,
        "name": f"Sprint {number}",
    }


async def test_the_boards_of_a_project_are_read_page_by_page(site: Site) -> None:
    boards = [{"id": number, "name": "Board", "type": "scrum"} for number in range(3)]
    site.serves("GET", "/rest/agile/1.0/board", offset_pages([boards[:2], boards[2:]], total=False))
    assert [board["id"] async for board in site.jira.boards(project="BURN")] == [0, 1, 2]
    assert {request.url.params["projectKeyOrId"] for request in site.requests} == {"BURN"}


async def test_all_boards_are_asked_for_without_a_project(site: Site) -> None:
    site.serves("GET", "/rest/agile/1.0/board", offset_pages([[]]))
    assert [board async for board in site.jira.boards()] == []
    assert "projectKeyOrId" not in site.requests[0].url.params


async def test_a_board_tells_its_columns_and_its_estimation_field(site: Site) -> None:
    configuration = {
        "id": 3,
        "location": {"type": "project", "key": "BURN", "id": "10000", "name": "Burnish"},
        "columnConfig": {"columns": [{"name": "Done", "statuses": [{"id": "10002"}]}]},
        "estimation": {
            "type": "field",
            "field": {"fieldId": "customfield_10016", "displayName": "Story Points"},
        },
        "ranking": {"rankCustomFieldId": 10019},
    }
    site.answers("GET", "/rest/agile/1.0/board/3/configuration", ok(configuration))
    assert await site.jira.board_configuration(3) == configuration


async def test_the_sprints_of_a_board_are_read_though_jira_gives_no_total(site: Site) -> None:
    sprints = [sprint(1), sprint(2, "active"), sprint(3, "future")]
    site.serves("GET", SPRINTS, offset_pages([sprints[:1], sprints[1:]], total=False))
    assert [each["id"] async for each in site.jira.sprints(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    "message", ["The board does not support sprints", "Das Board unterstützt keine Sprints"]
)
async def test_a_kanban_board_has_no_sprints_and_that_is_no_error(site: Site, message: str) -> None:
    site.answers("GET", SPRINTS, ok({"errorMessages": [message], "errors": {}}, 400))
    assert [each async for each in site.jira.sprints(3)] == []


@pytest.mark.parametrize(("status", "message"), [(400, "maxResults is odd"), (409, "The sprint is locked")])
async def test_another_refusal_is_not_mistaken_for_a_kanban_board(
    odd_site: Site, status: int, message: str
) -> None:
    odd_site.answers("GET", SPRINTS, ok({"errorMessages": [message]}, status))
    with pytest.raises(Refused):
        [each async for each in odd_site.jira.sprints(3)]


async def test_one_sprint_is_read_by_its_id(site: Site) -> None:
    site.answers("GET", "/rest/agile/1.0/sprint/5", ok(sprint(5, "active")))
    assert (await site.jira.sprint(5))["state"] == "active"
