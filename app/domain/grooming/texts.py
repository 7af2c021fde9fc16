"""What a description says to grooming: how long it is, whether it is a template still, what it promises.

Descriptions are Atlassian documents (Cloud) or wiki markup (Data Center). Of a hundred thousand nobody needs
the words; so each is read once, and what checks ask of it is kept.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

_BLOCKS = frozenset(
    {"paragraph", "heading", "codeBlock", "taskItem", "decisionItem", "tableCell", "tableHeader", "caption"}
)
_HEADING = re.compile(r"^\s*h[1-6]\.\s*")
_WIKI_HEADING = re.compile(r"^[ \t]*(?:h[1-6]\..*|\*[^*\n]+\*[ \t]*)$", re.MULTILINE)
_HINTS = ("acceptance", "definition of done", "ac:", "ac ", "ac1", "given", "repro", "[ ]", "[x]", "[]")
"""A text without any of them promises nothing and tells no steps."""
_DECORATION = re.compile(r"[*_{}+\-:|]+")
_CRITERIA = re.compile(
    r"^\W*(?:acceptance\s+(?:criteria|criterion|tests?)|definition\s+of\s+done|AC\s*\d*\s*:)", re.IGNORECASE
)
_GIVEN, _THEN = re.compile(r"^\W*given\b", re.IGNORECASE), re.compile(r"^\W*then\b", re.IGNORECASE)
_STEPS = re.compile(
    r"^\W*(?:steps?\s+to\s+reproduce|how\s+to\s+reproduce|repro(?:duction)?(?:\s+steps)?\b)", re.IGNORECASE
)
_CHECKBOX = re.compile(r"^\s*(?:[-*]\s*)?\[[ xX]?\]\s+\S")


class Description(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is kept of a description.

    Attributes:
        characters: without white space and without headings.
        digest: tells texts from others, whatever their spaces and headings are; 0 of an empty one.
        has_criteria: it says what will be accepted: under such a heading, as Given/Then, or as checkboxes.
        has_steps: it says how to reproduce a fault.
    """

    characters: int = 0
    digest: int = 0
    has_criteria: bool = False
    has_steps: bool = False


NO_TEXT = Description()


def read_description(value: Any) -> Description:
    """A description as Jira sent it: an Atlassian document, wiki markup or nothing.

    Most texts have no word that could promise anything, and are not looked at line by line.
    """
    if not value:
        return NO_TEXT
    if isinstance(value, str):
        text, said = value, _WIKI_HEADING.sub("", value)
        lines: tuple[Line, ...] | None = None
    else:
        lines = tuple(lines_of(value))
        text = "\n".join(line.text for line in lines)
        said = "\n".join(line.text for line in lines if not line.is_heading)
    words = text.lower().split()
    folded = " ".join(words)
    hinted = any(hint in folded for hint in _HINTS) or (lines is not None and any(o.is_task for o in lines))
    if hinted and lines is None:
        lines = tuple(lines_of(value))
    return Description(
        characters=sum(map(len, said.split())),
        digest=_digest(folded),
        has_criteria=hinted and lines is not None and _promises(lines),
        has_steps=hinted and lines is not None and _has_under(lines, _STEPS),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, heading or item, as text."""

    text: str
    is_heading: bool = False
    is_task: bool = False


def lines_of(value: Any) -> Iterator[Line]:
    """The lines of a text that people wrote, in either of Jira's two shapes."""
    if isinstance(value, str):
        for line in value.splitlines():
            if line.strip():
                yield _wiki_line(line)
    elif isinstance(value, Mapping):
        yield from _document_lines(value)


def _wiki_line(line: str) -> Line:
    heading = _HEADING.match(line)
    bare = line[heading.end() :] if heading else line
    stripped = bare.strip()
    all_bold = len(stripped) > 2 and stripped[0] == stripped[-1] == "*"  # noqa: PLR2004 - *a*
    return Line(stripped, heading is not None or all_bold, bool(_CHECKBOX.match(bare)))


def _document_lines(node: Mapping[str, Any]) -> Iterator[Line]:
    kind = node.get("type")
    if kind in _BLOCKS:
        for line in "".join(_inline(node)).split("\n"):
            if line.strip():
                yield Line(line.strip(), kind == "heading", kind == "taskItem")
        return
    for child in node.get("content") or ():
        if isinstance(child, Mapping):
            yield from _document_lines(child)


def _inline(node: Mapping[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind == "text":
        yield str(node.get("text") or "")
    elif kind == "hardBreak":
        yield "\n"
    elif kind in {"mention", "emoji", "status", "date", "inlineCard"}:
        attributes = node.get("attrs") or {}
        yield str(attributes.get("text") or attributes.get("url") or attributes.get("shortName") or "")
    else:
        for child in node.get("content") or ():
            if isinstance(child, Mapping):
                yield from _inline(child)


def _promises(lines: tuple[Line, ...]) -> bool:
    tasks = any(line.is_task for line in lines)
    scenario = any(_GIVEN.match(line.text) for line in lines) and any(
        _THEN.match(line.text) for line in lines
    )
    return tasks or scenario or _has_under(lines, _CRITERIA)


def _has_under(lines: tuple[Line, ...], wanted: re.Pattern[str]) -> bool:
    """Whether something stands behind such words, or below them before the next heading."""
    for number, line in enumerate(lines):
        found = wanted.match(line.text)
        if found is None:
            continue
        rest = _DECORATION.sub("", line.text[found.end() :]).strip()
        below = lines[number + 1] if number + 1 < len(lines) else None
        if rest or (below is not None and not below.is_heading):
            return True
    return False


def _digest(folded: str) -> int:
    """Of the words; headings count, as they are what a template is made of."""
    if not folded:
        return 0
    return int.from_bytes(blake2b(folded.encode(errors="replace"), digest_size=7).digest())
