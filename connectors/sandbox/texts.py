"""A text in the reader's form: ADF for REST v3, wiki markup for v2, webhooks and changelogs.

A text is kept as it was written. Wiki markup becomes ADF as far as Jira's own conversion is documented by
example: headings, lists, tables, quotes, code, panels, rules, links, mentions, bold, italic, pictures.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

from . import adf
from .model import Adf, Text

_BLOCK_MACRO = re.compile(r"^\{(code|noformat|quote|panel)(?::([^}]*))?\}(.*)$")
_HEADING = re.compile(r"^h([1-6])\.\s+(.*)$")
_ITEM = re.compile(r"^\s*([*#-])[*#-]*\s+(.*)$")
_INLINE = re.compile(
    r"\{\{(?P<code>.+?)\}\}"
    r"|\[~(?:accountid:)?(?P<person>[^\]]+)\]"
    r"|\[(?:(?P<label>[^|\]]+)\|)?(?P<link>[a-z]+://[^|\]\s]+)(?:\|[^\]]*)?\]"
    r"|!(?P<picture>[^!|\s]+)(?:\|[^!]*)?!"
    r"|(?<![\w*])\*(?P<strong>[^*\s](?:[^*]*[^*\s])?)\*(?!\w)"
    r"|(?<![\w_])_(?P<em>[^_\s](?:[^_]*[^_\s])?)_(?!\w)"
    r"|(?<![\w+])\+(?P<underline>[^+\s](?:[^+]*[^+\s])?)\+(?!\w)"
    r"|\{color[^}]*\}|\\(?P<escaped>[^\w\s])"
)
_REFERENCE = re.compile(r"&#\d{1,6};")
_ESCAPED = re.compile(r"\\([^\w\s])")


def as_wiki(text: Text) -> str:
    return text if isinstance(text, str) else adf.to_wiki(text)


def as_adf(text: Text) -> Adf:
    return from_wiki(text) if isinstance(text, str) else text


def from_wiki(text: str) -> Adf:
    """Wiki markup as a document."""
    lines = text.replace("\r\n", "\n").split("\n")
    return {"type": "doc", "version": 1, "content": list(_blocks(lines))}


def _blocks(lines: list[str]) -> Iterator[Adf]:
    at = 0
    while at < len(lines):
        line, start = lines[at], at
        at += 1
        if not line.strip():
            continue
        if macro := _BLOCK_MACRO.match(line.strip()):
            body, at = _macro_body(macro, lines, at)
            yield _macro(macro[1], body)
        elif heading := _HEADING.match(line):
            yield {"type": "heading", "attrs": {"level": int(heading[1])}, "content": _inline(heading[2])}
        elif line.strip() == "----":
            yield {"type": "rule"}
        elif line.lstrip().startswith("|"):
            at = _run(lines, start, lambda one: one.lstrip().startswith("|"))
            yield {"type": "table", "content": [_row(one) for one in lines[start:at]]}
        elif item := _ITEM.match(line):
            at = _run(lines, start, lambda one: _ITEM.match(one) is not None)
            found = [match[2] for match in map(_ITEM.match, lines[start:at]) if match]
            yield _list("orderedList" if item[1] == "#" else "bulletList", found)
        else:
            at = _run(lines, start, _is_plain)
            yield from _paragraph(lines[start:at])


def _is_plain(line: str) -> bool:
    if not line.strip() or line.strip() == "----" or line.lstrip().startswith("|"):
        return False
    return not (_BLOCK_MACRO.match(line.strip()) or _HEADING.match(line) or _ITEM.match(line))


def _run(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    """The end of the lines that belong together; the first one always does."""
    at = start + 1
    while at < len(lines) and belongs(lines[at]):
        at += 1
    return at


def _macro_body(macro: re.Match[str], lines: list[str], at: int) -> tuple[list[str], int]:
    closing, rest = f"{{{macro[1]}}}", macro[3]
    if closing in rest:
        return [rest.partition(closing)[0]], at
    body = [rest] if rest else []
    while at < len(lines):
        line = lines[at]
        at += 1
        if closing in line:
            body += [before] if (before := line.partition(closing)[0]) else []
            break
        body.append(line)
    return body, at


def _macro(kind: str, body: list[str]) -> Adf:
    if kind in {"code", "noformat"}:
        text = "\n".join(body)
        return {"type": "codeBlock", "content": [{"type": "text", "text": text}] if text else []}
    inner = list(_blocks(body)) or [{"type": "paragraph", "content": []}]
    if kind == "quote":
        return {
            "type": "blockquote",
            "content": [one for one in inner if one["type"] == "paragraph"] or inner,
        }
    return {"type": "panel", "attrs": {"panelType": "info"}, "content": inner}


def _list(kind: str, items: list[str]) -> Adf:
    content = [
        {"type": "listItem", "content": [{"type": "paragraph", "content": _inline(item)}]} for item in items
    ]
    return {"type": kind, "content": content}


def _row(line: str) -> Adf:
    head = line.strip().startswith("||")
    cells = re.split(r"\|\|" if head else r"(?<!\[)\|(?![^\[]*\])", line.strip().strip("|"))
    kind = "tableHeader" if head else "tableCell"
    content = [
        {"type": kind, "attrs": {}, "content": [{"type": "paragraph", "content": _inline(cell.strip())}]}
        for cell in cells
    ]
    return {"type": "tableRow", "content": content}


def _paragraph(lines: list[str]) -> Iterator[Adf]:
    """Lines of one paragraph; a picture stands in a block of its own."""
    content: list[Adf] = []
    for number, line in enumerate(lines):
        content += [{"type": "hardBreak"}] if number and content else []
        for node in _inline(line):
            if node["type"] != "media":
                content.append(node)
                continue
            if content:
                yield {"type": "paragraph", "content": content}
            content = []
            yield {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [node]}
    if content:
        yield {"type": "paragraph", "content": content}


def _inline(text: str) -> list[Adf]:
    nodes: list[Adf] = []
    at = 0
    for match in _INLINE.finditer(text):
        nodes += _plain(text[at : match.start()])
        nodes += _marked(match)
        at = match.end()
    return nodes + _plain(text[at:])


def _plain(text: str) -> list[Adf]:
    return [{"type": "text", "text": _dereferenced(text)}] if text else []


def _dereferenced(text: str) -> str:
    """Character references by number, which Jira shows as what they stand for."""
    return _REFERENCE.sub(lambda found: unescape(found[0]), text)


def _marked(found: re.Match[str]) -> list[Adf]:
    kind = found.lastgroup
    value = found[kind] if kind else ""
    match kind:
        case None:
            return []
        case "escaped":
            return _plain(value)
        case "person":
            return [{"type": "mention", "attrs": {"id": value, "text": f"@{value}"}}]
        case "picture":
            return [{"type": "media", "attrs": {"type": "file", "id": value, "alt": value, "collection": ""}}]
        case "link":
            mark = {"type": "link", "attrs": {"href": value}}
            return [{"type": "text", "text": found["label"] or value, "marks": [mark]}]
        case _:
            plain = value if kind == "code" else _dereferenced(_ESCAPED.sub(r"\1", value))
            return [{"type": "text", "text": plain, "marks": [{"type": kind}]}]
