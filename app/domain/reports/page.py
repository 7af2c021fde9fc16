"""The report as a page of its own: one HTML file that loads nothing, for screens, paper and archives.

Everything that people wrote is escaped by `Markup.format`; charts come drawn, as SVG. There is no script in
it, and its own policy forbids any.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from app.domain.reports.document import (
    Block,
    BulletList,
    Date,
    Expand,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Medium,
    Mention,
    Panel,
    Paragraph,
    Picture,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    TextBlock,
)
from app.domain.reports.links import issue_url, search_url
from app.domain.reports.page_style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What the page may load: nothing. For the header of whoever serves it, too."""

CELL, NUMBER = Markup("<td{}>{}</td>"), Markup('<td class="number"{}>{}</td>')
MANY, FIGURES = Markup(' class="many"'), Markup(' class="figures"')
_NUMBER = re.compile(r"[-+–]*\d*\.?\d+(?: \(\d+\)| ?%)?")  # noqa: RUF001 - a dash is meant
"""Also with how many issues it is of: 8 (3)."""
_PERCENT = re.compile(r"(?<=\d) %")
HALF_A_PAGE = 560
"""Points; a wider chart can be moved sideways on a phone, where it would be too small to read."""
FEW_COLUMNS = 3
"""So many stand beside each other on a phone."""
PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
)


def render(report: Report, *, base_url: str, drawn: Mapping[str, str] | None = None) -> str:
    """The page.

    Args:
        report: what it says; not shortened.
        base_url: the site's, for links.
        drawn: charts as SVG, by the name of the picture; one that is missing is told in words.
    """
    content = Markup("\n").join(_content(report, base_url, drawn or {}))
    return str(
        PAGE.format(policy=POLICY, title=report.title, style=Markup(STYLE), content=content)  # noqa: S704 - ours
    )


def _content(report: Report, base_url: str, drawn: Mapping[str, str]) -> Iterator[Markup]:
    wanted = [block for block in report.blocks if _is_shown(block, drawn)]
    for is_picture, group in groupby(wanted, key=lambda block: isinstance(block, Picture)):
        if is_picture:
            figures = Markup("").join(
                _figure(block, drawn.get(block.name)) for block in group if isinstance(block, Picture)
            )
            yield Markup('<div class="charts">{}</div>').format(figures)
        else:
            for block in group:
                if not isinstance(block, Picture):
                    yield _block(block, base_url)


def _is_shown(block: Block, drawn: Mapping[str, str]) -> bool:
    if isinstance(block, Picture):
        return block.medium is Medium.PAGE
    return not (drawn and isinstance(block, Paragraph) and block.drawn)


def _figure(picture: Picture, svg: str | None) -> Markup:
    if svg is None:
        return Markup("<figure><figcaption>{}</figcaption></figure>").format(picture.alt)
    # Drawn by our own renderer from our own document, with its texts escaped.
    whole = Markup(' class="whole"') if picture.points > HALF_A_PAGE else ""
    return Markup('<figure{} role="img" aria-label="{}" style="max-width:{}px">{}</figure>').format(
        whole,
        picture.alt,
        picture.points * 5 // 4,
        Markup(svg),  # noqa: S704
    )


def _blocks(blocks: Iterable[TextBlock], base_url: str) -> Markup:
    return Markup("\n").join(_block(block, base_url) for block in blocks)


def _block(block: TextBlock, base_url: str) -> Markup:
    match block:
        case Heading(content=content):
            return Markup("<h2>{}</h2>").format(_inlines(content, base_url))
        case Paragraph(content=content):
            return Markup("<p>{}</p>").format(_inlines(content, base_url))
        case BulletList(items=items):
            listed = (Markup("<li>{}</li>").format(_inlines(item, base_url)) for item in items)
            return Markup("<ul>{}</ul>").format(Markup("").join(listed))
        case Table():
            return _table(block, base_url)
        case Panel(kind=kind, content=blocks):
            inside = _blocks(blocks, base_url)
            return Markup('<section class="panel {}">{}</section>').format(kind.value, inside)
        case Expand(title=title, content=blocks):
            inside = _blocks(blocks, base_url)
            return Markup("<details><summary>{}</summary>{}</details>").format(title, inside)


def _table(table: Table, base_url: str) -> Markup:
    """On phones a wide one becomes a list, whose cells say which they are; figures have their words below."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(title) for title in table.header)
    many = len(table.header) > FEW_COLUMNS
    titles = table.header if many else ()
    rows = Markup("").join(_row(row, titles, base_url) for row in table.rows)
    return Markup(
        '<div class="wide"><table{}><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(MANY if many else FIGURES if _has_figures(table) else "", head, rows)


def _has_figures(table: Table) -> bool:
    """Each row is a name, a figure and what it means."""
    return all(
        len(row) == FEW_COLUMNS and len(row[1]) == 1 and isinstance(row[1][0], Text) and row[1][0].strong
        for row in table.rows
    )


def _row(row: Sequence[Inlines], titles: Sequence[str], base_url: str) -> Markup:
    named = (*titles[: len(row)], *[""] * (len(row) - len(titles)))
    cells = (_cell(cell, title, base_url) for cell, title in zip(row, named, strict=True))
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(cell: Inlines, title: str, base_url: str) -> Markup:
    """Numbers stand right, so that they can be compared."""
    text = cell[0].text if len(cell) == 1 and isinstance(cell[0], Text) else ""
    is_number = text == "none" or _NUMBER.fullmatch(text) is not None
    named = Markup(' data-title="{}"').format(title) if title else ""
    return (NUMBER if is_number else CELL).format(named, _inlines(cell, base_url))


def _inlines(content: Inlines, base_url: str) -> Markup:
    return Markup("").join(_inline(part, base_url) for part in content)


def _inline(part: Inline, base_url: str) -> Markup:  # noqa: PLR0911 - one for each kind
    match part:
        case Text(text=text, strong=True):
            return Markup("<strong>{}</strong>").format(_unbroken(text))
        case Text(text=text):
            return escape(_unbroken(text))
        case IssueLink(key=key):
            return _link(issue_url(base_url, key), key, base_url)
        case SearchLink(text=text, jql=jql):
            return _link(search_url(base_url, jql), text, base_url)
        case Status(text=text, colour=colour):
            return Markup('<span class="status {}">{}</span>').format(colour.value, text)
        case Mention(name=name):
            return escape(name)
        case Date(day=day):
            return Markup("<time>{}</time>").format(day.isoformat())


def _unbroken(text: str) -> str:
    """A number keeps its percent sign on its line."""
    return _PERCENT.sub("\N{NO-BREAK SPACE}%", text)


def _link(url: str, text: str, base_url: str) -> Markup:
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, text) if base_url else escape(text)
