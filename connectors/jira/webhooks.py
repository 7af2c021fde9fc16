"""Webhooks: those that an admin registers, and those of an OAuth app.

Only an admin's tell of boards, links, worklogs and attachments; they never expire. An app's expire after 30
days, and there are five for an app, its user and a site. Sources: Atlassian's webhook pages and its API
description of Jira Cloud v3; for Data Center from 10 on, its description's `RestWebhook` and open-source
clients (the secret is a part of `configuration`, elsewhere it is ignored).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import CredentialsCannot, PartlyDone
from connectors.http import a_list, an_object, path
from connectors.jira.calls import JiraCalls
from connectors.jira.deployment import Deployment
from connectors.jira.documents import DynamicWebhookDocument, WebhookDocument

_ADMIN = "/rest/webhooks/1.0/webhook"
_DATA_CENTER_10 = "/rest/jira-webhook/1.0/webhooks"
_DYNAMIC = "/rest/api/3/webhook"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JQL = "issue-related-events-section"
_FIRST_ASYNCHRONOUS = 10


class WebhookCalls(JiraCalls):
    """Registering, looking through, keeping alive."""

    async def webhooks(self) -> list[WebhookDocument]:
        """All webhooks of the site that admins registered, also those of others."""
        webhooks: list[WebhookDocument] = await self._list(await self._admin("GET"))
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
            secret: signs every delivery. Data Center before 10 signs nothing: there the URL itself must be
                one that nobody can guess.

        Raises:
            CredentialsCannot: not with credentials of this kind.
            NotAllowed: the account is no Jira admin.
        """
        where = await self._admin("POST")
        filters = {_JQL: jql} if jql else {}
        body: dict[str, Any] = {"name": name, "url": url, "events": list(events), "filters": filters}
        body["excludeBody"] = False
        if where == _DATA_CENTER_10:
            body |= {"active": True, "configuration": {"SECRET": secret, "EXCLUDE_BODY": "false"}}
        elif (await self._edition()).deployment is Deployment.CLOUD:
            body["secret"] = secret
        webhook: WebhookDocument = await self._written("POST", where, json=body)
        return webhook

    async def delete_webhook(self, webhook_id: str) -> None:
        """Jira stops telling."""
        where = await self._admin("DELETE")
        await self._http.write("DELETE", path(where + "/{}", webhook_id))

    async def dynamic_webhooks(self) -> AsyncIterator[DynamicWebhookDocument]:
        """The app's own webhooks at the site."""
        await self._as_app("GET")
        async for webhook in self._offset_pages(_DYNAMIC, most=100):
            yield webhook

    async def register_dynamic_webhook(self, url: str, events: Sequence[str], jql: str) -> int:
        """Asks Jira to tell `url` for 30 days; returns the id.

        Args:
            url: below the address that the app was registered with.
            events: of issues, comments, issue properties, sprints and versions only.
            jql: must restrict the issues, with = != IN and NOT IN on project, issueKey, issuetype, status,
                assignee or reporter.

        Raises:
            CredentialsCannot: not with credentials of this kind.
            PartlyDone: Jira says what is wrong with it.
        """
        await self._as_app("POST")
        body = {"url": url, "webhooks": [{"events": list(events), "jqlFilter": jql}]}
        answer = await self._written("POST", _DYNAMIC, json=body)
        asked = f"POST {_DYNAMIC}"
        results = a_list(answer.get("webhookRegistrationResult"), asked=asked, changes=True)
        result: dict[str, Any] = an_object(next(iter(results), None), asked=asked, changes=True)
        if "createdWebhookId" not in result:
            raise PartlyDone(asked, failed={"webhook": " ".join(map(str, result.get("errors") or ()))})
        return int(result["createdWebhookId"])

    async def refresh_dynamic_webhooks(self, webhook_ids: Sequence[int]) -> datetime | None:
        """Thirty more days from now; do it every week. Returns when they will expire.

        Ids that are not there (any more) are passed over by Jira: compare with `dynamic_webhooks`.
        """
        await self._as_app("PUT")
        body = {"webhookIds": list(webhook_ids)}
        answer = await self._written("PUT", _DYNAMIC + "/refresh", json=body)
        return expiry(answer)

    async def delete_dynamic_webhooks(self, webhook_ids: Sequence[int]) -> None:
        """Jira stops telling."""
        await self._as_app("DELETE")
        await self._http.write("DELETE", _DYNAMIC, json={"webhookIds": list(webhook_ids)})

    async def _admin(self, method: str) -> str:
        edition = await self._edition()
        credentials = self._connection.credentials
        if not credentials.admin_webhooks:
            raise CredentialsCannot(f"{method} {_ADMIN}", credentials.limits(edition.deployment))
        if (
            edition.deployment is Deployment.CLOUD
            or await self._connection.major_version() < _FIRST_ASYNCHRONOUS
        ):
            return _ADMIN
        return _DATA_CENTER_10

    async def _as_app(self, method: str) -> None:
        edition, credentials = await self._edition(), self._connection.credentials
        if edition.deployment is not Deployment.CLOUD or not credentials.dynamic_webhooks:
            raise CredentialsCannot(f"{method} {_DYNAMIC}", credentials.limits(edition.deployment))


def webhook_id(webhook: WebhookDocument) -> str:
    """The id of a webhook, which Jira tells only as the tail of `self` (Data Center from 10 on: as `id`)."""
    if "id" in webhook:
        return str(webhook["id"])
    return webhook["self"].rstrip("/").rpartition("/")[2]


def expiry(webhook: Mapping[str, Any]) -> datetime | None:
    """When a dynamic webhook ends: `expirationDate`, epoch milliseconds or text; None if it does not say."""
    value = webhook.get("expirationDate")
    if isinstance(value, int):
        return _EPOCH + timedelta(milliseconds=value)
    return datetime.fromisoformat(value) if isinstance(value, str) else None
