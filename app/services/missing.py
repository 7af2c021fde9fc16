"""What reports of a board and rules rest on, and could not be read from Jira: they say so."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from app.domain.rules.findings import WHOLE, Lacking
from app.domain.scrum.board import Board
from app.store import boards, partial_data
from app.store.partial_data import Kind, Partial
from app.store.sites import Site

_EVERYBODYS = "sprint"


def missing_of(connection: Connection, site: Site, board: Board, issue_ids: Collection[str]) -> list[str]:
    """In sentences without their end; nothing where all was read."""
    project = boards.project_of(connection, site, board.id)
    fields = {_EVERYBODYS, board.estimation_field}
    return [
        one.reason.rstrip(".")
        for one in partial_data.unread(connection, site, issue_ids, project_key=project)
        if one.kind is not Kind.FIELD_HIDDEN or one.part in fields
    ]


class Missing:
    """What rules are told of each issue that is not whole; read once, for all that are expected."""

    def __init__(self, connection: Connection, site: Site, expected: Collection[str]) -> None:
        self._expected = expected
        self._connection = connection
        self._site = site
        self._known: dict[str, Lacking] = {}

    def _read(self, issue_ids: Collection[str]) -> None:
        found = partial_data.of_issues(self._connection, self._site, issue_ids)
        self._known |= dict.fromkeys(issue_ids, WHOLE)
        self._known |= {issue_id: _lacking(missing) for issue_id, missing in found.items()}

    def of(self, issue_id: str) -> Lacking:
        """What of an issue is not whole."""
        if issue_id not in self._known:
            self._read({issue_id, *self._expected})
            self._expected = ()
        return self._known[issue_id]

    def at_birth(self, issue_id: str) -> Lacking:
        """Likewise, of an issue that was made this instant: it has no history to lack."""
        return replace(self.of(issue_id), history=None)


def _lacking(missing: Collection[Partial]) -> Lacking:
    history = [one.reason for one in missing if one.kind is Kind.HISTORY_CUT]
    return Lacking(
        history=" ".join(history) or None,
        unread=tuple(one.reason for one in missing if one.kind is Kind.UNREAD),
        hidden={one.part: one.reason for one in missing if one.kind is Kind.FIELD_HIDDEN},
    )
