"""A rule's text as Jira takes it: paragraphs, lists and links to issues; nothing else becomes markup."""

import re
from collections.abc import Iterator, Sequence

from app.domain.comments import CommentBody
from app.domain.reports import adf, wiki_markup
from app.domain.reports.document import Block, BulletList, Inline, Inlines, IssueLink, Paragraph, Report, say
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.mentions import BEGINS, MARKED, mention_in

_KEY = re.compile(r"\b([A-Z][A-Z0-9_]+-[1-9][0-9]*)\b")
_BULLET = re.compile(r"^\s*[-*]\s+")
_BLANK = re.compile(r"\n\s*\n")


def as_body(text: str, *, is_cloud: bool, base_url: str) -> CommentBody:
    """A document (ADF) for Jira Cloud, wiki markup for Data Center.

    An empty line separates paragraphs; lines that begin with `- ` or `* ` are a list; keys are links.

    Args:
        text: with its values and mentions, as `render_body` makes it.
        is_cloud: which of the two.
        base_url: of the site, for links.

    Raises:
        TemplateRefused: it is longer than Jira takes.
    """
    report = Report("", tuple(block for part in _BLANK.split(text.strip()) for block in _blocks(part)))
    size = (
        adf.size(report, base_url=base_url)
        if is_cloud
        else len(wiki_markup.render(report, base_url=base_url))
    )
    if size > adf.LIMIT:
        message = f"it becomes {size} characters long as Jira stores it; Jira takes {adf.LIMIT}"
        raise TemplateRefused(message)
    render = adf.render if is_cloud else wiki_markup.render
    return render(report, base_url=base_url)


def _blocks(part: str) -> Iterator[Block]:
    """Lines of a list follow each other; all other lines are a paragraph of their own."""
    items: list[Inlines] = []
    for line in part.splitlines():
        if _BULLET.match(line):
            items.append(_inlines(_BULLET.sub("", line)))
            continue
        yield from _list(items)
        items = []
        if line.strip():
            yield Paragraph(_inlines(line.strip()))
    yield from _list(items)


def _list(items: Sequence[Inlines]) -> Iterator[Block]:
    if items:
        yield BulletList(tuple(items))


def _inlines(line: str) -> Inlines:
    parts: list[str | Inline] = []
    for number, part in enumerate(MARKED.split(line) if BEGINS in line else (line,)):
        if number % 2:
            parts.append(mention_in(part))
        else:
            parts += [IssueLink(each) if place % 2 else each for place, each in enumerate(_KEY.split(part))]
    return say(*parts)
