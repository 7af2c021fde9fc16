"""Registering webhooks as an admin."""

import httpx

from connectors.jira.webhooks import webhook_id
from tests.connectors.jira.site import BASE, Site, ok

WEBHOOKS = "/rest/webhooks/1.0/webhook"
EVENTS = ["jira:issue_updated", "sprint_started"]


async def test_a_webhook_is_registered_signed_and_restricted_to_the_issues_that_count(site: Site) -> None:
    site.answers("POST", WEBHOOKS, ok({"self": f"{BASE}{WEBHOOKS}/72", "name": "Burnish"}, 201))
    registered = await site.jira.register_webhook(
        "Burnish", "https://b.test/in", EVENTS, "project = BURN", "s3cret"
    )
    assert webhook_id(registered) == "72"
    assert site.bodies == [
        {
            "name": "Burnish",
            "url": "https://b.test/in",
            "events": EVENTS,
            "filters": {"issue-related-events-section": "project = BURN"},
            "excludeBody": False,
            "secret": "s3cret",
        }
    ]


async def test_a_webhook_for_all_issues_has_no_filter(site: Site) -> None:
    site.answers("POST", WEBHOOKS, ok({"self": f"{BASE}{WEBHOOKS}/72"}, 201))
    await site.jira.register_webhook("Burnish", "https://b.test/in", EVENTS, "", "s3cret")
    assert site.bodies[0]["filters"] == {}


async def test_a_webhook_that_was_listed_can_be_deleted(site: Site) -> None:
    site.answers("GET", WEBHOOKS, ok([{"self": f"{BASE}{WEBHOOKS}/72/", "isSigned": True}]))
    site.answers("DELETE", WEBHOOKS + "/72", httpx.Response(204))
    (listed,) = await site.jira.webhooks()
    await site.jira.delete_webhook(webhook_id(listed))
    assert [request.method for request in site.requests] == ["GET", "DELETE"]
