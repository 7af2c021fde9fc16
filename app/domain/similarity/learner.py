"""What effort a text speaks of, learnt from issues of the same team: chances over the team's own scale.

For each step of the scale, the chance that the estimate lies above it is a Gaussian process (Rasmussen and
Williams, Gaussian Processes for Machine Learning, 2006, sections 2.2 and 6.5): two issues are estimated alike
    1. as far as they say the same (words of summary and description, pairs of them, and runs of two to four
       characters, which see through endings, compounds and other languages) and are built alike;
    2. as far as the other teams of the site make the same of them (see `other_teams`);
    3. as far as they are near in time: the level of a team's estimates wanders, whatever the issues say.
The past fades, too: an issue that is older by HALF_LIFE of the team's history tells half as much. The median
of the chances makes the least absolute error, and is always a value of the team's scale.

This module stands on scikit-learn, which takes seconds to import: import it where it is used.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer

from app.domain.similarity.build import FARTHEST, build_of
from app.domain.similarity.index import IssueText
from app.domain.similarity.words import MOST_WORDS, words_of

HALF_LIFE = 0.75
"""Of the number of issues that are learnt from."""
FEWEST_OF_A_VALUE = 5
"""Values that are rarer are taken for the next one that is not."""
NOISE = 4.0
"""Of one estimate, as a variance; what follows are the variances of what issues may have in common."""
WORDS_PART, RUNS_PART, BUILD_PART, OTHERS_PART, LEVEL_PART = 1.5, 2.0, 0.018, 0.045, 0.4
LEVEL_REACH = 2.0
"""How far in time the level reaches, in histories of the team; it wanders like a random walk."""
_FEWEST_WITH_A_WORD = 2
_PAIRED_WORDS = 150
_RUNS, _FEWEST_WITH_A_RUN, _MOST_RUNS = (2, 4), 3, 60_000
_RUNS_SUMMARY_WEIGHT, _RUNS_CHARACTERS = 2, 600
_ROWS_AT_ONCE = 256
_ROUNDING = 1e-12

Matrix = NDArray[np.float64]


class Learner:
    """Learns once, from all it is given.

    Args:
        texts: of estimated issues, oldest first; two at least.
        estimates: theirs, in the same order; not negative.
        heard: what other teams make of each text (see `other_teams.Opinions`); None where there are none.
    """

    def __init__(
        self, texts: Sequence[IssueText], estimates: Sequence[float], heard: Matrix | None = None
    ) -> None:
        self.scale, steps = _on_a_scale(estimates)
        self._words, self._known = _words_of_all(texts)
        self._runs, runs = _runs_of_all(texts)
        built = np.array([build_of(each) for each in texts])
        self._mean, self._spread = built.mean(axis=0), built.std(axis=0) + 1e-9
        features = self._features(self._known, runs, texts, heard)
        del runs  # millions of numbers, which need not lie there while the rest is worked out
        self._across = features.T.tocsr()
        self._times = np.arange(len(texts)) / len(texts)
        weights = 0.5 ** ((1 - self._times) / HALF_LIFE)
        weights /= weights.mean()
        above = (steps[:, None] > np.arange(len(self.scale) - 1)).astype(np.float64)
        self._usual = np.average(above, axis=0, weights=weights)
        alike = self._alike(features, self._times)
        alike[np.diag_indices_from(alike)] += NOISE / weights
        # Symmetric; as a transpose it lies in memory as LAPACK wants it, so it is not copied.
        self._told = cho_solve(cho_factor(alike.T, lower=True, overwrite_a=True), above - self._usual)

    def chances(self, texts: Sequence[IssueText], heard: Matrix | None = None) -> Matrix:
        """By text and value of the scale, the chance of that estimate if it were given now."""
        runs = None if self._runs is None else self._runs.transform(map(_characters, texts))
        features = self._features(self._words.transform(texts), runs, texts, heard)
        above = self._usual + self._alike(features, np.ones(len(texts))) @ self._told
        return -np.diff(_falling(above), axis=1)

    def quantiles(
        self, texts: Sequence[IssueText], parts: Sequence[float], heard: Matrix | None = None
    ) -> list[tuple[float, ...]]:
        """By text, for each part the smallest value of the scale at which the chances reach it.

        Args:
            texts: any.
            parts: from 0 to 1; 0.5 is the median.
            heard: by text, as for what was learnt from.
        """
        reached = np.cumsum(self.chances(texts, heard), axis=1)[:, :, None] >= np.array(parts) - _ROUNDING
        return [tuple(each) for each in self.scale[reached.argmax(axis=1)].tolist()]

    def nearest(self, text: IssueText, limit: int) -> list[tuple[int, float]]:
        """Places of the most similar issues that share a word, with their similarity, from 0 to 1."""
        similar = self._similarity(self._words.transform([text]))[0]
        best = np.argsort(-similar, kind="stable")[:limit]
        return [(int(place), float(similar[place])) for place in best if similar[place] > 0]

    def _alike(self, features: sparse.csr_matrix, times: Matrix) -> Matrix:
        """By issue and known issue, how much their estimates have in common, as a covariance."""
        found = np.empty((len(times), len(self._times)))
        for begin in range(
            0, len(times), _ROWS_AT_ONCE
        ):  # all at once would take the memory three times more
            rows = slice(begin, begin + _ROWS_AT_ONCE)
            apart = np.abs(times[rows, None] - self._times)
            found[rows] = LEVEL_PART * np.exp(-apart / LEVEL_REACH)
            found[rows] += (features[rows] @ self._across).toarray()
        return found

    def _similarity(self, found: sparse.csr_matrix) -> Matrix:
        return np.asarray((found @ self._known.T).todense())

    def _features(
        self,
        words: sparse.csr_matrix,
        runs: sparse.csr_matrix | None,
        texts: Sequence[IssueText],
        heard: Matrix | None,
    ) -> sparse.csr_matrix:
        built = (np.array([build_of(each) for each in texts]) - self._mean) / self._spread
        built = built.clip(-FARTHEST, FARTHEST)
        parts = [words * WORDS_PART**0.5, sparse.csr_matrix(built * BUILD_PART**0.5)]
        said = np.zeros(len(texts)) if heard is None else heard
        parts.append(sparse.csr_matrix(said[:, None] * OTHERS_PART**0.5))
        if runs is not None:
            parts.append(runs * RUNS_PART**0.5)
        return sparse.hstack(parts).tocsr()


def _falling(above: Matrix) -> Matrix:
    """Chances of lying above each step, from 1 below the scale to 0 at its end, made to fall on the way."""
    ends = np.ones((len(above), 1)), np.zeros((len(above), 1))
    found = np.hstack([ends[0], above.clip(0, 1), ends[1]])
    lower, upper = np.minimum.accumulate(found, axis=1), np.maximum.accumulate(found[:, ::-1], axis=1)
    return np.asarray((lower + upper[:, ::-1]) / 2)


def _on_a_scale(estimates: Sequence[float]) -> tuple[Matrix, NDArray[np.int64]]:
    """The values that the team uses, rare ones left out; and the step of each estimate."""
    counts = Counter(estimates)
    used = sorted(value for value, count in counts.items() if count >= FEWEST_OF_A_VALUE) or sorted(counts)
    scale = np.array(used, dtype=np.float64)
    far = np.abs(np.log1p(np.array(estimates))[:, None] - np.log1p(scale)[None, :])
    return scale, far.argmin(axis=1)


def _words_of_all(texts: Sequence[IssueText]) -> tuple[TfidfVectorizer, sparse.csr_matrix]:
    """TF-IDF over terms that at least two issues have; where there are none, over a term that nobody has."""
    vectorizer = TfidfVectorizer(analyzer=_terms, min_df=_FEWEST_WITH_A_WORD, sublinear_tf=True)
    try:
        return vectorizer, vectorizer.fit_transform(texts)
    except ValueError:  # scikit-learn's way to say that none is left
        vectorizer = TfidfVectorizer(analyzer=_terms, vocabulary=[""], sublinear_tf=True)
        return vectorizer, vectorizer.fit_transform(texts)


def _runs_of_all(texts: Sequence[IssueText]) -> tuple[TfidfVectorizer | None, sparse.csr_matrix | None]:
    """TF-IDF over runs of characters within words; None where the texts have none in common."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=_RUNS,
        min_df=_FEWEST_WITH_A_RUN,
        max_features=_MOST_RUNS,
        sublinear_tf=True,
    )
    try:
        return vectorizer, vectorizer.fit_transform(map(_characters, texts))
    except ValueError:
        return None, None


def _characters(issue: IssueText) -> str:
    summary = " ".join([issue.summary] * _RUNS_SUMMARY_WEIGHT)
    return f"{summary} {issue.description[:_RUNS_CHARACTERS]}".lower()


def _terms(issue: IssueText) -> list[str]:
    """Words and pairs of words; those of the summary once more as the summary's."""
    summary = words_of(issue.summary, most=MOST_WORDS)
    description = words_of(issue.description, most=MOST_WORDS)
    pairs = _pairs(summary)
    return [
        *(f"summary {word}" for word in (*summary, *pairs)),
        *summary,
        *description,
        *pairs,
        *_pairs(description[:_PAIRED_WORDS]),
    ]


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{one} {other}" for one, other in pairwise(words)]
