"""An export in the store: what a sync of the same Jira would have brought, and what could not be told."""

import csv
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import Connection

from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.errors import NotUnderstood
from app.services.imports import Sides, import_export, read_side
from app.services.sprint_health import sprint_health
from app.store import sites, tables
from app.store.database import Database
from connectors.jira.auth import ApiToken, PersonalAccessToken
from connectors.jira.client import JiraClient, connect
from connectors.jira.deployment import Deployment
from connectors.sandbox.main import create_sandbox
from jobs.context import JiraSite
from jobs.sync import run as sync
from tests.jobs.support import OPENS, SANDBOX, context_of
from tests.payloads import issue, sprint_object, sprint_string
from tests.stores import a_site, rows

RECORDED = Path(__file__).parents[2].parent / "shared" / "data" / "rest" / "devlake" / "raw"
Edition = Literal["cloud", "datacenter"]


@dataclass(frozen=True)
class Export:
    """A sandbox Jira's own answers, as files."""

    issues: Path
    fields: Path
    statuses: Path
    boards: Path
    sprints: Path
    priorities: Path

    def sides(self) -> Sides:
        lists = (self.fields, self.statuses, self.boards, self.sprints, self.priorities)
        return Sides(*map(read_side, lists))


@asynccontextmanager
async def exported(folder: Path, edition: Edition) -> AsyncIterator[tuple[Export, JiraClient]]:
    config = replace(SANDBOX, deployment=edition)
    app = create_sandbox(config)
    transport = httpx.ASGITransport(app=app)
    auth: Any = ApiToken(config.email, config.token)
    if edition == "datacenter":
        auth = PersonalAccessToken(config.token)
    deployment = Deployment.CLOUD if edition == "cloud" else Deployment.DATA_CENTER
    async with (
        app.router.lifespan_context(app),
        connect("http://localhost", auth, deployment=deployment, transport=transport) as jira,
    ):
        lines = []
        token = None
        while True:
            page = await jira.search_page(
                "project = BURN ORDER BY key",
                fields=("*all",),
                expand=("changelog",),
                page_token=token,
                max_results=100,
            )
            whole = await jira.histories(page.issues)
            lines += [
                json.dumps(plain({**one, "changelog": {"histories": whole[one["id"]]}}))
                for one in page.issues
            ]
            if (token := page.next_page_token) is None:
                break
        listed = [board async for board in jira.boards(project="BURN")]
        configurations = [{**one, "configuration": await configured(jira, one["id"])} for one in listed]
        shown = [sprint for one in listed async for sprint in jira.sprints(one["id"])]
        export = Export(
            *(folder / name for name in ("issues", "fields", "statuses", "boards", "sprints", "priorities"))
        )
        export.issues.write_text("\n".join(lines))
        for path, documents in (
            (export.fields, await jira.fields()),
            (export.statuses, await jira.statuses()),
            (export.boards, configurations),
            (export.sprints, shown),
            (export.priorities, await jira.priorities()),
        ):
            path.write_text(json.dumps(documents))
        yield export, jira


async def synced_and_exported(database: Database, folder: Path, edition: Edition) -> Export:
    """The same sandbox twice: read into the store as the site `demo`, and as files."""
    async with exported(folder, edition) as (export, jira):
        row = await database.call_write(a_site)
        site = JiraSite(row.id, row.name, jira, ("BURN",), {})
        await sync.sync(context_of(database, site), site, report=_silent)
    return export


async def configured(jira: JiraClient, board_id: int) -> dict[str, Any]:
    """With the filter's own document, as Jira gives it."""
    found = await jira.board_configuration(board_id)
    return {**found, "filter": await jira.saved_filter(str(found["filter"]["id"]))}


def plain(value: Any) -> Any:
    """What was left unread, as JSON has it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return json.loads(bytes(value)) if hasattr(value, "__bytes__") else value


COMPARED = (
    tables.issues,
    tables.issue_texts,
    tables.changes,
    tables.comments,
    tables.sprint_issues,
    tables.statuses,
    tables.fields,
)


def stored(tx: Connection, site: str) -> list[list[dict[str, Any]]]:
    number = sites.get_site(tx, site).id
    return [
        [{**row, "site_id": None} for row in rows(tx, table) if row["site_id"] == number]
        for table in COMPARED
    ]


@pytest.mark.parametrize("edition", ["cloud", "datacenter"])
async def test_an_export_ends_in_the_rows_and_the_report_of_a_sync(
    database: Database, tmp_path: Path, edition: Edition
) -> None:
    export = await synced_and_exported(database, tmp_path, edition)
    done = import_export(database, export.issues, site_name="import", sides=export.sides())
    assert done.not_read_count == 0
    assert done.remarks == []
    with database.read() as tx:
        assert stored(tx, "import") == stored(tx, "demo")
        assert report_of(tx, "import") == report_of(tx, "demo")
        before = stored(tx, "import")
    again = import_export(database, export.issues, site_name="import", sides=export.sides())
    assert again.counts == done.counts
    with database.read() as tx:
        assert stored(tx, "import") == before


async def test_a_board_whose_filter_did_not_come_along_is_named_with_the_way_out(
    database: Database, tmp_path: Path
) -> None:
    async with exported(tmp_path, "cloud") as (export, _):
        configurations = json.loads(export.boards.read_text())
    for one in configurations:
        del one["configuration"]["filter"]["jql"]
    export.boards.write_text(json.dumps(configurations))
    done = import_export(database, export.issues, site_name="import", sides=export.sides())
    said = [f"Which issues the filter of board {number} finds is not in the export" for number in (1, 2)]
    assert [remark.partition(", so")[0] for remark in done.remarks] == said
    assert all("Add `jql`" in remark for remark in done.remarks)


@pytest.mark.parametrize("edition", ["cloud", "datacenter"])
async def test_issues_alone_are_enough_for_a_sprint_report(
    database: Database, tmp_path: Path, edition: Edition
) -> None:
    """The board is made from the statuses; what it says of points and scope is what the real one says."""
    export = await synced_and_exported(database, tmp_path, edition)
    done = import_export(database, export.issues, site_name="import")
    assert list(done.made_boards.values()) == ["BURN"]
    assert any("stands for the boards of project BURN" in remark for remark in done.remarks)
    (board,) = done.made_boards
    with database.read() as tx:
        alone, whole = report_of(tx, "import", board), report_of(tx, "demo")
    for part in ("ledger", "jira", "carry_over"):
        assert alone[part] == whole[part], part
    assert without_priority(alone["issues"]) == without_priority(whole["issues"]), "names are in Jira's list"
    assert len(alone["issues"]) > 0


def report_of(tx: Connection, site: str, board: int = 1) -> dict[str, Any]:
    found = sites.get_site(tx, site)
    health = sprint_health(tx, found, board_id=board, sprint_id=None, at=OPENS, calendar=Calendar())
    return dict(to_json(health))


def without_priority(issues: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{**one, "priority": None} for one in issues]


async def _silent(_: Any) -> None:
    pass


# --- what an export does not tell -----------------------------------------------------------------


def written(folder: Path, *documents: Any) -> Path:
    path = folder / "issues.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in documents))
    return path


def entry(number: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(number), "created": "2026-03-03T09:00:00.000+0000", "items": list(items)}


def test_what_is_not_read_is_named_with_line_key_and_reason_and_holds_up_nothing(
    database: Database, tmp_path: Path
) -> None:
    hidden, odd = issue(2), {**issue(3), "changelog": {"histories": [{"id": "x", "created": None}]}}
    del hidden["fields"]["status"]
    path = written(
        tmp_path, issue(1), "{broken", hidden, odd, {"key": "A-1", "id": "1", "fields": 7}, issue(4)
    )
    done = import_export(database, path, site_name="import")
    assert done.counts["issues"] == 2
    assert [(one.line, one.key) for one in done.not_read] == [
        (2, ""),
        (3, "BURN-2"),
        (4, "BURN-3"),
        (5, "A-1"),
    ]
    reasons = [one.reason for one in done.not_read]
    assert reasons[0].startswith("not JSON")
    assert reasons[1] == "status, created or updated is missing"
    assert "numeric id" in reasons[2]
    assert "not in Jira's shape" in reasons[3]


def test_a_cut_history_and_cut_comments_are_said_and_marked(database: Database, tmp_path: Path) -> None:
    cut = {**issue(1), "changelog": {"total": 3, "histories": [entry(1)]}}
    whole = {**issue(2), "changelog": {"total": 1, "histories": [entry(2)]}}
    cut["fields"]["comment"] = {"total": 7, "comments": [{"id": "5"}]}
    done = import_export(database, written(tmp_path, cut, whole, issue(3)), site_name="import")
    assert done.counts["issues without their whole history"] == 2
    assert done.counts["comments that the export cuts off"] == 6
    with database.read() as tx:
        assert {row["key"]: row["history_complete"] for row in rows(tx, tables.issues)} == {
            "BURN-1": False,
            "BURN-2": True,
            "BURN-3": False,
        }


def test_story_points_without_a_field_id_in_histories_are_found_by_their_value(
    database: Database, tmp_path: Path
) -> None:
    """Data Center's histories name fields without an id; meant is the one that holds what they say."""
    points = {"field": "Story Points", "fieldtype": "custom", "from": None, "to": None}
    issues = [
        {
            **issue(number, points=float(value), customfield_99=1.0, sprints=[sprint_string()]),
            "changelog": {"histories": [entry(number, {**points, "toString": str(value)})]},
        }
        for number, value in ((1, 5), (2, 8))
    ]
    done = import_export(database, written(tmp_path, *issues), site_name="import")
    with database.read() as tx:
        (board,) = rows(tx, tables.boards)
        site = sites.get_site(tx, "import")
    assert board["estimation_field"] == "customfield_10016"
    assert site.fields.sprint == "customfield_10020"
    assert not any("points" in remark for remark in done.remarks)


def test_sprints_that_only_histories_name_are_said_to_be_without_dates(
    database: Database, tmp_path: Path
) -> None:
    moved = {
        "field": "Sprint",
        "fieldId": "customfield_10020",
        "from": "3",
        "fromString": "Old",
        "to": "7, 8",
        "toString": "A, B",
    }
    done = import_export(
        database,
        written(
            tmp_path, {**issue(1, sprints=[sprint_object(8)]), "changelog": {"histories": [entry(1, moved)]}}
        ),
        site_name="import",
    )
    (remark,) = [one for one in done.remarks if "without dates" in one]
    assert "2 sprints" in remark
    assert "Old (3)" in remark
    assert done.counts["sprints"] == 1


def test_a_later_export_of_the_same_site_keeps_the_board_and_an_older_one_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    old, new = issue(1, status="1"), issue(1, status="3", updated=OPENS)
    made = [
        import_export(database, written(tmp_path, one), site_name="import").made_boards
        for one in (old, new, old)
    ]
    assert made[0] == made[1] == made[2]
    with database.read() as tx:
        assert [row["status_id"] for row in rows(tx, tables.issues)] == ["3"]


def test_a_file_without_an_issue_is_refused_with_its_first_fault(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=r"holds no issue.*not JSON"):
        import_export(database, written(tmp_path, "<html>"), site_name="import")


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
def test_recorded_issues_of_a_real_site_are_all_read(database: Database, tmp_path: Path) -> None:
    csv.field_size_limit(sys.maxsize)
    with (RECORDED / "_raw_jira_api_issues.csv").open(encoding="utf-8") as file:
        lines = [row["data"] for row in csv.DictReader(file)]
    path = tmp_path / "issues.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = import_export(database, path, site_name="import")
    assert done.not_read == []
    assert done.counts["issues"] == len({json.loads(one)["id"] for one in lines}) == len(lines)
    with database.read() as tx:
        assert sites.get_site(tx, "import").base_url == json.loads(lines[0])["self"].partition("/rest/")[0]
