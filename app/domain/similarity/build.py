"""How a text is built, whatever it says: lengths, lists, code, paths, numbers, steps to reproduce.

What is counted is damped: from 1 to 2 of something says as much as from 10 to 20. Patterns cost no more than
a look at each character, however strange a text is; of a description the beginning is looked at.
"""

import re
from collections.abc import Mapping
from math import log1p

from app.domain.similarity.index import IssueText
from app.domain.similarity.words import MOST_CHARACTERS

FARTHEST = 5.0
"""Standard deviations; a text that is built more strangely is taken for one that is not."""
_NUMBERED = re.compile(r"(?:^|\s)(?:#|\d+[.)])\s")
_IN_DESCRIPTION: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in (
        ("blocks of code", r"\{code|\{noformat|<code|<pre"),
        ("traces and errors", r"\bat [\w$.]+\(|Traceback|(?:Exception|Error)\b"),
        ("addresses", r"https?://"),
        ("names of code", r"[a-z][A-Z]|\w_\w"),
        ("paths", r"\w/\w"),
        ("numbers", r"\d+"),
        ("capitals", r"\b[A-Z]{2,}\b"),
        ("sentences", r"[.!?](?:\s|$)"),
        ("how to reproduce", r"(?i)\bsteps? to\b|\breproduc|\bexpected\b|\bactual"),
        ("enumerations", r"(?i),|\band\b"),
    )
}
_IN_SUMMARY: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in (
        ("names of code", r"[a-z][A-Z]|\w_\w|\w\.\w"),
        ("colons", r":"),
        ("words", r"\w+"),
    )
}
_USER_STORY = re.compile(r"(?i)\bas an? .{1,60}\bI\b")


def build_of(issue: IssueText) -> list[float]:
    """Lengths, list items with and without numbers, questions, exclamations."""
    said = issue.description
    return [
        log1p(len(issue.summary)),
        log1p(len(said)),
        log1p(len(set(said.lower().split()))),
        log1p(said.count("*") + said.count("<li")),
        log1p(len(_NUMBERED.findall(said))),
        log1p(said.count("?")),
        float("!" in said),
    ]


def marks_of(issue: IssueText) -> list[float]:
    """The build and, beside it, what kind of work a text speaks of by its looks."""
    said = issue.description[:MOST_CHARACTERS]
    found = [len(pattern.findall(said)) for pattern in _IN_DESCRIPTION.values()]
    found += [len(pattern.findall(issue.summary)) for pattern in _IN_SUMMARY.values()]
    found.append(len(_USER_STORY.findall(f"{issue.summary}\n{said}")))
    return [*build_of(issue), *map(log1p, found)]
