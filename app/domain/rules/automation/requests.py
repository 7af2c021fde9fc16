"""Web requests of Jira Automation, and what goes on with their answers."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from app.domain.rules.automation.mustache import translated
from app.domain.rules.automation.told import Known, UnknownError, mapping, only, shown, strange
from app.domain.rules.secrets import LONGEST_NAME

Made = dict[str, Any]
_NAMED = re.compile(r"\{\{ secrets\.(\w+) \}\}")
_TAG = re.compile(r"\{\{[^{}]*\}\}")
WEB_REQUEST = "jira.issue.outgoing.webhook"
BY_HAND = "Write this action by hand."
_MADE = re.compile(r"\s*(?:(?:bearer|token)\s+)?\{\{[^{}]+\}\}\s*", re.IGNORECASE)
"""A token that the rule itself was given before."""


def ask(value: Any, known: Known) -> Made:  # noqa: ARG001
    """Whether what follows waits for the answer, is seen where it is put together."""
    found = mapping(value)
    quiet = "url urlSecure headers contentType customBody method responseEnabled continueOnErrorEnabled"
    only(found, known=quiet, empty="sendIssue usedSecretsKeys")
    if found.get("urlSecure") or found.get("contentType") not in ("custom", "empty"):
        raise strange({name: found.get(name) for name in ("contentType", "urlSecure")})
    if found.get("method") not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        raise UnknownError(f"Asks by {shown(found.get('method'))}.", BY_HAND)
    made: Made = {"type": "web_request", "method": found["method"], "url": translated(found.get("url"))}
    headers = dict(_header(each, made["url"]) for each in _headers_of(found.get("headers")))
    if headers := {name: held for name, held in headers.items() if name.lower() != "content-type" and name}:
        made["headers"] = headers
    if found["contentType"] == "custom" and found["method"] != "GET":
        made["body"] = json_of(found.get("customBody"), secretly=True)
    return made


def _headers_of(value: Any) -> Sequence[Mapping[str, Any]]:
    """What is not understood of them is not quoted: it may be a token.

    Raises:
        UnknownError: they are no list of objects.
    """
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise UnknownError("Its headers are no list of objects.", BY_HAND)
    return found


def goes_on(component: Mapping[str, Any], made: Made, then: Sequence[Made]) -> Made:
    """A web request with the steps that its rule carries out after it.

    Raises:
        UnknownError: it reads something, and nothing comes of it.
    """
    value = mapping(component.get("value"))
    if then and value.get("responseEnabled") is True:
        accept = {"accept": "any"} if value.get("continueOnErrorEnabled") is True else {}
        return {**made, "then": list(then), **accept}
    if made["method"] == "GET":
        raise UnknownError(
            "Asks by GET, and no step goes on with the answer.", "A rule needs no such request."
        )
    return made


def is_waited_for(component: Any) -> bool:
    """Whether what stands behind it in its list waits for its answer."""
    if not isinstance(component, Mapping) or component.get("type") != WEB_REQUEST:
        return False
    value = component.get("value")
    return isinstance(value, Mapping) and value.get("responseEnabled") is True


def _header(value: Mapping[str, Any], url: str) -> tuple[str, str]:
    """Secrets are not exported, and are not to be in a document anyway: they get a name, never the value.

    On Data Center a secret has one; on Cloud it is called by the header and the host that it is sent to.
    """
    held = value.get("value")
    inner = held if isinstance(held, Mapping) else {"keyOrValue": held}
    name, said = value.get("name"), inner.get("keyOrValue")
    if not isinstance(name, str):
        raise UnknownError(f"Sends a header that is not understood: {shown(name)}", BY_HAND)
    if inner.get("secret") and isinstance(said, str) and said.strip():
        return name, _secret(said)
    opens = name.lower() == "authorization" and not (isinstance(said, str) and _MADE.fullmatch(said))
    if value.get("headerSecure") or opens:
        return name, _secret(f"{name} {_known_host(url)}")
    if not isinstance(said, str):
        raise UnknownError(f"Sends a header that is not understood: {shown(name)}", BY_HAND)
    return name, _unquoted(said, f"The header {name}") if said.strip() else ""


def _unquoted(said: str, what: str) -> str:
    """A text as ours; where it is not understood, of it only its smart values are told.

    Raises:
        UnknownError: it is not understood.
    """
    try:
        return translated(said)
    except UnknownError as error:
        tags = " ".join(_TAG.findall(said))
        raise UnknownError(
            f"{what} is not understood, with its smart values: {tags}", error.instead
        ) from None


def _secret(called: str) -> str:
    name = re.sub("[^A-Z0-9]+", "_", called.upper()).strip("_")
    name = name if name[:1].isalpha() else f"S_{name}"
    return "{{ secrets." + name[:LONGEST_NAME].rstrip("_") + " }}"


def _host_of(url: str) -> str:
    """Empty where it holds values, or cannot be read."""
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return ""
    return "" if "{" in host else host


def _known_host(url: str) -> str:
    """Raises:
    UnknownError: nobody could say to whom a secret may go.
    """
    host = _host_of(url)
    if not host:
        raise UnknownError(
            f"Sends a secret to a host that is not known before: {url}",
            "Keep it with `burnish secrets set NAME`, and write the `web_request` with {{ secrets.NAME }}.",
        )
    return host


def notes(made: Made) -> list[tuple[str, str]]:
    """What an admin has to know of a request, and what to do."""
    host = _host_of(made["url"])
    named = [name for said in made.get("headers", {}).values() for name in _NAMED.findall(said)]
    to = f" --host {host}" if host else ""
    return [
        (
            f"It sends a secret, which no export has; here it is called {name}.",
            f"Set it, whole as it is sent: `burnish secrets set {name}{to}`.",
        )
        for name in dict.fromkeys(named)
    ]


def json_of(value: Any, *, secretly: bool = False) -> Any:
    """A text of JSON with values, as ours.

    Args:
        value: the text.
        secretly: what is not understood is not quoted, for it may hold a secret.

    Raises:
        UnknownError: it is none before the values are put in.
    """
    quoted = "" if secretly else f": {shown(value)}"
    if not isinstance(value, str) or not value.strip():
        raise UnknownError(f"It is no text of JSON{quoted}.", BY_HAND)
    try:
        return _within(json.loads(value), secretly=secretly)
    except (ValueError, RecursionError) as error:
        raise UnknownError(f"It is no JSON before values are put in{quoted}", BY_HAND) from error


def _within(value: Any, *, secretly: bool) -> Any:
    if isinstance(value, str) and value.strip():
        return _unquoted(value, "A text of its body") if secretly else translated(value)
    if isinstance(value, Mapping):
        return {name: _within(each, secretly=secretly) for name, each in value.items()}
    return [_within(each, secretly=secretly) for each in value] if isinstance(value, list) else value
