"""Attachments. An upload without `X-Atlassian-Token: no-check` is taken for a forged one.

Cloud's content redirects (303) to the media store, whose address holds the id that documents refer to; Data
Center has the bytes under `/secure/attachment/`.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, no_content, route
from .changes import add_attachment, delete_attachment
from .model import Attachment

MEDIA = "/_media/file"
"""Stands for the media host of Cloud."""
UPLOAD_LIMIT = 1_000_000_000
MOST_FILES = 60
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAMES = re.compile(rb'(?<![\w*])(name|filename)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    name: str
    filename: str
    mime_type: str
    content: bytes


def routes(context: Context) -> list[Route]:
    attachments, base = Attachments(context), f"{context.api}/attachment"
    found = [
        route(f"{context.api}/issue/{{issue}}/attachments", post=attachments.add),
        route(f"{base}/meta", get=attachments.meta),
        route(f"{base}/{{attachment:int}}", get=attachments.get, delete=attachments.delete),
    ]
    if context.cloud:
        content = f"{base}/content/{{attachment:int}}"
        return [
            *found,
            route(content, get=attachments.content),
            route(f"{base}/thumbnail/{{attachment:int}}", get=attachments.content),
        ]
    return found


def files(context: Context) -> list[Route]:
    """Where the bytes are."""
    attachments = Attachments(context)
    if context.cloud:
        return [route(f"{MEDIA}/{{media}}/binary", get=attachments.media)]
    return [route("/secure/attachment/{attachment:int}/{name}", get=attachments.file)]


class Attachments:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(self, request: Request) -> Response:
        if request.headers.get("x-atlassian-token") not in {"no-check", "nocheck"}:
            return PlainTextResponse("XSRF check failed", status_code=403)
        issue = self._context.issue(request)
        parts = parse_multipart(request.headers.get("content-type", ""), await request.body())
        files = [part for part in parts if part.name == "file" and part.filename]
        if not files:
            raise JiraError(400, "No file was given in a part named 'file'.")
        if len(files) > MOST_FILES:
            raise JiraError(413, f"No more than {MOST_FILES} files may be attached at once.")
        account = self._context.account
        added = [
            add_attachment(
                self._context.site,
                issue,
                account,
                filename=part.filename,
                mime_type=part.mime_type,
                content=part.content,
            )
            for part in files
        ]
        return JSONResponse([self._context.docs.attachment(one) for one in added])

    def _find(self, request: Request) -> Attachment:
        number = request.path_params["attachment"]
        found = self._context.site.attachments.get(number)
        if found is None:
            raise JiraError(404, f"The attachment with id '{number}' does not exist")
        return found

    async def get(self, request: Request) -> Response:
        """Alone, an attachment of Cloud has a number for its id; in lists it is a string."""
        found = self._find(request)
        document = self._context.docs.attachment(found)
        return JSONResponse({**document, "id": found.id} if self._context.cloud else document)

    async def content(self, request: Request) -> Response:
        """303 to the media store; the bytes themselves with `redirect=false`."""
        found = self._find(request)
        if request.query_params.get("redirect") == "false":
            return Response(found.content, media_type=found.mime_type)
        address = f"{self._context.docs.base_url}{MEDIA}/{self._context.docs.media_id(found)}/binary"
        return RedirectResponse(f"{address}?name={quote(found.filename)}", status_code=303)

    async def media(self, request: Request) -> Response:
        wanted, docs = request.path_params["media"], self._context.docs
        for found in self._context.site.attachments.values():
            if docs.media_id(found) == wanted:
                return Response(found.content, media_type=found.mime_type)
        raise JiraError(404, "The file does not exist.")

    async def file(self, request: Request) -> Response:
        found = self._find(request)
        return Response(found.content, media_type=found.mime_type)

    async def delete(self, request: Request) -> Response:
        delete_attachment(self._context.site, self._find(request), self._context.account)
        return no_content()

    async def meta(self, _: Request) -> Response:
        return JSONResponse({"enabled": True, "uploadLimit": UPLOAD_LIMIT})


def parse_multipart(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body (RFC 7578), byte for byte."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not content_type.startswith("multipart/form-data"):
        raise JiraError(415, "The attachments must be sent as multipart/form-data.")
    found = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        names = {name.decode(): value.decode() for name, value in _NAMES.findall(head)}
        kind = re.search(rb"(?im)^content-type:\s*([^\r\n]+)", head)
        mime_type = kind[1].decode() if kind else "application/octet-stream"
        found.append(Part(names.get("name", ""), names.get("filename", ""), mime_type, content))
    return found
