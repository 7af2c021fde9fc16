"""A small document: what a report says, before anybody decides how it looks.

Rich enough for Atlassian's document format, wiki markup and Markdown, and no richer. Text is plain text in
all of them: renderers escape it, nothing in it is ever markup.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]+"
)
"""Control characters, line breaks, text direction overrides and half characters."""

LONGEST_TEXT = 300


class Colour(StrEnum):
    """Colours of a status lozenge, by Jira's names."""

    NEUTRAL = "neutral"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class PanelKind(StrEnum):
    """How loud a panel is."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class IssueLink:
    """An issue, by key."""

    key: str


@dataclass(frozen=True, slots=True)
class SearchLink:
    """A search in Jira, by JQL."""

    text: str
    jql: str


@dataclass(frozen=True, slots=True)
class Status:
    """A lozenge."""

    text: str
    colour: Colour = Colour.NEUTRAL


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the team's calendar."""

    day: date


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody, who is told where the medium can.

    Attributes:
        account: of Cloud.
        name: as shown.
        login: by which Data Center mentions people; not all who ask may see it.
    """

    account: str
    name: str
    login: str | None = None


Inline = Text | IssueLink | SearchLink | Status | Date | Mention
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; 1 is the largest."""

    level: int
    content: Inlines


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `drawn` where a chart says the same, so that it is left out where charts are shown."""

    content: Inlines
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class BulletList:
    """A list.

    Attributes:
        shorten: who gives way first when the report is too long: the highest number; None never.
        more: where to find what was left out.
    """

    items: tuple[Inlines, ...]
    shorten: int | None = None
    more: SearchLink | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one-paragraph cells; `shorten` and `more` as in BulletList."""

    header: tuple[str, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    shorten: int | None = None
    more: SearchLink | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A coloured box."""

    kind: PanelKind
    content: tuple[Paragraph | BulletList, ...]


@dataclass(frozen=True, slots=True)
class Expand:
    """What is shown on demand, where the medium can."""

    title: str
    content: tuple[Paragraph | BulletList | Table, ...]


class Medium(StrEnum):
    """Where a picture is shown."""

    PAGE = "page"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart.

    Attributes:
        name: of its kind, unique in the report and for its medium; letters and dashes.
        alt: what it shows, for whoever cannot see it.
        spec: a Vega-Lite document.
        points: how wide it is.
    """

    name: str
    alt: str
    spec: Mapping[str, Any]
    medium: Medium
    points: int


TextBlock = Heading | Paragraph | BulletList | Table | Panel | Expand
Block = TextBlock | Picture


@dataclass(frozen=True, slots=True)
class Report:
    """A document with a title of its own, for subjects and file names; the title is not a block."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def text_blocks(self) -> tuple[TextBlock, ...]:
        """Everything but pictures."""
        return tuple(block for block in self.blocks if not isinstance(block, Picture))

    def pictures(self, medium: Medium) -> tuple[Picture, ...]:
        """Those of a medium, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Picture) and block.medium is medium)


def with_places(report: Report) -> Report:
    """The report with a paragraph for each picture of a comment, to be replaced by what shows it."""
    return replace(
        report,
        blocks=tuple(
            Paragraph((Text(place_of(block.name)),)) if isinstance(block, Picture) else block
            for block in report.blocks
            if not isinstance(block, Picture) or block.medium is Medium.COMMENT
        ),
    )


def place_of(name: str) -> str:
    """The text that stands in the place of a picture; nothing that people write stands alone like it."""
    return f"burnish-picture-{name}"


def say(*parts: str | Inline) -> Inlines:
    """Text and other inline parts, one after the other; empty text is left out."""
    inlines = (Text(UNSEEN.sub(" ", part)) if isinstance(part, str) else part for part in parts)
    return tuple(part for part in inlines if not isinstance(part, Text) or part.text)


def quote(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text that people wrote, on one line, without unseen characters, cut where it is too long."""
    seen = " ".join(UNSEEN.sub(" ", text).split())
    return seen if len(seen) <= longest else seen[: longest - 1].rstrip() + "…"


def fit(report: Report, limit: int, *, measure: Callable[[Report], int]) -> Report:
    """The report, shortened until `measure` says that it is no longer than the limit.

    Only lists and tables marked to be shortened lose entries, the highest mark first, and say how many;
    everything else, above all the numbers, stays. Where even that is not enough, the report is returned as
    short as it gets.
    """
    for mark in sorted(_marks(report.blocks), reverse=True):
        if measure(report) <= limit:
            return report
        shortest = _shorten(report, mark, 0)
        if measure(shortest) > limit:
            report = shortest
            continue
        kept, too_many = 0, 1
        while measure(_shorten(report, mark, too_many)) <= limit:
            kept, too_many = too_many, 2 * too_many
        while too_many - kept > 1:
            middle = (kept + too_many) // 2
            if measure(_shorten(report, mark, middle)) <= limit:
                kept = middle
            else:
                too_many = middle
        return _shorten(report, mark, kept)
    return report


def _shortenable(blocks: tuple[Block, ...]) -> list[BulletList | Table]:
    found: list[BulletList | Table] = []
    for block in blocks:
        if isinstance(block, Panel | Expand):
            found += _shortenable(block.content)
        elif isinstance(block, BulletList | Table) and block.shorten is not None:
            found.append(block)
    return found


def _marks(blocks: tuple[Block, ...]) -> set[int]:
    return {block.shorten for block in _shortenable(blocks) if block.shorten is not None}


def _shorten(report: Report, mark: int, kept: int) -> Report:
    return replace(report, blocks=tuple(_shorten_block(block, mark, kept) for block in report.blocks))


def _shorten_block(block: Block, mark: int, kept: int) -> Block:
    match block:
        case Panel():
            return Panel(block.kind, tuple(_shorten_block(b, mark, kept) for b in block.content))  # type: ignore[misc]
        case Expand():
            return Expand(block.title, tuple(_shorten_block(b, mark, kept) for b in block.content))  # type: ignore[misc]
        case Table(shorten=m) if m == mark and len(block.rows) > kept:
            rest = (_and_more(len(block.rows) - kept, block.more), *[()] * (len(block.header) - 1))
            return replace(block, rows=(*block.rows[:kept], rest), shorten=None)
        case BulletList(shorten=m) if m == mark and len(block.items) > kept:
            rest_item = _and_more(len(block.items) - kept, block.more)
            return replace(block, items=(*block.items[:kept], rest_item), shorten=None)
    return block


def _and_more(left_out: int, more: SearchLink | None) -> Inlines:
    counted = f"… and {left_out} more"
    return say(f"{counted} (", more, ")") if more else say(counted)
