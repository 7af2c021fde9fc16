"""An issue's texts as words that can be compared.

A word is folded, its ending cut ("Failing" and "failed" are both `fail`) and the commonest words of English
left out. Names of code count whole and by their parts (`FileUtils` is `fileutils`, `file`, `util`), numbers
of versions and of advisories whole (`1.10.0`, `cve-2022-42889`) and by their parts. In other languages only
the folding does anything, which is still enough to find who says the same.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 6_000
"""Of a description; what follows is the rest of a log."""
MOST_WORDS = 400
"""Of a description, likewise."""

_PIECES = re.compile(
    r"(?P<code>\d+(?:\.\d+)+|[^\W\d_]+-\d+(?:-\d+)*)|(?P<word>\w+)",
)
_WITHIN = re.compile(r"\w+")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\dA-Za-z_]+")
_MARKUP = re.compile(
    r"\{(?:code|noformat|quote|panel|color|html)[^}\n]{0,200}\}|<[^<>\n]{1,200}>|&(?:[a-z]{2,6}|#\d{1,5});"
)
_SHORT, _STEM = 5, 3
# Longest first; the first that fits is cut.
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("edly", ""), ("ing", ""), ("ed", ""), ("ly", ""), ("s", ""))
_COMMON = frozenset(
    """
    a about above across after again against all almost alone along already also although always am
    among an and another any anyhow anyone anything anyway anywhere are around as at be became because
    become becomes been before being below between beyond both but by can cannot could do does doing
    done down due during each either else elsewhere enough etc even ever every everyone everything
    everywhere except few for from further get give go had has have having he hence her here hers him
    his how however i ie if in indeed into is it its itself just last least less made many may me might
    more moreover most mostly much must my myself namely neither never nevertheless next no nobody none
    nor not nothing now nowhere of off often on once one only onto or other others otherwise our ours
    out over own per perhaps please put rather re same see seem seemed seeming seems several she should
    since so some somehow someone something sometimes somewhere still such than that the their them then
    thence there thereafter thereby therefore these they this those though through throughout thru thus
    to together too toward towards under until up upon us very via was we well were what whatever when
    whence whenever where whereas whereby wherever whether which while whither who whoever whole whom
    whose why will with within without would yet you your yours
    """.split()  # noqa: SIM905 - two hundred quotes would hide the words
)


def words_of(text: str, *, most: int | None = None) -> list[str]:
    """The words of a text in their order, as they are compared; at most so many."""
    return [word for word, _ in _with_places(text, most)]


def shown_words(text: str, *, most: int | None = None) -> dict[str, str]:
    """How a text writes each of its words, by the word as it is compared; where it first stands."""
    shown: dict[str, str] = {}
    for word, written in _with_places(text, most):
        shown.setdefault(word, written)
    return shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word stands in a text without markup.

    Attributes:
        word: as it is compared, whole.
    """

    word: str
    start: int
    end: int


def places_of(text: str) -> list[Place]:
    """Of a text without markup word by word, each whole, without the commonest: what phrases are made of."""
    found = ((piece, _compared(piece.group())) for piece in _PIECES.finditer(text))
    return [Place(whole[0], *piece.span()) for piece, whole in found if whole]


def without_markup(text: str) -> str:
    """A text without the signs of wiki markup and HTML that say how it looks."""
    return _MARKUP.sub(" ", text[:MOST_CHARACTERS])


def _with_places(text: str, most: int | None) -> Iterator[tuple[str, str]]:
    left = most if most is not None else len(text)
    for piece in _PIECES.finditer(without_markup(text)):
        written = piece.group()
        for word in _compared(written):
            if left <= 0:
                return
            left -= 1
            yield word, written


@lru_cache(maxsize=200_000)
def _compared(written: str) -> tuple[str, ...]:
    """What a word as written is compared by: itself, and its parts where it is made of several."""
    whole = written.lower()
    if not written.replace("_", "").isalnum():
        return (whole, *_each(_WITHIN.findall(whole)))
    parts = _PARTS.findall(written)
    if len(parts) > 1:
        return (whole, *_each(parts))
    return tuple(_each([written]))


def _each(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        folded = part.lower()
        if len(folded) > 1 and folded not in _COMMON:
            yield _stem(folded)


def _stem(word: str) -> str:
    """Without the commonest endings of English; rough, since both sides are cut alike."""
    if len(word) < _SHORT:
        return word[:-1] if len(word) == _SHORT - 1 and word[-1] == "s" and word[-2] != "s" else word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= _STEM:
            if not word.endswith("ss"):
                word = word[: len(word) - len(ending)] + instead
            break
    return word.removesuffix("e") if len(word) > _STEM else word
