"""How each site is heard of, told beside readiness: without names to anybody, by name to who has a key."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.store import tables
from tests.api.support import Service, serving, settings_for
from tests.conftest import NOW
from tests.payloads import encoded, issue, issue_event


async def site_of(service: Service) -> dict[str, Any]:
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 200, answer.text
    (site,) = answer.json()["sites"]
    assert isinstance(site, dict)
    return site


async def note(service: Service, **values: datetime | None) -> None:
    await service.database.call_write(lambda tx: tx.execute(update(tables.sites).values(**values)))


async def test_a_site_that_was_never_heard_of_is_no_reason_not_to_be_ready(service: Service) -> None:
    assert await site_of(service) == {
        "name": "demo",
        "last_webhook_age_seconds": None,
        "last_poll_age_seconds": None,
        "paused_for_seconds": None,
        "polls": "not yet: the first sync has not ended",
    }


async def test_the_ages_of_the_newest_webhook_and_of_the_last_poll_are_told(service: Service) -> None:
    await service.deliver(encoded(issue_event("jira:issue_updated", issue(), at=NOW)))
    await note(service, synced_at=NOW - timedelta(minutes=5))
    site = await site_of(service)
    assert site["last_webhook_age_seconds"] == 0
    assert site["last_poll_age_seconds"] == 300
    assert site["polls"] == "ok"


@pytest.mark.parametrize(("minutes", "late"), [(30, False), (31, True)])
async def test_polls_are_late_after_three_intervals_and_the_door_stays_open(
    service: Service, minutes: int, late: bool
) -> None:
    await note(service, synced_at=NOW - timedelta(minutes=minutes))
    site = await site_of(service)
    assert site["polls"].startswith("late: the last sync ended 31 minutes ago") is late
    assert (site["polls"] == "ok") is not late


async def test_a_pause_is_told_as_long_as_it_lasts(service: Service) -> None:
    await note(service, paused_until=NOW + timedelta(seconds=90))
    assert (await site_of(service))["paused_for_seconds"] == 90
    await note(service, paused_until=NOW - timedelta(seconds=1))
    assert (await site_of(service))["paused_for_seconds"] is None


async def test_what_a_site_is_called_is_for_those_with_a_key(service: Service) -> None:
    await note(service, synced_at=NOW)
    service.http.headers["authorization"] = "Bearer guessed"
    answer = await service.http.get("/health/ready")
    assert "demo" not in answer.text
    assert answer.json()["sites"][0]["name"] is None
    assert answer.json()["sites"][0]["last_poll_age_seconds"] == 0


async def test_a_site_that_left_the_settings_is_not_told_of(service: Service) -> None:
    gone = insert(tables.sites).values(name="gone", base_url="https://gone.test")
    await service.database.call_write(lambda tx: tx.execute(gone))
    assert (await site_of(service))["name"] == "demo"


async def test_sites_are_told_apart(database_url: str) -> None:
    demo = settings_for(database_url).sites["demo"]
    async with serving(database_url, sites={"demo": demo, "other": demo}) as service:
        other = update(tables.sites).where(tables.sites.c.name == "other").values(synced_at=NOW)
        await service.database.call_write(lambda tx: tx.execute(other))
        await service.deliver(encoded(issue_event("jira:issue_updated", issue(), at=NOW)))
        told = {site["name"]: site for site in (await service.http.get("/health/ready")).json()["sites"]}
    assert told["demo"]["last_webhook_age_seconds"] == 0
    assert told["demo"]["last_poll_age_seconds"] is None
    assert told["other"]["last_webhook_age_seconds"] is None
    assert told["other"]["last_poll_age_seconds"] == 0


async def test_without_a_store_nothing_is_claimed_of_the_sites(service: Service) -> None:
    service.lose_the_store()
    answer = await service.http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["sites"] == []


# --- requests have names ---------------------------------------------------------------------------


async def test_an_answer_carries_the_name_that_the_caller_gave_the_request(service: Service) -> None:
    answer = await service.http.get("/health/live", headers={"X-Request-ID": "deploy-7/probe:1"})
    assert answer.headers.get_list("x-request-id") == ["deploy-7/probe:1"]


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "a\tb", "<script>"])
async def test_a_request_without_a_sane_name_gets_one(service: Service, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    names = {(await service.http.get("/health/live", headers=headers)).headers["x-request-id"] for _ in "12"}
    assert len(names) == 2
    assert all(len(name) == 32 and name.isalnum() for name in names)


async def test_a_refusal_has_the_name_too(service: Service) -> None:
    service.http.headers["authorization"] = "Bearer guessed"
    answer = await service.http.get("/api/v1/runs", headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "mine")


async def test_a_fault_is_answered_and_logged_under_the_name_of_its_request(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("app.store.queues.listed", fail)
    answer = await service.http.get("/api/v1/runs", headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "mine")
    assert '"request_id": "mine"' in capsys.readouterr().out


async def test_deliveries_are_not_held_up_for_a_name(service: Service) -> None:
    answer = await service.deliver(encoded(issue_event("jira:issue_updated", issue(), at=NOW)))
    assert "x-request-id" not in answer.headers
