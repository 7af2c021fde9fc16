"""What keys of the API open, by role; how they are made, kept and revoked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.services import keys as key_service
from app.services.access import Caller, Role
from tests.api.keyed import KEYS, QUESTIONS, bearer, everything, filled, made, operations
from tests.api.queued import RUNS, SITES, delivery, effect
from tests.api.support import BEARER, Service, is_problem, serving
from tests.conftest import NOW
from tests.stores import read_only

ROOT = Caller("settings key", Role.ADMIN)


ADMINS_OWN = {
    ("GET", KEYS),
    ("POST", KEYS),
    ("GET", f"{KEYS}/{{key_id}}"),
    ("POST", f"{KEYS}/{{key_id}}/revoke"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/audit/{entry_id}"),
    ("POST", "/api/v1/audit"),
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/secrets/{secret_id}"),
    ("POST", "/api/v1/secrets/rotate"),
    ("POST", SITES),
    ("PATCH", f"{SITES}/{{name}}"),
    ("DELETE", f"{SITES}/{{name}}"),
    ("POST", f"{SITES}/{{name}}/webhook-secret"),
    ("PUT", f"{SITES}/{{name}}/rule-secrets/{{secret}}"),
    ("DELETE", f"{SITES}/{{name}}/rule-secrets/{{secret}}"),
    ("PUT", f"{SITES}/{{name}}/oauth-tokens"),
    ("POST", f"{SITES}/{{name}}/pause"),
    ("POST", f"{SITES}/{{name}}/resume"),
}


async def test_a_viewers_key_changes_nothing_and_an_editors_reaches_nothing_of_the_admins(
    service: Service,
) -> None:
    """Every route there is, also those that are added later."""
    await effect(service, state="dead")
    await delivery(service, state="dead")
    viewer, editor = await made(service, name="v"), await made(service, name="e", role="editor")
    for key in (viewer, editor):  # the first use is noted
        assert (await service.http.get(SITES, headers=bearer(key))).status_code == 200
    before = await everything(service)
    for method, template in operations(service):
        path, admins = filled(template), (method, template) in ADMINS_OWN
        answer = await service.http.request(method, path, headers=bearer(viewer), json={})
        if (method == "GET" or (method, template) in QUESTIONS) and not admins:
            assert answer.status_code not in {401, 403, 405}, (method, path, answer.text)
        else:
            problem = is_problem(answer, 403)
            assert problem["type"] == "urn:burnish:problem:forbidden"
            assert "key v is viewer, which only looks" in problem["detail"]
        if admins:
            is_problem(await service.http.request(method, path, headers=bearer(editor), json={}), 403)
    assert await everything(service) == before


async def test_an_editor_changes_content_and_an_admin_all(service: Service) -> None:
    editor, admin = await made(service, name="e", role="editor"), await made(service, name="a", role="admin")
    for key in (editor, admin):
        for method, template in operations(service):
            if method == "GET" or (key is editor and (method, template) in ADMINS_OWN):
                continue
            answer = await service.http.request(method, filled(template), headers=bearer(key), json={})
            assert answer.status_code not in {401, 403, 405}, (method, template, answer.text)
    body = {"kind": "sync"}
    answer = await service.http.post(RUNS, json=body, headers=bearer(editor))
    assert (answer.status_code, answer.json()["requested_by"]) == (202, "key e")


async def test_a_key_is_shown_once_and_only_its_digest_is_stored(service: Service) -> None:
    key = await made(service)
    assert key["key"].startswith("burnish_")
    assert len(key["key"]) > 40
    assert key["hint"] == key["key"][: len("burnish_") + 6]
    listed = (await service.http.get(KEYS)).json()["items"]
    assert [one["name"] for one in listed] == ["ci"]
    assert "key" not in listed[0]
    assert (listed[0]["created_by"], listed[0]["last_used_at"]) == ("settings key", None)
    assert key["key"] not in repr(await everything(service))


@pytest.mark.parametrize("token", ["burnish_", "burnish_wrong", "wrong", "\xff", "burnish_" + "x" * 4000])
async def test_what_is_no_key_opens_nothing(service: Service, token: str) -> None:
    await made(service)
    headers = [(b"authorization", b"Bearer " + token.encode("latin-1"))]
    answer = await service.http.get(RUNS, headers=headers)
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(service: Service) -> None:
    key = await made(service)
    assert (await service.http.get(RUNS, headers=bearer(key))).status_code == 200
    gone = (await service.http.post(f"{KEYS}/{key['id']}/revoke")).json()
    assert (gone["revoked_at"], gone["revoked_by"]) == ("2026-03-11T12:00:00Z", "settings key")
    problem = is_problem(await service.http.get(RUNS, headers=bearer(key)), 401)
    assert "'ci' was revoked at 2026-03-11 12:00 UTC" in problem["detail"]
    assert (await service.http.post(f"{KEYS}/{key['id']}/revoke")).json() == gone, "no harm in asking twice"
    assert (await made(service))["id"] != key["id"], "its name is free again"
    lists = {
        revoked: [
            one["id"] for one in (await service.http.get(KEYS, params={"revoked": revoked})).json()["items"]
        ]
        for revoked in (True, False)
    }
    assert lists[True] == [key["id"]]
    assert key["id"] not in lists[False]


async def test_a_name_in_use_is_refused(service: Service) -> None:
    await made(service)
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "admin"})
    assert "A key 'ci' is in use" in is_problem(answer, 409)["detail"]


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({"role": "owner"}, 422, "/body/role"),
        ({"name": ""}, 422, "/body/name"),
        ({"name": "a b"}, 422, "/body/name"),
        ({"sites": []}, 422, "/body/sites"),
        ({"sites": ["demo", "nowhere"]}, 400, "/body/sites/1"),
        ({"expires_at": "2026-03-11T12:00:00Z"}, 400, "/body/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, 400, "/body/expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, 400, "/body/expires_at"),
        ({"expires_at": "2026-04-01"}, 422, "/body/expires_at"),
        ({"colour": "red"}, 422, "/body/colour"),
    ],
)
async def test_a_wrong_key_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await service.http.post(KEYS, json={"name": "ci", "role": "viewer", **wanted})
    assert pointer in [fault["pointer"] for fault in is_problem(answer, status)["errors"]]


def test_a_key_ends_at_its_instant_and_its_use_is_noted_to_a_minute(database: Any) -> None:
    end = NOW + timedelta(days=1)

    def look(now: datetime) -> key_service.Recognised:
        with database.write() as tx:
            found = key_service.recognise(tx, new.token, now=now)
            if found.to_note:
                key_service.note_use(tx, found.caller, now=now)
            return found

    with database.write() as tx:
        new = key_service.create(
            tx, name="ci", role=Role.EDITOR, site_names=None, expires_at=end, by=ROOT, now=NOW
        )
    noted = [look(NOW + timedelta(seconds=seconds)).to_note for seconds in (0, 59, 60, 61)]
    assert noted == [True, False, True, False]
    assert look(end - timedelta(microseconds=1)).caller == Caller("key ci", Role.EDITOR, None, new.row["id"])
    with pytest.raises(key_service.Unauthorized, match="'ci' ended at 2026-03-12 12:00 UTC"):
        look(end)


async def test_who_only_looks_may_do_so_while_the_store_cannot_be_written(service: Service) -> None:
    key = await made(service)
    with read_only(service.database, service.url):
        assert (await service.http.get(RUNS, headers=bearer(key))).status_code == 200


async def test_without_a_store_a_key_is_neither_good_nor_bad(service: Service) -> None:
    key = await made(service)
    service.lose_the_store()
    is_problem(await service.http.get(RUNS, headers=bearer(key)), 503)


async def test_a_key_from_the_store_opens_the_api_where_the_settings_have_none(database_url: str) -> None:
    async with serving(database_url) as service:
        key = await made(service, role="admin")
    async with serving(database_url, api_keys=[]) as service:
        assert (await service.http.get(KEYS, headers=bearer(key))).status_code == 200
        is_problem(await service.http.get(KEYS, headers=BEARER), 401)
