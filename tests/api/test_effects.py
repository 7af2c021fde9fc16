"""What an admin does about effects over the API: look, edit, retry, cancel."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.domain.effects import KINDS
from app.store import outbox, sites, tables
from tests.api.queued import DOCUMENT, EFFECTS, another_site, change, effect, take
from tests.api.support import Service, is_problem
from tests.conftest import NOW


async def shown(service: Service, number: int) -> dict[str, Any]:
    answer = await service.http.get(f"{EFFECTS}/{number}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_effect_is_shown_with_what_it_writes_why_and_how_far_it_is(service: Service) -> None:
    number = await effect(service, state="dead", attempts=3, failures=2, reason="Jira said no.")
    one = await shown(service, number)
    assert one["payload"] == {"issue_key": "BURN-1", "marker": "m:1", "body": DOCUMENT | {"content": []}}
    assert (one["precondition"], one["idempotency_key"]) == ({"newest": "m:1"}, "run:9:1")
    assert (one["cause"], one["correlation"], one["site"]) == ("run 9, a test", "run:9", "demo")
    assert (one["attempts"], one["failures"], one["reason"]) == (3, 2, "Jira said no.")
    assert one["give_up_at"] == "2026-03-12T12:00:00Z"
    assert one["outcome"] is None


async def test_what_is_encrypted_in_an_effect_is_shown_to_nobody(service: Service) -> None:
    request = {"issue_key": "BURN-1", "method": "POST", "url": "https://ci.test/", "headers": {}, "body": ""}
    payload = {
        **request,
        "private": True,
        "sealed": "gAAAA",
        "follow": [{"event": {"kept": {"sealed": "gAAAA"}}}],
    }
    number = await effect(service, kind="web_request", payload=payload)
    assert (await shown(service, number))["payload"] == {**request, "private": True}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "carried out as soon as a worker is free"),
        ({"due_at": NOW + timedelta(minutes=10)}, "tried again at 2026-03-11 12:10:00Z"),
        ({"state": "done"}, "nothing, it is done"),
        ({"state": "dead"}, "nothing, until an admin acts: it was given up"),
        (
            {"state": "claimed", "claimed_by": "w:1", "claimed_until": NOW + timedelta(seconds=1)},
            "it is being carried out by w:1",
        ),
        (
            {"state": "claimed", "claimed_by": "w:1", "claimed_until": NOW},
            "its worker fell silent; the next one takes it over",
        ),
        (
            {"state": "claimed", "claimed_by": "w:1", "claimed_until": NOW, "deaths": 2},
            "its worker fell silent, as 2 did before it; tried again at 2026-03-11 12:00:04Z",
        ),
    ],
)
async def test_what_happens_to_an_effect_next_is_said(
    service: Service, columns: dict[str, Any], said: str
) -> None:
    assert (await shown(service, await effect(service, **columns)))["next"] == said


async def test_an_effect_says_which_one_it_waits_for_and_when_a_pause_ends(service: Service) -> None:
    first, second = await effect(service), await effect(service)
    other = await effect(service, issue="BURN-2", due_at=NOW + timedelta(hours=3))
    until = NOW + timedelta(hours=1)
    await service.database.call_write(lambda tx: sites.pause(tx, 1, until=until, reason="quota used up"))
    assert (await shown(service, second))["next"] == f"waits for effect {first} of the same issue"
    assert (await shown(service, first))[
        "next"
    ] == "site paused until 2026-03-11 13:00:00Z, or `burnish sites resume demo`: quota used up"
    assert (await shown(service, other))["next"] == "tried again at 2026-03-11 15:00:00Z"


async def test_effects_are_listed_by_state_site_kind_and_issue(service: Service) -> None:
    dead = await effect(service, state="dead")
    skipped = await effect(service, issue="BURN-2", state="skipped")
    await service.database.call_write(lambda tx: another_site(tx, "other"))
    for query, ids in (
        ({}, [skipped, dead]),
        ({"state": "dead"}, [dead]),
        ({"state": "skipped"}, [skipped]),
        ({"issue": "BURN-2"}, [skipped]),
        ({"issue": "BURN-3"}, []),
        ({"site": "demo", "kind": "living_comment"}, [skipped, dead]),
        ({"site": "other"}, []),
        ({"before": skipped}, [dead]),
    ):
        page = (await service.http.get(EFFECTS, params=query)).json()
        assert [one["id"] for one in page["items"]] == ids, query
        assert all("payload" not in one for one in page["items"])
    for kind in KINDS:
        answer = await service.http.get(EFFECTS, params={"kind": kind})
        assert answer.status_code == 200, answer.text
    is_problem(await service.http.get(EFFECTS, params={"kind": "unheard_of"}), 422)
    is_problem(await service.http.get(EFFECTS, params={"site": "nowhere"}), 404)
    is_problem(await service.http.get(EFFECTS, params={"issue": "burn 1"}), 422)


# --- retry and cancel -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["dead", "cancelled", "skipped"])
async def test_what_was_given_up_is_tried_again_as_if_it_were_new(
    service: Service, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await effect(
        service, state=state, reason="no", failures=9, deaths=10, attempts=9, give_up_at=NOW, settled_at=NOW
    )
    answer = await service.http.post(f"{EFFECTS}/{number}/retry")
    assert answer.status_code == 200, answer.text
    one = answer.json()
    assert (one["state"], one["reason"], one["settled_at"]) == ("waiting", None, None)
    assert (one["attempts"], one["failures"]) == (9, 0)
    assert one["give_up_at"] == "2026-03-12T12:00:00Z"
    assert one["idempotency_key"] == "run:9:1", "the same decision, so it is written once"
    assert f'"effect": {number}, "event": "admin.effect_retried"' in capsys.readouterr().out


@pytest.mark.parametrize("state", ["waiting", "done"])
async def test_what_needs_no_retry_gets_none(service: Service, state: str) -> None:
    number = await effect(service, state=state)
    detail = is_problem(await service.http.post(f"{EFFECTS}/{number}/retry"), 409)["detail"]
    assert f"Effect {number} is {state}; only one that is dead or cancelled or skipped" in detail


@pytest.mark.parametrize("state", ["waiting", "dead"])
async def test_an_effect_that_is_cancelled_keeps_what_it_last_failed_of(service: Service, state: str) -> None:
    number = await effect(service, state=state, reason="Jira said no.")
    one = (await service.http.post(f"{EFFECTS}/{number}/cancel")).json()
    assert (one["state"], one["reason"]) == ("cancelled", "Cancelled by an admin. Before: Jira said no.")
    again = is_problem(await service.http.post(f"{EFFECTS}/{number}/cancel"), 409)
    assert "is cancelled; only one that is waiting or dead can be cancelled" in again["detail"]


async def test_an_effect_under_way_is_neither_cancelled_nor_edited(service: Service) -> None:
    number = await effect(service)
    await service.database.call_write(lambda tx: take(tx, tables.effects))
    refusals = [
        await service.http.post(f"{EFFECTS}/{number}/cancel"),
        await service.http.patch(
            f"{EFFECTS}/{number}", json={"issue_key": "BURN-2"}, headers={"If-Match": "*"}
        ),
    ]
    for refusal in refusals:
        assert "may already stand in Jira" in is_problem(refusal, 409)["detail"]
    assert (await shown(service, number))["state"] == "claimed"


async def test_all_dead_effects_are_retried_at_once_and_of_one_site_if_wanted(service: Service) -> None:
    for _ in range(3):
        await effect(service, state="dead")
    other = await effect(service, state="cancelled")
    await service.database.call_write(lambda tx: another_site(tx, "other"))
    elsewhere = await service.http.post(f"{EFFECTS}/retry", params={"site": "other"})
    assert elsewhere.json() == {"retried": 0, "left": 0}
    assert (await service.http.post(f"{EFFECTS}/retry")).json() == {"retried": 3, "left": 0}
    assert (await shown(service, other))["state"] == "cancelled"


# --- edit -----------------------------------------------------------------------------------------


async def edited(service: Service, number: int, change: dict[str, Any], **headers: str) -> Any:
    return await service.http.patch(f"{EFFECTS}/{number}", json=change, headers=headers)


async def etag(service: Service, number: int) -> str:
    return (await service.http.get(f"{EFFECTS}/{number}")).headers["etag"]


@pytest.mark.parametrize("state", ["dead", "waiting"])
async def test_what_an_effect_writes_and_where_can_be_mended(
    service: Service, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await effect(service, state=state)
    seen = await etag(service, number)
    change = {"issue_key": "ORDER-2", "body": DOCUMENT}
    answer = await edited(service, number, change, **{"If-Match": seen})
    assert answer.status_code == 200, answer.text
    assert answer.json()["payload"] == {"issue_key": "ORDER-2", "marker": "m:1", "body": DOCUMENT}
    assert (answer.json()["subject"], answer.json()["state"]) == ("issue:ORDER-2", state)
    assert answer.headers["etag"] == await etag(service, number) != seen
    assert '"changed": ["body", "issue_key"], "event": "admin.effect_edited"' in capsys.readouterr().out
    row = await service.database.call_read(lambda tx: tx.execute(tables.effects.select()).mappings().one())
    assert row["project_key"] == "ORDER", "projects take turns"
    assert outbox.effect_of(row).issue_key == "ORDER-2"


async def test_of_two_admins_who_edit_the_same_effect_the_second_is_told(service: Service) -> None:
    number = await effect(service, state="dead")
    seen = await etag(service, number)
    assert (await edited(service, number, {"issue_key": "BURN-2"}, **{"If-Match": seen})).status_code == 200
    late = await edited(service, number, {"issue_key": "BURN-3"}, **{"If-Match": seen})
    problem = is_problem(late, 412)
    assert problem["type"] == "urn:burnish:problem:changed-meanwhile"
    assert "Get it again" in problem["detail"]
    assert (await shown(service, number))["payload"]["issue_key"] == "BURN-2"
    assert (
        await edited(
            service, number, {"issue_key": "BURN-4"}, **{"If-Match": f'"x", {await etag(service, number)}'}
        )
    ).status_code == 200


async def test_an_edit_that_was_overtaken_by_a_retry_is_refused(service: Service) -> None:
    number = await effect(service, state="dead")
    seen = await etag(service, number)
    await service.http.post(f"{EFFECTS}/{number}/retry")
    is_problem(await edited(service, number, {"issue_key": "BURN-2"}, **{"If-Match": seen}), 412)


async def test_an_edit_says_which_version_it_is_of(service: Service) -> None:
    number = await effect(service, state="dead")
    detail = is_problem(await edited(service, number, {"issue_key": "BURN-2"}), 428)["detail"]
    assert "send the ETag of GET as If-Match" in detail


WRONG_EDITS: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "/body"),
    ({"marker": "other"}, 422, "/body/marker"),
    ({"issue_key": "burn 1"}, 422, "/body/issue_key"),
    ({"body": 7}, 422, "/body/body/str"),
    ({"body": "h1. wiki"}, 400, "/body/body"),
    ({"body": {}}, 400, "/body/body"),
    ({"body": {"type": "doc", "content": "text"}}, 400, "/body/body"),
    ({"payload": {"marker": "other"}}, 400, "/body/payload"),
    ({"payload": {"x" * 5_000: 1}}, 400, "/body/payload"),
    ({"payload": {"issue_key": "SHOP-1"}}, 400, "/body/payload"),
]


async def test_a_wrong_edit_is_refused_with_a_pointer_to_what_is_wrong(service: Service) -> None:
    number = await effect(service, state="dead")
    before = await shown(service, number)
    for change_, status, pointer in WRONG_EDITS:
        problem = is_problem(await edited(service, number, change_, **{"If-Match": "*"}), status)
        assert pointer in [fault["pointer"] for fault in problem["errors"]], change_
    assert await shown(service, number) == before


async def test_what_is_no_comment_is_mended_part_by_part(service: Service) -> None:
    payload = {"issue_key": "BURN-1", "fields": {"priority": {"name": "Hgh"}}, "update": {}}
    number = await effect(service, kind="edit_issue", payload=payload, state="dead")
    mended = {"fields": {"priority": {"name": "High"}}}
    assert (await edited(service, number, {"payload": mended}, **{"If-Match": "*"})).status_code == 200
    assert (await shown(service, number))["payload"] == payload | mended
    for wrong, said in (
        ({"fields": 7}, "Expected `object`"),
        ({"feilds": {}}, "fields, update can"),
    ):
        refused = is_problem(await edited(service, number, {"payload": wrong}, **{"If-Match": "*"}), 400)
        assert said in refused["detail"]
    assert (await shown(service, number))["payload"] == payload | mended


@pytest.mark.parametrize(
    ("kind", "payload", "parts", "said"),
    [
        ("create_issue", {"fields": {}, "mark": "rule:7"}, {"mark": "x"}, "'mark' of an effect of kind"),
        (
            "create_issue",
            {"fields": {"project": {"key": "BURN"}}, "mark": "m"},
            {"fields": {"project": {"key": "SHOP"}}},
            "`project` stays",
        ),
        (
            "create_issue",
            {"fields": {"project": {"key": "BURN"}}, "mark": "m"},
            {"fields": {}},
            "`project` stays",
        ),
        ("transition_issue", {"status_ids": ["3"]}, {"status_ids": []}, "at least one status"),
        ("rank_issue", {"before": "BURN-2", "after": None}, {"after": "BURN-3"}, "give one"),
        ("notify", {"subject": "s", "text": "t"}, {"groups": ["everybody"]}, "subject, text can"),
        ("announcement", {"channel": "team", "title": "t", "body": "b"}, {"channel": "other"}, "title can"),
        (
            "log_work",
            {"time_spent": "1h", "started": "2026-03-01T00:00:00Z"},
            {"comment": "x"},
            "time_spent can",
        ),
    ],
)
async def test_what_an_effect_is_found_by_where_it_goes_and_who_reads_it_stay(
    service: Service, kind: str, payload: dict[str, Any], parts: dict[str, Any], said: str
) -> None:
    number = await effect(service, kind=kind, payload={"issue_key": "BURN-1", **payload}, state="dead")
    before = await shown(service, number)
    refused = is_problem(await edited(service, number, {"payload": parts}, **{"If-Match": "*"}), 400)
    assert said in refused["detail"]
    assert await shown(service, number) == before


@pytest.mark.parametrize("parts", [b'{"\\ud800": 1}', b'{"fields": {"summary": "half \\ud800"}}'])
async def test_half_a_sign_in_a_part_is_no_fault_of_ours(service: Service, parts: bytes) -> None:
    payload = {"issue_key": "BURN-1", "fields": {}, "update": {}}
    number = await effect(service, kind="edit_issue", payload=payload, state="dead")
    answer = await service.http.patch(
        f"{EFFECTS}/{number}",
        content=b'{"payload": ' + parts + b"}",
        headers={"If-Match": "*", "Content-Type": "application/json"},
    )
    assert answer.status_code < 500, answer.text


async def test_what_a_web_request_says_is_changed_in_its_rule(service: Service) -> None:
    request = {"issue_key": "BURN-1", "method": "POST", "url": "https://ci.test/", "headers": {}, "body": ""}
    number = await effect(service, kind="web_request", payload=request, state="dead")
    elsewhere = {"payload": {"url": "https://elsewhere.test/"}}
    assert (
        "its rule" in is_problem(await edited(service, number, elsewhere, **{"If-Match": "*"}), 400)["detail"]
    )


async def test_on_data_center_a_body_is_wiki_markup(service: Service) -> None:
    number = await effect(service, state="dead")
    await service.database.call_write(lambda tx: tx.execute(update(tables.sites).values(deployment="Server")))
    refused = is_problem(await edited(service, number, {"body": DOCUMENT}, **{"If-Match": "*"}), 400)
    assert "wiki markup" in refused["detail"]
    is_problem(await edited(service, number, {"body": " "}, **{"If-Match": "*"}), 400)
    assert (await edited(service, number, {"body": "h1. A"}, **{"If-Match": "*"})).status_code == 200


@pytest.mark.parametrize("state", ["done", "skipped", "cancelled"])
async def test_what_has_ended_is_not_edited(service: Service, state: str) -> None:
    number = await effect(service)
    await service.database.call_write(lambda tx: change(tx, tables.effects, number, state=state))
    refused = await edited(service, number, {"issue_key": "BURN-2"}, **{"If-Match": "*"})
    assert f"Effect {number} is {state}" in is_problem(refused, 409)["detail"]


async def test_effects_that_are_not_there_are_not_found(service: Service) -> None:
    for action in ("/retry", "/cancel"):
        is_problem(await service.http.post(f"{EFFECTS}/7{action}"), 404)
    is_problem(await service.http.get(f"{EFFECTS}/7"), 404)
    is_problem(await edited(service, 7, {"issue_key": "BURN-2"}, **{"If-Match": "*"}), 404)
