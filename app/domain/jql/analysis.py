r"""Words of a text as Jira's search index has them.

As in Lucene's StandardTokenizer (UAX #29): words are runs of letters, digits and underscores; an apostrophe
or a dot between letters, and a dot or a comma between digits, join two of them; each sign of Chinese or
Japanese is a word. What dots or commas join stands in the index in its parts, too, so that
`NullPointerException` finds `java.lang.NullPointerException`. English words that say nothing are left out,
and each word is kept by its stem as well ("Search syntax for text fields", Atlassian).
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import Lock

import snowballstemmer

ENGLISH, NONE = "english", "none"
"""Of a site's languages, which are those that Snowball has stemmers for: the one that Jira ships with, and
none of them, which compares words as they are (Jira's indexing language "Other").
"""

_SILENT = """
    a an and are as at be but by for if in into is it no not of on or such that the their then there these
    they this to was will with
"""
STOP_WORDS = frozenset(_SILENT.split())
"""Words of English that are not in the index: Atlassian's list, which is Lucene's."""

_ALONE = r"\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGN = rf"[^\W{_ALONE}]"
_LETTER = r"[^\W\d_]"
_INSIDE = rf"(?<={_LETTER})['\u2019.·](?={_LETTER})|(?<=\d)[.,;'\u2019](?=\d)"
TOKEN = rf"(?:[{_ALONE}]|{_SIGN}+(?:(?:{_INSIDE}){_SIGN}+)*)"
"""A word, as a regular expression over lowered text."""
BEGIN = rf"(?<!{_SIGN})(?<!{_LETTER}['\u2019])"
"""Stands before a word, or before a part of one that is in the index, too."""

tokens = re.compile(TOKEN).finditer
_joined = re.compile(r"[.,]")
_joins = re.compile(r"[.,;']").search
_plain_words = re.compile(r"\w+", re.ASCII).findall
_plain_chunks = re.compile(r"\w+(?:[.,;']\w+)*", re.ASCII).findall
_pieces = re.compile(r"[.,;·]|(?<=\d)['\u2019](?=\d)").split
MOST_SIGNS = 64
"""Of a lexeme; the rest of longer ones is left out."""

_lock = Lock()
_stemmers: dict[str, Callable[[str], str]] = {}


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """What a lowered word is compared by."""
    if language == NONE:
        return word
    with _lock:  # a stemmer works on one word at a time
        if language not in _stemmers:
            _stemmers[language] = snowballstemmer.stemmer(language).stemWord
        return _stemmers[language](word)


def start_of(stemmed: str, language: str) -> str:
    """Letters with which every word of that stem begins; none where the language's stems tell nothing."""
    if language == NONE:
        return stemmed
    if language != ENGLISH:
        return ""
    # Of English stems the end alone differs: fire and firing, reliabl and reliability, lie and lying.
    return stemmed[:-2] if stemmed.endswith("ie") else stemmed[:-1] if stemmed[-1] in "eily" else stemmed


def is_silent(word: str, language: str) -> bool:
    """Whether the word is left out of the index."""
    return language == ENGLISH and word in STOP_WORDS


def words_in(token: str) -> list[str]:
    """A token, and its parts where it has some."""
    return [token, *_joined.split(token)] if _joined.search(token) else [token]


def indexed(lowered: str) -> Iterator[tuple[int, str]]:
    """All words of a text with their places; the parts of a word have its place."""
    for place, hit in enumerate(tokens(lowered)):
        for word in words_in(hit[0]):
            yield place, word


def words_of(lowered: str, language: str) -> frozenset[str]:
    """All words of a text that are in the index, as they are written."""
    if lowered.isascii() and not _joins(lowered):
        found = set(_plain_words(lowered))
    else:
        found = {word for _, word in indexed(lowered)}
    return frozenset(found - STOP_WORDS if language == ENGLISH else found)


def asked(text: str, language: str) -> list[tuple[int, str]]:
    """Stems of what a query says, with their places; words that say nothing leave a gap."""
    found = enumerate(hit[0] for hit in tokens(text.lower()))
    return [(place, stem(word, language)) for place, word in found if not is_silent(word, language)]


def asked_exactly(text: str) -> list[tuple[int, str]]:
    """What a phrase says, with its places. In quotes no word is silent, and none is compared by its stem."""
    return [(place, hit[0]) for place, hit in enumerate(tokens(text.lower()))]


# --- the databases' index ---------------------------------------------------------------------------------

EDITION = 1
"""Of `lexemes_of`: counted up when it finds others, be it that the stemmer changed."""


def written_as(language: str) -> str:
    """By what two indexes of the same texts differ."""
    return f"{EDITION}:{language}"


def lexemes_of(text: str, language: str) -> frozenset[str]:
    """What the databases' index holds of a text: its words as they are written, and their stems.

    No word that `text_search` could find is missing; pieces of words may be there that it does not find.
    Each is of letters, digits, `_`, and what joins words, but never with a space.
    """
    lowered = text.lower()
    found: set[str] = set()
    if lowered.isascii():
        chunks = set(_plain_chunks(lowered))
        found = {each for each in chunks if each.isalnum()}
        joined = (hit[0] for each in chunks - found for hit in tokens(each))
    else:
        joined = (hit[0] for hit in tokens(lowered))
    for each in joined:
        found.add(each)
        found.update(_pieces(each), words_in(each))
    if language == ENGLISH:
        found -= STOP_WORDS
    found.discard("")
    found |= {stem(each, language) for each in found}
    return frozenset(each[:MOST_SIGNS] for each in found)


def kept_of(word: str) -> str:
    """As much of a lexeme as the index holds."""
    return word[:MOST_SIGNS]
