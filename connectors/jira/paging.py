"""Reads a list that Jira hands out in pages, whatever the kind of page. No I/O of its own.

`maxResults` is a wish that Jira may cut at any time (even between two pages): where the next page starts is
taken from what came, never from what was asked for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from connectors.errors import NotJira, PagingStuck

MOST_EMPTY_PAGES = 20
"""So many in a row that promise more, then we no longer believe it."""

Place = int | str
"""Where a page starts: an offset or a token."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and where the next ones are; None means that these were the last."""

    items: Sequence[Item]
    next: Place | None


async def read_all(fetch: Callable[[Any], Awaitable[Page[Item]]], *, asked: str) -> AsyncIterator[Item]:
    """Every item of every page, in order.

    Offset pages are not a snapshot: an item added or removed before the place we are at shows one twice or
    hides one.

    Args:
        fetch: reads the page at a place; None is the first page.
        asked: what is being read, for the error's sentence.

    Raises:
        PagingStuck: a place came up twice, or empty pages promise more without end.
    """
    place: Place | None = None
    seen: set[Place] = set()
    empty = 0
    while True:
        page = await fetch(place)
        for item in page.items:
            yield item
        if page.next is None:
            return
        if page.next in seen:
            raise PagingStuck(asked, "the same page was promised twice")
        empty = 0 if page.items else empty + 1
        if empty >= MOST_EMPTY_PAGES:
            raise PagingStuck(asked, f"{empty} empty pages in a row promise more")
        seen.add(page.next)
        place = page.next


def offset_page(document: Mapping[str, Any], *, at: int, items: str, asked: str) -> Page[Any]:
    """A page of `{startAt, maxResults, total?, isLast?, <items>: […]}`.

    `isLast` decides where it is given, else `total`; with neither, an empty page is the end.

    Args:
        document: Jira's answer.
        at: the offset that was asked for.
        items: the key of the list: "values", "comments", …
        asked: what is being read, for the error's sentence.

    Raises:
        NotJira: the list is not there.
        PagingStuck: an empty page says that there is more.
    """
    values = _list(document, items, asked=asked)
    start, total, is_last = (document.get(key) for key in ("startAt", "total", "isLast"))
    after = (start if isinstance(start, int) else at) + len(values)
    if isinstance(is_last, bool):
        more = not is_last
    elif isinstance(total, int):
        more = after < total
    else:
        more = bool(values)
    if more and not values:
        if isinstance(total, int) and after >= total:
            return Page(values, None)
        raise PagingStuck(asked, f"nothing at {after}, though Jira says there is more")
    return Page(values, after if more else None)


def token_page(document: Mapping[str, Any], *, items: str, asked: str) -> Page[Any]:
    """A page of `{<items>: […], nextPageToken?, isLast?}`: the last one says so, or has no token.

    Raises:
        NotJira: the list is not there.
    """
    token = document.get("nextPageToken")
    last = document.get("isLast") is True or not isinstance(token, str) or not token
    return Page(_list(document, items, asked=asked), None if last else token)


def _list(document: Mapping[str, Any], key: str, *, asked: str) -> list[Any]:
    values = document.get(key)
    if not isinstance(values, list):
        raise NotJira(asked, f"JSON without the list {key!r}")
    return values
