"""Atlassian Document Format: which documents Jira takes, and how they read as wiki markup.

Jira answers 400 to a document that breaks the schema, and tells no more than INVALID_INPUT. The rules here
are those of the published JSON schema that a writer can break: which node may stand where, which attributes
it needs, no empty text.
"""

import json
from collections.abc import Callable, Mapping

from .model import Adf

LIMIT = 32_767
"""Characters of the serialised document; Jira counts the JSON, not what a person reads."""

_INLINE = frozenset({"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder"})
_LEAF = frozenset({"rule", "blockCard", "media"}) | (_INLINE - {"text"})
_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_BASIC = frozenset({"paragraph", "heading", "codeBlock", "rule", "mediaSingle", "mediaGroup"}) | _LISTS
_CELL = _BASIC | {"panel", "blockquote", "blockCard", "nestedExpand"}
_BLOCKS = _BASIC | {"panel", "blockquote", "blockCard", "table", "expand"}

CHILDREN: Mapping[str, frozenset[str]] = {
    "doc": _BLOCKS,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": frozenset({"text"}),
    "blockquote": frozenset({"paragraph", "codeBlock", "mediaSingle", "mediaGroup"}) | _LISTS,
    "panel": _BASIC | {"blockCard"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": frozenset({"paragraph", "codeBlock", "mediaSingle"}) | _LISTS,
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": _INLINE,
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _CELL,
    "tableHeader": _CELL,
    "expand": _BASIC | {"panel", "blockquote", "blockCard", "table", "nestedExpand"},
    "nestedExpand": _BASIC | {"panel", "blockquote"},
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": _INLINE,
}
"""Which nodes may stand in which. https://unpkg.com/@atlaskit/adf-schema is where the full schema lives."""

_MAY_BE_EMPTY = frozenset({"paragraph", "heading", "codeBlock", "taskItem", "decisionItem", "caption", "doc"})
_MARKS = frozenset(
    {"strong", "em", "code", "link", "strike", "underline", "textColor", "subsup", "backgroundColor"}
)
_PANELS = frozenset({"info", "note", "warning", "success", "error", "tip", "custom"})
_LOZENGES = frozenset({"neutral", "purple", "blue", "red", "yellow", "green"})


def is_valid(document: object) -> bool:
    """Whether Jira would take the document: a `doc` of version 1 whose nodes stand where they may."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return False
    return isinstance(document.get("content"), list) and _children_are_valid(document)


def is_empty(document: Adf) -> bool:
    """Whether there is nothing to read in it."""
    return not to_wiki(document).strip() and "media" not in json.dumps(document)


def is_too_long(document: Adf) -> bool:
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) > LIMIT


def _is_valid_node(node: object) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return _is_valid_text(node)
    if not _has_its_attributes(node):
        return False
    return node["type"] in _LEAF if node["type"] not in CHILDREN else _children_are_valid(node)


def _children_are_valid(node: Adf) -> bool:
    kind, content = node["type"], node.get("content", [])
    if not isinstance(content, list) or (not content and kind not in _MAY_BE_EMPTY):
        return False
    allowed = CHILDREN[kind]
    return all(_is_valid_node(child) and child["type"] in allowed for child in content)


def _is_valid_text(node: Adf) -> bool:
    marks = node.get("marks", [])
    if not isinstance(node.get("text"), str) or not node["text"] or not isinstance(marks, list):
        return False
    return all(
        isinstance(mark, dict) and mark.get("type") in _MARKS and _mark_is_whole(mark) for mark in marks
    )


def _mark_is_whole(mark: Adf) -> bool:
    needed = {"link": "href", "textColor": "color", "subsup": "type"}.get(mark["type"])
    return needed is None or isinstance(mark.get("attrs", {}).get(needed), str)


_NEEDED: Mapping[str, Callable[[Adf], bool]] = {
    "heading": lambda attrs: attrs.get("level") in range(1, 7),
    "panel": lambda attrs: attrs.get("panelType") in _PANELS,
    "status": lambda attrs: isinstance(attrs.get("text"), str) and attrs.get("color") in _LOZENGES,
    "mention": lambda attrs: isinstance(attrs.get("id"), str),
    "emoji": lambda attrs: isinstance(attrs.get("shortName"), str),
    "date": lambda attrs: isinstance(attrs.get("timestamp"), str),
    "inlineCard": lambda attrs: "url" in attrs or "data" in attrs,
    "blockCard": lambda attrs: "url" in attrs or "data" in attrs,
}


def _has_its_attributes(node: Adf) -> bool:
    attrs = node.get("attrs", {})
    return isinstance(attrs, dict) and (node["type"] not in _NEEDED or _NEEDED[node["type"]](attrs))


def plain(text: str) -> Adf:
    """A document of paragraphs, one for each line."""
    lines = [line for line in text.split("\n") if line]
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


Inner = list[str]


def _row(node: Adf, cells: Inner) -> str:
    fence = "||" if node["content"][0]["type"] == "tableHeader" else "|"
    return fence + fence.join(cell or " " for cell in cells) + fence


_WIKI: Mapping[str, Callable[[Adf, Inner], str]] = {
    "doc": lambda _, inner: "\n\n".join(inner),
    "tableCell": lambda _, inner: " ".join(inner),
    "tableHeader": lambda _, inner: " ".join(inner),
    "expand": lambda _, inner: "\n\n".join(inner),
    "nestedExpand": lambda _, inner: "\n\n".join(inner),
    "heading": lambda node, inner: f"h{node['attrs']['level']}. {''.join(inner)}",
    "codeBlock": lambda _, inner: f"{{code}}{''.join(inner)}{{code}}",
    "panel": lambda _, inner: "{panel}\n" + "\n".join(inner) + "\n{panel}",
    "blockquote": lambda _, inner: "{quote}" + "\n".join(inner) + "{quote}",
    "bulletList": lambda _, inner: "\n".join(f"* {line}" for line in inner),
    "orderedList": lambda _, inner: "\n".join(f"# {line}" for line in inner),
    "table": lambda _, inner: "\n".join(inner),
    "tableRow": _row,
    "hardBreak": lambda _, __: "\n",
    "rule": lambda _, __: "----",
    "media": lambda node, _: (
        f"!{node['attrs'].get('alt') or node['attrs'].get('url') or node['attrs'].get('id')}!"
    ),
    "mention": lambda node, _: f"[~accountid:{node['attrs']['id']}]",
    "inlineCard": lambda node, _: _card(node),
    "blockCard": lambda node, _: _card(node),
    "status": lambda node, _: f"*[ {node['attrs']['text']} ]*",
    "emoji": lambda node, _: str(node["attrs"].get("text", node["attrs"]["shortName"])),
    "date": lambda node, _: str(node["attrs"]["timestamp"]),
}


def to_wiki(node: Adf) -> str:
    """The node in Jira's wiki markup, as webhooks and REST v2 carry it."""
    if node["type"] == "text":
        return _marked(node)
    inner = [to_wiki(child) for child in node.get("content", [])]
    return _WIKI[node["type"]](node, inner) if node["type"] in _WIKI else "".join(inner)


def _card(node: Adf) -> str:
    url = node["attrs"].get("url", "")
    return f"[{url}|{url}|smart-link]"


def _marked(node: Adf) -> str:
    text: str = node["text"]
    for mark in node.get("marks", []):
        match mark["type"]:
            case "strong":
                text = f"*{text}*"
            case "em":
                text = f"_{text}_"
            case "code":
                text = f"{{{{{text}}}}}"
            case "strike":
                text = f"-{text}-"
            case "underline":
                text = f"+{text}+"
            case "link":
                text = f"[{text}|{mark['attrs']['href']}]"
    return text
