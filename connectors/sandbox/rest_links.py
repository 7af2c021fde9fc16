"""Links between issues, and links out of Jira."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_object, as_text, body_of, no_content, route
from .changes import add_comment, link_issues, unlink_issues
from .edition import Document
from .edits import checked_text
from .model import Issue, Link, RemoteLink

GLOBAL_ID_LIMIT = 255


def routes(context: Context) -> list[Route]:
    links, remote, base = Links(context), RemoteLinks(context), context.api
    path = f"{base}/issue/{{issue}}/remotelink"
    return [
        route(f"{base}/issueLink", post=links.add),
        route(f"{base}/issueLink/{{link}}", get=links.get, delete=links.delete),
        route(path, get=remote.all, post=remote.put, delete=remote.delete_by_global_id),
        route(path + "/{link}", get=remote.get, put=remote.replace, delete=remote.delete),
    ]


class Links:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    async def add(self, request: Request) -> Response:
        """201 without a body: the id of the link is not told."""
        body = await body_of(request)
        wanted = as_object(body.get("type"))
        kinds = self._site.catalogue.link_types.values()
        kind = next(
            (one for one in kinds if wanted.get("name") == one.name or str(wanted.get("id")) == one.id), None
        )
        if kind is None:
            raise JiraError(404, f"No issue link type with name '{wanted.get('name')}' found.")
        ends: list[Issue] = []
        for name in ("inwardIssue", "outwardIssue"):
            given = as_object(body.get(name))
            ends += self._context.issues([given.get("key") or given.get("id")])
        comment = as_object(body.get("comment"))
        text = checked_text(self._context.docs.version, comment.get("body"), "comment") if comment else None
        link_issues(self._site, kind, ends[0], ends[1], self._context.account)
        if text is not None:
            add_comment(self._site, ends[0], text, self._context.account)
        return Response(status_code=201)

    def _find(self, request: Request) -> Link:
        number = request.path_params["link"]
        link = self._site.links.get(int(number)) if number.isdecimal() else None
        if link is None:
            raise JiraError(404, f"No issue link with id '{number}' exists.")
        return link

    async def get(self, request: Request) -> Response:
        link, docs = self._find(request), self._context.docs
        ends = {
            "inwardIssue": docs.brief(self._site.issues[link.source]),
            "outwardIssue": docs.brief(self._site.issues[link.destination]),
        }
        address = f"{docs.api}/issueLink/{link.id}"
        return JSONResponse({"id": str(link.id), "self": address, "type": docs.link_type(link.type), **ends})

    async def delete(self, request: Request) -> Response:
        unlink_issues(self._site, self._find(request), self._context.account)
        return no_content()


class RemoteLinks:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    def _document(self, issue: Issue, link: RemoteLink) -> Document:
        address = f"{self._context.docs.api}/issue/{issue.key}/remotelink/{link.id}"
        known = {"globalId": link.global_id} if link.global_id else {}
        return {"id": link.id, "self": address, **known, **link.document}

    def _find(self, request: Request) -> tuple[Issue, RemoteLink]:
        issue, number = self._context.issue(request), request.path_params["link"]
        for link in issue.remote_links:
            if str(link.id) == number:
                return issue, link
        raise JiraError(404, f"A remote issue link with the given id could not be found: {number}")

    async def all(self, request: Request) -> Response:
        issue = self._context.issue(request)
        wanted = request.query_params.get("globalId")
        found = [self._document(issue, one) for one in issue.remote_links if wanted in {None, one.global_id}]
        if wanted is None:
            return JSONResponse(found)
        if not found:
            raise JiraError(404, "The remote issue link for the given global id could not be found.")
        return JSONResponse(found[0])

    async def put(self, request: Request) -> Response:
        """One for each global id: known ones are replaced; the status is the same."""
        issue, body = self._context.issue(request), await body_of(request)
        global_id, document = as_text(body.get("globalId")), _checked(body)
        link = next((one for one in issue.remote_links if global_id and one.global_id == global_id), None)
        if link is None:
            link = RemoteLink(next(self._site.next_thing), global_id, document)
            issue.remote_links.append(link)
        link.document = document
        address = f"{self._context.docs.api}/issue/{issue.key}/remotelink/{link.id}"
        return JSONResponse({"id": link.id, "self": address})

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._document(*self._find(request)))

    async def replace(self, request: Request) -> Response:
        (_, link), body = self._find(request), await body_of(request)
        link.document, link.global_id = _checked(body), as_text(body.get("globalId")) or link.global_id
        return no_content()

    async def delete(self, request: Request) -> Response:
        issue, link = self._find(request)
        issue.remote_links.remove(link)
        return no_content()

    async def delete_by_global_id(self, request: Request) -> Response:
        issue, wanted = self._context.issue(request), request.query_params.get("globalId")
        found = [one for one in issue.remote_links if one.global_id == wanted]
        if not wanted or not found:
            raise JiraError(404, "The remote issue link for the given global id could not be found.")
        issue.remote_links.remove(found[0])
        return no_content()


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    target = as_object(body.get("object"))
    for name in ("title", "url"):
        if not isinstance(target.get(name), str) or not target[name]:
            raise JiraError(400, **{name: f"'{name}' is required."})
    if not urlsplit(target["url"]).scheme:
        raise JiraError(400, url="'url' must be an absolute URL.")
    if len(as_text(body.get("globalId"))) > GLOBAL_ID_LIMIT:
        raise JiraError(400, globalId=f"'globalId' must be no longer than {GLOBAL_ID_LIMIT} characters.")
    application = as_object(body.get("application"))
    shown = {"application": application} if application else {"application": {}}
    relation = as_text(body.get("relationship"))
    return {**shown, **({"relationship": relation} if relation else {}), "object": target}
