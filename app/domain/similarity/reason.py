"""Why two issues are taken for alike: the words and phrases that both say, by what they weigh."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.similarity.index import IssueText, Likeness
from app.domain.similarity.words import Place, places_of, shown_words, without_markup

MOST_SHARED_WORDS, MOST_PHRASES = 6, 3
_LONGEST_PHRASE = 12


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A word that both say, as the issue that is asked about writes it.

    Attributes:
        part: of the likeness, from 0 to 1.
    """

    word: str
    part: float


@dataclass(frozen=True, slots=True)
class Reason:
    """What makes two issues alike.

    Attributes:
        words: the heaviest first.
        phrases: two and more words that follow each other in both, the heaviest first.
    """

    words: tuple[SharedWord, ...]
    phrases: tuple[str, ...]


def explain(asked: IssueText, other: IssueText, likeness: Likeness) -> Reason:
    """What the likeness of two issues is made of, in the words of the one that is asked about."""
    text = without_markup(f"{asked.summary}\n{asked.description}")
    shown, parts = shown_words(text), defaultdict[str, float](float)
    for word, share in likeness.shares.items():
        parts[shown.get(word, word)] += share / likeness.score
    heaviest = sorted(parts.items(), key=lambda each: (-each[1], each[0]))[:MOST_SHARED_WORDS]
    said = places_of(text), places_of(without_markup(f"{other.summary}\n{other.description}"))
    return Reason(
        tuple(SharedWord(word, part) for word, part in heaviest),
        tuple(_heaviest_phrases(text, *said, likeness.shares)),
    )


def _heaviest_phrases(
    text: str, ours: Sequence[Place], theirs: Sequence[Place], shares: Mapping[str, float]
) -> list[str]:
    weights: dict[str, float] = {}
    for start, end in common_runs([each.word for each in ours], [each.word for each in theirs]):
        phrase = " ".join(text[ours[start].start : ours[end - 1].end].split())
        weights[phrase] = sum(shares.get(each.word, 0) for each in ours[start:end])
    found = sorted((each for each in weights.items() if each[1] > 0), key=lambda each: (-each[1], each[0]))
    kept: list[str] = []
    for phrase, _ in found:
        if not any(phrase.lower() in each.lower() for each in kept):
            kept.append(phrase)
    return kept[:MOST_PHRASES]


def common_runs(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Runs of at least two words of ours (first, behind the last) that stand so in theirs; none overlap."""
    # By two words at once: of one alone there are too many places to look at each.
    at = defaultdict[tuple[str, str], list[int]](list)
    for place, pair in enumerate(pairwise(theirs)):
        at[pair].append(place)
    runs, start = [], 0
    while start < len(ours) - 1:
        places = at.get((ours[start], ours[start + 1]), ())
        longest = max((_common(ours, theirs, start, place) for place in places), default=1)
        if longest > 1:
            runs.append((start, start + longest))
        start += longest
    return runs


def _common(ours: Sequence[str], theirs: Sequence[str], start: int, place: int) -> int:
    most = min(len(ours) - start, len(theirs) - place, _LONGEST_PHRASE)
    return next((step for step in range(most) if ours[start + step] != theirs[place + step]), most)
