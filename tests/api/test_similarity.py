"""Like issues over HTTP."""

from tests.api.support import Service, is_problem
from tests.services.test_similarity import a_team, another_team

ISSUES = "/api/v1/issues"


async def test_duplicates_and_an_estimate_are_answered(service: Service) -> None:
    await service.database.call_write(
        lambda tx: tx.exec_driver_sql("UPDATE sites SET base_url = 'https://burnish.test'")
    )
    await service.database.call_write(lambda tx: another_team(tx, a_team(tx)))
    found = (await service.http.get(f"{ISSUES}/BURN-1/duplicates", params={"limit": 1})).json()
    assert [each["key"] for each in found["candidates"]] == ["BURN-2"]
    assert "mobile app" in found["candidates"][0]["reason"]["phrases"]
    found = (await service.http.get(f"{ISSUES}/BURN-999/estimate")).json()
    assert found["suggestion"]["estimate"] == 13
    assert (found["suggestion"]["learnt_from"], found["suggestion"]["other_teams"]) == (120, 1)
    assert found["reason"] is None
    assert found["record"]["error"] < found["record"]["median_error"]
    assert len(found["neighbours"]) == 5


async def test_what_cannot_be_answered_is_a_problem(service: Service) -> None:
    is_problem(await service.http.get(f"{ISSUES}/BURN-4711/duplicates"), 404)
    is_problem(await service.http.get(f"{ISSUES}/BURN-1/estimate"), 404)
    is_problem(await service.http.get(f"{ISSUES}/nothing/duplicates"), 422)
    is_problem(await service.http.get(f"{ISSUES}/BURN-1/duplicates", params={"site": "else"}), 404)
