"""Properties: JSON that we keep at an issue, a comment, a sprint or a board, invisible to its readers.

A value is at most 32,768 characters of JSON, a key at most 255 bytes.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from connectors.errors import Missing
from connectors.http import Where, path
from connectors.jira.calls import JiraCalls


class Kind(Enum):
    """What can have properties, and where they are."""

    ISSUE = "/issue/{}/properties/{}"
    COMMENT = "/comment/{}/properties/{}"
    SPRINT = "/rest/agile/1.0/sprint/{}/properties/{}"
    BOARD = "/rest/agile/1.0/board/{}/properties/{}"


@dataclass(frozen=True, slots=True)
class Owner:
    """One thing that has properties: `Owner(Kind.SPRINT, 7)`."""

    kind: Kind
    id: str | int


class PropertyCalls(JiraCalls):
    """Properties of anything."""

    async def property_of(self, owner: Owner, key: str) -> Any:
        """The value; None if there is none (or the owner is not there)."""
        try:
            found = await self._object("GET", await self._property(owner, key))
        except Missing:
            return None
        return found.get("value")

    async def set_property(self, owner: Owner, key: str, value: Any) -> None:
        """Keep a value. Doing so twice changes nothing."""
        await self._http.write("PUT", await self._property(owner, key), json=value)

    async def delete_property(self, owner: Owner, key: str) -> None:
        """Forget it.

        Raises:
            Missing: there is none.
        """
        await self._http.write("DELETE", await self._property(owner, key))

    async def _property(self, owner: Owner, key: str) -> Where:
        rest = owner.kind.value
        template = rest if rest.startswith("/rest/") else await self._api(rest)
        return path(template, owner.id, key)
