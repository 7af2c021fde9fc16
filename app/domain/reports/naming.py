"""Issues by name: of many the first ones, and how many more there are."""

from collections.abc import Iterable, Iterator

from app.domain.reports.document import Inline, IssueLink
from app.domain.reports.words import and_more


def named(issues: Iterable[tuple[str, str]], most: int, of: int | None = None) -> Iterator[str | Inline]:
    """Keys, each with what is said of it, as parts of a sentence: A (3 points), B (1 point) and 4 more.

    Args:
        issues: all of them, or the first ones.
        most: so many are named.
        of: how many there are, where only the first ones are given.
    """
    every = list(issues)
    for place, (key, said) in enumerate(every[:most]):
        yield from (", " if place else "", IssueLink(key), said)
    yield and_more(len(every) if of is None else of, most)


def keys(issues: Iterable[str], most: int, of: int | None = None) -> Iterator[str | Inline]:
    """Keys alone: A, B and 4 more."""
    return named(((key, "") for key in issues), most, of)
