r"""What `~` looks for.

Words are runs of letters, digits and underscores, folded; a text matches that has each word of the query,
and each phrase (`"\"a b\""`) word by word in order. `*` and `?` stand for any characters within a word, but
not at its beginning, and `*` at most twice in a word or phrase. `-word`, `!word` and `NOT word` exclude,
`OR` between words is either. Different from Lucene in Jira: no stemming and no stop words (`running` does
not find `run`, `the` is a word), and fuzzy (`word~`), proximity (`"a b"~5`), boost (`^2`) and ranges are
refused by their sign.
"""

import re

_PIECE = re.compile(r"""([-+!])?(?:"([^"]*)"|(\S+))""")
_OPERATORS = {"AND": "AND", "&&": "AND", "OR": "OR", "||": "OR", "NOT": "NOT"}
_UNSUPPORTED = re.compile(r"~\d*$|\^\d|^[\[{]")
_WORDS = re.compile(r"[\w*?]+")
_SYNTAX = re.compile(r"\(\?<?!\\w\)|\\W\+|\\w\*?")
"""What stands in a pattern besides letters."""
_STARS = re.compile(r"\*+")
_MOST_STARS = 2
"""Each more multiplies the time of a search by the length of the longest run of letters in a text."""


def read_pattern(text: str) -> tuple[str, ...] | str:
    """Regular expressions that a folded text must all satisfy (`!` in front: must not), or why not."""
    found: list[str] = []
    exclude = either = closed = False
    for hit in _PIECE.finditer(text):
        said = hit[2] if hit[2] is not None else hit[3]
        operator = _OPERATORS.get(said) if hit[2] is None else None
        if (either and operator == "NOT") or (closed and operator == "OR"):
            return f"{text!r}: OR stands between words and phrases here. Write two conditions instead."
        if operator:
            exclude, either = operator == "NOT", operator == "OR" and bool(found)
            continue
        if hit[2] is None and said.startswith("(") and (exclude or either or hit[1]):
            return f"{said!r}: what stands in parentheses cannot be excluded here, nor be one of two."
        closed = hit[2] is None and said.endswith(")")
        words = _words_of(said)
        if isinstance(words, str):
            return words
        if not words:
            continue
        expression = r"\W+".join(_word(word) for word in words)
        if exclude or hit[1] in {"-", "!"}:
            found.append("!" + expression)
        elif either:
            found[-1] += "|" + expression
        else:
            found.append(expression)
        exclude = either = False
    return tuple(found) or f"{text!r} has no word to look for."


def _words_of(said: str) -> list[str] | str:
    """The words of a piece, or why it is refused."""
    if _UNSUPPORTED.search(said):
        return f"{said!r}: fuzzy, proximity and boosted search is Lucene's own. Leave out ~, ^ and ranges."
    words = _WORDS.findall(_STARS.sub("*", said.lower()))
    if any(word[0] in "*?" for word in words):
        return f"{said!r} begins with a wildcard, which Jira refuses, too."
    if sum(word.count("*") for word in words) > _MOST_STARS:
        return f"{said!r} has more than {_MOST_STARS} wildcards *. Split it, or write ? for one character."
    return words


def _word(word: str) -> str:
    return r"(?<!\w)" + re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w") + r"(?!\w)"


def letters_in(pattern: str) -> list[list[str]]:
    """Of each alternative of a pattern the runs of letters that a text needs in order to match it."""
    return [[each for each in _SYNTAX.split(one) if each] for one in pattern.split("|")]


def text_matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether a text satisfies all of them."""
    lowered = text.lower()
    return all(
        (re.search(each.removeprefix("!"), lowered) is None) == each.startswith("!") for each in patterns
    )
