"""All that the client asks, in both editions, is in Atlassian's descriptions."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from connectors.jira.auth import ApiToken, Credentials, PersonalAccessToken
from connectors.jira.client import JiraClient, connect
from connectors.jira.deployment import Deployment
from connectors.jira.edition import Picture
from connectors.jira.properties import Kind, Owner
from tests.connectors.jira.site import ADF, BASE
from tests.connectors.request_log import OF_OUR_CLIENT
from tests.connectors.specs import CheckedTransport, SpecChecker, cloud_specs, data_center_specs

UNDESCRIBED = {
    "webhooks": "admin webhooks stand in no description",
    "register_webhook": "admin webhooks stand in no description",
    "delete_webhook": "admin webhooks stand in no description",
    "board_issues": "software/1.0 is newer than the description; agile/1.0, its fall-back, is described",
    "backlog_issues": "software/1.0 is newer than the description; agile/1.0, its fall-back, is described",
    "sprint_issues": "software/1.0 is newer than the description; agile/1.0, its fall-back, is described",
}
"""Calls of ours whose request no description has (on Cloud), each with the reason."""
CLOUD_ONLY = {
    "dynamic_webhooks": "Data Center has no OAuth apps' webhooks",
    "register_dynamic_webhook": "Data Center has no OAuth apps' webhooks",
    "refresh_dynamic_webhooks": "Data Center has no OAuth apps' webhooks",
    "delete_dynamic_webhooks": "Data Center has no OAuth apps' webhooks",
}
NOT_A_REQUEST = {"deployment", "limits_of_credentials"}
STARTED = datetime(2026, 3, 2, 9, tzinfo=UTC)
PICTURE = Picture(600, 300, "Burndown")


class Anything(ApiToken):
    """May do whatever there is."""

    dynamic_webhooks = True


def whatever(request: httpx.Request) -> httpx.Response:
    """A Jira that has nothing and agrees to everything."""
    path = request.url.path
    if path.endswith(("/priority", "/resolution", "/issuetype", "/versions", "/components")):
        return httpx.Response(200, json=[])
    if path.endswith(("/field", "/status", "/attachments", "/project")):
        return httpx.Response(200, json=[{"id": "7", "filename": "a.png", "content": "https://x"}])
    if path.endswith(("/1.0/webhook", "/1.0/webhooks")):
        return httpx.Response(200, json=[] if request.method == "GET" else {"id": 1})
    if path.endswith("/transitions") and request.method == "GET":
        return httpx.Response(200, json={"transitions": [{"id": "31", "to": {"id": "3"}}]})
    if "/rest/software/" in path:
        return httpx.Response(404, json={})
    changelog = {"changelog": {"total": 0, "histories": []}, "id": "1", "key": "A-1"}
    results = {"webhookRegistrationResult": [{"createdWebhookId": 1}]}
    lists = {
        "values": [],
        "issues": [],
        "comments": [],
        "worklogs": [],
        "issueLinkTypes": [],
        "issueChangeLogs": [],
    }
    nothing = {
        "isLast": True,
        "total": 0,
        "count": 0,
        "versionNumbers": [10, 3, 0],
        "deploymentType": "Server",
    }
    return httpx.Response(200, json=nothing | lists | changelog | results)


async def every_read(jira: JiraClient) -> None:
    await jira.server_info()
    await jira.myself()
    await jira.permissions(["BROWSE_PROJECTS"], "BURN")
    await jira.missing_permissions()
    await jira.browses_people()
    await jira.fields()
    await jira.statuses()
    await jira.priorities()
    await jira.resolutions()
    await jira.issue_types()
    await jira.versions("BURN")
    await jira.components("BURN")
    await jira.attachment_limit()
    await jira.project("BURN")
    await jira.search_page("a = 1", fields=["id"], expand=["names"], reconcile=[1])
    assert await jira.count("a = 1") == 0
    await jira.issue("BURN-1", expand=["changelog"])
    await jira.attachments("BURN-1")
    await jira.issues(["BURN-1", "10001"], expand=["changelog"])
    await jira.full_changelog({"id": "1"})
    cut = {"total": 1, "histories": []}
    assert await jira.histories([{"id": "3", "changelog": {"total": 0, "histories": []}}]) == {"3": []}
    if await jira.deployment() is Deployment.CLOUD:
        await jira.histories([{"id": "1", "changelog": cut}, {"id": "2", "changelog": cut}])  # type: ignore[typeddict-item]
    await jira.board_configuration(1)
    await jira.saved_filter("10001")
    await jira.sprint(1)
    assert [one async for one in jira.worklogs("BURN-1")] == []
    assert [one async for one in jira.group_members("jira-software-users")] == []
    await jira.people(["somebody"])
    await jira.project_roles("BURN")
    assert await jira.groups() == []
    assert [one async for one in jira.role_members("BURN", "10001")] == []
    await jira.version("10")
    await jira.comment("BURN-1", "1")
    await jira.find_comment("BURN-1", property_key="mark", value=1)
    await jira.transitions("BURN-1")
    await jira.link_types()
    await jira.webhooks()
    for kind in Kind:
        await jira.property_of(Owner(kind, 1), "mark")
    for items in (
        jira.projects(),
        jira.search("a = 1", fields=["id"], reconcile=[1]),
        jira.changelog("1"),
        jira.boards(project="BURN"),
        jira.sprints(1),
        jira.comments("BURN-1", newest_first=True),
        jira.board_issues(1, fields=["summary"]),
        jira.backlog_issues(1, fields=["summary"], jql="a = 1"),
        jira.sprint_issues(1, fields=["summary"], expand=["changelog"]),
    ):
        [item async for item in items]


async def every_write(jira: JiraClient) -> None:
    body = ADF if await jira.deployment() is Deployment.CLOUD else "h1. x"
    await jira.add_comment("BURN-1", body, properties={"mark": 1})
    await jira.edit_comment("BURN-1", "1", body, properties={"mark": {"a": [1]}})
    await jira.transition("BURN-1", "31", fields={"resolution": {"name": "Done"}})
    await jira.transition_to("BURN-1", "3")
    await jira.create_issue({"summary": "x"}, properties={"mark": 1})
    await jira.edit_issue("BURN-1", fields={"summary": "x"}, notify_users=False)
    await jira.change_labels("BURN-1", add=["a"], remove=["b"])
    await jira.assign("BURN-1", "abc")
    await jira.assign("BURN-1", None)
    await jira.watch("BURN-1", "abc")
    await jira.unwatch("BURN-1", "abc")
    await jira.add_worklog("BURN-1", time_spent="1h", started=STARTED)
    await jira.release_version("10", STARTED.date())
    await jira.create_version("10000", "1.4", description="x", start=STARTED.date(), release=STARTED.date())
    await jira.unlink("10000")
    await jira.delete_comment("BURN-1", "1")
    told = {"roles": ["watchers"], "accounts": ["abc"], "groups": ["jira-software-users"]}
    await jira.notify("BURN-1", subject="s", text="t", **told)
    await jira.link("Blocks", inward="BURN-1", outward="BURN-2")
    await jira.remote_link("BURN-1", global_id="b=1", url="https://b.test/1", title="b", relationship="in")
    await jira.attach("BURN-1", "a.txt", b"a", "text/plain")
    await jira.attach_picture("BURN-1", "a.png", b"a", "image/png", PICTURE)
    await jira.show_picture({"id": "7", "filename": "a.png", "content": "https://x"}, PICTURE)
    await jira.delete_attachment("7")
    for kind in Kind:
        await jira.set_property(Owner(kind, 1), "mark", {"a": 1})
        await jira.delete_property(Owner(kind, 1), "mark")
    await jira.rank(["BURN-1"], before="BURN-2")
    await jira.create_sprint(1, "Sprint 8", goal="x", start=STARTED, end=STARTED)
    await jira.change_sprint(1, state="active", goal="x", start=STARTED, end=STARTED)
    await jira.move_to_sprint(1, ["BURN-1"])
    await jira.move_to_backlog(["BURN-1"])
    await jira.estimate("BURN-1", 1, "5")
    await jira.register_webhook("Burnish", "https://b.test", [], "", "s")
    await jira.delete_webhook("1")


async def every_call_of_an_app(jira: JiraClient) -> None:
    assert [hook async for hook in jira.dynamic_webhooks()] == []
    await jira.register_dynamic_webhook("https://b.test", ["jira:issue_created"], "project = A")
    await jira.refresh_dynamic_webhooks([1])
    await jira.delete_dynamic_webhooks([1])


def named_in(*functions: Callable[..., object]) -> set[str]:
    return {name for function in functions for name in function.__code__.co_names}


def test_no_call_is_forgotten_here() -> None:
    calls = {name for name in dir(JiraClient) if not name.startswith("_")}
    assert calls - named_in(every_read, every_write, every_call_of_an_app) == {
        "limits_of_credentials",
        "resume",
    }
    assert calls >= UNDESCRIBED.keys() | CLOUD_ONLY.keys() | NOT_A_REQUEST


async def exercised(checker: SpecChecker, deployment: Deployment, credentials: Credentials) -> set[str]:
    checker = SpecChecker(checker.directory, checker.specs)
    transport = CheckedTransport(httpx.MockTransport(whatever), checker, answers=False)
    async with connect(BASE, credentials, deployment=deployment, transport=transport) as jira:
        await every_read(jira)
        await every_write(jira)
        if deployment is Deployment.CLOUD:
            await every_call_of_an_app(jira)
    return checker.exercised


async def test_every_request_to_cloud_is_in_atlassians_descriptions() -> None:
    operations = await exercised(cloud_specs(), Deployment.CLOUD, Anything("a", "b"))
    OF_OUR_CLIENT["cloud"] = operations
    assert operations >= {"bulkFetchIssues", "getBulkChangelogs", "registerDynamicWebhooks", "rankIssues"}
    assert len(operations) == 79


async def test_every_request_to_data_center_is_in_atlassians_description() -> None:
    operations = await exercised(data_center_specs(), Deployment.DATA_CENTER, PersonalAccessToken("t"))
    OF_OUR_CLIENT["datacenter"] = operations
    assert operations >= {"searchUsingSearchRequest", "getAllProjects", "linkIssues", "rankIssues"}
    assert len(operations) == 69


@pytest.mark.parametrize("table", [UNDESCRIBED, CLOUD_ONLY])
def test_every_exemption_has_a_reason(table: dict[str, str]) -> None:
    assert all(table.values())
