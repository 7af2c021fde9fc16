"""Jira Software: boards and sprints. Source: Atlassian's API description of Jira Software Cloud."""

from collections.abc import AsyncIterator

from connectors.errors import Refused
from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import BoardConfiguration, BoardDocument, SprintDocument

API = "/rest/agile/1.0"


class AgileCalls(JiraCalls):
    """The endpoints below /rest/agile/1.0."""

    def boards(self, *, project: str | None = None) -> AsyncIterator[BoardDocument]:
        """All boards that the account can see, or those that show a project (key or id)."""
        params = {"projectKeyOrId": project} if project else {}
        return self._offset_pages(API + "/board", most=50, params=params)

    async def board_configuration(self, board_id: int) -> BoardConfiguration:
        """Columns with their statuses, estimation field, filter. The last column with statuses is "done"."""
        where = path(API + "/board/{}/configuration", board_id)
        configuration: BoardConfiguration = await self._object("GET", where)
        return configuration

    async def sprints(self, board_id: int) -> AsyncIterator[SprintDocument]:
        """The sprints that a board shows: closed, active, then future; none for a board without sprints.

        A sprint is shown by every board whose filter matches its issues; `originBoardId` tells its owner.
        """
        where = path(API + "/board/{}/sprint", board_id)
        try:
            async for sprint in self._offset_pages(where, most=50):
                yield sprint
        except Refused as error:
            if not _has_no_sprints(error):
                raise

    async def sprint(self, sprint_id: int) -> SprintDocument:
        """One sprint."""
        sprint: SprintDocument = await self._object("GET", path(API + "/sprint/{}", sprint_id))
        return sprint


def _has_no_sprints(error: Refused) -> bool:
    """Jira's 400 "The board does not support sprints"; the sentence comes in the account's language."""
    bad_request = 400
    return error.status == bad_request and any("sprint" in message.lower() for message in error.messages)
