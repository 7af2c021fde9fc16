"""Jira's wiki markup, for Data Center (API version 2).

People's text is escaped character by character, so that no macro, link, picture or mention can be smuggled
in through a summary. A backslash itself becomes a character reference, because two of them break the line.
"""

import re

from app.domain.reports import document
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Date,
    Expand,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
)
from app.domain.reports.links import issue_url, search_url

LIMIT = 32_767

BACKSLASHED = "{}[]*_-+^~!?#()"
"""Marks of Atlassian's public "Text Formatting Notation Help" that a backslash makes plain: macros, links,
emphasis, lists, pictures, citations, and the brackets of emoticons."""

REFERENCED = "\\|&"
"""Written as character references: two backslashes are a line break, so one cannot be escaped by another; a
bar would have to survive being cut into table cells; and a reference must not be one already. That Jira shows
references as the characters is what users of pandoc's Jira writer report."""

ESCAPES = str.maketrans(
    {mark: f"\\{mark}" for mark in BACKSLASHED} | {mark: f"&#{ord(mark)};" for mark in REFERENCED}
)

ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
BLOCK_START = re.compile(r"^(\s*)(h[1-6]|bq)\.", flags=re.IGNORECASE)
INK = {
    Colour.NEUTRAL: "#42526e",
    Colour.BLUE: "#0747a6",
    Colour.GREEN: "#006644",
    Colour.YELLOW: "#974f0c",
    Colour.RED: "#bf2600",
}
PAPER = {
    PanelKind.INFO: "#deebff",
    PanelKind.SUCCESS: "#e3fcef",
    PanelKind.WARNING: "#fffae6",
    PanelKind.ERROR: "#ffebe6",
}


def render(report: Report, *, base_url: str) -> str:
    """The report as wiki markup; `base_url` is the site's, for searches (issues are linked by key)."""
    return "\n\n".join(_block(block, base_url) for block in report.blocks) + "\n"


def fit(report: Report, limit: int = LIMIT, *, base_url: str) -> Report:
    """The report with its lists shortened until Jira takes it."""
    return document.fit(report, limit, measure=lambda shorter: len(render(shorter, base_url=base_url)))


def escape(text: str) -> str:
    """Text that wiki markup shows as it is."""
    return BLOCK_START.sub(r"\1\2&#46;", " ".join(text.split()).translate(ESCAPES))


def _block(block: Block, base_url: str) -> str:
    match block:
        case Heading(level=level, content=content):
            return f"h{level}. {_inlines(content, base_url)}"
        case Paragraph(content=content):
            return _inlines(content, base_url)
        case BulletList(items=items):
            return "\n".join(f"* {_inlines(item, base_url)}" for item in items)
        case Table():
            return _table(block, base_url)
        case Panel(kind=kind, content=blocks):
            inside = "\n".join(_block(each, base_url) for each in blocks)
            return f"{{panel:bgColor={PAPER[kind]}}}\n{inside}\n{{panel}}"
        case Expand(title=title, content=blocks):
            return "\n".join([f"h4. {escape(title)}", *(_block(each, base_url) for each in blocks)])


def _table(table: Table, base_url: str) -> str:
    head = "||" + "||".join(escape(title) or " " for title in table.header) + "||"
    # An empty cell would merge with its neighbour into a heading cell.
    rows = ["|" + "|".join(_inlines(cell, base_url) or " " for cell in row) + "|" for row in table.rows]
    return "\n".join([head, *rows])


def _inlines(content: Inlines, base_url: str) -> str:
    return "".join(_inline(part, base_url) for part in content)


def _inline(part: Inline, base_url: str) -> str:
    match part:
        case Text(text=text, strong=True):
            return f"*{escape(text)}*"
        case Text(text=text):
            before = " " if text[:1].isspace() else ""
            after = " " if text.rstrip() and text[-1:].isspace() else ""
            return f"{before}{escape(text)}{after}"
        case IssueLink(key=key):
            # Jira links keys by itself, and strikes out those of resolved issues.
            return key if ISSUE_KEY.fullmatch(key) else f"[{escape(key)}|{issue_url(base_url, key)}]"
        case SearchLink(text=text, jql=jql):
            return f"[{escape(text)}|{search_url(base_url, jql)}]"
        case Status(text=text, colour=colour):
            return f"{{color:{INK[colour]}}}*{escape(text.upper())}*{{color}}"
        case Date(day=day):
            return day.isoformat()
