"""Issues by the words that they say: who says most of what an issue says?

Two readings of an issue are compared, each by the cosine of TF-IDF (sublinear term frequency, smooth inverse
document frequency): its opening, which is the summary and the first words of the description, and the whole.
Long logs drown the point in the whole, short openings miss it; the mean of both found more of the known
duplicates than either (see DECISIONS.md). The summary counts three times in both.

The index grows issue by issue. What it answers depends on what is in it, never on the order in which that
came: candidates are those that share most weight of words for their length; of these the likeness is worked
out exactly, with frequencies as they are now.
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from app.domain.similarity.words import MOST_WORDS, words_of

SUMMARY_WEIGHT = 3
OPENING_WORDS = 60
CANDIDATES = 300
"""So many are compared exactly."""
COUNT_BITS = 8
MOST_COUNT = (1 << COUNT_BITS) - 1
"""A word that is said more often counts as often as this."""
_FEW_DEAD = 1_000


@dataclass(frozen=True, slots=True)
class IssueText:
    """What an issue says.

    Attributes:
        id: what it is known by in the index.
        description: as plain text; empty where it has none.
    """

    id: str
    summary: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like another issue is.

    Attributes:
        id: of the other.
        score: from 0 (no word in common) to 1 (the same words as often).
        shares: by word as it is compared, its part of the score; they sum up to it.
    """

    id: str
    score: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Readings:
    """How often an issue says each word, the summary's counting more: in all of it, and in its opening."""

    whole: Mapping[str, int]
    opening: Mapping[str, int]


def readings(issue: IssueText) -> Readings:
    """Both readings of an issue's text."""
    described = words_of(issue.description, most=MOST_WORDS)
    said: Counter[str] = Counter()
    for word in words_of(issue.summary, most=MOST_WORDS):
        said[word] += SUMMARY_WEIGHT
    whole, opening = said.copy(), said
    whole.update(described)
    opening.update(described[:OPENING_WORDS])
    return Readings(_bounded(whole), _bounded(opening))


def _bounded(counts: Mapping[str, int]) -> dict[str, int]:
    return {word: min(count, MOST_COUNT) for word, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """An issue in the index: its words by number (32 bits each), and how often each reading says them."""

    id: str
    words: bytes
    whole: bytes
    opening: bytes


class SimilarIssues:
    """An index of issues. Not for several threads at once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._clear()

    def _clear(self) -> None:
        self._numbers: dict[str, int] = {}
        # By word: in how many living issues it is; and its issues, dead ones too, each with its count.
        self._frequency = array("i")
        self._postings: list[array[int]] = []
        self._said: list[Said | None] = []
        # By place: 1 / sqrt(different words); 0 for the dead.
        self._shortness = array("d")

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, issue_id: object) -> bool:
        return issue_id in self._places

    def put(self, issue: IssueText) -> None:
        """Take an issue in, or its new text in place of the old."""
        self.remove(issue.id)
        read = readings(issue)
        self._append(issue.id, read.whole, bytes(read.opening.get(word, 0) for word in read.whole))

    def _append(self, issue_id: str, whole: Mapping[str, int], opening: bytes) -> None:
        place = len(self._said)
        numbers = array("i", [self._number(word) for word in whole])
        for number, count in zip(numbers, whole.values(), strict=True):
            self._frequency[number] += 1
            self._postings[number].append(place << COUNT_BITS | count)
        self._said.append(Said(issue_id, numbers.tobytes(), bytes(whole.values()), opening))
        self._shortness.append(1 / sqrt(len(numbers) or 1))
        self._places[issue_id] = place

    def _number(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self._numbers))
        if number == len(self._frequency):
            self._frequency.append(0)
            self._postings.append(array("I"))
        return number

    def remove(self, issue_id: str) -> None:
        """Forget an issue; one that is not there is no fault."""
        place = self._places.pop(issue_id, None)
        if place is None:
            return
        said = self._said[place]
        assert said is not None, "what has a place is alive"
        for number in array("i", said.words):
            self._frequency[number] -= 1
        self._said[place] = None
        self._shortness[place] = 0
        if len(self._said) > 2 * len(self._places) + _FEW_DEAD:
            self._compact()

    def _compact(self) -> None:
        """Leave the dead out, and words that only they said."""
        alive, spelled = [said for said in self._said if said is not None], list(self._numbers)
        self._clear()
        for said in alive:
            words = [spelled[number] for number in array("i", said.words)]
            self._append(said.id, dict(zip(words, said.whole, strict=True)), said.opening)

    def like(self, issue: IssueText, *, limit: int = 10) -> list[Likeness]:
        """The issues most like one, best first; those that share no word are left out, and so is itself.

        Args:
            issue: in the index or not.
            limit: at most so many.
        """
        # numpy takes its time to import; who does not ask need not wait for it.
        from app.domain.similarity import cosine  # noqa: PLC0415

        read, living = readings(issue), len(self._places)
        asked = [
            cosine.Asked(word, self._numbers.get(word, -1), read.whole[word], read.opening.get(word, 0))
            for word in sorted(read.whole)
        ]
        near = cosine.candidates(
            asked, self._postings, self._frequency, self._shortness, living=living, limit=CANDIDATES + 1
        )
        found = [said for place in near if (said := self._said[place]) is not None and said.id != issue.id]
        if not found:
            return []
        compared = cosine.likenesses(asked, found, self._frequency, living=living)
        best = sorted(range(len(found)), key=lambda place: (-compared.scores[place], found[place].id))[:limit]
        spelled = {each.number: each.word for each in asked}
        return [
            Likeness(
                found[place].id,
                compared.scores[place],
                {spelled[number]: part for number, part in compared.shares(place).items()},
            )
            for place in best
        ]
