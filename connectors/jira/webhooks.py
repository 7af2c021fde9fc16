"""Webhooks that an admin registers; the only kind that tells of boards, links and worklogs.

Source: Atlassian's webhook page. Needs a Jira admin; not reachable with scoped tokens.
"""

from collections.abc import Sequence
from typing import Any

from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import WebhookDocument

_WEBHOOKS = "/rest/webhooks/1.0/webhook"


class WebhookCalls(JiraCalls):
    """The endpoints below /rest/webhooks/1.0."""

    async def webhooks(self) -> list[WebhookDocument]:
        """All webhooks of the site, also those of others."""
        webhooks: list[WebhookDocument] = await self._list(_WEBHOOKS)
        return webhooks

    async def register_webhook(
        self, name: str, url: str, events: Sequence[str], jql: str, secret: str
    ) -> WebhookDocument:
        """Asks Jira to tell `url` about these events from now on.

        Args:
            name: as admins see it in Jira.
            url: https, reachable from Jira.
            events: values of `webhookEvent`, such as "jira:issue_updated".
            jql: which issues count; "" for all. Jira ignores it for sprints, boards, links and the like.
            secret: signs every delivery.
        """
        body: dict[str, Any] = {"name": name, "url": url, "events": list(events), "secret": secret}
        body |= {"filters": {"issue-related-events-section": jql} if jql else {}, "excludeBody": False}
        webhook: WebhookDocument = await self._written("POST", _WEBHOOKS, json=body)
        return webhook

    async def delete_webhook(self, webhook_id: str) -> None:
        """Jira stops telling."""
        await self._http.write("DELETE", path(_WEBHOOKS + "/{}", webhook_id))


def webhook_id(webhook: WebhookDocument) -> str:
    """The id of a webhook, which Jira tells only as the tail of `self`."""
    return webhook["self"].rstrip("/").rpartition("/")[2]
