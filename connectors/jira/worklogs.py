"""Work that was logged on an issue."""

from collections.abc import AsyncIterator

from connectors.http import a_list, path
from connectors.jira.calls import JiraCalls
from connectors.jira.deployment import Deployment
from connectors.jira.documents import WorklogDocument

_MOST = 1000


class WorklogCalls(JiraCalls):
    """The worklogs of one issue; its own document shows the first 20 only."""

    async def worklogs(self, issue: str) -> AsyncIterator[WorklogDocument]:
        """All worklogs that the account can see, oldest first; Data Center gives them in one list."""
        edition = await self._edition()
        where = path(edition.api + "/issue/{}/worklog", issue)
        if edition.deployment is Deployment.DATA_CENTER:
            answer = await self._object("GET", where)
            for worklog in a_list(answer.get("worklogs"), asked=f"GET {where}"):
                yield worklog
            return
        async for worklog in self._offset_pages(where, items="worklogs", most=_MOST):
            yield worklog
