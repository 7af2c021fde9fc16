"""Errors meet HTTP in one table, and leave as RFC 9457 problems."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app import errors, log
from app.domain.grooming.policy import PolicyNotUnderstood
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.sprint_health.errors import SprintHealthRefused

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[Exception], int] = {
    errors.NotTrusted: 401,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.NotPossible: 409,
    errors.ChangedMeanwhile: 412,
    errors.TooLarge: 413,
    errors.TooSlow: 408,
    errors.TooManyBodies: 503,
    errors.NotUnderstood: 400,
    errors.NotOfBoard: 422,
    errors.VersionNeeded: 428,
    errors.TooManyRequests: 429,
    errors.StoreUnavailable: 503,
    errors.SettingsInvalid: 500,
    SprintHealthRefused: 409,
}

_TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not know that method",
    408: "Too slow",
    409: "Not possible now",
    412: "Changed meanwhile",
    413: "Too large",
    422: "The request does not fit",
    428: "Say which version",
    429: "Too many requests",
    500: "A fault in Burnish",
    503: "Try again later",
}

_LONGEST_SHOWN = 100
_log = log.get(__name__)


class Fault(BaseModel):
    """One thing that is wrong with the request."""

    pointer: str = Field(examples=["/body/board"], description="Where, as a JSON pointer.")
    detail: str = Field(examples=["Input should be greater than 0"])
    position: int | None = Field(
        default=None,
        ge=0,
        examples=[18],
        description="Of a query: its first character that does not fit, from 0.",
    )


class Problem(BaseModel):
    """What went wrong and the way out (RFC 9457)."""

    type: str = Field("about:blank", examples=["urn:burnish:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no run 7."])
    errors: list[Fault] = Field(default_factory=list)
    version: str | None = Field(
        None, examples=['"3"'], description="With 412: the ETag of the version that is there now."
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for OpenAPI.

    Whatever asks for a key (401) may find that it does not reach so far, or asks too often.
    """
    if 401 in statuses:  # noqa: PLR2004 - HTTP's own number
        statuses = tuple(sorted({*statuses, 403, 429}))
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def example_of(document: Any) -> dict[int | str, dict[str, Any]]:
    """For a route whose answer has no shape of its own: how one looks."""
    return {200: {"content": {"application/json": {"example": document}}}}


def answer(
    status: int,
    detail: str,
    *,
    kind: str = "",
    faults: list[Fault] | None = None,
    headers: Mapping[str, str] | None = None,
    version: str | None = None,
) -> JSONResponse:
    """A problem as a response."""
    problem = Problem(
        type=f"urn:burnish:problem:{kind}" if kind else "about:blank",
        title=_TITLES.get(status, "Refused"),
        status=status,
        detail=detail,
        errors=faults or [],
        version=version,
    )
    return JSONResponse(problem.model_dump(), status, headers, media_type=MEDIA_TYPE)


def of_error(error: Exception) -> JSONResponse:
    """The problem that one of our errors makes."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers, version, said = {}, None, str(error)
    if isinstance(error, errors.StoreUnavailable | errors.TooManyBodies | errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, errors.StoreUnavailable):
        # Hosts and paths are for the log; who sends webhooks, or asks with a wrong key, need not know them.
        _log.error("request.store_unavailable", reason=said)
        said = _NO_STORE
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.ChangedMeanwhile) and error.present:
        headers["ETag"] = version = error.present
    faults = []
    if isinstance(error, RuleNotUnderstood):
        faults += [Fault(pointer=f"/{place}" if place else "", detail=fault) for place, fault in error.faults]
    elif isinstance(error, PolicyNotUnderstood):
        faults += [Fault(pointer=place, detail=fault) for place, fault in error.faults]
    elif isinstance(error, errors.NotUnderstood) and error.field:
        place = error.position if isinstance(error, JqlNotUnderstood) else None
        pointer = f"/{error.field.removeprefix('/')}"
        faults.append(Fault(pointer=pointer, detail=str(error), position=place))
    kind = _kebab(type(error).__name__)
    return answer(status, said, kind=kind, faults=faults, headers=headers, version=version)


_NO_STORE = (
    "The store cannot be used now, so nothing was accepted; come again. Why is in the service's log, and "
    "`burnish doctor` says it."
)


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _described(plain: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The OpenAPI document with the shape of problems, which no route names as its model."""
    document = plain()
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= {**described.pop("$defs"), "Problem": described}
    return document


def install(app: FastAPI) -> None:
    """Make every error of this service a problem, and describe what a problem is."""
    app.openapi = partial(_described, app.openapi)  # type: ignore[method-assign]
    for kind in STATUS:
        app.add_exception_handler(kind, lambda _request, error: of_error(error))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, bytes) and error.body:  # FastAPI read none, as it was not said to be JSON
        sent = request.headers.get("content-type", "none")
        way_out = f"The body is JSON: send `Content-Type: application/json` (it was {sent})."
        return answer(422, way_out, kind="not-understood", faults=[Fault(pointer="/body", detail=way_out)])
    faults = [
        Fault(pointer="/" + "/".join(str(part) for part in fault["loc"]), detail=_said(fault))
        for fault in error.errors()
    ]
    named = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
    return answer(422, named, kind="not-understood", faults=faults)


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong, with what was given in an address; what was given in a body may be a secret."""
    if fault["type"] == "extra_forbidden":
        return "There is no such part; /openapi.json has those that there are."
    said, given = str(fault["msg"]).removeprefix("Value error, "), fault.get("input")
    if fault["loc"][0] in {"query", "path"} and isinstance(given, str) and repr(given) not in said:
        return f"{said}; it was {given[:_LONGEST_SHOWN]!r}"
    return said


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return answer(error.status_code, str(error.detail), headers=error.headers)


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # Whoever named the request is out of the way by now.
    return of_unforeseen(error, request.url.path, request_id=request.scope.get("request_id"))


def of_unforeseen(error: Exception, path: str, *, request_id: str | None = None) -> JSONResponse:
    """The problem that a fault of ours makes; the log has its trace."""
    _log.error("request.failed", path=path, request_id=request_id, exc_info=error)
    headers = {"X-Request-ID": request_id} if request_id else None
    return answer(
        500, "Burnish failed in a way that it did not foresee; its log has the reason.", headers=headers
    )
