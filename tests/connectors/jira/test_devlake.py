"""Recorded answers mapped by us, against the rows that another system (Apache DevLake) derives from them.

What differs is listed by name with its reason; nothing else may. Skipped where the material is not at hand.
"""

import csv
import sys
from collections import Counter
from typing import Any

import pytest

from app.domain.scrum.from_jira import (
    IssueRecord,
    SiteFields,
    account_of,
    instant,
    read_histories,
    read_issue,
    read_sprint,
)
from app.domain.scrum.things_from_jira import read_user, read_worklog
from app.store.types import storable
from tests.connectors.jira.test_recorded import RAW, REST, rows

pytestmark = pytest.mark.skipif(not REST.is_dir(), reason="recorded answers are not at hand")

# The recorded list of fields has three of several hundred, without Sprint.
FIELDS = SiteFields(sprint="customfield_10020")

# DevLake takes in what one call asked for: connection 2, board 8. Among the raw rows are some of other calls.
OF_OTHER_CALLS = {"issues": {"20708", "20709", "20710"}, "changelogs": {"58989", "58007", "58807"}}
# They have a `scope`: each belongs to one team-managed project. DevLake leaves them out; we need them.
STATUSES_OF_ONE_PROJECT = 17


def expected(name: str) -> list[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    text = (RAW.parent / "expected" / f"_tool_jira_{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.lstrip().splitlines(keepends=True)))


def read(document: dict[str, Any]) -> IssueRecord:
    record = read_issue(document, FIELDS)
    assert record is not None
    return record


def issues() -> dict[str, tuple[dict[str, Any], IssueRecord]]:
    return {str(document["id"]): (document, read(document)) for document in rows("issues")}


def differing(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def minutes(seconds: int | None) -> str:
    return "" if seconds is None else str(seconds // 60)


def test_issues() -> None:
    found, theirs = issues(), {row["issue_id"]: row for row in expected("issues")}
    assert found.keys() - theirs.keys() == OF_OTHER_CALLS["issues"]
    assert theirs.keys() <= found.keys()
    differences = Counter[str]()
    for issue_id, row in theirs.items():
        document, record = found[issue_id]
        columns = record.columns
        ours = {
            "issue_key": record.key,
            # NUL, which stands in one summary: DevLake leaves it out, we put a sign in its place.
            "summary": storable(record.summary).replace("\ufffd", ""),
            "type": record.type_name,
            "project_id": columns["project_id"],
            "status_name": record.status_name,
            "creator_account_id": columns["creator_id"] or "",
            "assignee_account_id": columns["assignee_id"] or "",
            "assignee_display_name": record.assignee or "",
            "priority_id": columns["priority_id"],
            "parent_id": columns["parent_id"] or "0",
            "parent_key": columns["parent_key"] or "",
            "subtask": str(int(record.is_subtask)),
            "original_estimate_minutes": minutes(columns["original_seconds"]),
            "remaining_estimate_minutes": minutes(columns["remaining_seconds"]),
            "spent_minutes": minutes(columns["spent_seconds"]),
            "changelog_total": str(document["changelog"]["total"]),
        }
        different = differing(ours, row)
        # Nothing and 0 are one to DevLake; to us an issue without an estimate is not finished.
        if different.get("remaining_estimate_minutes") == ("", "0"):
            del different["remaining_estimate_minutes"]
            differences["no remaining estimate"] += 1
        assert different == {}, issue_id
        dates = {name: instant(row[name]) for name in ("created", "updated", "resolution_date")}
        assert (record.created, record.updated, columns["resolved_at"]) == tuple(dates.values())
        if columns["due_on"] is not None:
            # A due day has no hour: DevLake makes it midnight in its own zone (+08:00), and then UTC.
            differences["due day"] += row["due_date"].startswith("2025-03-08T16:00")
            assert columns["due_on"] == "2025-03-09"
    assert differences == {"no remaining estimate": 14, "due day": 1}


def test_labels_and_sprints_of_issues() -> None:
    found = issues()
    labels = {(one, label) for one, (document, _) in found.items() for label in document["fields"]["labels"]}
    assert labels == {(row["issue_id"], row["label_name"]) for row in expected("issue_labels")}
    members = {(str(sprint), one) for one, (_, record) in found.items() for sprint in record.sprint_ids}
    theirs = {(row["sprint_id"], row["issue_id"]) for row in expected("sprint_issues")}
    assert theirs <= members
    assert {one for _, one in members - theirs} <= OF_OTHER_CALLS["issues"]


def test_histories() -> None:
    found = {history["id"]: history for history in rows("issue_changelogs")}
    theirs = {row["changelog_id"]: row for row in expected("issue_changelogs_extractor")}
    assert found.keys() - theirs.keys() == OF_OTHER_CALLS["changelogs"]
    for number, row in theirs.items():
        history = found[number]
        assert instant(history["created"]) == instant(row["created"])
        assert (account_of(history.get("author")) or "") == row["author_account_id"]


def test_items_of_histories() -> None:
    theirs = Counter(
        (
            row["changelog_id"],
            # Jira gives no id for this field; ours is that of the field it is about.
            row["field_id"] or {"Link": "issuelinks"}.get(row["field"], row["field"]),
            *(row[name] for name in ("from_value", "from_string", "to_value", "to_string")),
        )
        for row in expected("issue_changelog_items_extractor")
    )
    ours = Counter(
        (
            str(change.history_id),
            change.field,
            *(each or "" for each in (change.before, change.before_text, change.after, change.after_text)),
        )
        for change in read_histories(rows("issue_changelogs"), FIELDS)
    )
    assert theirs - ours == Counter()
    assert {number for number, *_ in ours - theirs} == OF_OTHER_CALLS["changelogs"]


def test_sprints() -> None:
    found = {str(document["id"]): read_sprint(document) for document in rows("sprints")}
    theirs = {row["sprint_id"]: row for row in expected("sprints")}
    assert found.keys() == theirs.keys()
    for number, row in theirs.items():
        sprint = found[number]
        assert (sprint.name, sprint.state.value, str(sprint.board_id)) == (
            row["name"],
            row["state"],
            row["origin_board_id"],
        )
        dates = tuple(instant(row[name]) for name in ("start_date", "end_date", "complete_date"))
        assert (sprint.start, sprint.end, sprint.completed) == dates


def test_worklogs() -> None:
    found = {row["id"]: row for row in map(read_worklog, rows("worklogs"))}
    theirs = {row["worklog_id"]: row for row in expected("worklogs")}
    assert found.keys() == theirs.keys()
    for number, row in theirs.items():
        ours = found[number]
        assert (ours["issue_id"], ours["author"], str(ours["seconds"])) == (
            row["issue_id"],
            row["author_id"],
            row["time_spent_seconds"],
        )
        assert (ours["started"], ours["updated"]) == (instant(row["started"]), instant(row["updated"]))


def test_people() -> None:
    found = {row["account_id"]: (row["name"], row["account_type"]) for row in map(read_user, rows("users"))}
    assert found == {row["account_id"]: (row["name"], row["account_type"]) for row in expected("accounts")}


def test_statuses() -> None:
    shared = [one for one in rows("status") if "scope" not in one]
    assert len(rows("status")) - len(shared) == STATUSES_OF_ONE_PROJECT
    ours = {one["id"]: (one["name"], one["statusCategory"]["key"]) for one in shared}
    assert ours == {row["id"]: (row["name"], row["status_category"]) for row in expected("statuses")}
