"""Atlassian's document format, for Jira Cloud (API version 3).

Text nodes carry no markup, so what people wrote cannot become any. Jira refuses empty text nodes and bodies
whose JSON has more than 32,767 characters; how it serialises is its own matter, so we measure the longest
common form (spaces after separators, everything but ASCII escaped).
"""

import json
from datetime import UTC, datetime, time
from typing import Any

from app.domain.reports import document
from app.domain.reports.document import (
    BulletList,
    Date,
    Expand,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Mention,
    Panel,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    TextBlock,
)
from app.domain.reports.links import issue_url, search_url

LIMIT = 32_767

Node = dict[str, Any]


def render(report: Report, *, base_url: str) -> Node:
    """The report as a document node; `base_url` is the site's, for links."""
    return {"version": 1, "type": "doc", "content": [_block(block, base_url) for block in report.text_blocks]}


def size(report: Report, *, base_url: str) -> int:
    """Characters of the longest common serialisation."""
    return len(json.dumps(render(report, base_url=base_url)))


def fit(report: Report, limit: int = LIMIT, *, base_url: str) -> Report:
    """The report with its lists shortened until Jira takes it."""
    return document.fit(report, limit, measure=lambda shorter: size(shorter, base_url=base_url))


def _block(block: TextBlock, base_url: str) -> Node:
    match block:
        case Heading(level=level, content=content):
            return {"type": "heading", "attrs": {"level": level}, "content": _inlines(content, base_url)}
        case Paragraph(content=content):
            return _paragraph(content, base_url)
        case BulletList(items=items):
            return {"type": "bulletList", "content": [_item(item, base_url) for item in items]}
        case Table():
            return _table(block, base_url)
        case Panel(kind=kind, content=blocks):
            inside = [_block(each, base_url) for each in blocks]
            return {"type": "panel", "attrs": {"panelType": kind.value}, "content": inside}
        case Expand(title=title, content=blocks):
            inside = [_block(each, base_url) for each in blocks]
            return {"type": "expand", "attrs": {"title": title}, "content": inside}


def _paragraph(content: Inlines, base_url: str) -> Node:
    return {"type": "paragraph", "content": _inlines(content, base_url)}


def _item(content: Inlines, base_url: str) -> Node:
    return {"type": "listItem", "content": [_paragraph(content, base_url)]}


def _table(table: Table, base_url: str) -> Node:
    head = [_cell("tableHeader", (Text(title, strong=True),), base_url) for title in table.header]
    rows = [[_cell("tableCell", cell, base_url) for cell in row] for row in table.rows]
    return {"type": "table", "content": [{"type": "tableRow", "content": row} for row in [head, *rows]]}


def _cell(kind: str, content: Inlines, base_url: str) -> Node:
    return {"type": kind, "attrs": {}, "content": [_paragraph(content, base_url)]}


def _inlines(content: Inlines, base_url: str) -> list[Node]:
    return [_inline(part, base_url) for part in content if not isinstance(part, Text) or part.text]


def _inline(part: Inline, base_url: str) -> Node:
    match part:
        case Text(text=text, strong=strong):
            return {"type": "text", "text": text, **({"marks": [{"type": "strong"}]} if strong else {})}
        case IssueLink(key=key):
            return _link(key, issue_url(base_url, key))
        case SearchLink(text=text, jql=jql):
            return _link(text, search_url(base_url, jql))
        case Status(text=text, colour=colour):
            return {"type": "status", "attrs": {"text": text, "color": colour.value}}
        case Mention(account=account, name=name):
            return {"type": "mention", "attrs": {"id": account, "text": f"@{name}"}}
        case Date(day=day):
            # A date node holds the UTC midnight of its day, wherever the team is.
            midnight = datetime.combine(day, time(), UTC)
            return {"type": "date", "attrs": {"timestamp": str(int(midnight.timestamp() * 1000))}}


def _link(text: str, url: str) -> Node:
    return {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": url}}]}
