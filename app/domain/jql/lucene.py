r"""Reads what stands behind `~`, as Lucene's query parser does with AND between words, which is Jira's way.

Words, phrases (`"a b"`), phrases whose words stand near (`"a b"~5`), `*` and `?` for characters, similar
words (`roam~`), ranges (`[a TO b]`), groups, `AND`, `OR`, `NOT`, `&&`, `||`, `!`, `+`, `-`; `^2` says nothing
about what matches. What comes of it is Lucene's own: of `a OR b c`, c is required, and the others count more.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from app.domain.jql.analysis import asked, asked_exactly
from app.domain.scrum.numbers import number_said

MOST_NESTED = 50
MOST_EDITS = 2
_SHOWN = 20
_SPACE = re.compile(r"\s+")
_TERM = re.compile(r'(?:\\.|[^\s+\-!()^\[\]"{}~\\])(?:\\.|[^\s!()^\[\]"{}~\\])*', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_RANGE = re.compile(r"([\[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])")
_CONJUNCTION = re.compile(r"(AND|OR)(?![^\s!()^\[\]\"{}~])|(&&|\|\|)")
_NOT = re.compile(r"NOT(?![^\s!()^\[\]\"{}~])|!")
_AFTER = re.compile(r"([~^])([0-9.]*)")
_escaped = re.compile(r"\\(.)", re.DOTALL)
_BACKSLASH = re.compile(r'\\(?![+\-&|!(){}\[\]^~*?"])')
_wild = re.compile(r"(?<!\\)(?:\\\\)*[*?]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of that stem."""

    stem: str


@dataclass(frozen=True, slots=True)
class Like:
    """A whole word with `*` and `?`, as it is written; lowered."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Similar:
    """A word that so many changed, added, left out or swapped letters make of this one; lowered."""

    word: str
    edits: int


@dataclass(frozen=True, slots=True)
class Between:
    """A word in the order of the alphabet from one to another; None is without end."""

    low: str | None
    high: str | None
    with_low: bool
    with_high: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, as they are written, at these places one to another.

    In quotes Jira looks for the very words, those that say nothing among them.

    Attributes:
        slop: by so many places they may stand otherwise, all in all.
    """

    words: tuple[tuple[int, str], ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """All that are required and none that is excluded. Where none is required, one of the optional ones, or
    that an excluded one is not there; where there are but excluded ones, none of them.
    """

    required: tuple["Node", ...] = ()
    optional: tuple["Node", ...] = ()
    excluded: tuple["Node", ...] = ()


Node: TypeAlias = Word | Like | Similar | Between | Phrase | Group


class NotLucene(Exception):
    """Lucene would not read it; the message tells why."""


def read(text: str, language: str) -> Group:
    """What to look for; a group of nothing where all words say nothing.

    Raises:
        NotLucene: Jira would refuse it.
    """
    if not text.strip():
        message = "There is no text to look for. Write a word, or IS EMPTY for issues without a text."
        raise NotLucene(message)
    # Only before a sign that means something a backslash takes its meaning; elsewhere it is a sign itself.
    return _Reader(_BACKSLASH.sub(r"\\\\", text), language).whole()


class _Reader:
    def __init__(self, text: str, language: str) -> None:
        self.text, self.language = text, language
        self.at = self.depth = 0

    def whole(self) -> Group:
        found = self._group(is_inner=False)
        return found or Group()

    def _fault(self, fault: str) -> NotLucene:
        return NotLucene(f'{fault} For the sign itself write \\\\ before it, or put the text into \\" \\".')

    def _skip(self) -> None:
        if hit := _SPACE.match(self.text, self.at):
            self.at = hit.end()

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        hit = pattern.match(self.text, self.at)
        if hit:
            self.at = hit.end()
        return hit

    def _group(self, *, is_inner: bool) -> Group | None:
        """Clauses up to the parenthesis or the end; None where none of them says anything."""
        clauses: list[tuple[str, Node]] = []
        has_any = False
        while True:
            self._skip()
            if self.at >= len(self.text) or self.text[self.at] == ")":
                break
            conjunction = self._take(_CONJUNCTION)
            if conjunction and not has_any:
                raise self._fault(f"{conjunction[0]} stands before all words.")
            is_or = conjunction is not None and conjunction[0] in {"OR", "||"}
            self._skip()
            excluded = self._modifier()
            node = self._clause(conjunction[0] if conjunction else "")
            if clauses and conjunction and clauses[-1][0] != "excluded":
                clauses[-1] = ("optional" if is_or else "required", clauses[-1][1])
            has_any = True
            if node is not None:
                clauses.append(("excluded" if excluded else "optional" if is_or else "required", node))
        self._close(is_inner=is_inner, has_any=has_any)
        parts = (
            tuple(each for kind, each in clauses if kind == wanted)
            for wanted in ("required", "optional", "excluded")
        )
        return Group(*parts) if clauses else None

    def _close(self, *, is_inner: bool, has_any: bool) -> None:
        is_closed = self.at < len(self.text)
        if is_inner and not (is_closed and has_any):
            raise self._fault("A parenthesis is empty or not closed.")
        if is_closed and not is_inner:
            raise self._fault("A parenthesis is closed that was not opened.")
        self.at += is_closed

    def _modifier(self) -> bool:
        """Whether the next clause is excluded."""
        found = bool(self._take(_NOT))
        if not found and self.text[self.at : self.at + 1] in {"+", "-"}:
            found = self.text[self.at] == "-"
            self.at += 1
        self._skip()
        return found

    def _clause(self, before: str) -> Node | None:
        if self.at >= len(self.text) or _CONJUNCTION.match(self.text, self.at):
            raise self._fault(f"A word is missing behind {before or self.text[: self.at].split()[-1]}.")
        sign = self.text[self.at]
        node: Node | None
        if sign == "(":
            node = self._inner()
        elif sign == '"':
            node = self._phrase()
        elif sign in "[{":
            node = self._range()
        else:
            node = self._term()
        while hit := self._take(_AFTER):
            if hit[1] == "~" and sign != '"':
                raise self._fault(f"{hit[0]} stands where no word is.")
        return node

    def _inner(self) -> Group | None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            message = f"More than {MOST_NESTED} parentheses stand inside each other."
            raise NotLucene(message)
        self.at += 1
        found = self._group(is_inner=True)
        self.depth -= 1
        return found

    def _phrase(self) -> Node | None:
        hit = self._take(_QUOTED)
        if hit is None:
            raise self._fault("A quote is not closed.")
        words = asked_exactly(_escaped.sub(r"\1", hit[1]))
        after = self._take(_AFTER)
        slop = int(self._number(after[2]) or 0) if after and after[1] == "~" else 0
        return Phrase(tuple(words), slop) if words else None

    def _range(self) -> Between:
        hit = self._take(_RANGE)
        if hit is None:
            raise self._fault("A range is written [a TO b].")
        low, high = (None if each == "*" else each.strip('"').lower() for each in (hit[2], hit[3]))
        return Between(low, high, hit[1] == "[", hit[4] == "]")

    def _term(self) -> Node | None:
        hit = self._take(_TERM)
        if hit is None:
            raise self._fault(f"{self.text[self.at]!r} cannot stand there.")
        said = hit[0]
        if _wild.search(said):
            return Like(said.lower())
        plain = _escaped.sub(r"\1", said)
        if self.text[self.at : self.at + 1] == "~":
            near = self._take(_AFTER)
            assert near is not None
            return Similar(plain.lower(), _edits(self._number(near[2]), len(plain)))
        words = asked(plain, self.language)
        if len(words) > 1:
            return Group(tuple(Word(each) for _, each in words))
        return Word(words[0][1]) if words else None

    def _number(self, said: str) -> float | None:
        """What stands behind a ~, where something does."""
        found = number_said(said) if said else None
        if said and found is None:
            raise self._fault(f"~{said[:_SHOWN]} has no number behind it. Write ~, ~2 or ~0.8.")
        return None if found is None else float(found)


def _edits(given: float | None, length: int) -> int:
    """A whole number of letters, or as Lucene once had it a similarity from 0 to 1."""
    if given is None or given >= 1:
        return MOST_EDITS if given is None else min(int(given), MOST_EDITS)
    return 0 if given == 0 else min(int((1 - given) * length), MOST_EDITS)
