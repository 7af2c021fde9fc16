"""Cuts a query into words, quoted texts and signs."""

import re
from typing import NamedTuple

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.words import BARE, CONTROLS, ESCAPE, KEYWORDS, RESERVED, RESERVED_CHARACTERS

MOST_CHARACTERS = 200_000
NO_COMMENTS = "JQL has no comments. Leave it out, or put it in quotes if it is a value."


class Token(NamedTuple):
    """A piece of a query.

    Attributes:
        kind: a sign or a keyword in lower case stands for itself (`and`, `&&` and `&` are all `and`);
            else `word`, `number`, `quoted`, `reserved` (a reserved word), or `end`.
        text: as written.
        position: of its first character, from 0.
    """

    kind: str
    text: str
    position: int


_token = re.compile(
    rf"""(?P<word>{BARE})|(?P<sign>!=|!~|<=|>=|&&|\|\||[()\[\],=<>~!&|])|(?P<space>[ \t\r\n]++)"""
    rf"""|(?P<quoted>"(?:[^"\\{CONTROLS}]|{ESCAPE})*+"|'(?:[^'\\{CONTROLS}]|{ESCAPE})*+')"""
).match
_quoted_start = {
    quote: re.compile(rf"""{quote}(?:[^{quote}\\{CONTROLS}]|{ESCAPE})*+""").match for quote in ('"', "'")
}
_is_number = re.compile(r"-?[0-9]++").fullmatch
_SIGNS = {"&": "and", "&&": "and", "|": "or", "||": "or"}
_SPECIAL = {**{word: word for word in KEYWORDS}, "null": "empty", **dict.fromkeys(RESERVED, "reserved")}


def tokens_of(query: str) -> list[Token]:
    """All tokens, and one that marks the end.

    Raises:
        JqlNotUnderstood: a character that may not stand there, a quote that is not closed.
    """
    if len(query) > MOST_CHARACTERS:
        fault = f"The query is longer than {MOST_CHARACTERS} characters. Split its lists."
        raise JqlNotUnderstood(query, MOST_CHARACTERS, fault)
    found: list[Token] = []
    at = 0
    while hit := _token(query, at):
        group, text = hit.lastgroup, hit[0]
        if group == "word":
            kind = _SPECIAL.get(text.lower()) or ("number" if _is_number(text) else "word")
            found.append(Token(kind, text, at))
        elif group == "sign":
            found.append(Token(_SIGNS.get(text, text), text, at))
        elif group == "quoted":
            found.append(Token("quoted", text, at))
        at = hit.end()
    if at < len(query):
        raise _bad_character(query, at)
    found.append(Token("end", "", at))
    return found


def _bad_character(query: str, at: int) -> JqlNotUnderstood:
    """Why no token begins here."""
    character = query[at]
    if start := _quoted_start.get(character):
        hit = start(query, at)
        return _bad_quoted(query, at, hit.end() if hit else at)
    if character == "\\":
        return JqlNotUnderstood(query, at, _escape_fault(query, at))
    if query.startswith(("//", "/*", "#"), at) and not query[at - 1 : at].strip():
        return JqlNotUnderstood(query, at, NO_COMMENTS)
    if character == ";" and not query[at + 1 :].strip():
        return JqlNotUnderstood(query, at, "A query ends without a semicolon. Leave it out.")
    if character in RESERVED_CHARACTERS:
        fault = f"{character!r} is a reserved character. Put the text that holds it in quotes."
        return JqlNotUnderstood(query, at, fault)
    return JqlNotUnderstood(query, at, _control_fault(character))


def _bad_quoted(query: str, start: int, end: int) -> JqlNotUnderstood:
    if end >= len(query):
        fault = f"The quote that opens here is never closed. Put {query[start]} behind the text."
        return JqlNotUnderstood(query, start, fault)
    if query[end] == "\\":
        return JqlNotUnderstood(query, end, _escape_fault(query, end))
    return JqlNotUnderstood(query, end, _control_fault(query[end]))


def _escape_fault(query: str, at: int) -> str:
    return (
        f"{query[at : at + 2]} is no escape. There are \\t, \\n, \\r, \\\", \\', \\\\, "
        "backslash with a space, and \\u with four hexadecimal digits; a backslash itself is \\\\."
    )


def _control_fault(character: str) -> str:
    return f"The control character U+{ord(character):04X} may not stand in a query. Write it as an escape."
