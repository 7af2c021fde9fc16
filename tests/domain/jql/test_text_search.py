"""What `~` finds, and that no text keeps it busy. Sources: Atlassian's "Search syntax for text fields" (Data
Center 10.3), and Lucene's StandardTokenizer and query parser, on which Jira's search stands.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.jql.analysis import (
    EDITION,
    ENGLISH,
    MOST_SIGNS,
    NONE,
    indexed,
    is_silent,
    lexemes_of,
    start_of,
    stem,
    words_of,
)
from app.domain.jql.lucene import NotLucene
from app.domain.jql.text_search import Lexeme, is_similar, sought

# Query, text, whether it is found.
CASES = [
    # words, by their stems; "customize" is Atlassian's example
    ("invoice", "Invoices are late", True),
    ("invoices", "it was invoiced", True),
    ("customize", "for customers", True),
    ("win", "it wins", True),
    ("ran", "it runs", False),
    ("pay card", "a card pays", True),
    ("pay card", "it pays", False),
    ("dogs", "the dog's bone", True),
    ("RÉSEAU", "le réseau", True),
    ("reseau", "le réseau", False),
    # words that are not in the index
    ("the", "the card", False),
    ("the card", "card", True),
    ("vsx will crash", "VSX will not crash", True),
    ('"vsx will crash"', "VSX will crash", True),
    ('"vsx will crash"', "VSX will not crash", False),
    # what is a word
    ("login", "login_page", False),
    ("login_page", "a Login_Page", True),
    ("error-500", "500 is an error", True),
    ("error", "error-500", True),
    ("jira/software", "software for jira", True),
    ("NullPointerException", "java.lang.NullPointerException: x", True),
    ("java.lang.NullPointerException", "in java.lang.NullPointerException", True),
    ("java.lang.NullPointerException", "java lang NullPointerException", False),
    ("example.com", "see www.example.com", False),
    ("example", "see www.example.com", True),
    ("o'reilly", "an O'Reilly book", True),
    ("reilly", "an O'Reilly book", False),
    ("1,000", "costs 1,000 euros", True),
    ("000", "costs 1,000 euros", True),
    ("1.5", "version 1.5 is out", True),
    ("card", "shopCard", False),
    ("ABC-12", "see ABC-12", True),
    ("\u4e2d\u6587", "\u8fd9\u662f\u4e2d\u6587", True),
    # phrases
    # phrases are the very words, those that say nothing among them
    ('"pay cards"', "paying the card, then pay card", False),
    ('"pay card"', "paying the card, then pay card", True),
    ('"cards"', "a card", False),
    ('"paying the card"', "paying the card", True),
    ('"paying card"', "paying the card", False),
    ('"paying a card"', "paying the card", False),
    ('"the"', "paying the card", True),
    ('"card pay"', "pay card", False),
    ('"full screen"', "a full-screen view", True),
    ('"https://example.com/a"', "go to https://example.com/a now", True),
    ('"late inv*"', "late invoices", False),
    # words that stand near
    ('"atlassian jira"~10', "jira of the good old atlassian", True),
    ('"atlassian jira"~1', "atlassian good old jira", False),
    ('"atlassian jira"~2', "atlassian good old jira", True),
    # signs for characters, of words as they are written
    ("inv*ce", "an Invoice", True),
    ("invoice*", "two invoices", True),
    ("i*v*e", "an Invoice", True),
    ("inv**ce", "an Invoice", True),
    ("inv?ice", "an Invoice", True),
    ("inv?ce", "an Invoice", False),
    ("wi*95", "Windows95", True),
    ("*box", "a MagicBox", True),
    ("*ox*", "a MagicBoxes", True),
    ("*", "anything", True),
    ("error-5*", "error-500", False),
    ("te?t", "tests", False),
    # similar words
    ("roam~", "foam", True),
    ("roam~", "roams", True),
    ("roam~1", "raom", True),
    ("roam~1", "romans", False),
    ("roam~0.5", "rooms", True),
    # ranges and weights
    ("[apple TO cherry]", "a banana", True),
    ("{banana TO cherry}", "a banana", False),
    ("[banana TO *]", "a zoo", True),
    ("pay^4 card", "card pays", True),
    # Lucene's operators, and what they mean where AND joins words
    ("pay && card", "by card I pay", True),
    ("pay OR late", "too late", True),
    ("pay || late", "too late", True),
    ("pay or late", "pay late", True),
    ("pay or late", "pay", False),
    ("a1 OR b1 c1", "c1", True),
    ("a1 OR b1 c1", "a1 b1", False),
    ("pay NOT card", "pay by card", False),
    ("pay -card", "pay cash", True),
    ("pay !card", "pay by card", False),
    ("pay AND NOT late", "pay late", False),
    ("pay OR NOT late", "pay", True),
    ("pay OR NOT late", "pay late", True),
    ("pay OR NOT late", "card", True),
    ("pay OR NOT late", "late card", False),
    ("pay - card", "pay card", False),
    ("+pay card", "pay", False),
    ("NOT pay", "card", True),
    ("-pay", "card", True),
    ("-pay", "pays late", False),
    ("-pay -late", "late card", False),
    ("card AND (NOT pay)", "a card", True),
    ("-the", "card", False),
    # a backslash that takes no sign its meaning is a sign itself
    (r"sales\marketing", r"for Sales\Marketing", True),
    (r"sales\marketing", "for Sales", False),
    ("(pay OR late) AND invoice", "late invoice", True),
    ("(pay OR late) invoice", "an invoice", False),
    ("bugs AND (atlassian OR jira)", "a bug of jira", True),
    ("pay NOT (card OR cash)", "pay cash", False),
    ("pay (the)", "pay", True),
    ("queue!size", "queue size", False),
    # signs that say nothing
    (r"\[Jira Software\]", "software of jira", True),
    (r"pay \- card", "card pay", True),
    (r"\+", "a + b", False),
    ("pay: card", "pay card", True),
    ("pay & card", "pay card", True),
]


@pytest.mark.parametrize(("query", "text", "found"), CASES)
def test_texts_are_found_as_jira_finds_them(query: str, text: str, found: bool) -> None:
    assert sought(query, ENGLISH).matches(text) == found


def test_without_a_language_words_are_compared_as_they_are() -> None:
    assert not sought("invoice", NONE).matches("invoices")
    assert sought("the", NONE).matches("the card")
    assert sought("rechnung", "german").matches("Rechnungen")


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "AND a",
        "a AND",
        "a OR",
        "a -",
        '"a',
        "(a",
        "a)",
        "()",
        "[a",
        "a AND AND b",
        "~a",
        "(" * 60 + "a",
    ],
)
def test_what_lucene_would_not_read_is_refused(query: str) -> None:
    with pytest.raises(NotLucene, match=r"[A-Z].*\."):
        sought(query, ENGLISH)


@pytest.mark.timeout(10)
def test_a_long_word_is_searched_in_time() -> None:
    assert not sought("a*b*a*b*a*x", ENGLISH).matches("ab" * 4000)


_texts = st.text("abcdeilmnorsty .,'-_0", max_size=40)


@given(_texts, st.sampled_from(["english", "none", "french"]))
def test_the_letters_that_a_text_must_hold_stand_in_every_text_that_matches(text: str, language: str) -> None:
    for word in re.findall(r"[a-z]+", text):
        for query in (word, f'"{word} {word}"', f"{word[:2]}*", f"{word} OR zzz"):
            found = sought(query, language)
            if found.matches(text):
                ways = found.letters
                assert all(any(all(run in text for run in runs) for runs in way) for way in ways), query


@given(st.text("aeilsy", min_size=1, max_size=9))
def test_words_of_a_stem_begin_like_it(word: str) -> None:
    assert word.startswith(start_of(stem(word, ENGLISH), ENGLISH))


@given(st.text("ab", max_size=4), st.text("ab", max_size=4))
def test_similar_is_the_same_both_ways(one: str, other: str) -> None:
    assert all(is_similar(one, other, edits) == is_similar(other, one, edits) for edits in (0, 1, 2))


_TEXTS = st.lists(
    st.sampled_from(
        ["invoice", "invoiced", "in", "The", "error-500", "a.b", "it's", "日本", "Réseau", "x_1", "1,5"]
    ),
    max_size=6,
)


@given(
    words=_TEXTS,
    said=st.sampled_from(["invoice", "in*", "the", "th*", "inv*", "500", "b", "s", "x_1", "1*"]),
    language=st.sampled_from([ENGLISH, NONE]),
)
def test_what_stands_on_one_line_is_found_as_what_stands_on_many(
    words: list[str], said: str, language: str
) -> None:
    found = sought(said, language)
    assert found.matches(" ".join(words)) == found.matches("\n".join(words))


@given(words=_TEXTS, language=st.sampled_from([ENGLISH, NONE]))
def test_the_words_of_a_text_are_those_that_its_index_has(words: list[str], language: str) -> None:
    text = " ".join(words).lower()
    assert words_of(text, language) == {word for _, word in indexed(text) if not is_silent(word, language)}


# --- the databases' index ---------------------------------------------------------------------------------


def may_match(query: str, text: str, language: str = ENGLISH) -> bool:
    """What an index of lexemes says."""
    held = lexemes_of(text, language)

    def has(wanted: Lexeme) -> bool:
        if wanted.begins:
            return any(each.startswith(wanted.said) for each in held)
        return wanted.said in held

    return all(any(all(map(has, run)) for run in ways) for ways in sought(query, language).lexemes)


@pytest.mark.parametrize(("query", "text", "is_found"), CASES)
def test_the_index_of_words_leaves_out_no_text_that_matches(query: str, text: str, is_found: bool) -> None:
    assert may_match(query, text) or not is_found


_joined_words = st.text("abcdeilmnorsty .,;'·\u2019-_05日éİ\u212a", max_size=40)


@given(_joined_words, _joined_words, st.sampled_from(["english", "none", "french"]))
def test_whatever_stands_in_a_text_its_index_leaves_it_in(text: str, other: str, language: str) -> None:
    for word in re.findall(r"[^\s-]+", f"{text} {other}"):
        for said in (
            word,
            f'"{word} {word}"',
            f'"{text}"',
            f"{word[:2]}*",
            f"{word[:3]}?*",
            f"zzz OR {word}",
        ):
            try:
                matches = sought(said, language).matches(text)
            except NotLucene:
                continue
            assert may_match(said, text, language) or not matches, said


@pytest.mark.parametrize("text", ["a" * 300, "x." * 100 + "y", "Ä" * 100])
def test_of_a_very_long_word_the_index_has_the_beginning(text: str) -> None:
    assert all(len(each) <= MOST_SIGNS for each in lexemes_of(text, ENGLISH))
    for said in (text, f"{text[:80]}*", f"{text[:3]}*"):
        assert sought(said, ENGLISH).matches(text)
        assert may_match(said, text)


@pytest.mark.parametrize("said", ["inv*", "invoice", '"late invoice"', "zzz OR invoices", "(a OR b) invoice"])
def test_the_index_of_words_leaves_most_texts_out(said: str) -> None:
    assert sought(said, ENGLISH).lexemes
    assert not may_match(said, "nothing of the kind, nobody's business")


def test_what_the_index_holds_of_a_text_changes_only_with_its_edition() -> None:
    """Stores were written by it: whoever has to change this counts up EDITION."""
    text = "Paying customers' 2.0 invoices (java.lang.Error) weren't the Réseau's 日本 login_page"
    english = "2 2.0 customers custom error java java.lang.error invoices invoic lang login_page pay paying"
    other = "0 customers réseau réseau's weren't 日 本 login_pag"
    assert (EDITION, lexemes_of(text, ENGLISH)) == (1, {*english.split(), *other.split()})
