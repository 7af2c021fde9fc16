"""Markdown, for the terminal and for files.

Every character of people's text that could begin markup is escaped, so that a summary stays a summary.
"""

import re

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

MARKUP = re.compile(r"([\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_]))")
"""An underscore inside a word means nothing: commands that a report tells can be copied as they stand."""
LINE_START = re.compile(r"^(\d*)([#+\-=.)])")
"""What would make a heading, list or rule of a line; inside a line it means nothing."""

CALL = re.compile(r"@(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)
"""By which chats tell everybody, wherever it stands in a message and whatever stands before it."""


def render(report: Report, *, base_url: str = "") -> str:
    """The report as Markdown; links only where the site's address is known."""
    return f"# {escape(report.title)}\n\n{render_body(report, base_url=base_url)}"


def render_body(report: Report, *, base_url: str = "") -> str:
    """Likewise, without its title."""
    return "\n\n".join(_block(block, base_url) for block in report.text_blocks) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def uncalled(text: str) -> str:
    """Text with which no chat calls everybody: what would do so reads the same, and is no name any more."""
    return CALL.sub("@\u200b", text)


def _block(block: TextBlock, base_url: str) -> str:
    match block:
        case Heading(level=level, content=content):
            return f"{'#' * (level + 1)} {_inlines(content, base_url)}"
        case Paragraph(content=content):
            return _line(content, base_url)
        case BulletList(items=items):
            return "\n".join(f"- {_line(item, base_url)}" for item in items)
        case Table():
            return _table(block, base_url)
        case Panel(content=blocks):
            inside = "\n\n".join(_block(each, base_url) for each in blocks)
            return "\n".join(f"> {line}".rstrip() for line in inside.splitlines())
        case Expand(title=title, content=blocks):
            return "\n\n".join([f"#### {escape(title)}", *(_block(each, base_url) for each in blocks)])


def _table(table: Table, base_url: str) -> str:
    rows = [
        [escape(title) for title in table.header],
        ["---"] * len(table.header),
        *([_inlines(cell, base_url) for cell in row] for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _line(content: Inlines, base_url: str) -> str:
    return LINE_START.sub(r"\1\\\2", _inlines(content, base_url).lstrip())


def _inlines(content: Inlines, base_url: str) -> str:
    return "".join(_inline(part, base_url) for part in content)


def _inline(part: Inline, base_url: str) -> str:  # noqa: PLR0911 - one for each kind
    match part:
        case Text(text=text, strong=True):
            return f"**{escape(text.strip())}**"
        case Text(text=text):
            before = " " if text[:1].isspace() else ""
            after = " " if text.rstrip() and text[-1:].isspace() else ""
            return f"{before}{escape(text)}{after}"
        case IssueLink(key=key):
            return f"[{escape(key)}]({issue_url(base_url, key)})" if base_url else escape(key)
        case SearchLink(text=text, jql=jql):
            return f"[{escape(text)}]({search_url(base_url, jql)})" if base_url else escape(text)
        case Status(text=text):
            return f"**{escape(text.upper())}**"
        case Mention(name=name):
            return escape(name)
        case Date(day=day):
            return day.isoformat()
