"""Reads an HTTP answer: Jira's document, or the error that it means. Pure."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from connectors.errors import (
    Anonymous,
    CaptchaRequired,
    ConnectorError,
    LoginPage,
    Missing,
    NotAllowed,
    NotAuthenticated,
    NotJira,
    RateLimited,
    Refused,
    Unreachable,
    XsrfRefused,
)
from connectors.nesting import shallow

_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)
_LOGIN_FAILED = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")
_HTML = "text/html"
_LOGIN_REASONS = ("x-seraph-loginreason", "x-authentication-denied-reason")


LONGEST_WAIT = timedelta(hours=1)
"""Jira's quotas are hourly. Told to wait longer, we ask again after an hour: the header may be nonsense."""


Decode = Callable[[bytes], Any]
"""Reads JSON of a known shape; `msgspec.DecodeError` where it has another."""


def document(
    response: httpx.Response,
    *,
    asked: str,
    changes: bool,
    for_anybody: bool = False,
    decode: Decode | None = None,
) -> Any:
    """Jira's JSON; None for an answer without a body (204).

    Args:
        response: with its body read.
        asked: method and path, for the error's sentence.
        changes: the request was a write, so a failure may have come after it was carried out.
        for_anybody: the document is the same for an anonymous visitor (serverInfo).
        decode: reads documents of the shape that Jira is known to send; one of another is read whole.

    Raises:
        ConnectorError: the answer is not the document that was asked for.
    """
    if not response.is_success:
        raise failure(response, asked=asked, changes=changes)
    if not for_anybody:
        _believe_in_login(response, asked=asked)
    if response.status_code == HTTPStatus.NO_CONTENT or not response.content:
        return None
    if _media_type(response) == _HTML:
        raise LoginPage(asked, "a web page", maybe_executed=changes)
    if not _is_json(response):
        raise NotJira(asked, f"{_media_type(response)} where JSON is expected", maybe_executed=changes)
    try:
        return _decoded(response, decode)
    except (ValueError, RecursionError):
        raise NotJira(asked, "JSON that cannot be read", maybe_executed=changes) from None


def transport_failure(error: httpx.RequestError, *, asked: str, changes: bool) -> ConnectorError:
    """The error that an exception of the HTTP library means."""
    if isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
        return NotJira(asked, type(error).__name__, maybe_executed=changes)
    # What is wrong with a request of ours is said with its headers, and those hold the credentials.
    told = "" if isinstance(error, httpx.LocalProtocolError) else str(error)
    why = f"{type(error).__name__}: {told}" if told else type(error).__name__
    sent = not isinstance(error, _BEFORE_SENDING)
    return Unreachable(asked, why, maybe_executed=changes and sent)


def failure(  # noqa: PLR0911 -- a table of statuses, one line each
    response: httpx.Response, *, asked: str, changes: bool
) -> ConnectorError:
    """The error that an answer means which is none of success."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        reason = response.headers.get("ratelimit-reason")
        wait = _retry_after(response)
        return RateLimited(asked, retry_after=_until_reset(response) if wait is None else wait, reason=reason)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        wait = _retry_after(response)
        return Unreachable(asked, f"HTTP {status}", maybe_executed=changes, status=status, retry_after=wait)
    if status < HTTPStatus.BAD_REQUEST:
        return LoginPage(asked, f"a redirect ({status})")
    if "CAPTCHA" in response.headers.get("x-authentication-denied-reason", "").upper():
        return CaptchaRequired(asked)  # comes as 401 or as 403, by version
    if status == HTTPStatus.UNAUTHORIZED:
        return NotAuthenticated(asked, reason=_login_reason(response))
    messages, errors = _said(response)
    if status == HTTPStatus.FORBIDDEN and b"XSRF check failed" in response.content:
        return XsrfRefused(asked)
    if status == HTTPStatus.FORBIDDEN:
        return NotAllowed(asked, messages=messages)
    if status == HTTPStatus.NOT_FOUND:
        if _media_type(response) == _HTML:
            # A closed or renamed site says so of every path. Nobody may conclude that an issue was deleted.
            return NotJira(asked, "an HTML page that says 404")
        return Missing(asked, messages=messages)
    return Refused(asked, status=status, messages=messages, errors=errors)


def _said(response: httpx.Response) -> tuple[list[str], dict[str, str]]:
    """Jira's messages: `{errorMessages: […], errors: {field: …}}`, in some places `{message: …}`."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return [], {}
    if not isinstance(body, Mapping):
        return [], {}
    listed, by_field, single = (body.get(key) for key in ("errorMessages", "errors", "message"))
    messages = [str(message) for message in listed] if isinstance(listed, list) else []
    if isinstance(single, str) and single not in messages:
        messages.append(single)
    errors = {str(k): str(v) for k, v in by_field.items()} if isinstance(by_field, Mapping) else {}
    return messages, errors


def _retry_after(response: httpx.Response) -> timedelta | None:
    """`Retry-After` in seconds, or as a date, which is measured against the answer's own `Date`."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=min(int(value), 10**9)), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def _until_reset(response: httpx.Response) -> timedelta | None:
    """How long until a quota is full again: `X-RateLimit-Reset`, measured by the answer's own `Date`."""
    try:
        reset = datetime.fromisoformat(response.headers.get("x-ratelimit-reset", ""))
        wait = reset - parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def _believe_in_login(response: httpx.Response, *, asked: str) -> None:
    """Jira may answer 200 to nobody in particular, with an empty list; that is not "no issues"."""
    if _login_failed(response):
        raise NotAuthenticated(asked, reason=_login_reason(response))
    if response.headers.get("x-ausername", "").lower() == "anonymous":
        raise Anonymous(asked)


def _login_failed(response: httpx.Response) -> bool:
    said = response.headers.get("x-seraph-loginreason", "").upper()
    return any(reason in said for reason in _LOGIN_FAILED)


def _login_reason(response: httpx.Response) -> str | None:
    return next((response.headers[name] for name in _LOGIN_REASONS if name in response.headers), None)


def _media_type(response: httpx.Response) -> str:
    value: str = response.headers.get("content-type", "no content type")
    return value.split(";", maxsplit=1)[0].strip().lower()


def _decoded(response: httpx.Response, decode: Decode | None) -> Any:
    """The document; what only Python's own reader takes (half a surrogate pair, a byte order mark) as well.

    Of what is nested beyond all bounds, the part above.

    Raises:
        ValueError: not JSON.
    """
    if decode is not None:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if not response.content.isascii():
                response.content.decode()  # also what is left unread must be text
            return decode(response.content)
    try:
        return msgspec.json.decode(response.content)  # several times as fast, and pages are large
    except (msgspec.DecodeError, RecursionError):
        return json.loads(shallow(response.content))


def _is_json(response: httpx.Response) -> bool:
    media_type = _media_type(response)
    return media_type == "application/json" or media_type.endswith("+json")
