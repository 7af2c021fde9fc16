"""Reports without restricted issues: where their names would stand, it says how many they are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.reports.document import (
    Block,
    BulletList,
    Expand,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Panel,
    Paragraph,
    Picture,
    Report,
    Status,
    Table,
    Text,
    say,
)
from app.domain.scrum.restricted import RESTRICTED

_LISTED = re.compile(rf", {RESTRICTED.pattern}|{RESTRICTED.pattern}, |{RESTRICTED.pattern}")
_DETAIL = re.compile(r" \(.*\)| from .+ to .+| \d+ %", re.DOTALL)
"""What is said of one issue of a list, behind its key."""
_BETWEEN = ", "


def without_restricted(report: Report) -> Report:
    """The report for everybody."""
    return Report(_text(report.title), tuple(_block(block) for block in report.blocks))


def how_many(number: int) -> str:
    """What stands for them."""
    return "a restricted issue" if number == 1 else f"{number} restricted issues"


def and_hidden(number: int, *, after: bool) -> str:
    """At the end of a list of issues; alone where there are no others."""
    return f"{', and ' if after else ''}{how_many(number)}" if number else ""


def _block(block: Block) -> Any:
    match block:
        case Heading(content=content) | Paragraph(content=content):
            return replace(block, content=_inlines(content))
        case BulletList(items=items):
            return replace(block, items=tuple(_inlines(item) for item in items))
        case Table():
            return _table(block)
        case Panel(content=content) | Expand(content=content):
            return replace(block, content=tuple(_block(each) for each in content))
        case Picture():
            return replace(block, alt=_text(block.alt), spec=_values(block.spec))
    return block


def _table(table: Table) -> Table:
    found = [set().union(*(_names(cell) for cell in row)) for row in table.rows]
    kept = [row for row, names in zip(table.rows, found, strict=True) if not names]
    if len(kept) == len(table.rows):
        return table
    number = len(set().union(*found))
    last = (say(how_many(number)), *[()] * (len(table.header) - 1))
    return replace(table, rows=(*kept, last))


def _names(inlines: Inlines) -> set[str]:
    told = (part.key if isinstance(part, IssueLink) else getattr(part, "text", "") for part in inlines)
    return {name for text in told for name in RESTRICTED.findall(text)}


def _inlines(inlines: Inlines) -> Inlines:
    """Of a list of issues, the restricted ones as one entry, where the first of them stood."""
    hidden = [part for part in inlines if isinstance(part, IssueLink) and RESTRICTED.fullmatch(part.key)]
    if not hidden:
        return tuple(_words(part) for part in inlines)
    label: Inline | None = Text(how_many(len(hidden)))
    told: list[Inline] = []
    after_hidden = False
    for part in inlines:
        if part in hidden:
            if label is None and told and told[-1] == Text(_BETWEEN):
                told.pop()
            elif label is not None:
                told.append(label)
            label, after_hidden = None, True
            continue
        is_detail = after_hidden and isinstance(part, Text) and _DETAIL.fullmatch(part.text)
        after_hidden = False
        if not is_detail:
            told.append(_words(part))
    return tuple(told)


def _words(part: Inline) -> Inline:
    if isinstance(part, Text | Status):
        return replace(part, text=_text(part.text))
    return part


def _text(text: str) -> str:
    """Names in a sentence: the first becomes how many, the others go with their commas."""
    names = RESTRICTED.findall(text)
    if not names:
        return text
    counted = text.replace(names[0], "\0", 1)
    return _LISTED.sub("", counted).replace("\0", how_many(len(set(names))))


def _values(spec: Any) -> Any:
    """A chart's document; a point stays, its label says nothing."""
    if isinstance(spec, str):
        return RESTRICTED.sub("restricted", spec)
    if isinstance(spec, Mapping):
        return {key: _values(value) for key, value in spec.items()}
    return [_values(value) for value in spec] if isinstance(spec, list | tuple) else spec
