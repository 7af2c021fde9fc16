"""REST v3: attachments. An upload without `X-Atlassian-Token: no-check` is taken for a forged one."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, route
from .changes import add_attachment
from .model import Attachment

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
    attachments = Attachments(context)
    return [
        route("/rest/api/3/issue/{issue}/attachments", post=attachments.add),
        route("/rest/api/3/attachment/meta", get=attachments.meta),
        route("/rest/api/3/attachment/content/{attachment:int}", get=attachments.content),
        route("/rest/api/3/attachment/{attachment:int}", get=attachments.get),
    ]


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
        """Alone, an attachment has a number for its id; in lists it is a string."""
        found = self._find(request)
        return JSONResponse({**self._context.docs.attachment(found), "id": found.id})

    async def content(self, request: Request) -> Response:
        """The bytes themselves; real sites redirect to a media host unless `redirect=false`."""
        found = self._find(request)
        return Response(found.content, media_type=found.mime_type)

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
