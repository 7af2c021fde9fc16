"""Regular expressions that people write into rules: only such as are ready in no time and need no room.

A search has its time limit. What a pattern is made into has none: `[a-z]{99999999}` becomes that many parts,
and a pattern that calls itself fills the memory.
"""

import re
from functools import lru_cache
from math import prod

import regex

from app.domain.rules.errors import TemplateRefused

LONGEST = 1000
"""Characters of a pattern."""
MOST_PARTS = 20_000
"""All counts of a pattern, multiplied: repeats may stand in each other."""
_COUNT = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_CALL = re.compile(r"\(\?(?:R|&|P>|[+-]?\d)")


@lru_cache(maxsize=500)
def compiled(expression: str) -> "regex.Pattern[str]":
    """The pattern, to search with; give it a time limit.

    Raises:
        TemplateRefused: it is none, or would take too much.
    """
    if len(expression) > LONGEST:
        message = f"a regular expression has at most {LONGEST} characters"
        raise TemplateRefused(message)
    if _CALL.search(expression):
        message = f"{expression!r} calls a part of itself, which is not allowed"
        raise TemplateRefused(message)
    counts = [count for found in _COUNT.findall(expression) for count in [found[1] or found[0]] if count]
    if any(len(count) > len(str(MOST_PARTS)) for count in counts) or prod(map(int, counts)) > MOST_PARTS:
        message = f"{expression!r} repeats more than {MOST_PARTS} times; name smaller counts"
        raise TemplateRefused(message)
    try:
        return regex.compile(expression)
    except (regex.error, RecursionError) as error:
        message = f"{expression!r} is no regular expression: {str(error)[:200]}"
        raise TemplateRefused(message) from error
