"""Jira Software: boards, sprints, their issues and ranks.

Sources: Atlassian's API descriptions of Jira Software Cloud and of Jira Data Center 10.3.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.errors import PartlyDone, Refused
from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import BoardConfiguration, BoardDocument, IssueDocument, SprintDocument
from connectors.jira.edition import IssueList

API = "/rest/agile/1.0"
MOST_AT_ONCE = 50
_GOOD = range(200, 300)


class AgileCalls(JiraCalls):
    """The endpoints below /rest/agile/1.0 and /rest/software/1.0."""

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

    async def create_sprint(
        self,
        board_id: int,
        name: str,
        *,
        goal: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> SprintDocument:
        """A future sprint of a board; needs the right to manage its sprints. `name`: 30 characters."""
        body: dict[str, Any] = {
            "originBoardId": board_id,
            "name": name,
            **_dates(startDate=start, endDate=end),
        }
        if goal:
            body["goal"] = goal
        made: SprintDocument = await self._written("POST", API + "/sprint", json=body)
        return made

    async def change_sprint(
        self,
        sprint_id: int,
        *,
        state: str,
        goal: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> SprintDocument:
        """A sprint as it is then; what is not named stays.

        Args:
            sprint_id: which.
            state: from future to `active`, which needs both dates, or from active to `closed`.
            goal: what it is for.
            start: the start date that is shown; the instant itself is Jira's.
            end: planned.
        """
        body = {"state": state, **_dates(startDate=start, endDate=end)}
        if goal is not None:
            body["goal"] = goal
        where = path(API + "/sprint/{}", sprint_id)
        changed: SprintDocument = await self._written("POST", where, json=body)
        return changed

    async def board_issues(
        self, board_id: int, *, fields: Sequence[str], expand: Sequence[str] = (), jql: str = ""
    ) -> AsyncIterator[IssueDocument]:
        """The issues that a board shows, by rank. Statuses without a column are invisible."""
        which = IssueList("/board/{}/issue", (board_id,), _params(fields, expand, jql))
        async for issue in (await self._edition()).issue_list(which):
            yield issue

    async def backlog_issues(
        self, board_id: int, *, fields: Sequence[str], expand: Sequence[str] = (), jql: str = ""
    ) -> AsyncIterator[IssueDocument]:
        """The issues of a board's backlog, by rank: not done, and in no active or future sprint."""
        which = IssueList("/board/{}/backlog", (board_id,), _params(fields, expand, jql))
        async for issue in (await self._edition()).issue_list(which):
            yield issue

    async def sprint_issues(
        self, sprint_id: int, *, fields: Sequence[str], expand: Sequence[str] = (), jql: str = ""
    ) -> AsyncIterator[IssueDocument]:
        """The issues that are in a sprint now; those that were removed are known by their history only."""
        which = IssueList("/sprint/{}/issue", (sprint_id,), _params(fields, expand, jql))
        async for issue in (await self._edition()).issue_list(which):
            yield issue

    async def rank(
        self, issues: Sequence[str], *, before: str | None = None, after: str | None = None
    ) -> None:
        """Puts the issues, in this order, right before or right after another one.

        Raises:
            ValueError: neither or both of `before` and `after`.
            PartlyDone: some could not be ranked; later portions were not tried.
        """
        if (before is None) == (after is None):
            message = "Issues are ranked before an issue or after one."
            raise ValueError(message)
        where, left = API + "/issue/rank", list(issues)
        done: list[str] = []
        while left:
            # Portions are put down in turn, each right after what was put down last.
            portion = left[:MOST_AT_ONCE]
            anchor = {"rankAfterIssue": done[-1]} if done else _anchor(before, after)
            answer = await self._http.write("PUT", where, json={"issues": portion, **anchor})
            _all_done(answer, asked=f"PUT {where}", done=done)
            done += portion
            left = left[len(portion) :]

    async def move_to_sprint(self, sprint_id: int, issues: Sequence[str]) -> None:
        """Moves issues into a sprint that is not closed.

        Raises:
            PartlyDone: some could not be moved; later portions were not tried.
        """
        await self._move(path(API + "/sprint/{}/issue", sprint_id), issues)

    async def move_to_backlog(self, issues: Sequence[str]) -> None:
        """Takes issues out of active and future sprints.

        Raises:
            PartlyDone: some could not be moved; later portions were not tried.
        """
        await self._move(API + "/backlog/issue", issues)

    async def _move(self, where: str, issues: Sequence[str]) -> None:
        done: list[str] = []
        for at in range(0, len(issues), MOST_AT_ONCE):
            portion = list(issues[at : at + MOST_AT_ONCE])
            answer = await self._http.write("POST", where, json={"issues": portion})
            _all_done(answer, asked=f"POST {where}", done=done)
            done += portion

    async def estimate(self, issue: str, board_id: int, value: str | None) -> None:
        """Sets the estimate in the unit of the board, whatever the edit screen shows; None empties it."""
        where = path(API + "/issue/{}/estimation", issue)
        await self._http.write("PUT", where, params={"boardId": board_id}, json={"value": value or ""})


def _dates(**dates: datetime | None) -> dict[str, str]:
    """As both editions take them: milliseconds, and a zone."""
    return {
        name: at.astimezone(UTC).isoformat(timespec="milliseconds")
        for name, at in dates.items()
        if at is not None
    }


def _params(fields: Sequence[str], expand: Sequence[str], jql: str) -> dict[str, Any]:
    params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})
    return params | ({"jql": jql} if jql else {})


def _anchor(before: str | None, after: str | None) -> dict[str, str | None]:
    return {"rankBeforeIssue": before} if after is None else {"rankAfterIssue": after}


def _all_done(answer: Any, *, asked: str, done: Sequence[str]) -> None:
    """204 says nothing; 207 says what became of each issue."""
    if not isinstance(answer, Mapping):
        return
    entries = answer.get("entries") or ()
    failed = [entry for entry in entries if entry.get("status") not in _GOOD]
    if failed:
        named = {str(entry.get("issueKey") or entry.get("issueId")): _reasons(entry) for entry in failed}
        moved = [
            str(entry.get("issueKey") or entry.get("issueId")) for entry in entries if entry not in failed
        ]
        raise PartlyDone(asked, failed=named, done=(*done, *moved))


def _reasons(entry: Mapping[str, Any]) -> str:
    errors = entry.get("errors")
    return (
        " ".join(map(str, errors)) if isinstance(errors, list) and errors else f"HTTP {entry.get('status')}"
    )


def _has_no_sprints(error: Refused) -> bool:
    """Jira's 400 "The board does not support sprints"; the sentence comes in the account's language."""
    bad_request = 400
    return error.status == bad_request and any("sprint" in message.lower() for message in error.messages)
