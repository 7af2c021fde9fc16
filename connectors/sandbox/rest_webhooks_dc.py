"""Webhooks of Data Center 10: `/rest/jira-webhook/1.0/webhooks`. Each has an id and statistics of its own.

Written after public integrations that register here (n8n, Sentry); no description of Atlassian's has it.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_object, body_of, no_content, route
from .rest_webhooks import FILTER, read
from .webhooks import ADMIN, Webhook, Webhooks

BASE = "/rest/jira-webhook/1.0/webhooks"
_JQL = "FILTERS"


def routes(context: Context, webhooks: Webhooks) -> list[Route]:
    doors = DataCenterWebhooks(context, webhooks)
    return [
        route(BASE, get=doors.page, post=doors.add),
        route(BASE + "/{webhook:int}", get=doors.get, put=doors.edit, delete=doors.delete),
        route(BASE + "/{webhook:int}/statistics", get=doors.statistics),
    ]


class DataCenterWebhooks:
    def __init__(self, context: Context, webhooks: Webhooks) -> None:
        self._context = context
        self._webhooks = webhooks

    def _document(self, webhook: Webhook) -> dict[str, Any]:
        return {
            "id": webhook.id,
            "name": webhook.name,
            "url": webhook.url,
            "events": sorted(webhook.events),
            "configuration": {
                "EXCLUDE_BODY": str(webhook.exclude_body).lower(),
                _JQL: webhook.jql,
                "DESCRIPTION": webhook.description,
            },
            "active": webhook.enabled,
            "scopeType": "global",
            "sslVerificationRequired": True,
            "self": f"{self._context.docs.base_url}{BASE}/{webhook.id}",
        }

    def _read(self, body: dict[str, Any], before: Webhook | None = None) -> Webhook:
        """The same webhook as anywhere; its filter, secret and switches stand in `configuration`."""
        configuration = as_object(body.get("configuration"))
        filters = {FILTER: configuration.get(_JQL, "")} if _JQL in configuration else body.get("filters")
        known = {
            "filters": filters,
            "secret": configuration.get("SECRET") or body.get("secret"),
            "excludeBody": str(configuration.get("EXCLUDE_BODY", body.get("excludeBody"))).lower() == "true",
            "description": configuration.get("DESCRIPTION", ""),
            "enabled": body.get("active", True),
        }
        return read(self._context, {**body, **known}, before)

    def _find(self, request: Request) -> Webhook:
        found = self._webhooks.of_kind(ADMIN).get(request.path_params["webhook"])
        if found is None:
            raise JiraError(404, "The webhook does not exist.")
        return found

    async def page(self, _: Request) -> Response:
        return JSONResponse([self._document(webhook) for webhook in self._webhooks.of_kind(ADMIN).values()])

    async def add(self, request: Request) -> Response:
        webhook = self._webhooks.add(self._read(await body_of(request)))
        return JSONResponse(self._document(webhook), status_code=201)

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._document(self._find(request)))

    async def edit(self, request: Request) -> Response:
        before = self._find(request)
        document = {**self._document(before), **(await body_of(request))}
        webhook = self._webhooks.registered[before.id] = self._read(document, before)
        return JSONResponse(self._document(webhook))

    async def delete(self, request: Request) -> Response:
        del self._webhooks.registered[self._find(request).id]
        return no_content()

    async def statistics(self, request: Request) -> Response:
        self._find(request)
        return JSONResponse({"counts": {"errors": 0, "failures": 0, "successes": 0}})
