"""What `~` finds, and that no text keeps it busy."""

import pytest

from app.domain.jql.text_search import read_pattern, text_matches


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("inv*ce", "an Invoice", True),
        ("i*v*e", "an Invoice", True),
        ("inv**ce", "an Invoice", True),
        ("inv?ice", "an Invoice", True),
        ("inv?ce", "an Invoice", False),
        ("i*x", "an Invoice", False),
        ('"late inv*"', "too late: invoices", True),
        ('"late inv*"', "invoices, too late", False),
    ],
)
def test_wildcards_stay_inside_a_word(query: str, text: str, found: bool) -> None:
    patterns = read_pattern(query)
    assert isinstance(patterns, tuple)
    assert text_matches(text, patterns) == found


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("pay !card", "pay by card", False),
        ("pay && card", "by card I pay", True),
        ("pay || late", "too late", True),
        ("(pay OR late) AND invoice", "late invoice", True),
        ("(pay OR late) invoice", "an invoice", False),
        ("pay AND NOT late", "pay late", False),
    ],
)
def test_words_are_joined_by_lucenes_operators(query: str, text: str, found: bool) -> None:
    patterns = read_pattern(query)
    assert isinstance(patterns, tuple)
    assert text_matches(text, patterns) == found


@pytest.mark.parametrize("query", ["NOT (a OR b)", "a OR (b c)", "-(a b)", "(a b) OR c", "a OR NOT b"])
def test_a_group_that_would_be_read_otherwise_is_refused(query: str) -> None:
    assert isinstance(read_pattern(query), str)


@pytest.mark.parametrize("query", ["a*b*a*x", '"a*b* a*x"', "ok a*b*c*d*"])
def test_many_wildcards_are_refused_with_the_way_out(query: str) -> None:
    assert "more than 2 wildcards" in str(read_pattern(query))


@pytest.mark.timeout(10)
def test_a_long_run_of_letters_is_searched_in_time() -> None:
    patterns = read_pattern("a*b*x")
    assert isinstance(patterns, tuple)
    assert not text_matches("ab" * 4000, patterns)
