"""From nothing to a comment in Jira, through two processes and HTTP, as `make demo` goes."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.clock import utc_now
from app.demo import Demo, opening
from app.domain.comments import MARKER_PROPERTY
from app.domain.reports.comment_pictures import words_of
from tests.connectors.request_log import LOG, operation_of
from tests.connectors.specs import cloud_specs
from tests.domain.reports.adf_schema import validator
from tests.journeys.described import asked_by_us, described, violations_between


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, dict[str, Any]]]:
    """Everything up to the first report; the tests look at what is there then."""
    folder = tmp_path_factory.mktemp("demo") / "here"
    with described(folder, opens_at=opening(utc_now())) as demo:
        demo.first_sync()
        demo.let_the_team_work(utc_now())
        yield demo, demo.report()


def comments(demo: Demo) -> list[dict[str, Any]]:
    """Our comments on the report issue."""
    found = demo.ask(demo.jira, "GET", "/rest/api/3/issue/BURN-1/comment", params={"expand": "properties"})
    return [
        comment
        for comment in found["comments"]
        if any(each["key"] == MARKER_PROPERTY for each in comment.get("properties", ()))
    ]


def test_the_comment_in_jira_is_the_report_that_was_computed(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, run = told
    body = demo.read_back(run)["body"]
    assert words_of(body) == demo.rendered(run, "adf")
    assert [node["type"] for node in body["content"]].count("mediaSingle") == 1, "and shows its picture"


def test_the_comment_is_valid_by_atlassians_schema(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, run = told
    schema = validator()
    if schema is None:
        pytest.skip("Atlassian's schema is not at hand")
    assert [error.message for error in schema.iter_errors(demo.read_back(run)["body"])] == []


def test_every_request_and_answer_is_as_atlassian_describes_it(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told
    cloud_specs()
    assert violations_between(demo) == []
    ours = asked_by_us(demo.ask(demo.jira, "GET", LOG))
    operations = {operation_of("cloud", entry) for entry in ours}
    assert {"searchAndReconsileIssuesUsingJqlPost", "addComment", "getFields"} <= operations


def test_the_ledger_of_the_report_closes(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, run = told
    report = demo.ask(demo.burnish, "GET", f"/api/v1/reports/{run['report']}")["document"]
    figures = {name: line["points"] for name, line in report["ledger"].items() if name != "closes"}
    assert figures["commitment"] > 0
    assert (
        figures["commitment"] + figures["added"] - figures["removed"] + figures["re_estimated"]
        == figures["burned"] + figures["remaining"] + figures["completed_then_removed"]
    )


def test_the_demonstration_shows_every_kind_of_report_as_a_page(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, run = told
    demo.told_before(opening(utc_now()))
    found = {name: page for name, (page, _) in demo.pages(run).items()}
    for name, words in (
        ("sprint-report", "Sprint health: "),
        ("delivery-report", "since the last report"),
        ("flow-report", "Flow: BURN support"),
        ("backlog-report", "Backlog: "),
    ):
        assert found[name].startswith("<!doctype html>")
        assert words in found[name]


def test_every_webhook_of_the_team_was_applied(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told
    counts = demo.ask(demo.burnish, "GET", "/api/v1/deliveries")["counts"]
    assert counts["applied"] > 0
    assert counts["dead"] == counts["unknown"] == counts["waiting"] == 0


def test_a_later_report_edits_the_comment_that_stands(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, first = told
    before = comments(demo)
    second = demo.report()
    after = comments(demo)
    assert [comment["id"] for comment in after] == [comment["id"] for comment in before]
    assert after[0]["updated"] > before[0]["updated"]
    assert second["effects"][0]["outcome"]["comment_id"] == first["effects"][0]["outcome"]["comment_id"]


def test_the_numbers_are_those_that_the_team_counted_itself(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told
    assert_equal_to_the_teams_own_count(demo)


def assert_equal_to_the_teams_own_count(demo: Demo) -> None:
    """The sandbox counts forward while it plays and looks at no changelog; we rewind one."""
    counted = demo.ask(demo.jira, "GET", "/_sandbox/ledger")["sprints"]
    assert len(counted) == 7
    for theirs in counted:
        query = {"sprint": theirs["sprintId"]}
        ours = demo.ask(demo.burnish, "GET", "/api/v1/boards/1/sprint-health", params=query)
        subtasks = {issue["key"] for issue in ours["issues"] if issue["subtask"]}
        sets = {
            name: {
                row["key"]: row["final_estimate"] for row in ours["jira"][name] if row["key"] not in subtasks
            }
            for name in ("completed", "not_completed", "removed", "completed_elsewhere")
        }
        assert sets == {
            "completed": theirs["completed"],
            "not_completed": theirs["notCompleted"],
            "removed": theirs["removed"],
            "completed_elsewhere": theirs["completedElsewhere"],
        }
        assert ours["ledger"]["commitment"]["points"] == theirs["points"]["commitment"]
        assert ours["ledger"]["closes"] is True
