"""What the families of Jira's API have in common: a way to ask, and pages of offsets."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.http import Http, a_list, an_object
from connectors.jira.paging import Page, offset_page, read_all


class JiraCalls:
    """One family of endpoints, as methods."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def _object(self, method: str, where: str, **content: Any) -> Any:
        """Asks for a document; Any, because its type is the endpoint's promise, not something we check."""
        return an_object(await self._http.read(method, where, **content), asked=f"{method} {where}")

    async def _list(self, where: str) -> Any:
        return a_list(await self._http.read("GET", where), asked=f"GET {where}")

    async def _written(self, method: str, where: str, **content: Any) -> Any:
        """Writes, once; Jira answers with the document as it is now."""
        answer = await self._http.write(method, where, **content)
        return an_object(answer, asked=f"{method} {where}", changes=True)

    def _offset_pages(
        self, where: str, *, items: str = "values", most: int, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Any]:
        """All items of a list that is paged by offset, asking for `most` at a time."""

        async def fetch(place: int | None) -> Page[Any]:
            at = place or 0
            query = {**(params or {}), "startAt": at, "maxResults": most}
            document = await self._object("GET", where, params=query)
            return offset_page(document, at=at, items=items, asked=f"GET {where}")

        return read_all(fetch, asked=f"GET {where}")
