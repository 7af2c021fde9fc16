"""The same way on Jira Data Center: other addresses, other users, wiki markup, no delivery ids."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.clock import utc_now
from app.demo import Demo, opening
from app.domain.reports.comment_pictures import words_of
from tests.connectors.specs import data_center_specs
from tests.journeys.described import described, violations_between
from tests.journeys.test_sprint_report import assert_equal_to_the_teams_own_count


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("demo") / "here"
    with described(folder, opens_at=opening(utc_now()), deployment="datacenter") as demo:
        demo.first_sync()
        demo.let_the_team_work(utc_now())
        yield demo, demo.report()


def test_the_comment_is_the_report_in_wiki_markup(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, run = told
    body = demo.read_back(run)["body"]
    assert words_of(body) == demo.rendered(run, "wiki")
    assert len(re.findall(r"^!burnish-sprint-health-[\w.-]+\.png\|width=\d+!$", body, re.MULTILINE)) == 1
    assert "||" in body


def test_a_later_report_edits_the_comment_that_stands(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, first = told
    second = demo.report()
    assert second["effects"][0]["outcome"]["comment_id"] == first["effects"][0]["outcome"]["comment_id"]


def test_every_webhook_was_applied(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told

    def settled() -> dict[str, int] | None:
        """Jira tells of our own comment too, perhaps just now."""
        counts: dict[str, int] = demo.ask(demo.burnish, "GET", "/api/v1/deliveries")["counts"]
        return counts if counts["waiting"] == counts["claimed"] == 0 else None

    counts = demo.until("the deliveries", settled)
    assert counts["applied"] > 0
    assert counts["dead"] == counts["unknown"] == 0


def test_every_request_and_answer_is_as_atlassian_describes_it(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told
    data_center_specs()
    assert violations_between(demo) == []


def test_the_numbers_are_those_that_the_team_counted_itself(told: tuple[Demo, dict[str, Any]]) -> None:
    demo, _ = told
    assert_equal_to_the_teams_own_count(demo)
