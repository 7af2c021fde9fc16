"""Data Center behind the same names; requests and answers are held against its description."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from connectors.errors import CredentialsCannot, HistoryIncomplete, NotJira, Unreachable
from connectors.jira.auth import PersonalAccessToken
from connectors.jira.deployment import Deployment
from connectors.jira.edition import Picture
from connectors.jira.webhooks import webhook_id
from tests.connectors.jira.site import ADF, BASE, Site, history, ok
from tests.connectors.specs import SPECS, load_data_center_specs

SERVER_INFO = "/rest/api/2/serverInfo"
COMMENTS = "/rest/api/2/issue/BURN-1/comment"
TEN = {"deploymentType": "Server", "versionNumbers": [10, 3, 1], "version": "10.3.1"}
ME = {"name": "bot", "key": "JIRAUSER10000"}


@pytest.fixture
async def server() -> AsyncIterator[Site]:
    checker = load_data_center_specs() if SPECS.is_dir() else None
    credentials = PersonalAccessToken("pat")
    site = Site(checker, base=BASE + "/jira", deployment=None, credentials=credentials)
    site.answers("GET", SERVER_INFO, ok(TEN, **{"X-AUSERNAME": "anonymous"}))
    async with site.opened():
        yield site


def paths(site: Site) -> list[str]:
    return [f"{each.method} {each.url.path.removeprefix('/jira')}" for each in site.requests]


async def test_the_edition_is_asked_with_the_first_call_once_and_below_the_context_path(server: Site) -> None:
    server.answers("GET", "/rest/api/2/myself", ok(ME), ok(ME))
    assert server.requests == []
    await server.jira.myself()
    await server.jira.myself()
    assert await server.jira.deployment() is Deployment.DATA_CENTER
    assert paths(server) == [f"GET {SERVER_INFO}"] + ["GET /rest/api/2/myself"] * 2
    assert server.requests[1].headers["Authorization"] == "Bearer pat"
    assert server.requests[1].url.path == "/jira/rest/api/2/myself"


async def test_a_site_that_was_down_is_asked_again() -> None:
    async with Site(None, deployment=None).opened() as site:
        site.answers("GET", SERVER_INFO, *[httpx.Response(503)] * 5, ok({"deploymentType": "Cloud"}))
        site.answers("GET", "/rest/api/3/myself", ok({}))
        with pytest.raises(Unreachable):
            await site.jira.myself()
        await site.jira.myself()
        assert await site.jira.deployment() is Deployment.CLOUD


async def test_what_is_neither_edition_is_not_jira() -> None:
    async with Site(None, deployment=None).opened() as site:
        site.answers("GET", SERVER_INFO, ok({"deploymentType": "Bitbucket"}))
        with pytest.raises(NotJira, match="deploymentType"):
            await site.jira.myself()


async def test_projects_come_in_one_list_and_permissions_all_at_once(server: Site) -> None:
    server.answers("GET", "/rest/api/2/project", ok([{"id": "1", "key": "BURN"}]))
    server.answers("GET", "/rest/api/2/mypermissions", ok({"permissions": {}}))
    assert [each["key"] async for each in server.jira.projects()] == ["BURN"]
    assert "BROWSE_PROJECTS" in await server.jira.missing_permissions("BURN")
    assert dict(server.requests[-1].url.params) == {"projectKey": "BURN"}


async def test_a_comment_is_wiki_markup_and_adf_is_refused_before_it_is_sent(server: Site) -> None:
    server.answers("POST", COMMENTS, ok({"id": "7", "body": "h1. x"}, 201))
    await server.jira.add_comment("BURN-1", "h1. x", properties={"mark": {"a": 1}})
    assert json.loads(server.requests[-1].content) == {
        "body": "h1. x",
        "properties": [{"key": "mark", "value": {"a": 1}}],
    }
    with pytest.raises(ValueError, match="wiki markup"):
        await server.jira.add_comment("BURN-1", ADF)
    assert len(server.requests) == 2


@pytest.mark.parametrize("listed", [True, False])
async def test_our_comment_is_found_by_its_property_also_where_the_list_hides_it(
    server: Site, listed: bool
) -> None:
    shown = {"properties": [{"key": "mark", "value": 1}]} if listed else {}
    comments = [
        {"id": "9", "author": {"name": "eve"}, **({"properties": []} if listed else {})},
        {"id": "8", "author": ME, **({"properties": []} if listed else {})},
        {"id": "7", "author": ME, **shown},
    ]
    server.answers("GET", COMMENTS, ok({"comments": comments, "startAt": 0, "maxResults": 50, "total": 3}))
    server.answers("GET", "/rest/api/2/myself", ok(ME))
    server.answers("GET", "/rest/api/2/comment/8/properties/mark", ok({}, 404))
    server.answers("GET", "/rest/api/2/comment/7/properties/mark", ok({"key": "mark", "value": 1}))
    found = await server.jira.find_comment("BURN-1", property_key="mark", value=1)
    assert found is not None
    assert found["id"] == "7"
    assert ("GET /rest/api/2/comment/7/properties/mark" in paths(server)) is not listed


async def test_somebody_is_assigned_by_name_and_an_edit_has_no_way_to_be_silent(server: Site) -> None:
    server.answers("PUT", "/rest/api/2/issue/BURN-1/assignee", httpx.Response(204), httpx.Response(204))
    server.answers("PUT", COMMENTS + "/7", ok({"id": "7"}))
    await server.jira.assign("BURN-1", "eve")
    await server.jira.assign("BURN-1", None)
    await server.jira.edit_comment("BURN-1", "7", "x", notify_users=False)
    assert [json.loads(each.content) for each in server.requests[1:3]] == [{"name": "eve"}, {"name": None}]
    assert dict(server.requests[-1].url.params) == {"expand": "properties"}


async def test_issues_are_read_by_id_with_a_search_and_one_by_one_where_that_is_refused(server: Site) -> None:
    page = {"startAt": 0, "maxResults": 100, "total": 1, "issues": [{"id": "10001"}]}
    server.answers("POST", "/rest/api/2/search", ok(page), ok({"errorMessages": ["gone"]}, 400))
    server.answers("GET", "/rest/api/2/issue/10001", ok({"id": "10001"}))
    server.answers("GET", "/rest/api/2/issue/BURN-9", ok({}, 404))
    wanted = ["10001", "BURN-9"]
    assert await server.jira.issues(wanted, fields=["summary"]) == [{"id": "10001"}]
    assert json.loads(server.requests[1].content)["jql"] == 'id in (10001) OR key in ("BURN-9")'
    assert await server.jira.issues(wanted) == [{"id": "10001"}]


async def test_a_history_is_embedded_whole_or_read_again_or_refused(server: Site) -> None:
    whole = {"total": 2, "histories": [history(2), history(1)]}
    cut = {"total": 3, "histories": [history(1)]}
    where = "/rest/api/2/issue/2"
    server.answers(
        "GET", where, ok({"id": "2", "changelog": whole}), *[ok({"id": "2", "changelog": cut})] * 2
    )
    read = await server.jira.histories(
        [{"id": "1", "changelog": whole}, {"id": "2"}]  # type: ignore[typeddict-item]
    )
    assert {issue: [each["id"] for each in found] for issue, found in read.items()} == {
        "1": ["9991", "9992"],
        "2": ["9991", "9992"],
    }
    with pytest.raises(HistoryIncomplete, match="says that there are 3"):
        await server.jira.full_changelog({"id": "2"})


async def test_a_picture_is_shown_by_its_name(server: Site) -> None:
    server.answers("POST", "/rest/api/2/issue/BURN-1/attachments", ok([{"id": "7", "filename": "burn.png"}]))
    picture = Picture(600, 300, "Burndown")
    attached = await server.jira.attach_picture("BURN-1", "burn.png", b"", "image/png", picture)
    assert attached.block == "!burn.png|width=600!"
    assert attached.shown


@pytest.mark.parametrize(
    ("version", "path"), [(9, "webhooks/1.0/webhook"), (10, "jira-webhook/1.0/webhooks")]
)
async def test_webhooks_are_registered_where_the_version_has_them(version: int, path: str) -> None:
    site = Site(None, deployment=None, credentials=PersonalAccessToken("pat"))
    async with site.opened():
        site.answers("GET", SERVER_INFO, ok({**TEN, "versionNumbers": [version, 0]}))
        site.answers("POST", f"/rest/{path}", ok({"id": 3, "self": f"{BASE}/rest/{path}/3"}, 201))
        webhook = await site.jira.register_webhook("Burnish", "https://b.test", ["sprint_started"], "", "s3")
        assert webhook_id(webhook) == "3"
        body = json.loads(site.requests[-1].content)
        assert body.get("configuration", {}).get("SECRET") == ("s3" if version == 10 else None)
        assert "secret" not in body


async def test_an_app_s_webhooks_are_of_cloud_only(server: Site) -> None:
    with pytest.raises(CredentialsCannot, match="personal access token"):
        await server.jira.register_dynamic_webhook("https://b.test", [], "project = A")
    assert paths(server) == [f"GET {SERVER_INFO}"]
