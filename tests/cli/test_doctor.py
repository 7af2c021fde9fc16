"""The doctor on the command line: settings and store, exit codes, JSON. What it finds in Jira: services."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.services import doctor_visit
from app.services.doctor import JiraFacts
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
