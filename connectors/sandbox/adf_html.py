"""A document in Atlassian Document Format as HTML, so that a person can see what was posted."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape

from .model import Adf

SIMPLE = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "tableRow": "tr",
    "taskList": "ul",
    "taskItem": "li",
    "decisionList": "ul",
    "decisionItem": "li",
    "mediaGroup": "div",
    "mediaSingle": "div",
    "caption": "p",
}
MARKS = {"strong": "strong", "em": "em", "code": "code", "strike": "s", "underline": "u"}
SAFE_SCHEMES = ("http://", "https://", "mailto:", "/", "#")

PersonName = Callable[[str], str]


def to_html(node: Adf, name_of: PersonName) -> str:
    """The node as HTML; every text and attribute is escaped, links lead only to harmless schemes."""
    kind = node["type"]
    if kind == "text":
        return _marked(node)
    inner = "".join(to_html(child, name_of) for child in node.get("content", []))
    if kind in SIMPLE:
        return f"<{SIMPLE[kind]}>{inner}</{SIMPLE[kind]}>"
    attrs = node.get("attrs", {})
    if kind in BLOCKS:
        return BLOCKS[kind](attrs, inner)
    if kind == "mention":
        return f'<span class="mention">@{escape(name_of(attrs["id"]))}</span>'
    return LEAVES[kind](attrs) if kind in LEAVES else inner


def _cell(tag: str, attrs: Adf, inner: str) -> str:
    spans = "".join(
        f' {name}="{int(attrs[name])}"' for name in ("colspan", "rowspan") if isinstance(attrs.get(name), int)
    )
    colour = attrs.get("background")
    style = f' style="background:{escape(colour, quote=True)}"' if isinstance(colour, str) else ""
    return f"<{tag}{spans}{style}>{inner}</{tag}>"


def _day(milliseconds: str) -> str:
    if not milliseconds.isdecimal():
        return escape(milliseconds)
    return f"{datetime.fromtimestamp(int(milliseconds) / 1000, UTC):%d %b %Y}"


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2] or url


def _link(href: str, text: str, css: str = "") -> str:
    if not href.startswith(SAFE_SCHEMES):
        return text
    return f'<a href="{escape(href, quote=True)}"{f" class={css}" if css else ""}>{text}</a>'


def _marked(node: Adf) -> str:
    text = escape(node["text"])
    for mark in node.get("marks", []):
        attrs = mark.get("attrs", {})
        if mark["type"] in MARKS:
            text = f"<{MARKS[mark['type']]}>{text}</{MARKS[mark['type']]}>"
        elif mark["type"] == "link":
            text = _link(attrs["href"], text)
        elif mark["type"] in {"textColor", "backgroundColor"}:
            name = "color" if mark["type"] == "textColor" else "background"
            text = f'<span style="{name}:{escape(str(attrs.get("color", "")), quote=True)}">{text}</span>'
        elif mark["type"] == "subsup":
            tag = "sub" if attrs["type"] == "sub" else "sup"
            text = f"<{tag}>{text}</{tag}>"
    return text


def _card(attrs: Adf) -> str:
    url = str(attrs.get("url", ""))
    return _link(url, escape(_last_part(url)), "card")


def _status(attrs: Adf) -> str:
    return f'<span class="lozenge {escape(attrs["color"])}">{escape(attrs["text"])}</span>'


def _media(attrs: Adf) -> str:
    """A word in the picture's place; who knows the files puts the picture there."""
    which, alt = (
        escape(str(attrs.get("id", "")), quote=True),
        escape(str(attrs.get("alt") or attrs.get("id"))),
    )
    return f'<span class="card" data-media="{which}">{alt}</span>'


def _expand(attrs: Adf, inner: str) -> str:
    return f"<details open><summary>{escape(str(attrs.get('title', '')))}</summary>{inner}</details>"


BLOCKS: Mapping[str, Callable[[Adf, str], str]] = {
    "heading": lambda attrs, inner: f"<h{attrs['level']}>{inner}</h{attrs['level']}>",
    "table": lambda _, inner: f"<table>{inner}</table>",
    "tableHeader": lambda attrs, inner: _cell("th", attrs, inner),
    "tableCell": lambda attrs, inner: _cell("td", attrs, inner),
    "panel": lambda attrs, inner: f'<div class="panel {escape(attrs["panelType"])}">{inner}</div>',
    "codeBlock": lambda _, inner: f"<pre><code>{inner}</code></pre>",
    "expand": _expand,
    "nestedExpand": _expand,
}

LEAVES: Mapping[str, Callable[[Adf], str]] = {
    "hardBreak": lambda _: "<br>",
    "rule": lambda _: "<hr>",
    "emoji": lambda attrs: escape(str(attrs.get("text") or attrs["shortName"])),
    "status": _status,
    "date": lambda attrs: f"<time>{_day(str(attrs['timestamp']))}</time>",
    "inlineCard": _card,
    "blockCard": _card,
    "media": _media,
}
