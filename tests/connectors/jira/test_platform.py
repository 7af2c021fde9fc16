"""Site, account, issues, history, transitions and files: what is asked and how answers are read."""

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from connectors.errors import Missing, NotAuthenticated, NotJira, PagingStuck, Refused
from tests.connectors.jira.site import BASE, Site, history, offset_pages, ok

if TYPE_CHECKING:
    from connectors.jira.documents import IssueDocument

ISSUE = "/rest/api/3/issue/BURN-1"
SEARCH = "/rest/api/3/search/jql"


async def test_the_site_and_the_account_introduce_themselves(site: Site) -> None:
    site.answers(
        "GET", "/rest/api/3/serverInfo", ok({"deploymentType": "Cloud", "versionNumbers": [1001, 0, 0]})
    )
    site.answers("GET", "/rest/api/3/myself", ok({"accountId": "abc", "timeZone": "Europe/Berlin"}))
    assert (await site.jira.server_info())["deploymentType"] == "Cloud"
    assert (await site.jira.myself())["timeZone"] == "Europe/Berlin"


async def test_a_permission_that_jira_does_not_mention_is_not_granted(site: Site) -> None:
    granted = {"BROWSE_PROJECTS": {"key": "BROWSE_PROJECTS", "havePermission": True}}
    site.answers("GET", "/rest/api/3/mypermissions", ok({"permissions": granted}), ok({"permissions": {}}))
    keys = ["BROWSE_PROJECTS", "ADD_COMMENTS"]
    assert await site.jira.permissions(keys, "BURN") == {"BROWSE_PROJECTS": True, "ADD_COMMENTS": False}
    assert dict(site.requests[0].url.params) == {"permissions": ",".join(keys), "projectKey": "BURN"}
    assert await site.jira.permissions(["ADD_COMMENTS"]) == {"ADD_COMMENTS": False}
    assert "projectKey" not in site.requests[1].url.params


async def test_all_projects_are_read_though_jira_gives_fewer_a_page_than_asked(site: Site) -> None:
    projects = [{"id": str(number), "key": f"P{number}"} for number in range(5)]
    site.serves(
        "GET", "/rest/api/3/project/search", offset_pages([projects[:2], projects[2:3], projects[3:]])
    )
    assert [project["key"] async for project in site.jira.projects()] == ["P0", "P1", "P2", "P3", "P4"]
    assert [request.url.params["startAt"] for request in site.requests] == ["0", "2", "3"]


async def test_fields_and_statuses_are_lists(site: Site) -> None:
    sprint = {
        "id": "customfield_10020",
        "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    }
    site.answers("GET", "/rest/api/3/field", ok([sprint]))
    site.answers("GET", "/rest/api/3/status", ok([{"id": "1", "name": "To Do"}]))
    assert (await site.jira.fields())[0]["schema"]["custom"].endswith(":gh-sprint")
    assert (await site.jira.statuses())[0]["name"] == "To Do"


async def test_an_object_where_a_list_is_due_is_not_an_empty_list(odd_site: Site) -> None:
    odd_site.answers("GET", "/rest/api/3/field", ok({}))
    with pytest.raises(NotJira):
        await odd_site.jira.fields()


async def test_a_search_says_all_that_it_was_told(site: Site) -> None:
    site.answers("POST", SEARCH, ok({"issues": [{"id": "1"}], "nextPageToken": "t2", "isLast": False}))
    page = await site.jira.search_page(
        "project = BURN",
        fields=["summary", "status"],
        expand=["changelog", "names"],
        page_token="t1",
        max_results=50,
        reconcile=[10001],
    )
    assert page.issues == [{"id": "1"}]
    assert page.next_page_token == "t2"
    assert site.bodies[0] == {
        "jql": "project = BURN",
        "fields": ["summary", "status"],
        "expand": "changelog,names",
        "nextPageToken": "t1",
        "maxResults": 50,
        "reconcileIssues": [10001],
    }


@pytest.mark.parametrize(
    "last", [{"isLast": True, "nextPageToken": "left over"}, {"isLast": False}, {"nextPageToken": None}, {}]
)
async def test_a_search_ends_when_jira_says_so_or_gives_no_token(site: Site, last: dict[str, object]) -> None:
    first = ok({"issues": [{"id": "1"}], "nextPageToken": "t2"})
    site.answers(
        "POST",
        SEARCH,
        first,
        ok({"issues": []} | {"nextPageToken": "t3"}),
        ok({"issues": [{"id": "2"}]} | last),
    )
    found = [issue["id"] async for issue in site.jira.search("project = BURN", fields=["id"])]
    assert found == ["1", "2"]
    assert [body.get("nextPageToken") for body in site.bodies] == [None, "t2", "t3"]


async def test_a_search_that_goes_round_in_circles_is_given_up(site: Site) -> None:
    site.serves("POST", SEARCH, lambda _: ok({"issues": [{"id": "1"}], "nextPageToken": "same"}))
    with pytest.raises(PagingStuck):
        [issue async for issue in site.jira.search("project = BURN", fields=["id"])]
    assert len(site.requests) == 2


async def test_unbounded_jql_is_refused_in_jiras_own_words(site: Site) -> None:
    site.answers("POST", SEARCH, ok({"errorMessages": ["Unbounded JQL queries are not allowed here."]}, 400))
    with pytest.raises(Refused, match="Unbounded JQL") as caught:
        await site.jira.search_page("ORDER BY created", fields=["id"])
    assert "ORDER BY" not in str(caught.value)


async def test_an_issue_is_asked_for_with_its_fields_and_expansions(site: Site) -> None:
    site.answers("GET", ISSUE, ok({"id": "10001", "key": "BURN-1", "fields": {}}), ok({"id": "10001"}))
    assert (await site.jira.issue("BURN-1"))["id"] == "10001"
    await site.jira.issue("BURN-1", fields=["summary", "status"], expand=["changelog"])
    assert [dict(request.url.params) for request in site.requests] == [
        {"fields": "*all"},
        {"fields": "summary,status", "expand": "changelog"},
    ]


async def test_a_deleted_issue_is_missing_and_the_error_names_it(site: Site) -> None:
    site.answers("GET", ISSUE, ok({"errorMessages": ["Issue does not exist"]}, 404))
    with pytest.raises(Missing, match=r"GET /rest/api/3/issue/BURN-1: .*Issue does not exist"):
        await site.jira.issue("BURN-1")


async def test_a_history_comes_whole_and_oldest_first(site: Site) -> None:
    entries = [history(number) for number in range(7)]
    site.serves("GET", ISSUE + "/changelog", offset_pages([entries[:3], entries[3:4], entries[4:]]))
    assert [entry async for entry in site.jira.changelog("BURN-1")] == entries


async def test_an_embedded_history_that_is_whole_is_not_read_again(site: Site) -> None:
    newest_first = [history(number) for number in (12, 11, 9)]
    issue: IssueDocument = {"id": "1", "changelog": {"total": 3, "histories": newest_first}}
    assert [entry["id"] for entry in await site.jira.full_changelog(issue)] == ["9999", "10001", "10002"]
    assert site.requests == []


@pytest.mark.parametrize(
    "embedded", [{"total": 3, "histories": [history(2)]}, {"histories": []}, {"total": 0}, None]
)
async def test_a_history_that_is_cut_or_not_embedded_is_read_from_its_own_list(
    site: Site, embedded: dict[str, object] | None
) -> None:
    entries = [history(number) for number in range(3)]
    site.serves("GET", "/rest/api/3/issue/1/changelog", offset_pages([entries[:2], entries[2:]]))
    issue: IssueDocument = {"id": "1", "changelog": embedded}
    assert await site.jira.full_changelog(issue) == entries


async def test_entries_of_one_instant_are_ordered_by_id_as_numbers(site: Site) -> None:
    entries = [{**history(1), "id": "10000"}, {**history(1), "id": "9999"}]
    issue: IssueDocument = {"id": "1", "changelog": {"total": 2, "histories": entries}}
    assert [entry["id"] for entry in await site.jira.full_changelog(issue)] == ["9999", "10000"]


async def test_a_transition_is_chosen_from_those_that_are_possible_now(site: Site) -> None:
    path = ISSUE + "/transitions"
    site.answers("GET", path, ok({"transitions": [{"id": "31", "name": "Done", "to": {"id": "10002"}}]}))
    site.answers(
        "POST", path, httpx.Response(204), ok({"errorMessages": ["not valid"]}, 400), httpx.Response(409)
    )
    assert (await site.jira.transitions("BURN-1"))[0]["to"]["id"] == "10002"
    assert await site.jira.transition("BURN-1", "31") is None
    assert json.loads(site.requests[-1].content) == {"transition": {"id": "31"}}
    for status in (400, 409):
        with pytest.raises(Refused) as caught:
            await site.jira.transition("BURN-1", "31")
        assert caught.value.status == status


async def test_a_file_goes_as_the_part_that_jira_expects_and_past_its_xsrf_check(site: Site) -> None:
    site.answers("POST", ISSUE + "/attachments", ok([{"id": "7", "filename": "chart.png"}]))
    attachment = await site.jira.attach("BURN-1", "chart.png", b"\x89PNG", "image/png")
    assert attachment["filename"] == "chart.png"
    (request,) = site.requests
    assert request.headers["X-Atlassian-Token"] == "no-check"
    assert b'name="file"; filename="chart.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in request.content


@pytest.mark.parametrize("answer", [[], {}, ["odd"]])
async def test_a_file_that_jira_does_not_acknowledge_may_be_there(odd_site: Site, answer: object) -> None:
    odd_site.answers("POST", ISSUE + "/attachments", ok(answer))
    with pytest.raises(NotJira) as caught:
        await odd_site.jira.attach("BURN-1", "chart.png", b"", "image/png")
    assert caught.value.maybe_executed


async def test_no_name_can_leave_its_place_in_the_path(odd_site: Site) -> None:
    odd_site.router.route().mock(return_value=ok({}))
    await odd_site.jira.issue("A/../../secret?x=1#y")
    assert odd_site.requests[0].url.raw_path.startswith(
        b"/rest/api/3/issue/A%2F..%2F..%2Fsecret%3Fx%3D1%23y?"
    )
    for name in ("", ".", ".."):
        with pytest.raises(ValueError, match="does not name"):
            await odd_site.jira.issue(name)


async def test_a_login_page_is_not_mistaken_for_jira(odd_site: Site) -> None:
    html = httpx.Response(200, headers={"content-type": "text/html"}, text="<html>Log in</html>")
    redirect = httpx.Response(302, headers={"location": "https://sso.test/"})
    odd_site.answers("GET", "/rest/api/3/myself", html, redirect)
    for _ in range(2):
        with pytest.raises(NotJira):
            await odd_site.jira.myself()
    assert len(odd_site.requests) == 2


async def test_a_search_with_a_refused_token_does_not_look_like_an_empty_project(site: Site) -> None:
    anonymous = ok({"issues": [], "isLast": True}, **{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})
    site.answers("POST", SEARCH, anonymous)
    with pytest.raises(NotAuthenticated):
        [issue async for issue in site.jira.search("project = BURN", fields=["id"])]


async def test_a_context_path_is_kept() -> None:
    async with Site(None, base=BASE + "/jira/").opened() as site:
        site.router.route().mock(return_value=ok({}))
        await site.jira.myself()
        assert site.requests[0].url.path == "/jira/rest/api/3/myself"
