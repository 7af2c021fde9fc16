"""Values that are nested deeper than anybody reads: what lies too deep is left out where they come in.

Jira's editor nests some forty lists and objects in each other, its API takes any number. Python reads a
thousand at the most, fewer the deeper its own calls are, and who walks a document needs more than one call
for each. So all that is kept is as deep as everybody can go.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

DEEPEST = 200
"""Lists and objects in each other."""
_QUOTE = ord('"')
_SIGN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def shallow(value: Any) -> Any:
    """A value of a document, read or unread (`msgspec.Raw`); lists and objects that lie too deep are empty.

    What is not too deep is given back as it is.
    """
    if isinstance(value, msgspec.Raw):
        # Most are short or a text, and most of the others hold too few signs to be deep.
        if len(value) <= 2 * DEEPEST:
            return value
        raw = memoryview(value)
        if raw[0] == _QUOTE:
            return value
        body = raw.tobytes()
        if body.count(b"{") + body.count(b"[") <= DEEPEST:
            return value
        cut = shallow_json(body)
        return value if len(cut) == len(body) else msgspec.Raw(cut)
    return _cut(value) if isinstance(value, dict | list) and _is_deep(value) else value


def shallow_json(body: bytes) -> bytes:
    """The same of JSON as it came."""
    kept, depth, begun = bytearray(), 0, 0
    for sign in _SIGN.finditer(body):
        match sign[0]:
            case b"[" | b"{":
                depth += 1
                if depth == DEEPEST + 1:
                    kept += body[begun : sign.end()]
            case b"]" | b"}":
                if depth == DEEPEST + 1:
                    begun = sign.start()
                depth -= 1
    return bytes(kept + body[begun:])


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for _, inner in _inside(each)]
        if not level:
            return False
    return True


def _cut(value: Any) -> Any:
    top: list[Any] = [None]
    level: list[tuple[Any, Any, Any]] = [(top, 0, value)]
    for depth in range(DEEPEST + 1):
        for holder, place, found in level:
            empty: Any = {} if isinstance(found, dict) else []
            holder[place] = empty if depth == DEEPEST else type(empty)(found)
        level = (
            [
                (holder[place], inner_place, inner)
                for holder, place, found in level
                for inner_place, inner in _inside(found)
            ]
            if depth < DEEPEST
            else []
        )
    return top[0]


def _inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Its lists and objects, each with its place."""
    every = value.items() if isinstance(value, dict) else enumerate(value)
    return ((place, each) for place, each in every if isinstance(each, dict | list))
