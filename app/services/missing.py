"""What reports of a board and rules rest on, and could not be read from Jira: they say so."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from app.domain.rules.findings import WHOLE, Lacking
from app.domain.scrum.board import Board
from app.services.past import Issues
from app.store import boards, partial_data
from app.store.partial_data import Kind, Partial
from app.store.sites import Site

_EVERYBODYS = "sprint"


def missing_of(
    connection: Connection,
    site: Site,
    board: Board,
    issue_ids: Collection[str],
    *,
    of_sprints: bool = True,
    needs: Collection[str] = (),
) -> list[str]:
    """In sentences without their end; nothing where all was read.

    Reports that are not `of_sprints` need neither their field nor the estimate, but those fields that they
    name in `needs`, by id.
    """
    project = boards.project_of(connection, site, board.id)
    fields = {_EVERYBODYS, board.estimation_field} if of_sprints else set(needs)
    return [
        one.reason.rstrip(".")
        for one in partial_data.unread(connection, site, issue_ids, project_key=project)
        if one.kind is not Kind.FIELD_HIDDEN or one.part in fields
    ]


class Missing:
    """What rules are told of each issue that is not whole.

    Args:
        issues: of the site, read or yet to be read.
        noted: what is not whole of the site and its projects.
    """

    def __init__(self, issues: Issues, noted: Collection[Partial]) -> None:
        self._issues = issues
        self._noted = noted
        self._known: dict[str, Lacking] = {}

    def of(self, issue_id: str) -> Lacking:
        """What of an issue is not whole."""
        if issue_id not in self._known:
            self._known[issue_id] = self._read(issue_id)
        return self._known[issue_id]

    def _read(self, issue_id: str) -> Lacking:
        if not issue_id:  # whatever the rule looks up may be anywhere
            return Lacking(unread=tuple(one.reason for one in self._noted if one.kind is Kind.UNREAD))
        issue = self._issues.get([issue_id]).get(issue_id)
        if issue is None or (issue.history_complete and not self._noted):
            return WHOLE
        scopes = {partial_data.SITE, partial_data.of_project(issue.project_id or "")}
        missing = [one for one in self._noted if one.scope in scopes]
        return Lacking(
            history=None if issue.history_complete else partial_data.HISTORY_NOT_READ,
            unread=tuple(one.reason for one in missing if one.kind is Kind.UNREAD),
            hidden={one.part: one.reason for one in missing if one.kind is Kind.FIELD_HIDDEN},
        )

    def at_birth(self, issue_id: str) -> Lacking:
        """Likewise, of an issue that was made this instant: it has no history to lack."""
        return replace(self.of(issue_id), history=None)
