"""What an admin does about deliveries over the API: look, retry, discard."""

from datetime import timedelta

import pytest

from app.services import queues
from tests.api.queued import DELIVERIES, another_site, delivery
from tests.api.support import Service, is_problem
from tests.conftest import NOW


async def test_a_delivery_is_shown_with_what_jira_sent(service: Service) -> None:
    number = await delivery(service, 5, state="dead", reason="cannot be read")
    one = (await service.http.get(f"{DELIVERIES}/{number}")).json()
    assert one["body"] == {"webhookEvent": "jira:issue_updated", "number": 5}
    assert (one["event"], one["subject"], one["reason"]) == (
        "jira:issue_updated",
        "issue:5",
        "cannot be read",
    )
    assert one["next"] == "nothing, until an admin acts: it was given up"


@pytest.mark.parametrize(
    ("body", "is_shown_as"),
    [
        (b"no json \xff", "no json \ufffd"),
        (b'{"half": "\\ud800", "nul": "\\u0000"}', {"half": "\ufffd", "nul": "\ufffd"}),
        (b'{"n": NaN, "big": 1' + b"0" * 30 + b"}", {"n": None, "big": 10**30}),
        (b"[" * 5000 + b"]" * 5000, "[" * 5000 + "]" * 5000),
    ],
)
async def test_whatever_was_sent_can_be_looked_at(service: Service, body: bytes, is_shown_as: object) -> None:
    number = await delivery(service, state="dead", body=body)
    answer = await service.http.get(f"{DELIVERIES}/{number}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["body"] == is_shown_as


@pytest.mark.parametrize("state", ["dead", "unknown", "ignored"])
async def test_a_delivery_is_applied_again(
    service: Service, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await delivery(service, state=state, reason="no", failures=2, settled_at=NOW)
    one = (await service.http.post(f"{DELIVERIES}/{number}/retry")).json()
    assert (one["state"], one["reason"], one["settled_at"]) == ("waiting", None, None)
    assert f'"delivery": {number}, "event": "admin.delivery_retried"' in capsys.readouterr().out


@pytest.mark.parametrize("state", ["applied", "discarded"])
async def test_a_delivery_that_had_its_effect_is_not_applied_again(service: Service, state: str) -> None:
    number = await delivery(service, state=state)
    detail = is_problem(await service.http.post(f"{DELIVERIES}/{number}/retry"), 409)["detail"]
    assert f"Delivery {number} is {state}; only one that is dead or unknown or ignored" in detail


async def test_a_delivery_that_is_not_wanted_is_discarded_and_keeps_its_reason(service: Service) -> None:
    for place, state in enumerate(("dead", "unknown")):
        number = await delivery(service, place, state=state, reason="cannot be read")
        one = (await service.http.post(f"{DELIVERIES}/{number}/discard")).json()
        assert (one["state"], one["reason"]) == (
            "discarded",
            "Discarded by an admin. Before: cannot be read",
        )
    waiting = await delivery(service, 7, due_at=NOW + timedelta(days=1))
    refused = is_problem(await service.http.post(f"{DELIVERIES}/{waiting}/discard"), 409)
    assert "only one that is dead or unknown can be discarded" in refused["detail"]


async def test_hundreds_of_dead_deliveries_are_retried_some_at_a_time(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MOST_AT_ONCE", 2)
    ids = [await delivery(service, number, state="dead") for number in range(3)]
    kept = await delivery(service, 8, state="unknown")
    await service.database.call_write(lambda tx: another_site(tx, "other"))
    assert (await service.http.post(f"{DELIVERIES}/retry", params={"site": "other"})).json()["retried"] == 0
    assert (await service.http.post(f"{DELIVERIES}/retry")).json() == {"retried": 2, "left": 1}
    left = (await service.http.get(DELIVERIES, params={"state": "dead"})).json()
    assert [one["id"] for one in left["items"]] == [ids[2]], "the oldest go first"
    assert (await service.http.post(f"{DELIVERIES}/retry")).json() == {"retried": 1, "left": 0}
    assert (await service.http.get(f"{DELIVERIES}/{kept}")).json()["state"] == "unknown"
    answer = await service.http.post(f"{DELIVERIES}/retry", params={"state": "unknown"})
    assert answer.json() == {"retried": 1, "left": 0}
    is_problem(await service.http.post(f"{DELIVERIES}/retry", params={"state": "applied"}), 422)
