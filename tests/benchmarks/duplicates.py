"""Duplicates: how many of the known ones are found, and how fast.

The procedure of GitBugs' baseline (arXiv 2504.09651) on its Hadoop bugs: each pair of a bug and its duplicate
asks once, all other bugs of the project are candidates, in both directions of time; Recall@k is the share of
pairs whose duplicate is among the first k. The peer is that baseline itself (TF-IDF over 10,000 words without
English stop words, cosine), run beside it. The method was chosen on pairs of the train file that share no bug
with the test file.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from app.domain.similarity.index import IssueText, SimilarIssues
from tests.benchmarks.lines import Line
from tests.benchmarks.published import DUPLICATES, bugs, known_pairs

Find = Callable[[IssueText, int], Sequence[str]]
MANY, ASKED = 100_000, 200


def recall(find: Find, issues: Sequence[IssueText], pairs: Sequence[tuple[str, str]], first: int) -> float:
    """Share of the pairs whose duplicate is among the first."""
    by_id = {each.id: each for each in issues}
    return sum(other in find(by_id[one], first) for one, other in pairs) / len(pairs)


def indexed(issues: Sequence[IssueText]) -> Find:
    index = SimilarIssues()
    for each in issues:
        index.put(each)
    return lambda issue, first: [each.id for each in index.like(issue, limit=first)]


def plain(issues: Sequence[IssueText]) -> Find:
    """The published baseline."""
    vectorizer = TfidfVectorizer(max_features=10_000, stop_words="english")
    vectors = vectorizer.fit_transform(f"{each.summary} {each.description}" for each in issues)
    places = {each.id: place for place, each in enumerate(issues)}

    def find(issue: IssueText, first: int) -> list[str]:
        scores = (vectors @ vectors[places[issue.id]].T).toarray().ravel()
        scores[places[issue.id]] = -1
        return [issues[place].id for place in np.argsort(-scores, kind="stable")[:first]]

    return find


def finding() -> Iterator[Line]:
    """Recall on the known duplicates where the data is there, then the time among 100,000 issues."""
    if DUPLICATES.exists():
        issues = bugs()
        ours, theirs = indexed(issues), plain(issues)
        for name, part in (("", "combined"), ("_test_file", "test")):
            for first in (1, 5, 10):
                found, peer = (recall(find, issues, known_pairs(part), first) for find in (ours, theirs))
                yield Line(f"duplicates{name}_recall_at_{first}", found, "share", found / peer, "plain_tfidf")
    yield from _among_many()


def _among_many() -> Iterator[Line]:
    chance = random.Random(1)
    index, begun = SimilarIssues(), time.perf_counter()
    for number in range(MANY):
        index.put(made(chance, number))
    yield Line("duplicates_index_100000", time.perf_counter() - begun, "s")
    taken = []
    for number in range(MANY, MANY + ASKED):
        new = made(chance, number)
        begun = time.perf_counter()
        index.put(new)
        index.like(new)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    yield Line("duplicates_of_one_new_among_100000_p50", taken[ASKED // 2], "ms")
    yield Line("duplicates_of_one_new_among_100000_p99", taken[ASKED * 99 // 100], "ms")


def made(chance: random.Random, number: int) -> IssueText:
    """An issue of words as frequent as in any language (Zipf), a few of them its own."""
    words = [f"w{int(chance.paretovariate(0.6))}" for _ in range(chance.randrange(30, 250))]
    return IssueText(f"K-{number}", " ".join(words[:8]), " ".join([*words[8:], f"own{number}"]))
