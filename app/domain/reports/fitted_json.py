"""What a report found, short enough for a property in Jira.

Numbers stay. What gives way first can be worked out again by whoever asks Burnish itself: receipts and the
course of the sprint; then every list keeps its first entries, as many as there is room for; then texts are
cut. What was left out is counted.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.reports.document import LONGEST_TEXT, quote
from app.domain.reports.json_values import Json

LIMIT = 32_768
"""Characters of JSON that Jira keeps in a property. Source: Atlassian's API descriptions."""
LEFT_OUT = "left_out"
YIELDING = (
    "receipts",
    "days",
    "blind",
    "burndown_of_issues",
    "ideal_of_issues",
    "ideal",
    "burnup",
    "burndown",
    "events",
)
"""Names of lists that are left out whole, one after the other: a course that breaks off misleads."""


def size(document: Json) -> int:
    """Characters of the longest common serialisation: how Jira serialises is its own matter."""
    return len(json.dumps(document))


def fit(document: Json, limit: int = LIMIT) -> Json:
    """The document itself where there is room for it; else a shorter one that tells what it lacks.

    Its `left_out` has, by part of the report, how many entries that lacks: `{"events": 96, "issues": 12}`.
    """
    if size(document) <= limit:
        return document
    names: frozenset[str] = frozenset()
    for name in YIELDING:
        names |= {name}
        shorter = _told(document, _Cut(names))
        if size(shorter) <= limit:
            return shorter
    most = max((len(one) for one in _lists(document)), default=0)
    shorter = _largest(lambda kept: _told(document, _Cut(names, kept)), most, limit)
    if size(shorter) > limit:
        shorter = _told(document, _Cut(names, 0, LONGEST_TEXT))
    return _without_parts(shorter, limit)


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much of a document is left: lists by these names not at all, of others so many entries."""

    names: frozenset[str]
    entries: int | None = None
    text: int | None = None


def _largest(made: Callable[[int], Json], most: int, limit: int) -> Json:
    """The longest that fits, or the shortest that there is."""
    kept, too_many = 0, most + 1
    while too_many - kept > 1:
        middle = (kept + too_many) // 2
        kept, too_many = (middle, too_many) if size(made(middle)) <= limit else (kept, middle)
    return made(kept)


def _told(document: Json, cut: _Cut) -> Json:
    counts: Counter[str] = Counter()
    shorter = {part: _shorter(value, cut, part, part, counts) for part, value in document.items()}
    return {**shorter, LEFT_OUT: dict(sorted(counts.items()))}


def _shorter(value: Any, cut: _Cut, name: str, part: str, counts: Counter[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _shorter(inner, cut, key, part, counts) for key, inner in value.items()}
    if isinstance(value, list):
        kept = len(value) if cut.entries is None else min(cut.entries, len(value))
        kept = 0 if name in cut.names else kept
        if kept < len(value):
            counts[part] += len(value) - kept
        return [_shorter(inner, cut, name, part, counts) for inner in value[:kept]]
    if isinstance(value, str) and cut.text is not None:
        return quote(value, cut.text)
    return value


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for inner in inside:
        yield from _lists(inner)


def _without_parts(document: Json, limit: int) -> Json:
    """Without its longest parts where even its numbers are too many: a report per person, say."""
    left = dict(document)
    while size(left) > limit and len(left) > 1:
        longest = max((name for name in left if name != LEFT_OUT), key=lambda name: size({name: left[name]}))
        left[LEFT_OUT] = {**left[LEFT_OUT], longest: left[LEFT_OUT].get(longest, 0) + 1}
        del left[longest]
    return left
