"""Admin webhooks: `/rest/webhooks/1.0/webhook`. The id of one is only told as the end of its `self`."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_object, as_text, as_texts, body_of, no_content, route
from .webhooks import ADMIN, Webhook, Webhooks

FILTER = "issue-related-events-section"


def routes(context: Context, webhooks: Webhooks) -> list[Route]:
    doors = AdminWebhooks(context, webhooks)
    base = "/rest/webhooks/1.0/webhook"
    return [
        route(base, get=doors.page, post=doors.add),
        route(base + "/{webhook:int}", get=doors.get, put=doors.edit, delete=doors.delete),
    ]


def read(context: Context, body: dict[str, Any], before: Webhook | None = None) -> Webhook:
    """A webhook from its document; a secret that is not given stays as it was."""
    for name in ("name", "url"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise JiraError(400, f"The webhook's {name} is required.")
    if not body["url"].startswith(("http://", "https://")):
        raise JiraError(400, "The webhook's url must be an absolute URL.")
    jql = as_text(as_object(body.get("filters")).get(FILTER))
    query = context.query(jql) if jql else None
    return Webhook(
        before.id if before else 0,
        body["name"],
        body["url"],
        frozenset(as_texts(body.get("events"))),
        as_text(body.get("secret")) or (before.secret if before else None),
        str(body.get("description") or ""),
        jql,
        query,
        bool(body.get("excludeBody")),
        bool(body.get("enabled", True)),
    )


class AdminWebhooks:
    def __init__(self, context: Context, webhooks: Webhooks) -> None:
        self._context = context
        self._webhooks = webhooks

    def _document(self, webhook: Webhook) -> dict[str, Any]:
        return {
            "name": webhook.name,
            "description": webhook.description,
            "url": webhook.url,
            "excludeBody": webhook.exclude_body,
            "filters": {FILTER: webhook.jql} if webhook.jql else {},
            "events": sorted(webhook.events),
            "enabled": webhook.enabled,
            "isSigned": webhook.secret is not None,
            "self": f"{self._context.docs.base_url}/rest/webhooks/1.0/webhook/{webhook.id}",
            "lastUpdatedUser": self._context.account.account_id,
            "lastUpdatedDisplayName": self._context.account.name,
        }

    def _find(self, request: Request) -> Webhook:
        found = self._webhooks.of_kind(ADMIN).get(request.path_params["webhook"])
        if found is None:
            raise JiraError(404, "The webhook does not exist.")
        return found

    async def page(self, _: Request) -> Response:
        return JSONResponse([self._document(webhook) for webhook in self._webhooks.of_kind(ADMIN).values()])

    async def add(self, request: Request) -> Response:
        webhook = self._webhooks.add(read(self._context, await body_of(request)))
        return JSONResponse(self._document(webhook), status_code=201)

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._document(self._find(request)))

    async def edit(self, request: Request) -> Response:
        before = self._find(request)
        document = {**self._document(before), **(await body_of(request))}
        webhook = self._webhooks.registered[before.id] = read(self._context, document, before)
        return JSONResponse(self._document(webhook))

    async def delete(self, request: Request) -> Response:
        del self._webhooks.registered[self._find(request).id]
        return no_content()
