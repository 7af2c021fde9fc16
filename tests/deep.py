"""Documents that are nested deeper than anybody writes by hand."""

import json
from typing import Any


def deep_text(nodes: int, *, above: str = "zebra", within: str = "lion") -> str:
    """An Atlassian document as JSON: quotes in each other, a paragraph before the first, one in the last."""
    paragraph = '{"type":"paragraph","content":[{"type":"text","text":"%s"}]}'
    opened, closed = '{"type":"blockquote","content":[', "]}"
    inner = f"{opened * nodes}{paragraph % within}{closed * nodes}"
    return f'{{"type":"doc","version":1,"content":[{paragraph % above},{inner}]}}'


def with_deep_text(document: Any, mark: str, nodes: int, **words: str) -> bytes:
    """A document as JSON, in which the deep text stands in place of a mark."""
    return json.dumps(document).replace(json.dumps(mark), deep_text(nodes, **words)).encode()
