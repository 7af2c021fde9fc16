"""The doctor on the command line: settings and store, exit codes, JSON. What it finds in Jira: services."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.domain.scrum.from_jira import SiteFields
from app.services import doctor_visit
from app.services.doctor import Expected, JiraFacts
from app.services.doctor_fields import FieldList
from app.services.findings import Trouble
from app.store.database import Database
from tests.cli.support import burnish
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def jira_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(*_: Any, **__: Any) -> JiraFacts:
        return JiraFacts(NOW, None, Trouble("401"))

    monkeypatch.setattr("app.cli.doctor.look_at_jira", look)


def findings(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in burnish("doctor", "--json", *words).output.splitlines()]


def test_settings_that_cannot_be_read_are_the_only_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_SITES", "{")
    result = burnish("doctor")
    assert result.exit_code == 1
    assert "FAULT    settings: The BURNISH_* variables cannot be read" in result.output


def test_a_fault_ends_with_exit_code_1_and_each_has_its_mend(filled: str) -> None:
    result = burnish("doctor")
    assert result.exit_code == 1
    assert "FAULT    demo: credentials: 401" in result.output
    assert "-> Make a new token" in result.output
    assert "planted" not in result.output


def test_without_a_site_the_store_alone_is_judged(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_SITES", "{}")
    result = burnish("doctor")
    assert result.exit_code == 0, result.output
    assert "ok       store: The store takes writes." in result.output


def test_beside_a_running_service_the_store_is_found_in_order(served: str) -> None:
    said = {one["check"]: one["level"] for one in findings() if not one["site"]}
    assert said == {
        "settings": "ok",
        "schema": "ok",
        "store": "ok",
        "workers": "warning",
        "dead letters": "ok",
    }


def test_nothing_is_changed(filled: str, configured: Callable[..., None]) -> None:
    def everything() -> str:
        database = Database(filled)
        with database.read() as tx:
            said = str(doctor_visit.queues.all_sites(tx))
        database.close()
        return said

    before = everything()
    burnish("doctor")
    assert everything() == before


@pytest.mark.parametrize("kind", ["flow", "delivery", "backlog_grooming"])
def test_a_board_whose_only_report_is_another_one_than_the_sprints_is_looked_at(
    filled: str, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """With the project of the issue that carries it, where nobody would miss the permission to comment."""
    seen: list[Expected] = []

    async def look(_: Any, expected: Expected, **__: Any) -> JiraFacts:
        seen.append(expected)
        facts = JiraFacts(NOW, None, "burnish", projects=frozenset({"BURN", "ORDER", "OPS"}))
        return replace(facts, lacking={"OPS": {"ADD_COMMENTS": "write reports as comments"}}, boards={5: ""})

    monkeypatch.setattr("app.cli.doctor.look_at_jira", look)
    configured(filled, sprint_health=[], **{kind: [{"board": 5, "report_issue": "OPS-1"}]})
    said = {(one["check"], one["level"]): one["seen"] for one in findings()}
    assert "In OPS the account lacks ADD_COMMENTS" in said["permissions", "fault"]
    assert "Board 5 is read" in said["boards", "ok"]
    assert seen[0].posts_in == {"OPS"}


def test_of_a_board_with_several_reports_the_issues_of_all_are_looked_at(
    filled: str, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Expected] = []

    async def look(_: Any, expected: Expected, **__: Any) -> JiraFacts:
        seen.append(expected)
        return JiraFacts(NOW, None, Trouble("401"))

    monkeypatch.setattr("app.cli.doctor.look_at_jira", look)
    more = {"flow": "OPS-1", "delivery": "SHOP-1", "backlog_grooming": "ORDER-1"}
    configured(filled, **{kind: [{"board": 1, "report_issue": key}] for kind, key in more.items()})
    findings()
    assert seen[0].posts_in == {"BURN", "OPS", "SHOP", "ORDER"}


def test_fields_that_a_backlog_asks_for_are_held_against_those_of_jira(
    filled: str, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(*_: Any, **__: Any) -> JiraFacts:
        there = FieldList(SiteFields(sprint="customfield_1"), {"customfield_1": "Sprint"})
        return JiraFacts(NOW, None, "burnish", fields=there)

    monkeypatch.setattr("app.cli.doctor.look_at_jira", look)
    priority = {
        "formula": "reach + asked",
        "fields": {"reach": "Reach"},
        "links": {"asked": {"sum": "Seats"}},
    }
    groomed = {"board": 1, "report_issue": "BURN-1", "priority": priority}
    groomed["checks"] = {"missing_acceptance_criteria": {"field": "Criteria"}}
    groomed["ready"] = {"otherwise": {"must": ["summary", "field:Design"]}}
    configured(filled, backlog_grooming=[groomed])
    told = [one["seen"] for one in findings() if one["check"] == "fields" and one["level"] == "warning"]
    for name in ("Reach", "Seats", "Criteria", "Design"):
        assert any(f"Jira has no field {name!r}" in one and "of board 1" in one for one in told)


def test_a_formula_that_cannot_be_read_is_a_fault_of_the_settings(
    filled: str, configured: Callable[..., None]
) -> None:
    groomed = {"board": 1, "report_issue": "BURN-1", "priority": {"formula": "reach"}}
    configured(filled, backlog_grooming=[groomed])
    (told,) = findings()
    assert (told["check"], told["level"]) == ("settings", "fault")
    assert "'reach' needs a field" in told["seen"]
