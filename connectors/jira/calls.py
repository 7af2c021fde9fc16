"""What the families of Jira's API have in common: a way to ask, pages of offsets, and the edition asked."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from connectors.http import Http, a_list, an_object
from connectors.jira.auth import Credentials
from connectors.jira.edition import Edition
from connectors.jira.lists import offset_pages


class Connection(Protocol):
    """What a family is given: the way to the site, and what is known of it."""

    http: Http
    credentials: Credentials

    async def edition(self) -> Edition:
        """Cloud or Data Center; asks the site once, when it is first needed."""
        ...

    async def major_version(self) -> int:
        """The first number of the site's version."""
        ...


class JiraCalls:
    """One family of endpoints, as methods."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = connection.http
        self._edition: Callable[[], Awaitable[Edition]] = connection.edition

    async def _api(self, rest: str) -> str:
        """A template below the edition's platform API: /rest/api/3 or /rest/api/2."""
        return (await self._edition()).api + rest

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
        return offset_pages(self._http, where, items=items, most=most, params=params)
