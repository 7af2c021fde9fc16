"""The sandbox's simulated team, played for many sprints, as Burnish would read it: for statistics and counts.

Its documents go through the same mapping as Jira's own; no HTTP, no store, so that 30 sprints take a second.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.scrum.board import Board
from app.domain.scrum.from_jira import (
    SiteFields,
    find_fields,
    read_board,
    read_histories,
    read_issue,
    read_sprint,
)
from app.domain.scrum.issue import Issue
from app.domain.scrum.kept_fields import part
from app.domain.scrum.sprint import Sprint
from connectors.sandbox.config import SandboxConfig
from connectors.sandbox.documents import Documents
from connectors.sandbox.edition import EDITIONS
from connectors.sandbox.issue_documents import FIELDS, ROLES, issue_document
from connectors.sandbox.main import _played

OPENED = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


@dataclass(frozen=True)
class TeamHistory:
    """What there is to know of a team after many sprints.

    Attributes:
        sprints: oldest first, the running and the prepared one last.
        counted: what the simulation counted itself, oldest sprint first.
    """

    board: Board
    fields: SiteFields
    sprints: tuple[Sprint, ...]
    issues: tuple[Issue, ...]
    counted: tuple[dict[str, Any], ...]

    @property
    def closed(self) -> tuple[Sprint, ...]:
        return tuple(sprint for sprint in self.sprints if sprint.completed)


@cache
def team_history(closed_sprints: int = 30, seed: int = 7) -> TeamHistory:
    return played(closed_sprints, seed)


def played(closed_sprints: int, seed: int) -> TeamHistory:
    """The same, for who looks at many teams and need not keep them."""
    config = SandboxConfig(seed=seed, closed_sprints=closed_sprints, start=OPENED, speed=0)
    site, _, ledger = _played(config, EDITIONS["cloud"], OPENED)
    docs = Documents(site, "https://jira.test", ZoneInfo("UTC"))
    fields = find_fields(docs.fields())
    board = read_board(docs.board(site.scrum_board), docs.board_configuration(site.scrum_board))
    wanted = [*(name for name in FIELDS if name not in _LARGE), *map(site.catalogue.role, ROLES)]
    issues = []
    for each in site.issues.values():
        document = issue_document(docs, each, [name for name in wanted if name])
        record = read_issue(document, fields)
        assert record is not None
        points = part(record.fields, board.estimation_field or "")
        issues.append(
            Issue(
                id=record.id,
                key=record.key,
                summary=record.summary,
                type_name=record.type_name,
                is_subtask=record.is_subtask,
                status_id=record.status_id,
                status_name=record.status_name,
                created=record.created,
                updated=record.updated,
                sprint_ids=record.sprint_ids,
                estimate=None if points is None else Decimal(str(points)),
                flagged=record.flagged,
                assignee=record.assignee,
                changes=read_histories([docs.history(one) for one in each.histories], fields),
            )
        )
    sprints = tuple(read_sprint(docs.sprint(one)) for one in site.sprints.values())
    return TeamHistory(board, fields, sprints, tuple(issues), tuple(ledger.document()))


_LARGE = frozenset({"comment", "worklog", "attachment", "description", "issuelinks", "watches", "votes"})
