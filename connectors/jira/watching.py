"""Who watches an issue."""

from connectors.http import path
from connectors.jira.calls import JiraCalls


class WatchingCalls(JiraCalls):
    """The endpoint /issue/{}/watchers."""

    async def watch(self, issue: str, account: str) -> None:
        """Makes somebody watch the issue; who does already goes on.

        Raises:
            Missing: no such issue, or nobody of that name.
        """
        await self._http.write("POST", path(await self._api("/issue/{}/watchers"), issue), json=account)

    async def unwatch(self, issue: str, account: str) -> None:
        """Makes somebody stop watching it; for who does not, nothing changes."""
        (parameter,) = (await self._edition()).account(account)
        name = "username" if parameter == "name" else parameter
        where = path(await self._api("/issue/{}/watchers"), issue)
        await self._http.write("DELETE", where, params={name: account})
