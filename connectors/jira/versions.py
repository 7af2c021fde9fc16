"""Versions: what a project releases."""

from datetime import date
from typing import Any

from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import VersionDocument


class VersionCalls(JiraCalls):
    """The endpoint /version/{}."""

    async def version(self, version_id: str) -> VersionDocument:
        """One version.

        Raises:
            Missing: there is none, or the account may not see its project.
        """
        found: VersionDocument = await self._object("GET", path(await self._api("/version/{}"), version_id))
        return found

    async def create_version(
        self,
        project_id: str,
        name: str,
        *,
        description: str = "",
        start: date | None = None,
        release: date | None = None,
    ) -> VersionDocument:
        """A new version of a project; needs the right to administer it.

        Raises:
            Refused: there is one of that name.
        """
        body: dict[str, Any] = {"projectId": int(project_id), "name": name}
        days = {"startDate": start, "releaseDate": release}
        body |= {key: day.isoformat() for key, day in days.items() if day is not None}
        if description:
            body["description"] = description
        made: VersionDocument = await self._written("POST", await self._api("/version"), json=body)
        return made

    async def release_version(self, version_id: str, day: date) -> VersionDocument:
        """Makes it a released one, on that day; needs the right to administer its project."""
        body = {"released": True, "releaseDate": day.isoformat()}
        where = path(await self._api("/version/{}"), version_id)
        released: VersionDocument = await self._written("PUT", where, json=body)
        return released
