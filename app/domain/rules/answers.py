"""What a server answered, as the rule that asked sees it: `status`, `headers` and `body`, bounded."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.domain.rules.smart_values import Shown

LONGEST_ANSWER = 65_536
"""Bytes of a body; what is longer is cut, and is a text then."""
_LONGEST_HEADER = 2000
HEADERS = frozenset(
    [
        "content-type",
        "etag",
        "last-modified",
        "link",
        "location",
        "retry-after",
        "x-correlation-id",
        "x-request-id",
        "x-total-count",
    ]
)
"""Those that a rule sees; the others are none of its business, cookies least of all."""
_CHARSET = re.compile(r"charset=\"?([\w.:-]{1,40})", re.IGNORECASE)


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The answer as a value: the body as JSON where it is some, else as text.

    Args:
        status: of HTTP.
        headers: all of them, by names in any case.
        body: its first bytes, at most `LONGEST_ANSWER`.
    """
    known = {name.lower(): said[:_LONGEST_HEADER] for name, said in headers.items()}
    seen = {name: said for name, said in known.items() if name in HEADERS}
    return {"status": status, "headers": seen, "body": _body(body, known.get("content-type", ""))}


def _body(body: bytes, content_type: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        charset = _CHARSET.search(content_type)
    try:
        return body.decode(charset[1] if charset else "utf-8", errors="replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", errors="replace")


def is_taken(status: int, accept: str) -> bool:
    """Whether the rule goes on with an answer of that status."""
    return accept == "any" or 200 <= status < 300  # noqa: PLR2004 - success


class _Truth(int):
    """True or false, written as JSON has it."""

    def __str__(self) -> str:
        return "true" if self else "false"


class _Part(Shown):
    """An object of an answer; as a text it is its JSON."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        self._said: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        # Once: a template may name a long list again and again.
        if name not in self._said:
            self._said[name] = said(self._document[name])
        return self._said[name]

    def __str__(self) -> str:
        return json.dumps(self._document, ensure_ascii=False)


class _Headers(Mapping[str, str]):
    """By names in any case; one that was not sent is empty."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        wanted = str(name).lower()
        if wanted not in HEADERS:
            raise KeyError(name)
        return self._headers.get(wanted, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)


def said(value: Any) -> Any:
    """A part of an answer as templates see it; null is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _Truth(value)
    if isinstance(value, Mapping):
        return _Part(value)
    return [said(each) for each in value] if isinstance(value, list) else value


def web_response(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """`webResponse` in templates."""
    return _Response(answer)


class _Response(_Part):
    def __getitem__(self, name: str) -> Any:
        if name == "headers":
            return _Headers(self._document["headers"])
        return super().__getitem__(name)
