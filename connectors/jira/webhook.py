"""Reads what Jira pushes. Pure: headers and bytes in, facts out.

Wire facts: Atlassian's webhook page; shapes as recorded on real Cloud and Data Center sites.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypedDict

import msgspec

from connectors.nesting import shallow

_SIGNATURE = "x-hub-signature"
_IDENTIFIER = "x-atlassian-webhook-identifier"
_METHOD = "sha256="
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISSUE_IN_PATH = re.compile(r"/issue/(\d+)/")


def _family(prefix: str, *events: str) -> frozenset[str]:
    return frozenset(prefix + event for event in events)


JIRA_EVENTS: frozenset[str] = (
    _family("jira:issue_", "created", "updated", "deleted")
    | _family("comment_", "created", "updated", "deleted")
    | _family("worklog_", "created", "updated", "deleted")
    | _family("attachment_", "created", "deleted")
    | _family("issue_property_", "set", "deleted")
    | _family("issuelink_", "created", "deleted")
    | _family("issuetype_", "created", "updated", "deleted")
    | _family("project_", "created", "updated", "deleted", "soft_deleted", "restored_deleted")
    | _family("project_", "archived", "restored_archived")
    | _family("jira:version_", "released", "unreleased", "created", "moved", "updated", "deleted", "merged")
    | _family("filter_", "created", "updated", "deleted")
    | _family("user_", "created", "updated", "deleted")
    | _family("option_", "voting_changed", "watching_changed", "unassigned_issues_changed")
    | _family("option_", "subtasks_changed", "issuelinks_changed", "attachments_changed")
    | _family("option_", "timetracking_changed", "timetracking_provider_changed")
    | _family("sprint_", "created", "updated", "started", "closed", "deleted")
    | _family("board_", "created", "updated", "deleted", "configuration_changed")
    | _family("app_access_to_objects_", "blocked", "in_container_blocked")
    | {"jira:worklog_updated", "jira_expression_evaluation_failed"}
)
"""Every `webhookEvent` that is known today. Jira may add to them; `read_event` takes those too."""

# The first that fits decides, so issue_property_… stands before issue_….
_KIND_OF_NAME = (
    ("issue_property_", "issue_property"),
    ("issuelink_", "issuelink"),
    ("issuetype_", "issuetype"),
    ("issue_", "issue"),
    *((f"{kind}_", kind) for kind in ("comment", "sprint", "board", "worklog", "attachment")),
    *((f"{kind}_", kind) for kind in ("project", "version", "user", "filter", "option")),
)

# Where an event's entity stands in its body, most telling first (a comment comes with its issue).
_KIND_OF_KEY = (
    ("worklog", "worklog"),
    ("attachment", "attachment"),
    ("issueLink", "issuelink"),
    ("issue", "issue"),
    ("comment", "comment"),
    ("sprint", "sprint"),
    ("board", "board"),
    ("version", "version"),
    ("project", "project"),
    ("user", "user"),
    ("accountId", "user"),
)


class _Anything(TypedDict):
    """An object of which nothing is read."""


class _Issue(TypedDict, total=False):
    """Of an issue in a body, what anybody reads; most of its fields nobody does."""

    id: Any
    key: Any
    fields: dict[str, msgspec.Raw] | None


class _Event(TypedDict, total=False):
    """Of a body, what anybody reads: every key of `_KIND_OF_KEY`, and what handlers of events ask for."""

    webhookEvent: Any
    timestamp: Any
    accountId: Any
    attachment: Any
    board: Any
    changelog: Any
    comment: Any
    configuration: Any
    issue: _Issue | None
    issueLink: Any
    issuetype: Any
    mergedTo: Any
    project: Any
    property: Any
    sprint: Any
    user: Any
    username: Any
    version: Any
    worklog: Any


_read_all = msgspec.json.Decoder().decode
_skip = msgspec.json.Decoder(_Anything).decode
_read_typed = msgspec.json.Decoder(_Event).decode


class DeliveryNotUnderstood(ValueError):
    """The body is not a JSON object, so it does not come from Jira."""


class WebhookEvent(msgspec.Struct, frozen=True):
    """What a delivery is about.

    Attributes:
        name: Jira's `webhookEvent`; a few real deliveries have none.
        at: when Jira sent it.
        kind: the family: issue, comment, sprint, board, issuelink, worklog, attachment, project, version,
            user, filter, option, issue_property, issuetype or other.
        subject: events with the same subject are applied in order: "issue:10001", "sprint:5", "board:3",
            "link:7", "project:10000" (also for its versions), else "site".
        issue_id: of the issue that it belongs to, where the body tells.
        body: Jira's document as it came, as far as `_Event` names it; the values of an issue's fields may be
            left unread (`msgspec.Raw`).
    """

    name: str | None
    at: datetime | None
    kind: str
    subject: str
    issue_id: str | None
    body: Mapping[str, Any]


class _Named(NamedTuple):
    """The part of a `WebhookEvent` that says what it is; the same words."""

    name: str | None
    kind: str
    subject: str
    issue_id: str | None


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether there is a signature at all: Jira sends none where its webhook has no secret."""
    return bool(_header(headers, _SIGNATURE))


def is_trusted(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Whether the sender knows one of the secrets (two of them while one replaces the other).

    Jira signs the raw bytes: `X-Hub-Signature: sha256=<hex>`. Another method, no signature or no secret means
    no trust. An empty secret is none, for everybody knows it.
    """
    given = _header(headers, _SIGNATURE).encode(errors="replace")
    digests = [hmac.digest(secret.encode(), body, "sha256").hex() for secret in secrets if secret]
    # All are compared, in constant time: the answer does not tell which secret came close.
    matches = [hmac.compare_digest(given, (_METHOD + digest).encode()) for digest in digests]
    return any(matches)


def identity(headers: Mapping[str, str], body: bytes) -> str:
    """What a repeated delivery has in common with the first.

    Cloud names every delivery and keeps the name on retries. Data Center does not; there the bytes decide.
    """
    identifier = _header(headers, _IDENTIFIER).strip()
    return f"id:{identifier}" if identifier else f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_event(body: bytes) -> WebhookEvent:
    """What the delivery is about; an event that nobody knows is of kind "other" and still an event.

    Raises:
        DeliveryNotUnderstood: the body is not a JSON object.
    """
    document = _read_event(body)
    named = _named(document)
    return WebhookEvent(
        name=named.name,
        at=_instant(document.get("timestamp")),
        kind=named.kind,
        subject=named.subject,
        issue_id=named.issue_id,
        body=document,
    )


def _read_event(body: bytes) -> Mapping[str, Any]:
    try:
        _check_encoding(body)
        return _read_typed(body)
    except (ValueError, RecursionError):  # not what Jira sends every day; look closely
        return _document(body)


def _check_encoding(body: bytes) -> None:
    """What a decoder skips, it checks for everything except this."""
    if not body.isascii():
        body.decode()


def check_document(body: bytes) -> None:
    """Refuse what `read_event` would refuse, in a fraction of its time: all is only skipped.

    Raises:
        DeliveryNotUnderstood: it is not a JSON object.
    """
    try:
        _check_encoding(body)
        _skip(body)
    except (ValueError, RecursionError):  # not what Jira sends every day; look closely
        _document(body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = _read_all(body)
    except (ValueError, RecursionError):
        document = _leniently(shallow(body))
    if not isinstance(document, dict):
        message = f"The delivery is JSON, but {type(document).__name__} and not an object."
        raise DeliveryNotUnderstood(message)
    return document


def _leniently(body: bytes) -> Any:
    """Half a surrogate pair, NaN, a number or a depth beyond all bounds is no reason to lose a delivery."""
    try:
        return json.loads(body, parse_int=_number)
    except (ValueError, RecursionError) as error:
        message = "The delivery is not JSON."
        raise DeliveryNotUnderstood(message) from error


def _number(digits: str) -> int | float:
    """Python refuses to count beyond 4300 digits."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _named(document: Mapping[str, Any]) -> _Named:
    name = document.get("webhookEvent")
    name = name if isinstance(name, str) and name else None
    kind = _kind(name, document)
    issue_id = _issue_id(document)
    return _Named(name, kind, _subject(kind, issue_id, document), issue_id)


def _header(headers: Mapping[str, str], name: str) -> str:
    if name in headers:  # servers hand them over in small letters
        return headers[name]
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _instant(timestamp: Any) -> datetime | None:
    """`timestamp` counts milliseconds since 1970."""
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=timestamp)
    except OverflowError:
        return None


def _kind(name: str | None, document: Mapping[str, Any]) -> str:
    if name is None:
        return next((kind for key, kind in _KIND_OF_KEY if key in document), "other")
    plain = name.removeprefix("jira:")
    return next((kind for prefix, kind in _KIND_OF_NAME if plain.startswith(prefix)), "other")


def _subject(kind: str, issue_id: str | None, document: Mapping[str, Any]) -> str:
    match kind:
        case "issue" | "comment" | "worklog" | "attachment" | "issue_property":
            prefix, key = "issue", issue_id
        case "issuelink":
            prefix, key = "link", _id(document, "issueLink")
        case "sprint":
            prefix, key = "sprint", _id(document, "sprint")
        case "board":
            prefix, key = "board", _id(document, "board") or _id(document, "configuration")
        case "project":
            prefix, key = "project", _id(document, "project")
        case "version":
            prefix, key = "project", _id(document, "version", "projectId")
        case _:
            prefix, key = "site", None
    return f"{prefix}:{key}" if key else "site"


def _issue_id(document: Mapping[str, Any]) -> str | None:
    """Of the issue in the body; of the worklog's or comment's issue where only that is sent (Data Center)."""
    found = _id(document, "issue") or _id(document, "worklog", "issueId")
    if found:
        return found
    for key in ("comment", "worklog", "property"):
        entity = document.get(key)
        address = entity.get("self") if isinstance(entity, dict) else None
        if isinstance(address, str) and (part := _ISSUE_IN_PATH.search(address)):
            return part[1]
    return None


def _id(document: Mapping[str, Any], key: str, name: str = "id") -> str | None:
    """An id as text: Jira sends some as numbers, others as strings."""
    entity = document.get(key)
    value = entity.get(name) if isinstance(entity, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) or None
