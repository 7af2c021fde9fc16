"""What `~` finds: whether the words of a text are what a query looks for.

`lucene.py` reads the query, `analysis.py` the text. One function answers for an issue in memory and for both
databases; `Sought` also tells which letters a text must hold, so that few texts are read at all.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import takewhile
from typing import NamedTuple, TypeVar

from app.domain.jql.analysis import (
    BEGIN,
    STOP_WORDS,
    TOKEN,
    indexed,
    is_silent,
    kept_of,
    start_of,
    stem,
    words_in,
    words_of,
)
from app.domain.jql.lucene import Between, Group, Like, Node, Phrase, Similar, Word, read

_LITERAL = re.compile(r"\\(.)|([*?])|([^\\*?]+)|\\", re.DOTALL)
_one_word = re.compile(r"([A-Za-z0-9_]+)(\*?)").fullmatch
_joining = re.compile(r"[.,;·'\u2019]").search
_in_a_word = re.compile(r"[\w.,;·'\u2019]*").match
Letters = list[list[str]]
"""Alternatives, each with the runs of letters that a text then holds."""


class Lexeme(NamedTuple):
    """A word or stem as `analysis.lexemes_of` has them; with `begins`, any that begins so."""

    said: str
    begins: bool = False


Lexemes = list[list[Lexeme]]
"""Likewise with the lexemes that a text then has."""
_Run = TypeVar("_Run")


class Sought:
    """What a text is asked for.

    Attributes:
        letters: what a lowered text that matches must hold: of each entry one of the alternatives. Nothing
            is said of what is not listed.
        lexemes: likewise which lexemes it must have.
    """

    def __init__(self, said: str, language: str) -> None:
        group = read(said, language)
        self.language = language
        self._fits = self._check(group)
        self.letters = _all(group, partial(_runs_of, language=language))
        self.lexemes = _all(group, _lexemes_of)
        self._enough = _enough(said, group, language)

    def matches(self, text: str) -> bool:
        """Whether a text has what is looked for."""
        lowered = text.lower()
        # Of the texts with those letters most have the very word, and need not be taken apart.
        if self._enough and self._enough in f" {lowered} ":
            return True
        return self._fits(_Words(lowered, self.language))

    def _check(self, node: Node) -> "Check":
        match node:
            case Word(wanted):
                return _word(wanted, self.language)
            case Phrase(words, slop):
                return lambda text: text.has_phrase(words, slop)
            case Group():
                return self._group(node)
            case Like(pattern):
                fits = re.compile(_expression(pattern), re.DOTALL).fullmatch
                return lambda text: any(fits(each) for each in text.words)
            case Similar(word, edits):
                return lambda text: any(is_similar(word, each, edits) for each in text.words)
            case Between():
                return lambda text: any(_is_between(node, each) for each in text.words)

    def _group(self, group: Group) -> "Check":
        required, optional, excluded = (
            [self._check(each) for each in nodes]
            for nodes in (group.required, group.optional, group.excluded)
        )
        if optional and not required:
            return lambda text: (
                any(each(text) for each in optional) or not all(each(text) for each in excluded)
            )
        if not required and not excluded:
            return lambda text: False  # noqa: ARG005 - nothing is looked for
        return lambda text: all(each(text) for each in required) and not any(each(text) for each in excluded)


@lru_cache(maxsize=256)
def sought(said: str, language: str) -> Sought:
    """What stands behind `~`, read.

    Raises:
        NotLucene: Jira would refuse it.
    """
    return Sought(said, language)


class _Words:
    """A text, taken apart as far as it is asked for."""

    def __init__(self, lowered: str, language: str) -> None:
        self.lowered, self.language = lowered, language
        self._words: frozenset[str] | None = None
        self._places: dict[str, list[int]] | None = None
        self._exact_places: dict[str, list[int]] | None = None

    @property
    def words(self) -> frozenset[str]:
        """As they are written."""
        if self._words is None:
            self._words = words_of(self.lowered, self.language)
        return self._words

    @property
    def places(self) -> dict[str, list[int]]:
        """Of each stem, in order."""
        if self._places is None:
            self._places = defaultdict(list)
            for place, word in indexed(self.lowered):
                if not is_silent(word, self.language):
                    self._places[stem(word, self.language)].append(place)
        return self._places

    @property
    def exact_places(self) -> dict[str, list[int]]:
        """Of each word, as it is written."""
        if self._exact_places is None:
            self._exact_places = defaultdict(list)
            for place, word in indexed(self.lowered):
                self._exact_places[word].append(place)
        return self._exact_places

    def has_phrase(self, words: Sequence[tuple[int, str]], slop: int) -> bool:
        """Whether the words stand so one to another, but for so many places."""
        places = self.exact_places
        if not all(each in places for _, each in words):
            return False
        starts = [[at - place for at in places[each]] for place, each in words]
        return any(_spread(first, starts) <= slop for first in {at for each in starts for at in each})


def _spread(first: int, starts: Sequence[Sequence[int]]) -> float:
    """How far apart the starts of a phrase are that begin at or behind the first one."""
    last = first
    for each in starts:
        found = bisect_left(each, first)
        if found == len(each):
            return float("inf")
        last = max(last, each[found])
    return last - first


Check = Callable[[_Words], bool]


def _word(wanted: str, language: str) -> Check:
    """Only the words that begin like it are looked at."""
    if _joining(wanted):
        return lambda text: wanted in text.places
    begin = re.escape(start_of(wanted, language))
    candidates = re.compile(rf"{BEGIN}(?={begin}){TOKEN}").finditer

    def fits(text: _Words) -> bool:
        return any(
            stem(word, language) == wanted and not is_silent(word, language)
            for hit in candidates(text.lowered)
            for word in words_in(hit[0])
        )

    return fits


def _expression(pattern: str) -> str:
    """A regular expression that looks nowhere twice, however many stars there are."""
    signs = [
        re.escape(hit[1] or hit[3] or "") if not hit[2] else hit[2] for hit in _LITERAL.finditer(pattern)
    ]
    parts: list[list[str]] = [[]]
    for each in signs:
        if each == "*":
            parts.append([])
        else:
            parts[-1].append("." if each == "?" else each)
    first, *others = ("".join(each) for each in parts)
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{each})" for each in middle if each) + f".*{last}"


def _is_between(wanted: Between, word: str) -> bool:
    low, high = wanted.low, wanted.high
    above = low is None or word > low or (wanted.with_low and word == low)
    return above and (high is None or word < high or (wanted.with_high and word == high))


@lru_cache(maxsize=100_000)
def is_similar(one: str, other: str, edits: int) -> bool:
    """Whether so many changed, added, left out or swapped neighbouring letters make one of the other."""
    if abs(len(one) - len(other)) > edits:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        following = [at]
        for place, sign in enumerate(other, 1):
            cost = min(row[place] + 1, following[-1] + 1, row[place - 1] + (letter != sign))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == sign:
                cost = min(cost, before[place - 2] + 1)
            following.append(cost)
        before, row = row, following
    return row[-1] <= edits


def _enough(said: str, group: Group, language: str) -> str:
    """What in a lowered text with spaces around it is sure to match; nothing where that is not known."""
    hit = _one_word(said)
    if hit is None or group == Group():
        return ""
    word, star = hit[1].lower(), hit[2]
    if not star:
        return f" {word} "
    return (
        "" if any(is_silent(each, language) and each.startswith(word) for each in STOP_WORDS) else f" {word}"
    )


# --- what a text must hold -------------------------------------------------------------------------------


def _all(node: Node, runs_of: Callable[[Node], Iterator[_Run]]) -> list[list[list[_Run]]]:
    match node:
        case Group(required, optional) if required or optional:
            if required:
                return [found for each in required for found in _all(each, runs_of)]
            ways = [_one_way(each, runs_of) for each in optional]
            return [ways] if all(ways) and not node.excluded else []
        case _:
            runs = list(runs_of(node))
            return [[runs]] if runs else []


def _one_way(node: Node, runs_of: Callable[[Node], Iterator[_Run]]) -> list[_Run]:
    """What is in any case there where the node matches."""
    return [run for ways in _all(node, runs_of) if len(ways) == 1 for run in ways[0]]


def _runs_of(node: Node, language: str) -> Iterator[str]:
    match node:
        case Word(wanted):
            if begin := start_of(wanted, language):
                yield begin
        case Phrase(words):
            yield from (each for _, each in words)
        case Like(pattern):
            for hit in _LITERAL.finditer(pattern):
                if run := hit[1] or hit[3]:
                    yield run


def _lexemes_of(node: Node) -> Iterator[Lexeme]:
    match node:
        case Word(wanted):
            yield Lexeme(kept_of(wanted))
        case Phrase(words):
            yield from (Lexeme(kept_of(each)) for _, each in words if each not in STOP_WORDS)
        case Like(pattern):
            literals = takewhile(lambda hit: not hit[2], _LITERAL.finditer(pattern))
            begin = "".join(hit[1] or hit[3] or "" for hit in literals)
            # No word has other signs, and the databases would cut there.
            if (hit := _in_a_word(begin)) and hit[0]:
                yield Lexeme(kept_of(hit[0]), begins=True)
