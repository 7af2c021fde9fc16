"""Work that was logged on an issue."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from connectors.http import a_list, path
from connectors.jira.calls import JiraCalls
from connectors.jira.deployment import Deployment
from connectors.jira.documents import Text, WorklogDocument

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

    async def add_worklog(
        self, issue: str, *, time_spent: str, started: datetime, comment: Text | None = None
    ) -> WorklogDocument:
        """Logs work in the account's own name. It is found again by `started`, which Jira keeps.

        Args:
            issue: id or key.
            time_spent: such as "1h 30m", by the site's hours of a day.
            started: when the work began.
            comment: as the edition takes texts.

        Raises:
            Unreachable: if `maybe_executed`, look for it before logging again.
            Refused: time tracking is off, or the time is none.
        """
        body: dict[str, Any] = {"timeSpent": time_spent, "started": as_jira_writes(started)}
        if comment is not None:
            body["comment"] = comment
        where = path(await self._api("/issue/{}/worklog"), issue)
        logged: WorklogDocument = await self._written("POST", where, json=body)
        return logged


def as_jira_writes(instant: datetime) -> str:
    """To the millisecond, with an offset without colon: Jira takes no other form here."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}{instant:%z}"
