"""Jira's wiki markup, for Jira Data Center (API version 2).

A body is one string in which any character may be markup, so people's text is escaped in two ways. Marks
that the notation lets a backslash escape get one: that stays readable where somebody edits the comment.
Everything else becomes a character reference (`&#64;`), which is never markup and never leaves a stray
backslash behind: a backslash itself (two are a line break), a bar (it would end a table's cell, escaped or
not), doubled marks, emoticons, addresses that Jira would link.

Lozenges are coloured words, as the notation has none; neither has it anything to expand, so that an expand
is a heading with what it would have shown. Issues are named by their keys alone: Jira links keys itself and
strikes out what is resolved.
"""

import re

from app.domain.reports import document
from app.domain.reports.document import (
    UNSEEN,
    BulletList,
    Colour,
    Date,
    Expand,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Mention,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    TextBlock,
)
from app.domain.reports.links import search_url

LIMIT = 32_767
"""Jira's default; an administrator may have changed it."""

COLOURS = {
    Colour.NEUTRAL: "#42526e",
    Colour.BLUE: "#0747a6",
    Colour.GREEN: "#006644",
    Colour.YELLOW: "#974f0c",
    Colour.RED: "#bf2600",
}
"""Dark enough to be read as words on white."""

PANELS = {
    PanelKind.INFO: "borderColor=#4c9aff|bgColor=#deebff",
    PanelKind.SUCCESS: "borderColor=#57d9a3|bgColor=#e3fcef",
    PanelKind.WARNING: "borderColor=#ffc400|bgColor=#fffae6",
    PanelKind.ERROR: "borderColor=#ff8f73|bgColor=#ffebe6",
}

EXPAND_LEVEL = 4
LOGIN = re.compile(r"[\w.@+-]+")
"""Login names that can be no other markup."""

MARKUP = re.compile(
    r"""
    (?P<reference>
      (?: [\\|@]
        | & (?=\#?\w+;)                 # what would be read as a character reference
        | \{{2,} | \}{2,} | \?{2,}      # monospace, citation
        | -{2,}                         # dashes and rules
        | : (?=//) | (?<=mailto) :      # addresses
        | (?<=[:;]) -? [()]             # :) :( ;) and with noses
        | (?<=:) -? [PD] (?![A-Z0-9])   # :P :D
        | \( (?= (?: [ynix] | on | off | flag | flagoff | [/!+?-] | \*[rgby]? ) \) )
      )
      [-+()]*                           # a reference's semicolon would wink, or begin a word, with them
    )
    | (?P<mark>
        [*_^~!\[\]{}]
      | (?<![A-Z0-9\s]) [-+]
      | [-+] (?![A-Z0-9\s])
      | (?<=[A-Z0-9]) [-+] (?=\s)
      | (?<=\s) [-+] (?=[A-Z0-9])
    )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""Hyphens and pluses stay as they are inside words, above all in keys and dates, and between spaces: there
they strike out and underline nothing."""

LINE_START = re.compile(
    r"(?P<word>h[1-6]|bq)?(?P<mark>(?(word)\.|(?:\#+(?![#A-Z0-9])|-(?=\s)))[-+()]*)", re.IGNORECASE | re.ASCII
)
"""What would make a list, heading or quotation of a line; inside a line it means nothing."""


def render(report: Report, *, base_url: str) -> str:
    """The report as wiki markup; `base_url` is the site's, for links."""
    return _blocks(report.text_blocks, base_url)


def size(report: Report, *, base_url: str) -> int:
    """Characters as Jira counts them: halves of UTF-16, of which an emoji has two."""
    return len(render(report, base_url=base_url).encode("utf-16-le", "surrogatepass")) // 2


def fit(report: Report, limit: int = LIMIT, *, base_url: str) -> Report:
    """The report with its lists shortened until Jira takes it."""
    return document.fit(report, limit, measure=lambda shorter: size(shorter, base_url=base_url))


def escape(text: str) -> str:
    """Text, on one line, that Jira shows as it is, except at the start of a line: see `_line`."""
    return MARKUP.sub(_escaped, UNSEEN.sub(" ", text))


def _escaped(found: re.Match[str]) -> str:
    mark: str | None = found["mark"]
    return f"\\{mark}" if mark else _references(found["reference"])


def _references(characters: str) -> str:
    return "".join(f"&#{ord(character)};" for character in characters)


def _blocks(blocks: tuple[TextBlock, ...], base_url: str) -> str:
    return "\n\n".join(_block(block, base_url) for block in blocks)


def _block(block: TextBlock, base_url: str) -> str:
    match block:
        case Heading(level=level, content=content):
            return f"h{level}. {_line(content, base_url)}"
        case Paragraph(content=content):
            return _line(content, base_url)
        case BulletList(items=items):
            return "\n".join(f"* {_line(item, base_url)}" for item in items)
        case Table():
            return _table(block, base_url)
        case Panel(kind=kind, content=blocks):
            return f"{{panel:{PANELS[kind]}}}\n{_blocks(blocks, base_url)}\n{{panel}}"
        case Expand(title=title, content=blocks):
            heading = Heading(EXPAND_LEVEL, (Text(title),))
            return _blocks((heading, *blocks), base_url)


def _table(table: Table, base_url: str) -> str:
    head = _row("||", [_line((Text(title),), base_url) for title in table.header])
    rows = (_row("|", [_line(cell, base_url) for cell in row]) for row in table.rows)
    return "\n".join([head, *rows])


def _row(bar: str, cells: list[str]) -> str:
    """A row; an empty cell holds a space, as bars without anything between them are a header's."""
    return f"{bar}{bar.join(cell or ' ' for cell in cells)}{bar}"


def _line(content: Inlines, base_url: str) -> str:
    """What stands at the start of a line, of a list's item or of a table's cell."""
    line = "".join(_inline(part, base_url) for part in content).strip()
    start = LINE_START.match(line)
    return f"{start['word'] or ''}{_references(start['mark'])}{line[start.end() :]}" if start else line


def _inline(part: Inline, base_url: str) -> str:  # noqa: PLR0911 - one for each kind
    match part:
        case Text(text=text, strong=True):
            return _strong(text)
        case Text(text=text):
            return escape(text)
        case IssueLink(key=key):
            return escape(key)
        case SearchLink(text=text, jql=jql):
            return f"[{escape(text)}|{search_url(base_url, jql)}]"
        case Status(text=text, colour=colour):
            return f"{{color:{COLOURS[colour]}}}{_strong(text.upper())}{{color}}"
        case Mention(login=str(login)) if LOGIN.fullmatch(login):
            return f"[~{login}]"
        case Mention(name=name):
            return escape(name)
        case Date(day=day):
            return day.isoformat()


def _strong(text: str) -> str:
    """Strong text; Jira sees the marks only where no space is inside of them."""
    escaped = escape(text)
    inside = escaped.strip()
    return escaped.replace(inside, f"*{inside}*", 1) if inside else escaped
