"""Why two issues are taken for alike is said in their own words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.similarity.index import IssueText, SimilarIssues
from app.domain.similarity.reason import Reason, common_runs, explain
from tests.domain.similarity.texts import BACKLOG, LOGIN, UPGRADE


def reason(asked: IssueText, other: IssueText) -> Reason:
    index = SimilarIssues()
    for each in (*BACKLOG, asked, other):
        index.put(each)
    found = next(each for each in index.like(asked, limit=99) if each.id == other.id)
    return explain(asked, other, found)


def test_the_heaviest_words_are_told_as_the_issue_writes_them() -> None:
    told = reason(
        IssueText("R-1", "FileUtils leaks handles"),
        IssueText("R-2", "A handle leaked by FileUtils", "Often."),
    )
    assert told.words[0].word == "FileUtils"
    assert {each.word for each in told.words} == {"FileUtils", "leaks", "handles"}
    assert sum(each.part for each in told.words) > 0.999


def test_phrases_that_both_say_are_told_whole() -> None:
    told = reason(
        IssueText("R-1", "Crash", "Error: the disk is full of old logs; {code}exit 7{code}"),
        IssueText("R-2", "Full", "it said the disk is full of old logs again"),
    )
    assert told.phrases == ("disk is full of old logs",)


def test_a_number_of_an_advisory_is_one_word() -> None:
    told = reason(IssueText("R-1", "Fix CVE-2022-42003"), UPGRADE)
    assert told.words[0].word == "CVE-2022-42003"


def test_what_is_not_shared_is_not_told() -> None:
    told = reason(LOGIN, IssueText("R-2", "Timeout of the nightly job"))
    assert [each.word for each in told.words] == ["timeout"]
    assert told.phrases == ()


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
@settings(max_examples=100, deadline=None)
def test_every_common_run_stands_in_both(ours: list[str], theirs: list[str]) -> None:
    for start, end in common_runs(ours, theirs):
        run = ours[start:end]
        assert len(run) > 1
        assert any(theirs[place : place + len(run)] == run for place in range(len(theirs)))
