"""JSON that is nested deeper than Python's readers go. Pure: bytes in, bytes out."""

import re

DEEPEST = 240
"""Lists and objects in each other that are read. Jira's editor makes some forty, its API takes any number."""
_SIGN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def shallow(body: bytes) -> bytes:
    """The same JSON, in which what lies too deep is empty. What is no JSON stays none."""
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
    return bytes(kept + body[begun:]) if depth <= DEEPEST else bytes(kept)
