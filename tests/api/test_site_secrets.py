"""Secrets of sites made over the API: locked, replaced, renewed, and shown nowhere."""

from datetime import timedelta

import pytest

from app.services.oauth_tokens import StoredTokens
from app.services.secrets import Keyring, new_key, purpose_of
from app.store import tables
from connectors.jira.tokens import Tokens
from tests.api.queued import SITES
from tests.api.stored_sites import HOOK_SECRET, KEY, NEW, OAUTH, OLDER, everything, hears, made, version
from tests.api.stored_sites import service as service  # noqa: PLC0414 - a fixture
from tests.api.support import Service, is_problem, serving
from tests.conftest import NOW
from tests.stores import rows


async def test_secrets_are_stored_encrypted_and_shown_nowhere(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    await made(service)
    new = {"token": "planted-token-2"}
    edited = await service.http.patch(f"{SITES}/acme", json=new, headers=await version(service))
    assert edited.status_code == 200
    given = {"secret": "planted-webhook-secret-2", "keep_hours": 1}
    rotated = await service.http.post(f"{SITES}/acme/webhook-secret", json=given)
    assert rotated.json()["secret"] is None, "who gave it knows it"
    shown = [
        (await service.http.get(path)).text
        for path in (SITES, f"{SITES}/acme", "/api/v1/secrets", "/api/v1/audit", "/api/v1/schedules")
    ]
    for text in (await everything(service), edited.text, rotated.text, *shown, capsys.readouterr().out):
        assert "planted" not in text
        assert KEY not in text
    (token,) = await service.database.call_read(
        lambda tx: [one for one in rows(tx, tables.secrets) if one["name"] == "token"]
    )
    assert Keyring([KEY]).open(token["sealed"], purpose=purpose_of("acme", "token")) == "planted-token-2"


async def test_a_webhook_secret_is_replaced_while_the_old_one_still_signs(service: Service) -> None:
    await made(service)
    answer = await service.http.post(f"{SITES}/acme/webhook-secret", json={"keep_hours": 2})
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["old_until"] == "2026-03-11T14:00:00Z"
    assert [await hears(service, one) for one in (told["secret"], HOOK_SECRET)] == [202, 202]
    book = service.app.state.doors.book
    book._now = lambda: NOW + timedelta(hours=2)
    await book.refresh()  # as it does every few seconds
    assert [await hears(service, one) for one in (told["secret"], HOOK_SECRET)] == [202, 401]


async def test_a_secret_that_leaked_is_replaced_at_once(service: Service) -> None:
    await made(service)
    told = (await service.http.post(f"{SITES}/acme/webhook-secret", json={"keep_hours": 0})).json()
    assert [await hears(service, one) for one in (told["secret"], HOOK_SECRET)] == [202, 401]


# --- keys that lock -------------------------------------------------------------------------------


async def test_without_a_key_no_secret_is_taken(database_url: str) -> None:
    async with serving(database_url, secret_key=None) as service:
        problem = is_problem(await service.http.post(SITES, json=NEW), 409)
        assert "Make one with `burnish secrets new-key`, set it as BURNISH_SECRET_KEY" in problem["detail"]
        assert [one["name"] for one in (await service.http.get(SITES)).json()["items"]] == ["demo"]


async def test_with_another_key_a_site_is_not_served_and_says_why(database_url: str) -> None:
    async with serving(database_url, secret_key=KEY) as service:
        await made(service)
    async with serving(database_url, secret_key=OLDER) as service:
        assert await hears(service, HOOK_SECRET) == 404
        site = (await service.http.get(f"{SITES}/acme")).json()
        assert "No key opens the" in site["trouble"]
        assert [one["trouble"] for one in (await service.http.get(SITES)).json()["items"]] == [
            site["trouble"],
            None,
        ]
        mended = await service.http.post(f"{SITES}/acme/webhook-secret", json={"keep_hours": 0})
        assert mended.status_code == 200
        answer = await service.http.patch(f"{SITES}/acme", json={"token": "t"}, headers={"If-Match": "*"})
        assert answer.json()["trouble"] is None, answer.text
        assert await hears(service, mended.json()["secret"]) == 202


async def test_keys_are_replaced_without_a_gap(database_url: str) -> None:
    async with serving(database_url, secret_key=OLDER) as service:
        await made(service)
    async with serving(database_url, secret_key=f"{KEY} {OLDER}") as service:
        listed = (await service.http.get("/api/v1/secrets")).json()["items"]
        assert [(one["site"], one["name"], one["newest_key"]) for one in listed] == [
            ("acme", "webhook_secret", False),
            ("acme", "token", False),
        ]
        done = (await service.http.post("/api/v1/secrets/rotate")).json()
        assert (done["locked_anew"], done["not_opened"]) == (2, [])
        assert (await service.http.post("/api/v1/secrets/rotate")).json()["locked_anew"] == 0
    async with serving(database_url, secret_key=KEY) as service:
        assert await hears(service, HOOK_SECRET) == 202
    async with serving(database_url, secret_key=OLDER) as service:
        lost = (await service.http.post("/api/v1/secrets/rotate")).json()["not_opened"]
        assert lost == ["webhook_secret of site acme", "token of site acme"]


def test_a_secret_opens_only_for_what_it_was_locked_for() -> None:
    ring = Keyring([KEY])
    sealed = ring.lock("planted", purpose=purpose_of("acme", "token"))
    with pytest.raises(Exception, match="was locked as another secret"):
        ring.open(sealed, purpose=purpose_of("mallory", "token"))
    with pytest.raises(Exception, match="No key opens the token of site acme"):
        ring.open(sealed[:-9] + "AAAAAAA==", purpose=purpose_of("acme", "token"))


# --- OAuth ----------------------------------------------------------------------------------------


async def test_the_tokens_of_a_site_with_oauth_are_in_the_store_encrypted_and_renewed_there(
    service: Service,
) -> None:
    oauth = {**NEW, "auth": "oauth", "oauth": OAUTH}
    del oauth["token"]
    site = await service.http.post(SITES, json=oauth)
    assert site.json()["settings"]["oauth"] == {"client_id": "app"}
    pair = {"access_token": "planted-access", "refresh_token": "planted-refresh"}
    body = {**pair, "expires_at": "2026-03-11T13:00:00Z"}
    answer = await service.http.put(f"{SITES}/acme/oauth-tokens", json=body)
    assert answer.status_code == 204, answer.text
    store = StoredTokens(service.database, service.app.state.doors.book.keyring, "acme", now=lambda: NOW)
    first = Tokens("planted-access", "planted-refresh", NOW + timedelta(hours=1))
    assert await store.load() == first
    await store.save(Tokens("planted-next", "planted-next", NOW + timedelta(hours=2)))
    assert await store.load() == Tokens("planted-next", "planted-next", NOW + timedelta(hours=2))
    shown = [
        (await service.http.get(path)).text for path in (f"{SITES}/acme", "/api/v1/secrets", "/api/v1/audit")
    ]
    for text in (site.text, answer.text, *shown, await everything(service)):
        assert "planted" not in text
    names = [one["name"] for one in (await service.http.get("/api/v1/secrets")).json()["items"]]
    assert sorted(names) == ["oauth_client_secret", "oauth_tokens", "webhook_secret"]
    edited = {"oauth": {**OAUTH, "client_id": "another"}}
    await service.http.patch(f"{SITES}/acme", json=edited, headers=await version(service))
    assert await store.load() is not None, "tokens outlive an edit"
    assert await hears(service, HOOK_SECRET) == 202


async def test_where_tokens_cannot_be_kept_they_are_refused(service: Service) -> None:
    body = {"access_token": "a", "refresh_token": "r", "expires_at": "2026-03-11T13:00:00Z"}
    problem = is_problem(await service.http.put(f"{SITES}/demo/oauth-tokens", json=body), 409)
    assert "keeps no OAuth tokens in the store" in problem["detail"]
    is_problem(await service.http.put(f"{SITES}/nowhere/oauth-tokens", json=body), 404)
    store = StoredTokens(service.database, Keyring([new_key()]), "nowhere", now=lambda: NOW)
    with pytest.raises(ValueError, match="no site 'nowhere'"):
        await store.load()
    with pytest.raises(OSError, match="no site 'nowhere'"):
        await store.save(Tokens("a", "r", NOW))


async def test_addresses_of_channels_go_in_encrypted_one_by_one_and_never_come_out(service: Service) -> None:
    first, second = "slack://planted-a/planted-b/planted-c", "json://planted-d.test"
    board = {"board": 7, "report_issue": "SHOP-1", "channels": ["team"]}
    refused = await service.http.post(SITES, json={**NEW, "sprint_health": [board]})
    assert refused.status_code == 422
    assert "names the channel 'team'; there are: none" in refused.text
    site = await made(service, sprint_health=[board], channels={"team": first})
    assert {one["name"] for one in site["secrets"]} == {"token", "webhook_secret", "channel:team"}
    assert "planted" not in repr(site)

    def channels() -> dict[str, str]:
        return next(dict(one.channels) for one in service.app.state.doors.book.jira.values() if one.channels)

    assert channels() == {"team": first}
    for wanted, expected in (
        ({"managers": second}, {"team": first, "managers": second}),
        ({"team": second, "managers": None}, {"team": second}),
    ):
        edited = await service.http.patch(
            f"{SITES}/acme", json={"channels": wanted}, headers=await version(service)
        )
        assert edited.status_code == 200, edited.text
        assert channels() == expected
        assert "planted" not in edited.text
    gone = await service.http.patch(
        f"{SITES}/acme", json={"channels": {"team": None}}, headers=await version(service)
    )
    assert gone.status_code == 400, "a board still names it"
    assert "planted" not in await everything(service)
