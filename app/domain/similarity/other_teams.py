"""What the other teams of a site make of a text: whether it speaks of little work or of much.

A team that is new or small has few estimates to learn from, and what makes work large is not its secret: a
migration, a list of ten steps or a typo mean much the same to most teams. Each other team has an opinion, a
ridge regression of the ranks of its estimates (ranks, since one team's 3 is another's 20) on the words that
it says and on how its texts are built. What they say together, each measured by what it says of the asked
team's own issues, is one number; how much it weighs with the team, and whether at all, its own estimates
tell (see `learner`).

This module stands on scikit-learn, which takes seconds to import: import it where it is used.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction import FeatureHasher

from app.domain.similarity.build import FARTHEST, marks_of
from app.domain.similarity.index import IssueText
from app.domain.similarity.words import MOST_WORDS, words_of

FEWEST_OF_A_TEAM = 40
"""Issues below which a team has no opinion."""
NOISE = 10.0
"""Of one rank, as a variance; the words that two issues share have 1 at most, the marks MARKS_PART each."""
MARKS_PART = 0.05**2
_HASHED = 1 << 18
_TINY = 1e-9

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Texts as opinions are formed of them.

    Attributes:
        words: by text and word, how often it is said, damped; words are known by their hash.
        marks: by text, how it is built.
    """

    words: sparse.csr_matrix
    marks: Matrix

    def part(self, places: Sequence[int]) -> "Read":
        """Some of the texts."""
        return Read(self.words[list(places)], self.marks[list(places)])


def read(texts: Sequence[IssueText]) -> Read:
    """Texts as opinions are formed of them; one at least."""
    return _damped(_counted(texts), np.array([marks_of(each) for each in texts]))


def _counted(texts: Sequence[IssueText]) -> sparse.csr_matrix:
    """By text and word, how often it is said."""
    hasher = FeatureHasher(_HASHED, input_type="string", alternate_sign=False)
    return hasher.transform(map(_words, texts)).tocsr()


def _damped(counted: sparse.csr_matrix, marks: Matrix) -> Read:
    words = counted.astype(np.float64)
    words.data = 1 + np.log(words.data)
    return Read(words, marks)


class Opinion:
    """What one team's estimates say of words and of how texts are built.

    Args:
        said: texts of its estimated issues; two at least, whose estimates are not all the same.
        estimates: theirs, in the same order.
    """

    def __init__(self, said: Read, estimates: Sequence[float]) -> None:
        known, frequency = np.unique(said.words.indices, return_counts=True)
        rarity = np.log((1 + len(estimates)) / (1 + frequency)) + 1
        self.rarity = _column(known, rarity)
        words = said.words @ sparse.diags(self.rarity.toarray().ravel())
        lengths = _or_one(np.sqrt(np.asarray(words.power(2).sum(axis=1)).ravel()))
        words = (sparse.diags(1 / lengths) @ words).tocsr()
        usual = said.marks.mean(axis=0), said.marks.std(axis=0)
        marks = _measured(said.marks, *usual) * MARKS_PART**0.5
        alike = (words @ words.T).toarray() + marks @ marks.T
        alike[np.diag_indices_from(alike)] += NOISE
        told = cho_solve(cho_factor(alike, overwrite_a=True), _ranks(estimates))
        self.of_words = _column(known, (words.T @ told)[known] * rarity)
        self.of_marks = marks.T @ told * MARKS_PART**0.5


class OtherTeam:
    """A team's estimated issues, to have its opinion as of some instant.

    Args:
        texts: of its estimated issues, in any order; one at least.
        estimates: theirs, in the same order.
        done: from when each could be learnt from, likewise.
    """

    def __init__(
        self, texts: Sequence[IssueText], estimates: Sequence[float], done: Sequence[datetime]
    ) -> None:
        order = sorted(range(len(texts)), key=lambda place: (done[place], texts[place].id))
        said = [texts[place] for place in order]
        # Half as large: there are many teams, and each has an opinion but once a day.
        self._counted = _counted(said).astype(np.uint16)
        self._marks = np.array([marks_of(each) for each in said])
        self._estimates = [estimates[place] for place in order]
        self._done = [done[place] for place in order]
        self._last: tuple[int, Opinion] | None = None

    def opinion(self, now: datetime | None = None) -> Opinion | None:
        """By what was done then; None where that was too little, or all estimated alike.

        Args:
            now: None for all of it.
        """
        known = len(self._done) if now is None else bisect_right(self._done, now)
        if known < FEWEST_OF_A_TEAM or len(set(self._estimates[:known])) == 1:
            return None
        if self._last is None or self._last[0] != known:
            then = _damped(self._counted[:known], self._marks[:known])
            self._last = known, Opinion(then, self._estimates[:known])
        return self._last[1]


class Opinions:
    """What other teams say together, for one team.

    Args:
        teams: theirs; one at least.
        own: what the team wrote itself, which is the measure: that is 0 on average and spreads as much as
            the teams agree.
    """

    def __init__(self, teams: Sequence[Opinion], own: Read) -> None:
        self.number = len(teams)
        self._rarity = sparse.hstack([each.rarity for each in teams]).tocsr().power(2)
        self._of_words = sparse.hstack([each.of_words for each in teams]).tocsr()
        self._of_marks = np.stack([each.of_marks for each in teams], axis=1)
        self._usual = own.marks.mean(axis=0), own.marks.std(axis=0)
        found = self._each(own)
        self._mean, self._spread = found.mean(axis=0), _or_one(found.std(axis=0))

    def of(self, asked: Read) -> Matrix:
        """By text, whether it speaks of little work (below 0) or of much."""
        found: Matrix = (self._each(asked) - self._mean) / self._spread
        return np.asarray(found.sum(axis=1) / self.number**0.5)

    def _each(self, asked: Read) -> Matrix:
        """By text and team."""
        lengths = _or_one(np.sqrt((asked.words.power(2) @ self._rarity).toarray()))
        marks = _measured(asked.marks, *self._usual)
        return np.asarray((asked.words @ self._of_words).toarray() / lengths + marks @ self._of_marks)


def _words(issue: IssueText) -> list[str]:
    """Words; those of the summary once more as the summary's."""
    summary = words_of(issue.summary, most=MOST_WORDS)
    return [
        *(f"summary {word}" for word in summary),
        *summary,
        *words_of(issue.description, most=MOST_WORDS),
    ]


def _ranks(estimates: Sequence[float]) -> Matrix:
    """Ranks of estimates, equal ones in the middle of theirs, with mean 0 and variance 1."""
    _, places, counts = np.unique(estimates, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2)[places]
    return np.asarray((ranks - ranks.mean()) / ranks.std())


def _column(places: NDArray[np.int32], values: Matrix) -> sparse.csc_matrix:
    return sparse.csc_matrix((values, (places, np.zeros_like(places))), shape=(_HASHED, 1))


def _or_one(sizes: Matrix) -> Matrix:
    """Sizes to divide by: 1 instead of 0, for what says nothing, or always the same."""
    return np.where(sizes < _TINY, 1.0, sizes)


def _measured(marks: Matrix, mean: Matrix, spread: Matrix) -> Matrix:
    """Marks beside what is usual, in standard deviations."""
    return np.asarray(((marks - mean) / (spread + _TINY)).clip(-FARTHEST, FARTHEST))
