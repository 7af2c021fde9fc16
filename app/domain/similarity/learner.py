"""What effort a text speaks of, learnt from issues of the same team: chances over the team's own scale.

Two opinions are weighed:
    1. for each step of the scale, the odds that the estimate lies above it (logistic regressions over the
       words of summary and description, pairs of them, runs of two to four characters, which see through
       endings, compounds and other languages, and how the text is built);
    2. the estimates of the most similar issues, each by its similarity.
In both the past fades: with each HALF_LIFE of the team's history an issue counts half. The median of the
chances makes the least absolute error, and is always a value of the team's scale.

This module stands on scikit-learn, which takes seconds to import: import it where it is used.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log1p

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from app.domain.similarity.index import IssueText
from app.domain.similarity.words import MOST_WORDS, words_of

NEIGHBOURS = 80
NEIGHBOURS_PART = 0.2
HALF_LIFE = 0.35
"""Of the number of issues that are learnt from."""
FEWEST_OF_A_VALUE = 5
"""Values that are rarer are taken for the next one that is not."""
REGULARISATION = 2.0
"""scikit-learn's C: the larger, the more is made of single words."""
_FEWEST_WITH_A_WORD = 2
_PAIRED_WORDS = 150
_RUNS, _FEWEST_WITH_A_RUN, _MOST_RUNS = (2, 4), 3, 60_000
_RUNS_SUMMARY_WEIGHT, _RUNS_CHARACTERS = 2, 600
_BUILD_WEIGHT = 0.15
_ANY_SIMILARITY = 0.02
"""That all neighbours have, so that of issues without a common word the recent ones count."""
_ROUNDING = 1e-12

Matrix = NDArray[np.float64]


class Learner:
    """Learns once, from all it is given.

    Args:
        texts: of estimated issues, oldest first; two at least.
        estimates: theirs, in the same order; not negative.
    """

    def __init__(self, texts: Sequence[IssueText], estimates: Sequence[float]) -> None:
        self.scale, steps = _on_a_scale(estimates)
        self._words, self._runs = _word_vectorizer(texts), _run_vectorizer(texts)
        built = np.array([_build(each) for each in texts])
        self._mean, self._spread = built.mean(axis=0), built.std(axis=0) + 1e-9
        self._known = self._words_in(texts)
        weights = 0.5 ** (np.arange(len(texts))[::-1] / len(texts) / HALF_LIFE)
        self._weights = weights / weights.mean()
        self._is_step = np.eye(len(self.scale))[steps] * weights[:, None]
        features = self._features(self._known, texts)
        self._above = [
            LogisticRegression(C=REGULARISATION, solver="liblinear", intercept_scaling=5).fit(
                features, steps > step, sample_weight=self._weights
            )
            for step in range(len(self.scale) - 1)
        ]

    def chances(self, texts: Sequence[IssueText]) -> Matrix:
        """By text and value of the scale, the chance of that estimate."""
        found = self._words_in(texts)
        learnt = self._by_steps(self._features(found, texts))
        near = self._by_neighbours(self._similarity(found))
        return NEIGHBOURS_PART * near + (1 - NEIGHBOURS_PART) * learnt

    def quantiles(self, texts: Sequence[IssueText], parts: Sequence[float]) -> list[tuple[float, ...]]:
        """By text, for each part the smallest value of the scale at which the chances reach it.

        Args:
            texts: any.
            parts: from 0 to 1; 0.5 is the median.
        """
        reached = np.cumsum(self.chances(texts), axis=1)[:, :, None] >= np.array(parts) - _ROUNDING
        return [tuple(each) for each in self.scale[reached.argmax(axis=1)].tolist()]

    def nearest(self, text: IssueText, limit: int) -> list[tuple[int, float]]:
        """Places of the most similar issues that share a word, with their similarity, from 0 to 1."""
        similar = self._similarity(self._words_in([text]))[0]
        best = np.argsort(-similar, kind="stable")[:limit]
        return [(int(place), float(similar[place])) for place in best if similar[place] > 0]

    def _by_steps(self, features: sparse.csr_matrix) -> Matrix:
        """Odds of lying above each step, made to fall, and their differences."""
        number = features.shape[0]
        above = [
            np.ones(number),
            *(each.predict_proba(features)[:, 1] for each in self._above),
            np.zeros(number),
        ]
        falling = np.minimum.accumulate(np.array(above), axis=0)
        return np.asarray(-np.diff(falling, axis=0).T)

    def _by_neighbours(self, similarity: Matrix) -> Matrix:
        number = min(NEIGHBOURS, similarity.shape[1])
        # Of equally similar ones the newest: sums must not depend on how a partition falls.
        places = np.argsort(-similarity[:, ::-1], axis=1, kind="stable")[:, :number]
        places = similarity.shape[1] - 1 - places
        weights = np.take_along_axis(similarity, places, axis=1) + _ANY_SIMILARITY
        found = np.einsum("nk,nks->ns", weights, self._is_step[places])
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def _similarity(self, found: sparse.csr_matrix) -> Matrix:
        return np.asarray((found @ self._known.T).todense())

    def _words_in(self, texts: Sequence[IssueText]) -> sparse.csr_matrix:
        return self._words.transform([_terms(each) for each in texts])

    def _features(self, found: sparse.csr_matrix, texts: Sequence[IssueText]) -> sparse.csr_matrix:
        built = (np.array([_build(each) for each in texts]) - self._mean) / self._spread
        parts = [found, sparse.csr_matrix(built * _BUILD_WEIGHT)]
        if self._runs is not None:
            parts.append(self._runs.transform(map(_characters, texts)))
        return sparse.hstack(parts).tocsr()


def _on_a_scale(estimates: Sequence[float]) -> tuple[Matrix, NDArray[np.int64]]:
    """The values that the team uses, rare ones left out; and the step of each estimate."""
    counts = Counter(estimates)
    used = sorted(value for value, count in counts.items() if count >= FEWEST_OF_A_VALUE) or sorted(counts)
    scale = np.array(used, dtype=np.float64)
    far = np.abs(np.log1p(np.array(estimates))[:, None] - np.log1p(scale)[None, :])
    return scale, far.argmin(axis=1)


def _word_vectorizer(texts: Sequence[IssueText]) -> TfidfVectorizer:
    """TF-IDF over terms that at least two issues have; where there are none, over a term that nobody has."""
    counts = Counter(term for each in texts for term in set(_terms(each)))
    known = sorted(term for term, count in counts.items() if count >= _FEWEST_WITH_A_WORD) or [""]
    return TfidfVectorizer(analyzer=_as_it_is, vocabulary=known, sublinear_tf=True).fit(map(_terms, texts))


def _run_vectorizer(texts: Sequence[IssueText]) -> TfidfVectorizer | None:
    """TF-IDF over runs of characters within words; None where the texts have none in common."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=_RUNS,
        min_df=_FEWEST_WITH_A_RUN,
        max_features=_MOST_RUNS,
        sublinear_tf=True,
    )
    try:
        return vectorizer.fit(map(_characters, texts))
    except ValueError:  # scikit-learn's way to say that none is left
        return None


def _characters(issue: IssueText) -> str:
    summary = " ".join([issue.summary] * _RUNS_SUMMARY_WEIGHT)
    return f"{summary} {issue.description[:_RUNS_CHARACTERS]}".lower()


def _as_it_is(terms: list[str]) -> list[str]:
    return terms


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


def _build(issue: IssueText) -> list[float]:
    """How a text is built: lengths, code, nothing said, links, list items."""
    said = issue.description
    return [
        log1p(len(issue.summary)),
        log1p(len(said)),
        float("{code" in said or "{noformat" in said or "<code" in said),
        float(not said.strip()),
        float("http" in said),
        log1p(said.count("*") + said.count("<li")),
    ]
