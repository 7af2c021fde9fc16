"""Dynamic webhooks of Cloud: for OAuth apps, good for 30 days, with few events and a little JQL.

An app may have five for each user of a site; only the fields `project`, `issueKey`, `issuetype`, `status`,
`assignee`, `reporter` and custom fields may stand in the JQL, with =, !=, IN and NOT IN.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import (
    Context,
    JiraError,
    as_list,
    as_object,
    as_text,
    as_texts,
    body_of,
    page_of,
    paged,
    route,
)
from .door import is_app
from .oauth import OAuth
from .webhooks import DYNAMIC, Webhook, Webhooks

GOOD_FOR = timedelta(days=30)
MOST = 5
_VERSIONS = ("released", "unreleased", "created", "moved", "updated", "merged", "deleted")
_SPRINTS = ("created", "updated", "started", "closed", "deleted")
EVENTS = frozenset(
    {
        *(f"jira:issue_{one}" for one in ("created", "updated", "deleted")),
        *(f"comment_{one}" for one in ("created", "updated", "deleted")),
        *(f"issue_property_{one}" for one in ("set", "deleted")),
        *(f"sprint_{one}" for one in _SPRINTS),
        *(f"jira:version_{one}" for one in _VERSIONS),
    }
)
_FIELDS = frozenset({"project", "issuekey", "key", "issuetype", "status", "assignee", "reporter", "priority"})
_CLAUSE = re.compile(
    r"""(\w+|cf\[\d+\])\s*(!=|!~|>=|<=|=|<|>|~|not\s+in|in|is\s+not|is|was)(?=[\s("'\w])""", re.IGNORECASE
)
_ALLOWED = frozenset({"=", "!=", "in", "not in"})


def routes(context: Context, webhooks: Webhooks, oauth: OAuth | None) -> list[Route]:
    doors, base = DynamicWebhooks(context, webhooks, oauth), f"{context.api}/webhook"
    return [
        route(base, get=doors.page, post=doors.add, delete=doors.delete),
        route(f"{base}/refresh", put=doors.refresh),
        route(f"{base}/failed", get=doors.failed),
    ]


class DynamicWebhooks:
    def __init__(self, context: Context, webhooks: Webhooks, oauth: OAuth | None) -> None:
        self._context = context
        self._webhooks = webhooks
        self._oauth = oauth

    def _secret(self, request: Request) -> str:
        if self._oauth is None or not is_app(request.scope):
            raise JiraError(403, "Only Connect and OAuth 2.0 apps can use this operation.")
        return self._oauth.setting.client_secret

    def _document(self, webhook: Webhook) -> dict[str, Any]:
        return {
            "id": webhook.id,
            "jqlFilter": webhook.jql,
            "events": sorted(webhook.events),
            "expirationDate": _milliseconds(webhook.expires),
            "url": webhook.url,
            **({"fieldIdsFilter": sorted(webhook.field_ids)} if webhook.field_ids else {}),
        }

    async def page(self, request: Request) -> Response:
        self._secret(request)
        found = [*self._webhooks.of_kind(DYNAMIC).values()]
        return JSONResponse(paged(page_of(request), found, self._document))

    async def add(self, request: Request) -> Response:
        """Each is taken or refused on its own."""
        secret, body = self._secret(request), await body_of(request)
        url, wanted = as_text(body.get("url")), as_list(body.get("webhooks"))
        if not url.startswith(("http://", "https://")) or not wanted:
            raise JiraError(400, "A URL and at least one webhook must be given.")
        results = [self._registered(url, as_object(one), secret) for one in wanted]
        return JSONResponse({"webhookRegistrationResult": results})

    def _registered(self, url: str, wanted: dict[str, Any], secret: str) -> dict[str, Any]:
        events, jql = frozenset(as_texts(wanted.get("events"))), as_text(wanted.get("jqlFilter"))
        errors = [f"The event {event} is not supported." for event in sorted(events - EVENTS)]
        if not events:
            errors.append("At least one event must be given.")
        errors += self._jql_errors(jql)
        if len(self._webhooks.of_kind(DYNAMIC)) >= MOST:
            errors.append(f"The app has reached its limit of {MOST} webhooks for this user.")
        if errors:
            return {"errors": errors}
        webhook = Webhook(
            0,
            "",
            url,
            events,
            secret=secret,
            jql=jql,
            query=self._context.query(jql) if jql else None,
            kind=DYNAMIC,
            expires=self._context.site.clock.now() + GOOD_FOR,
            field_ids=frozenset(as_texts(wanted.get("fieldIdsFilter"))),
        )
        return {"createdWebhookId": self._webhooks.add(webhook).id}

    def _jql_errors(self, jql: str) -> list[str]:
        try:
            self._context.query(jql)
        except JiraError as error:
            return list(error.messages)
        unquoted = re.sub(r'"[^"]*"|\'[^\']*\'', '""', jql)
        found = []
        for field, operator in _CLAUSE.findall(unquoted):
            if field.lower() not in _FIELDS and not field.lower().startswith("cf["):
                found.append(f"Field {field} is not supported in webhook JQL filters.")
            if " ".join(operator.lower().split()) not in _ALLOWED:
                found.append(f"Operator {operator} is not supported in webhook JQL filters.")
        return found

    async def _ids(self, request: Request) -> list[int]:
        self._secret(request)
        wanted = as_list((await body_of(request)).get("webhookIds"))
        if not wanted or not all(isinstance(one, int) for one in wanted):
            raise JiraError(400, "The ids of webhooks must be given.")
        return wanted

    async def delete(self, request: Request) -> Response:
        """Those of others are left alone and not spoken of."""
        own = self._webhooks.of_kind(DYNAMIC)
        for number in await self._ids(request):
            if number in own:
                self._webhooks.registered.pop(number, None)
        return Response(status_code=202)

    async def refresh(self, request: Request) -> Response:
        expires = self._context.site.clock.now() + GOOD_FOR
        own = self._webhooks.of_kind(DYNAMIC)
        for number in await self._ids(request):
            if number in own:
                self._webhooks.registered[number] = replace(own[number], expires=expires)
        return JSONResponse({"expirationDate": _milliseconds(expires)})

    async def failed(self, request: Request) -> Response:
        self._secret(request)
        return JSONResponse({"values": [], "maxResults": 100})


def _milliseconds(at: datetime | None) -> int | None:
    """Since the epoch; Atlassian's example has text, its schema a number."""
    return None if at is None else round(at.timestamp() * 1000)
