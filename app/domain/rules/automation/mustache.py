"""Texts with Jira's smart values become ours, where both mean the same."""

import re
from enum import Enum, auto
from typing import Any

from app.domain.rules.answers import HEADERS
from app.domain.rules.automation.created import no_created
from app.domain.rules.automation.told import UnknownError, text
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.parts import LONGEST_TEXT
from app.domain.rules.rendering import check
from app.domain.rules.smart_values import CREATED, LOOKED_UP, NAMES, WEB_RESPONSE

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LISTS = {"labels", "components", "fixVersions", "versions"}
_OWN = {"key", "id", "summary", "url", "created", "updated", *_LISTS}
_THINGS = {"status", "priority", "issuetype", "resolution"}
_PEOPLE = {"assignee", "reporter", "creator"}
_FLAT = {
    "initiator.displayName",
    "initiator.accountId",
    "rule.name",
    "comment.body",
    "comment.author.displayName",
    "comment.author.accountId",
    "fieldChange.field",
    "fieldChange.from",
    "fieldChange.fromString",
    "fieldChange.to",
    "fieldChange.toString",
    *(f"{thing}.{part}" for thing in ("sprint", "version") for part in ("id", "name")),
    "sprint.goal",
    "version.description",
    "worklog.timeSpent",
    "worklog.comment",
    "worklog.author.displayName",
    "worklog.author.accountId",
    "attachment.filename",
    "attachment.mimeType",
    "attachment.size",
    "attachment.author.displayName",
    "attachment.author.accountId",
}
OTHERS = frozenset({"project", "user"})
"""Values of ours that mean something else in Jira, or nothing: there a variable may be called so."""
_MOVES = "plusDays|minusDays|plusHours|minusHours|plusBusinessDays|minusBusinessDays"
_WHEN = re.compile(
    rf"(now|(?:issue|triggerIssue)\.(?:created|updated))"
    rf"((?:\.(?:{_MOVES})\(\d{{1,5}}\)|\.toBusinessDay)*)"
    r"(?:\.format\(\"([^\"\\]*)\"\))?"
)
_PATTERN = re.compile(r"(?:yyyy|MM|dd|HH|mm|ss|[ :./,-])+")
_CUSTOM = re.compile(r"customfield_\d+|[^\W\d_][\w -]*")
_WEBHOOK = re.compile(r"webhookData((?:\.[A-Za-z][A-Za-z0-9]*)+)")
_EQUALS = re.compile(r"if\((not\()?equals\((.+?),\s*(\"[^\"\\{}%]*\")\)(\))?\)")
_VARIABLE = re.compile("[A-Za-z][A-Za-z0-9_]{0,39}")
_JOINED = re.compile(r"([a-z]+)(?:\.join\(\"([^\"\\{}%]*)\"\))?")
_END = re.compile(r"(first|last)(\.name)?")
_HEADER = re.compile(r"([A-Za-z][A-Za-z-]*)|get\(\"([A-Za-z][A-Za-z-]*)\"\)")
_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_WAY_OUT = "See `burnish rules manual values` for what a text can name, and write it by hand."

_ANSWERS = {"webResponse", "webhookResponse"}
"""What Jira calls the answer of a server; the second is the older word."""
_STEP = re.compile(
    r"\.(?:(?P<size>size$)|get\((?P<number>\d{1,4})\)|get\(\"(?P<name>[^\"\\{}%]+)\"\)"
    r"|(?P<end>first|last)(?=\.|$)|(?P<key>[A-Za-z_][A-Za-z0-9_]*))"
)
_FUNCTIONS = frozenset(
    [
        *("asJsonString", "asJsonObject", "asJsonStringArray", "asJsonObjectArray", "asNumber", "asDate"),
        *(
            "urlEncode",
            "htmlEncode",
            "jsonEncode",
            "xmlEncode",
            "trim",
            "toLowerCase",
            "toUpperCase",
            "length",
        ),
        *("toDate", "distinct", "flatten", "sum", "average", "max", "min", "isEmpty", "isNotEmpty", "exists"),
    ]
)
"""What Jira does with a value, which looks like a key of an answer and is none."""


class _Open(Enum):
    """What stands open in a text."""

    IF = auto()
    NAMES = auto()
    ISSUES = auto()
    PARTS = auto()


def translated(value: Any) -> str:
    """The text, for our templates.

    Raises:
        UnknownError: it is no text, or names a value that is none of ours or means something else.
    """
    source = text(value)
    parts: list[str] = []
    ends: list[_Open] = []
    place = 0
    for tag in _TAG.finditer(source):
        parts.append(_plain(source[place : tag.start()]))
        parts.append(_tag(tag[1].strip(), ends))
        place = tag.end()
    parts.append(_plain(source[place:]))
    if ends:
        raise UnknownError(f"A part of the text is not closed: {source}", _WAY_OUT)
    said = "".join(parts)
    try:
        check(said)
    except TemplateRefused as error:
        raise UnknownError(f"The text is not understood ({error}): {source}", _WAY_OUT) from error
    if len(said) > LONGEST_TEXT:
        raise UnknownError(f"The text is longer than {LONGEST_TEXT} characters: {source}", "Shorten it.")
    return said


def _plain(said: str) -> str:
    if re.search(r"\{[{%#]", said) or said.endswith("{"):
        raise UnknownError(f"Braces that our templates would read otherwise: {said}", _WAY_OUT)
    return said


def _tag(said: str, ends: list[_Open]) -> str:
    if said.startswith("/"):
        if not ends:
            raise UnknownError(f"Nothing is open here: {{{{{said}}}}}", _WAY_OUT)
        return "{% endif %}" if ends.pop() is _Open.IF else "{% endfor %}"
    if said.startswith("#"):
        return _section(said[1:].strip(), ends)
    if ends and ends[-1] is _Open.NAMES and said in (".", "name"):
        return "{{ each }}"
    if ends and ends[-1] is _Open.ISSUES and (found := _of_issue("each", said.removeprefix("fields."))):
        return "{{ " + found + " }}"
    if _Open.NAMES in ends:
        raise UnknownError(f"In a list only {{{{.}}}} and {{{{name}}}} are known: {said}", _WAY_OUT)
    if ends and ends[-1] is _Open.PARTS and (said == "." or _PART.fullmatch(said)):
        return "{{ each }}" if said == "." else "{{ " + _path("each", f".{said}") + " }}"
    if _Open.PARTS in ends:
        raise UnknownError(f"In a list of an answer only its own parts are known: {said}", _WAY_OUT)
    if _Open.ISSUES in ends:
        raise UnknownError(f"In found issues only their own fields are known: {said}", _WAY_OUT)
    return "{{ " + expression(said) + " }}"


def _section(said: str, ends: list[_Open]) -> str:
    found = _EQUALS.fullmatch(said)
    if found is not None and bool(found[1]) == bool(found[4]):
        ends.append(_Open.IF)
        return f"{{% if ({expression(found[2].strip())}) {'!=' if found[1] else '=='} {found[3]} %}}"
    if said == LOOKED_UP and not ends:
        ends.append(_Open.ISSUES)
        return f"{{% for each in {LOOKED_UP} %}}"
    root, _, name = said.partition(".")
    if root in _ANSWERS and name.startswith("body") and not ends:
        ends.append(_Open.PARTS)
        return f"{{% for each in {_path(WEB_RESPONSE, f'.{name}', is_list=True)} %}}"
    if root in ("createdIssue", "createdIssues"):
        raise no_created(f"{{{{#{said}}}}}")
    name = name.removeprefix("fields.")
    if root in ("issue", "triggerIssue") and name in _LISTS and not ends:
        ends.append(_Open.NAMES)
        return f"{{% for each in {root}.{name} %}}"
    raise UnknownError(f"This part is not understood: {{{{#{said}}}}}", _WAY_OUT)


def expression(said: str) -> str:
    """What stands between braces, as ours.

    Raises:
        UnknownError: it is none of ours, or means something else.
    """
    when = _WHEN.fullmatch(said)
    if when is not None and (when[3] is None or _PATTERN.fullmatch(when[3])):
        moved = re.sub(r"\.toBusinessDay", ".toBusinessDay()", when[2])
        return f"{when[1]}{moved}" + (f'.format("{when[3]}")' if when[3] else "")
    if said in _FLAT:
        return said
    if (brought := _WEBHOOK.fullmatch(said)) is not None:
        return f"webhook{brought[1]}"
    root, _, rest = said.partition(".")
    if (found := _of_step(root, rest, said)) is not None:
        return found
    if not rest and _VARIABLE.fullmatch(said) and said not in {*NAMES} - OTHERS:
        return said  # whether the rule makes it by then is seen where it is put together
    if root in ("issue", "triggerIssue"):
        found = _of_issue(root, rest.removeprefix("fields."))
        if found is not None:
            return found
    raise _unknown(said)


def _unknown(said: str) -> UnknownError:
    return UnknownError(f"The value {{{{{said}}}}} is none of ours, or means something else.", _WAY_OUT)


def _of_step(root: str, rest: str, said: str) -> str | None:
    """What an earlier step found, created, or was answered; None where it is none of these, or not known."""
    if root == LOOKED_UP:
        return _of_found(rest)
    if root in _ANSWERS:
        return _of_answer(rest, said)
    if root == "createdIssues":
        raise no_created(f"{{{{{said}}}}}")
    if root == CREATED:  # whether there is one by then is seen where it is put together
        return _of_issue(CREATED, rest.removeprefix("fields.")) if rest else CREATED
    return None


def _of_answer(rest: str, said: str) -> str:
    """Status, headers, and parts of the body, of which what is not there is empty, as with Jira."""
    if rest in ("status", "body"):
        return f"{WEB_RESPONSE}.{rest}"
    part, _, name = rest.partition(".")
    if part == "body" and name:
        return _path(WEB_RESPONSE, f".{rest}")
    header = _HEADER.fullmatch(name)
    if part == "headers" and header is not None:
        named = header[1] or header[2]
        if named.lower() in HEADERS:
            return f'{WEB_RESPONSE}.headers["{named}"]'
    raise _unknown(said)


def _path(root: str, path: str, *, is_list: bool = False) -> str:
    """Part by part into what a server answered."""
    made, place = root, 0
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None or step["key"] in _FUNCTIONS:
            raise UnknownError(f"The part {path[place:]} of an answer is not understood: {path}", _WAY_OUT)
        if step["size"]:
            return f"{made} | length"
        if step["number"] or step["end"]:
            number = step["number"] or ("0" if step["end"] == "first" else "-1")
            made += f"[{number}]"
        else:
            named = step["name"] or step["key"]
            made += f".{named}" if step["key"] and named[0] != "_" else f'["{named}"]'
        place = step.end()
    return made if is_list else f'{made} | default("")'


def _of_found(rest: str) -> str | None:
    """Of the issues that a lookup found: how many, what all have, what the first has."""
    if rest == "size":
        return f"{LOOKED_UP} | length"
    part, _, name = rest.partition(".")
    if part in ("first", "last") and name in _OWN - _LISTS:
        # Of none it is empty, as with Jira.
        every = f'({LOOKED_UP} | map(attribute="{name}") | list)'
        return f'({every} + [""]) | first' if part == "first" else f'([""] + {every}) | last'
    joined = _JOINED.fullmatch(rest)
    if joined is not None and joined[1] in _OWN - _LISTS:
        apart = joined[2] if joined[2] is not None else ", "
        return f'{LOOKED_UP} | map(attribute="{joined[1]}") | join("{apart}")'
    return None


def _of_list(made: str, part: str) -> str | None:
    if (end := _END.fullmatch(part)) is not None:
        named = f'({made} | map(attribute="name") | list)' if end[2] else made
        return f'({named} + [""]) | first' if end[1] == "first" else f'([""] + {named}) | last'
    attribute = ' | map(attribute="name")' if part == "name" else ""
    return f'{made}{attribute} | join(", ")' if part in ("", "name") else None


def _of_issue(root: str, rest: str) -> str | None:
    name, _, part = rest.partition(".")
    if name in _LISTS:
        return _of_list(f"{root}.{name}", part)
    if name in _OWN | _THINGS and not part:
        return f"{root}.{name}"
    if (name in _THINGS and part in ("name", "id")) or (
        name in _PEOPLE and part in ("displayName", "accountId")
    ):
        return f'{root}.{name}.{part} | default("")'
    if rest in ("project.key", "parent.key"):
        return f'{root}.{rest} | default("")'
    # Texts that Cloud keeps as documents, and what has another form there, are not told apart by name.
    if _CUSTOM.fullmatch(name) and (name.startswith("customfield_") or " " in name) and part in ("", "value"):
        tail = f'.{part} | default("")' if part else ""
        return f'{root}["{name}"]{tail}'
    return None
