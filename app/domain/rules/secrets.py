"""Secrets of web requests: a rule names them, and only whoever sends the request knows them.

`{{ secrets.NAME }}` may stand in a header or in the body of a `web_request`, alone in its braces. What is
rendered keeps the name (`{{secrets.NAME}}`); so do decisions, effects, exports and logs. The value takes its
place in the moment in which the request is sent.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.domain.rules.action_parts import WebRequest
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.rendering import check_request
from app.domain.rules.smart_values import NAMES

NAME = r"[A-Z][A-Z0-9_]*"
LONGEST_NAME = 50
_REFERENCE = re.compile(r"\{\{secrets\.(" + NAME + r")\}\}")
_WRITTEN = re.compile(r"\{\{-?\s*secrets\.(\w+)\s*-?\}\}")
_VALUE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OPENS_DOORS = re.compile(r"auth|token|secret|api-?key|cookie", re.IGNORECASE)
_SCHEME = re.compile(r"\s*(?:bearer|basic|token|digest)\b", re.IGNORECASE)
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "idempotency-key"})
_SHORTEST = 8
"""Characters of what looks like a token."""

LITERAL = (
    "this looks like a token as plain text, which everybody can read who reads the rule. Keep it as a secret "
    "(`burnish secrets set NAME`) and write {{ secrets.NAME }} in its place"
)

Hosts = tuple[str, ...] | None
"""Names of hosts that a secret may be sent to; None for all that rules may ask."""
Fault = tuple[str, str]


def filled(text: str, values: Mapping[str, str], written: Callable[[str], str] = str) -> str:
    """A rendered text with the secrets in their places.

    Args:
        text: a header or a body.
        values: the secrets by name; all that `named_in` finds.
        written: how a secret is written there.
    """
    return _REFERENCE.sub(lambda found: written(values[found[1]]), text)


def named_in(*texts: str) -> set[str]:
    """Names of the secrets that rendered texts need."""
    return {found[1] for text in texts for found in _REFERENCE.finditer(text)}


def faults_of(
    place: str, request: WebRequest, known: Mapping[str, Hosts] | None, values: Collection[str] = NAMES
) -> Iterator[Fault]:
    """What is wrong with the headers and the body of a request.

    Args:
        place: of the request in the document.
        request: the action.
        known: the secrets that the site has; None where nobody can say.
        values: that its texts can name.
    """
    for name in request.headers:
        if name.casefold() in _OURS:
            yield f"{place}/headers/{name}", "Burnish itself sets this header"
    host = _host_of(request.url)
    for where, text in _texts_of(place, request):
        try:
            check_request(text, values)
        except TemplateRefused as error:
            yield where, str(error)
        if known is not None:
            for fault in _unknown(text, known, host):
                yield where, fault


def _unknown(text: str, known: Mapping[str, Hosts], host: str | None) -> Iterator[str]:
    for name in dict.fromkeys(_WRITTEN.findall(text)):
        if name not in known:
            there = ", ".join(sorted(known)) or "none yet"
            yield (
                f"the site has no secret {name!r}; there are: {there}. An admin sets it with "
                f"`burnish secrets set {name}`"
            )
        elif host is not None and not may_go(known[name], host):
            yield f"the secret {name} may be sent to {', '.join(known[name] or ())}, not to {host}"


def may_go(hosts: Hosts, host: str) -> bool:
    """Whether a secret may be sent to that host, `name:port` where it is not the usual port."""
    return hosts is None or host.casefold() in {each.casefold() for each in hosts}


def _host_of(url: str) -> str | None:
    """None where it holds values, or cannot be read."""
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return None
    return None if "{" in host else host


def _texts_of(place: str, request: WebRequest) -> Iterator[tuple[str, str]]:
    for name, text in request.headers.items():
        yield f"{place}/headers/{name}", text
    yield from texts_in(f"{place}/body", request.body)


def texts_in(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """All texts in a value, with their places."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from texts_in(f"{place}/{name}", each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from texts_in(f"{place}/{number}", each)


def names_in(request: WebRequest) -> set[str]:
    """Names of the secrets that the request needs."""
    return {name for _, text in _texts_of("", request) for name in _WRITTEN.findall(text)}


def literal_tokens(place: str, request: WebRequest) -> Iterator[Fault]:
    """Headers that seem to hold a token as plain text, which everybody reads who may read the rule."""
    for name, text in request.headers.items():
        if not _OPENS_DOORS.search(name) or _WRITTEN.search(text):
            continue
        said = _SCHEME.sub("", _VALUE.sub("", text), count=1).strip()
        if len(said) >= _SHORTEST:
            yield f"{place}/headers/{name}", LITERAL
