"""Duplicates are found by what issues say, whatever way they came into the index."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.similarity.index import CANDIDATES, IssueText, Likeness, SimilarIssues
from tests.domain.similarity.texts import BACKLOG, DARK, EXPORT, LOGIN, LOGIN_AGAIN, UPGRADE, UPGRADE_AGAIN

words = st.sampled_from(
    [
        "login",
        "logins",
        "failed",
        "FileUtils",
        "file",
        "1.10.0",
        "CVE-2022-1",
        "the",
        "ä",
        "zażółć",
        "東京",
        "x_y",
    ]
)
texts = st.lists(words, max_size=8).map(" ".join)
backlogs = st.lists(st.tuples(texts, texts), max_size=8).map(
    lambda found: [IssueText(f"K-{number}", *each) for number, each in enumerate(found)]
)


def index_of(issues: Iterable[IssueText]) -> SimilarIssues:
    index = SimilarIssues()
    for issue in issues:
        index.put(issue)
    return index


def ids(found: Iterable[Likeness]) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("asked", "first"),
    [(LOGIN, LOGIN_AGAIN), (LOGIN_AGAIN, LOGIN), (UPGRADE, UPGRADE_AGAIN), (UPGRADE_AGAIN, UPGRADE)],
)
def test_who_says_the_same_in_other_words_comes_first(asked: IssueText, first: IssueText) -> None:
    assert index_of(BACKLOG).like(asked)[0].id == first.id


def test_an_issue_that_shares_no_word_with_any_has_no_candidates() -> None:
    assert index_of(BACKLOG).like(IssueText("B-9", "Frobnicate quux")) == []
    assert SimilarIssues().like(LOGIN) == []
    assert index_of(BACKLOG).like(IssueText("B-9", "", "")) == []


def test_an_edited_issue_is_known_by_what_it_says_now() -> None:
    index = index_of(BACKLOG)
    index.put(IssueText(DARK.id, UPGRADE.summary, UPGRADE.description))
    assert ids(index.like(UPGRADE))[0] == DARK.id
    assert len(index) == len(BACKLOG)
    index.remove(DARK.id)
    index.remove(DARK.id)
    assert DARK.id not in index
    assert DARK.id not in ids(index.like(UPGRADE))


def test_the_summary_says_more_than_the_description() -> None:
    same_point = IssueText("L-1", "Nightly backup", "Cron sends mail.")
    same_aside = IssueText("L-2", "Cron mail", "Warehouse shelf.")
    index = index_of([*BACKLOG, same_point, same_aside])
    assert ids(index.like(IssueText("L-3", "The nightly backup", "Warehouse shelf."))) == ["L-1", "L-2"]


@given(backlogs, st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_answered_depends_on_what_is_there_not_on_how_it_came(
    issues: list[IssueText], data: st.DataObject
) -> None:
    at_once = index_of(issues)
    step_by_step = SimilarIssues()
    for issue in data.draw(st.permutations(issues)):
        step_by_step.put(IssueText(issue.id, data.draw(texts), "an older text"))
        step_by_step.put(IssueText("gone", data.draw(texts)))
        step_by_step.like(issue)
        step_by_step.put(issue)
    step_by_step.remove("gone")
    for issue in issues:
        assert at_once.like(issue) == step_by_step.like(issue)


@given(backlogs, texts, texts)
@settings(max_examples=60, deadline=None)
def test_an_issue_is_its_own_best_match(issues: list[IssueText], summary: str, description: str) -> None:
    index = index_of([*issues, IssueText("itself", summary, description)])
    found = index.like(IssueText("asked", summary, description), limit=len(issues) + 1)
    scores = {each.id: each.score for each in found}
    if not found:
        return
    assert scores["itself"] == pytest.approx(1)
    assert max(scores.values()) == pytest.approx(1)
    assert all(sum(each.shares.values()) == pytest.approx(each.score) for each in found)


@given(backlogs)
@settings(max_examples=40, deadline=None)
def test_likeness_goes_both_ways(issues: list[IssueText]) -> None:
    index = index_of(issues)
    scores = {(one.id, other.id): other.score for one in issues for other in index.like(one, limit=99)}
    for (one, other), score in scores.items():
        assert scores[other, one] == pytest.approx(score)


def test_edits_without_end_do_not_make_the_index_grow() -> None:
    index = index_of(BACKLOG)
    for number in range(3_000):
        index.put(IssueText("edited", f"word{number} again"))
    assert len(index._said) < 1_100
    assert len(index._numbers) < 2_500
    assert ids(index.like(LOGIN))[0] == LOGIN_AGAIN.id
    assert ids(index.like(EXPORT)) == ids(index_of(BACKLOG).like(EXPORT))


def test_the_best_are_found_among_more_than_are_compared_exactly() -> None:
    many = [
        IssueText(f"M-{number}", f"Page {number} is slow", "again and again")
        for number in range(3 * CANDIDATES)
    ]
    index = index_of([*many, *BACKLOG])
    assert ids(index.like(LOGIN))[0] == LOGIN_AGAIN.id
    assert ids(index.like(IssueText("asked", "Page 777 slow")))[0] == "M-777"
