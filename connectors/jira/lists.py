"""Lists that are paged by offset, asked for and read to their end."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.http import Http, an_object
from connectors.jira.paging import Page, offset_page, read_all


def offset_pages(
    http: Http, where: str, *, items: str = "values", most: int, params: Mapping[str, Any] | None = None
) -> AsyncIterator[Any]:
    """All items of a list that is paged by offset, asking for `most` at a time."""
    asked = f"GET {where}"

    async def fetch(place: int | None) -> Page[Any]:
        at = place or 0
        query = {**(params or {}), "startAt": at, "maxResults": most}
        document = an_object(await http.read("GET", where, params=query), asked=asked)
        return offset_page(document, at=at, items=items, asked=asked)

    return read_all(fetch, asked=asked)
