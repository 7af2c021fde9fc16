"""The sandbox's simulated team that delivers in versions, as a ledger: for what only many releases show."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.scopes import Kind, Scope, Workflow, read_life, stays_in_versions
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import find_fields, read_board, read_histories, read_issue
from app.domain.scrum.issue import Issue
from app.domain.scrum.kept_fields import part
from connectors.sandbox.config import SandboxConfig
from connectors.sandbox.documents import Documents
from connectors.sandbox.edition import EDITIONS
from connectors.sandbox.issue_documents import FIELDS, ROLES, issue_document
from connectors.sandbox.main import _played
from tests.domain.team import OPENED

DONE_TOO = "10010"


@cache
def versions_of_team(closed_sprints: int = 16, seed: int = 7, *, train: bool = False) -> Ledger:
    """Its versions with all their issues, seen from `OPENED`; those of a release train."""
    config = SandboxConfig(
        seed=seed, closed_sprints=closed_sprints, start=OPENED, speed=0, releases=True, train=train
    )
    site, _, _ = _played(config, EDITIONS["cloud"], OPENED)
    docs = Documents(site, "https://jira.test", ZoneInfo("UTC"))
    fields = find_fields(docs.fields())
    board = read_board(docs.board(site.scrum_board), docs.board_configuration(site.scrum_board))
    mapped = [column.status_ids for column in board.columns if column.status_ids]
    done = {one.id for one in site.catalogue.statuses.values() if one.category == "done"}
    started = frozenset(status for column in mapped[1:-1] for status in column) - done
    workflow = Workflow(board.estimation_field, started, board.done_status_ids.union(done))
    scopes = {}
    for version in site.project.versions.values():
        day = version.release
        after = datetime.combine(day + timedelta(days=1), time(), UTC) if day and version.released else None
        scopes[version.id] = Scope(version.id, Kind.VERSION, version.name, due=day, closed_at=after)
    wanted = [name for name in (*FIELDS, *map(site.catalogue.role, ROLES)) if name]
    lives = []
    for each in site.issues.values():
        document = issue_document(docs, each, wanted)
        record = read_issue(document, fields)
        assert record is not None
        if record.is_subtask or record.type_name == "Epic":
            continue
        points = part(record.fields, board.estimation_field or "")
        issue = Issue(
            id=record.id,
            key=record.key,
            summary=record.summary,
            type_name=record.type_name,
            is_subtask=False,
            status_id=record.status_id,
            status_name=record.status_name,
            created=record.created,
            updated=record.updated,
            estimate=None if points is None else Decimal(str(points)),
            changes=read_histories([docs.history(one) for one in each.histories], fields),
        )
        lives.append(read_life(issue, stays_in_versions(issue, document["fields"], scopes), workflow))
    return Ledger(scopes, [life for life in lives if any(one.scopes for one in life.phases)], Calendar())
