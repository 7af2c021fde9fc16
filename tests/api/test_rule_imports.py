"""Rules of Jira Automation over HTTP: shown, never saved."""

from app.api.rule_imports import _EXAMPLE
from tests.api.support import Service, is_problem


async def test_an_export_becomes_documents_and_nothing_is_saved(service: Service) -> None:
    clone = {"component": "ACTION", "type": "jira.issue.clone", "value": {}}
    rule = {**_EXAMPLE["rules"][0], "components": [*_EXAMPLE["rules"][0]["components"], clone]}
    answer = await service.http.post("/api/v1/rules/import", json={"export": {"rules": [rule]}})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["documents"] == [
        {
            "name": "Say hello",
            "trigger": {"type": "issue_created"},
            "actions": [{"type": "comment", "text": "Hello {{ issue.key }}"}],
        }
    ]
    assert [(one["where"], one["type"], one["fate"]) for one in found["told"]] == [
        ("components/1", "jira.issue.clone", "left out")
    ]
    assert (await service.http.get("/api/v1/rules")).json()["items"] == []


async def test_what_the_site_does_not_have_is_told(service: Service) -> None:
    move = {
        "component": "ACTION",
        "type": "jira.issue.transition",
        "value": {"destinationStatus": {"type": "NAME", "value": "Nowhere"}},
    }
    rule = {**_EXAMPLE["rules"][0], "components": [move]}
    found = (await service.http.post("/api/v1/rules/import", json={"export": {"rule": rule}})).json()
    assert [one["where"] for one in found["told"]] == ["actions/0/to"]


async def test_what_is_no_export_is_a_problem_or_told(service: Service) -> None:
    is_problem(await service.http.post("/api/v1/rules/import", json={"export": 1}), 422)
    found = (await service.http.post("/api/v1/rules/import", json={"export": {}})).json()
    assert found["documents"] == []
    assert found["told"][0]["fate"] == "rule not made"
