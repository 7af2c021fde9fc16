"""What a key that may not read restricted issues is shown: that there are some, and nothing that they say.

Whatever route answers, what it says of an issue with a security level is taken out of the answer: numbers,
states and instants stay, so that what is counted stays counted. Reports, which mask such issues themselves as
the settings of their board say, are left as they are; so are answers to drafts, which tell nothing of them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from app.domain.scrum.restricted import FORMER_NAME, RESTRICTED
from app.store import restricted
from app.store.database import Database

WORDS = "a restricted issue"
_LIMITED = b'"limited":true'
"""Of a comment that only some may read, in what waits for it."""
_KEY = re.compile(rf"\b[A-Z][A-Z0-9_]*-[1-9][0-9]*\b|{FORMER_NAME.pattern}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)")
_MASKED_BY_THEMSELVES = frozenset({"boards", "reports"})
_ONLY_NAMED = frozenset({"rules", "sites", "schedules", "grooming-policies", "grooming-checks", "workers"})
_ONLY_NAMED |= {"grooming-policy-schema"}
"""What people wrote, and may mention an issue: only its key is replaced."""
_STAYS = frozenset({"state", "outcome", "kind", "happened", "site", "mode", "step", "event", "next"})


class Veil:
    """Takes the place of `send` for one answer.

    Args:
        send: the door's.
        database: knows which issues are restricted.
        noun: the first word of the path below `/api/v1`.
    """

    def __init__(self, send: Send, database: Database, noun: str) -> None:
        self._send = send
        self._database = database
        self._noun = noun
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Hold a JSON answer back until it is whole."""
        if message["type"] == "http.response.start" and self._is_looked_through(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            body = await self._veiled(self._body)
            MutableHeaders(scope=self._start)["Content-Length"] = str(len(body))
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})

    def _is_looked_through(self, start: Message) -> bool:
        # A problem repeats what was asked for, and must not tell whether it is there.
        kind = MutableHeaders(scope=start).get("content-type", "")
        return self._noun not in _MASKED_BY_THEMSELVES and kind.startswith("application/json")

    async def _veiled(self, body: bytes) -> bytes:
        text = body.decode()
        hidden = await self._database.call_read(lambda tx: hidden_in(tx, text)) if _KEY.search(text) else {}
        if not hidden and _LIMITED not in body:
            return body
        document = json.loads(body)
        whole = self._noun not in _ONLY_NAMED
        return json.dumps(veiled(document, hidden, whole=whole), ensure_ascii=False).encode()


def hidden_in(tx: Connection, text: str) -> Mapping[str, str]:
    """The restricted issues that a text names: by key, what stands for them in it.

    That is a number in the order in which the text names them: of a name that were the same in every answer,
    whoever guesses ids could find out whose it is.
    """
    keys = list(dict.fromkeys(_KEY.findall(text)))
    ids = {**restricted.among_keys(tx, keys), **{one: one for one in keys if FORMER_NAME.fullmatch(one)}}
    numbers = {one: n for n, one in enumerate(dict.fromkeys(ids[key] for key in keys if key in ids), 1)}
    return {key: f"{RESTRICTED}-{numbers[one]}" for key, one in ids.items()}


_MIXES = frozenset({"lookup_issues", "create_variable", "parent", "resumed", "answered"})
"""Steps of a decision after which what one issue says may stand in the texts of another."""


def veiled(value: Any, hidden: Mapping[str, str], *, whole: bool = True) -> Any:
    """A part of an answer without what it says of restricted issues, and without comments for some readers.

    Args:
        value: of JSON.
        hidden: by the keys of restricted issues what stands for them.
        whole: whether an object that names one says nothing more of it than numbers, states and instants;
            otherwise only the keys are replaced.
    """
    if isinstance(value, Mapping):
        if value.get("limited") is True:
            return {name: each if name in {"id", "limited"} else None for name, each in value.items()}
        if whole and (_is_mixed(value, hidden) or any(_named(each, hidden) for each in value.values())):
            return {name: _emptied(name, each, hidden) for name, each in value.items()}
        return {
            _renamed(name, hidden): _emptied(name, each, hidden)
            if whole and _names(name, hidden)
            else veiled(each, hidden, whole=whole)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [veiled(each, hidden, whole=whole) for each in value]
    if isinstance(value, str):
        return _renamed(value, hidden)
    return value


def left_out(value: Any, hidden: Mapping[str, str]) -> Any:
    """A part of a report without the rows of restricted issues: only its totals know of them.

    Args:
        value: of JSON.
        hidden: by the keys of restricted issues what stands for them, where a sentence names one.
    """
    if isinstance(value, Mapping):
        return {name: left_out(each, hidden) for name, each in value.items() if not _names(name, hidden)}
    if isinstance(value, list):
        return [left_out(each, hidden) for each in value if not _is_about(each, hidden)]
    return _renamed(value, hidden) if isinstance(value, str) else value


def _is_about(value: Any, hidden: Mapping[str, str]) -> bool:
    """Whether a row is one of theirs, or of somebody who has nothing but them."""
    if not isinstance(value, Mapping):
        return _named(value, hidden)
    return any(_named(each, hidden) or _lists_only(each, hidden) for each in value.values())


def _lists_only(value: Any, hidden: Mapping[str, str]) -> bool:
    return isinstance(value, list) and value != [] and all(_named(each, hidden) for each in value)


def _is_mixed(value: Mapping[str, Any], hidden: Mapping[str, str]) -> bool:
    """Whether it is a decision whose texts may say what a restricted issue says, without its key."""
    steps = value.get("steps")
    if not isinstance(steps, list) or not any(
        isinstance(each, Mapping) and each.get("step") in _MIXES for each in steps
    ):
        return False
    return _names(json.dumps(steps), hidden)


def _named(value: Any, hidden: Mapping[str, str]) -> bool:
    return isinstance(value, str) and _names(value, hidden)


def _renamed(text: str, hidden: Mapping[str, str]) -> str:
    return _KEY.sub(lambda found: hidden.get(found[0], found[0]), text)


def _names(text: str, hidden: Mapping[str, str]) -> bool:
    return any(key in hidden for key in _KEY.findall(text))


def _emptied(name: str, value: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        if value in hidden:
            return hidden[value]
        keeps = (name in _STAYS or _INSTANT.fullmatch(value)) and not _names(value, hidden)
        return value if keeps else WORDS
    if isinstance(value, Mapping):
        return {_renamed(each, hidden): _emptied(each, inner, hidden) for each, inner in value.items()}
    return [] if isinstance(value, list) else value
