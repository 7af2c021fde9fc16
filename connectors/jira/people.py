"""People as the site knows them now: issues show them as they were when they changed last."""

from collections.abc import Sequence

from connectors.jira.calls import JiraCalls
from connectors.jira.documents import User

MOST_PEOPLE = 100
"""So many are asked for with one call; Cloud gives up to 200, but addresses must not get too long."""


class PeopleCalls(JiraCalls):
    """Who they are by now."""

    async def people(self, accounts: Sequence[str]) -> list[User]:
        """Those of the accounts that are still there, in any order; needs the right to browse users.

        Args:
            accounts: at most `MOST_PEOPLE`, by `accountId` on Cloud and by `key` on Data Center.
        """
        return await (await self._edition()).people(accounts)
