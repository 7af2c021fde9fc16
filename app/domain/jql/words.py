"""Words and characters that JQL keeps for itself, and how to write any other text.

Source: jira-facts.md 6.1 (Atlassian's grammar of JQL, and its documentation of Data Center).
"""

import re

_KEYWORDS = "after and asc before by cf changed desc during empty from in is not null on or order to was"
KEYWORDS = frozenset(_KEYWORDS.split())
"""Words of the grammar. Like the reserved ones, in quotes they are ordinary text."""

_RESERVED = """
    abort access add alias all alter any as audit avg begin between boolean break byte catch char character
    check checkpoint collate collation column commit connect continue count create current date decimal
    declare decrement default defaults define delete delimiter difference distinct divide do double drop else
    encoding end equals escape exclusive exec execute exists explain false fetch field file first float for
    function go goto grant greater group having identified if immediate increment index initial inner inout
    input insert int integer intersect intersection into isempty isnull join last left less like limit lock
    long max min minus mode modify modulo more multiply next noaudit notin nowait number object of option
    outer output power previous prior privileges public raise raw remainder rename resource return returns
    revoke right row rowid rownum rows select session set share size sqrt start strict string subtract sum
    synonym table then trans transaction trigger true uid union unique update user validate values view when
    whenever where while with
"""
RESERVED = frozenset(_RESERVED.split())

RESERVED_CHARACTERS = frozenset("{}*/%+^$#@?;")

CONTROLS = "\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff"
"""Characters that may stand nowhere, as the inside of a set of a regular expression."""

ESCAPE = r"""\\(?:[tnr"'\\ ]|u[0-9A-Fa-f]{4})"""
BARE = rf"""(?:[^\\ \r\n"'=!<>()~,\[\]|&{{}}*/%+^$#@?;{CONTROLS}]|{ESCAPE})++"""
"""A word without quotes, as a regular expression."""

_is_bare = re.compile(BARE).fullmatch
_escapes = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|(.))""", re.DOTALL)
_halves = re.compile(r"[\ud800-\udfff]")
_never_held = re.compile(r"[\x00\ud800-\udfff]")
_must_escape = re.compile(rf"""["\\{CONTROLS}]""")
_MEANT = {"t": "\t", "n": "\n", "r": "\r"}
_WRITTEN = {'"': '\\"', "\\": "\\\\", "\t": "\\t"}


def unescape(text: str) -> str:
    """What a text says whose escapes are all right.

    Jira counts in UTF-16, so what lies above U+FFFF is two escapes: the halves become one character.
    """
    if "\\" not in text:
        return text
    said = _escapes.sub(lambda hit: chr(int(hit[1], 16)) if hit[1] else _MEANT.get(hit[2], hit[2]), text)
    if _halves.search(said):
        return said.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return said


def never_held(value: str) -> str | None:
    """A character that no database can hold: U+0000, or half of one; None where the value is all right."""
    hit = _never_held.search(value)
    return hit[0] if hit else None


def quoted(value: str) -> str:
    """Any text in double quotes, as JQL reads it."""
    body = _must_escape.sub(lambda hit: _WRITTEN.get(hit[0]) or f"\\u{ord(hit[0]):04x}", value)
    return f'"{body}"'


def written(value: str) -> str:
    """A text as a value of JQL: in quotes only where it needs them."""
    lowered = value.lower()
    if "\\" in value or lowered in KEYWORDS or lowered in RESERVED or not _is_bare(value):
        return quoted(value)
    return value
