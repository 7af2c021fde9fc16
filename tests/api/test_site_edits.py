"""Sites made and edited over the API, without a restart; their secrets never come out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.api.site_edits import SiteEdit
from app.services.oauth_tokens import StoredTokens
from app.services.secrets import Keyring, new_key, purpose_of
from app.settings import SiteSettings
from app.store import tables
from app.store.database import Database
from app.store.sites import get_site
from connectors.jira.tokens import Tokens
from tests.api.queued import SITES
from tests.api.support import Service, is_problem, serving
from tests.conftest import NOW
from tests.payloads import encoded, issue, issue_event, signed
from tests.stores import rows

KEY, OLDER = new_key(), new_key()
OAUTH = {"client_id": "app", "client_secret": "planted-client-secret"}
TOKEN, HOOK_SECRET = "planted-token-1", "planted-webhook-secret-1"
NEW: dict[str, Any] = {
    "name": "acme",
    "url": "https://acme.test",
    "email": "bot@acme.test",
    "token": TOKEN,
    "webhook_secrets": [HOOK_SECRET],
    "projects": ["SHOP"],
    "sprint_health": [{"board": 7, "report_issue": "SHOP-1"}],
}


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with serving(database_url, secret_key=KEY) as running:
        yield running


async def made(service: Service, **overrides: Any) -> dict[str, Any]:
    answer = await service.http.post(SITES, json={**NEW, **overrides})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def hears(service: Service, secret: str, name: str = "acme") -> int:
    """What a webhook that is signed with that secret is answered."""
    body = encoded(issue_event("jira:issue_updated", issue(1), at=NOW))
    return (
        await service.http.post(f"/webhooks/jira/{name}", content=body, headers=signed(body, secret))
    ).status_code


async def version(service: Service, name: str = "acme") -> dict[str, str]:
    return {"If-Match": (await service.http.get(f"{SITES}/{name}")).headers["etag"]}


async def everything(service: Service) -> str:
    """All that is stored, in one text."""

    def read(tx: Any) -> str:
        return repr({table.name: rows(tx, table) for table in tables.metadata.sorted_tables})

    return await service.database.call_read(read)


async def test_a_site_is_made_and_served_at_once(service: Service) -> None:
    assert await hears(service, HOOK_SECRET) == 404
    answer = await service.http.post(SITES, json=NEW)
    assert answer.headers["location"] == f"{SITES}/acme"
    site = answer.json()
    assert (site["source"], site["trouble"], site["open"]["runs"]) == ("store", None, 1), "its first sync"
    assert site["settings"] == {
        "url": "https://acme.test",
        "email": "bot@acme.test",
        "projects": ["SHOP"],
        "sprint_health": [{"board": 7, "report_issue": "SHOP-1"}],
    }
    assert {one["name"] for one in site["secrets"]} == {"token", "webhook_secret"}
    assert answer.json() == (await service.http.get(f"{SITES}/acme")).json()
    assert await hears(service, HOOK_SECRET) == 202
    assert await hears(service, "another") == 401
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    assert "sprint health of board 7" in {one["name"] for one in found}
    jira = service.app.state.doors.book.jira
    assert {one.name: one.projects for one in jira.values()} == {"demo": ("BURN",), "acme": ("SHOP",)}


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


async def test_a_site_is_edited_without_a_restart(service: Service) -> None:
    await made(service)
    before = next(one for one in service.app.state.doors.book.jira.values() if one.name == "acme")
    edit = {"projects": ["SHOP", "WEB"], "sprint_health": [{"board": 8, "report_issue": "SHOP-2"}]}
    answer = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == (await version(service))["If-Match"]
    after = service.app.state.doors.book.jira[before.id]
    assert (after.projects, after.jira) == (("SHOP", "WEB"), before.jira), (
        "the same way in, so the same client"
    )
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    on = {one["name"]: one["enabled"] for one in found}
    assert (on["sprint health of board 7"], on["sprint health of board 8"]) == (False, True)
    await service.http.patch(f"{SITES}/acme", json={"token": "other"}, headers=await version(service))
    assert service.app.state.doors.book.jira[before.id].jira is not before.jira
    answer = await service.http.patch(
        f"{SITES}/acme", json={"projects": None}, headers=await version(service)
    )
    assert "projects" not in answer.json()["settings"]


async def test_of_two_who_edit_a_site_the_second_loses_nothing(service: Service) -> None:
    await made(service)
    seen = await version(service)
    first = await service.http.patch(f"{SITES}/acme", json={"projects": ["A"]}, headers=seen)
    assert first.status_code == 200
    second = await service.http.patch(f"{SITES}/acme", json={"projects": ["B"]}, headers=seen)
    problem = is_problem(second, 412)
    assert problem["version"] == second.headers["etag"] == first.headers["etag"]
    assert (await service.http.get(f"{SITES}/acme")).json()["settings"]["projects"] == ["A"]
    is_problem(await service.http.patch(f"{SITES}/acme", json={"projects": ["B"]}), 428)
    is_problem(await service.http.delete(f"{SITES}/acme", headers=seen), 412)
    is_problem(await service.http.delete(f"{SITES}/acme"), 428)


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


async def test_a_site_is_removed_with_its_secrets_and_may_come_back(service: Service) -> None:
    await made(service)
    answer = await service.http.delete(f"{SITES}/acme", headers=await version(service))
    assert (answer.status_code, answer.content) == (204, b"")
    assert await hears(service, HOOK_SECRET) == 404
    gone = (await service.http.get(f"{SITES}/acme")).json()
    assert (gone["source"], gone["settings"], gone["secrets"]) == (None, None, [])
    assert (await service.http.get("/api/v1/secrets")).json()["items"] == []
    found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
    assert {one["enabled"] for one in found} == {False}
    assert (await made(service))["source"] == "store"
    assert await hears(service, HOOK_SECRET) == 202


async def test_a_site_outlives_a_restart(database_url: str) -> None:
    async with serving(database_url, secret_key=KEY) as service:
        await made(service)
    async with serving(database_url, secret_key=KEY) as service:
        assert await hears(service, HOOK_SECRET) == 202
        found = (await service.http.get("/api/v1/schedules", params={"site": "acme"})).json()["items"]
        assert {one["enabled"] for one in found} == {True}, (
            "the settings do not switch off what is not theirs"
        )


async def test_a_site_that_cannot_be_reached_at_all_keeps_no_other_away(database_url: str) -> None:
    """An earlier version took any address, and then did not start any more."""
    async with serving(database_url, secret_key=KEY) as service:
        await made(service)
        await made(service, name="broken")
        bad = {**NEW, "url": "https://acme.test:port"}
        kept = {
            name: value for name, value in bad.items() if name not in {"name", "token", "webhook_secrets"}
        }
        await service.database.call_write(
            lambda tx: tx.execute(
                update(tables.sites).where(tables.sites.c.name == "broken").values(settings=kept)
            )
        )
    async with serving(database_url, secret_key=KEY) as service:
        assert await hears(service, HOOK_SECRET) == 202
        assert "(url)" in (await service.http.get(f"{SITES}/broken")).json()["trouble"]


async def test_other_processes_follow(postgresql_only: Database) -> None:
    database_url = postgresql_only.engine.url.render_as_string(hide_password=False)
    async with serving(database_url, secret_key=KEY) as one, serving(database_url, secret_key=KEY) as other:
        await made(one)
        await other.app.state.doors.book.refresh()  # as it does every few seconds
        assert await hears(other, HOOK_SECRET) == 202


@pytest.mark.parametrize(
    ("wanted", "status", "pointer"),
    [
        ({"name": "Acme"}, 422, "/body/name"),
        ({"url": "http://acme.test"}, 422, "/body/url"),
        ({"url": "https://acme.test:port"}, 422, "/body/url"),
        ({"token": "planted\n"}, 422, "/body/token"),
        ({"webhook_secrets": ["planted\n"]}, 422, "/body/webhook_secrets/0"),
        (
            {"backlog_grooming": [{"board": 7, "report_issue": "SHOP-1", "checks": {"stail": {}}}]},
            400,
            "/body/backlog_grooming/0/checks/stail",
        ),
        ({"token": None}, 422, "/body"),
        ({"auth": "oauth"}, 422, "/body"),
        ({"oauth": {**OAUTH, "token_file": "/etc/passwd"}}, 422, "/body/oauth"),
        (
            {"sprint_health": [{"board": 7, "report_issue": "SHOP-1", "cron": "x"}]},
            422,
            "/body/sprint_health/0/cron",
        ),
        ({"colour": "red"}, 422, "/body/colour"),
    ],
)
async def test_a_wrong_site_is_refused_with_a_pointer_to_what_is_wrong(
    service: Service, wanted: dict[str, Any], status: int, pointer: str
) -> None:
    problem = is_problem(await service.http.post(SITES, json={**NEW, **wanted}), status)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert "planted" not in str(problem)


async def test_an_edit_that_would_leave_no_site_is_refused(service: Service) -> None:
    await made(service)
    before = (await service.http.get(f"{SITES}/acme")).json()
    for edit, said in (
        ({"email": None}, "also needs email"),
        ({}, "Nothing to change"),
        ({"auth": "password"}, "username"),
    ):
        answer = await service.http.patch(f"{SITES}/acme", json=edit, headers={"If-Match": "*"})
        problem = is_problem(answer, 400)
        assert said in problem["detail"]
        assert "planted" not in str(problem)
    assert (await service.http.get(f"{SITES}/acme")).json() == before


async def test_sites_of_the_settings_stand_above_those_of_the_store(
    service: Service, database_url: str
) -> None:
    for method, path, body in (
        ("POST", SITES, {**NEW, "name": "demo"}),
        ("PATCH", f"{SITES}/demo", {"projects": ["X"]}),
        ("POST", f"{SITES}/demo/webhook-secret", {}),
        ("DELETE", f"{SITES}/demo", None),
    ):
        answer = await service.http.request(method, path, json=body, headers={"If-Match": "*"})
        assert "stands in the settings" in is_problem(answer, 409)["detail"]


async def test_what_is_taken_is_refused(service: Service) -> None:
    await made(service)
    assert "a site 'acme' already" in is_problem(await service.http.post(SITES, json=NEW), 409)["detail"]
    await service.http.delete(f"{SITES}/acme", headers={"If-Match": "*"})
    other = {**NEW, "url": "https://other.test"}
    assert (
        "Give the new Jira a new name"
        in is_problem(await service.http.post(SITES, json=other), 409)["detail"]
    )
    for method, path in (("PATCH", f"{SITES}/nowhere"), ("DELETE", f"{SITES}/nowhere")):
        answer = await service.http.request(method, path, json={"projects": ["X"]}, headers={"If-Match": "*"})
        is_problem(answer, 404)


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
        assert done == {"locked_anew": 2, "not_opened": []}
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


def test_what_can_be_set_can_be_edited() -> None:
    """A setting of a site that is new wants a line in `SiteEdit`. The address stays: it is another Jira."""
    assert SiteEdit.model_fields.keys() == SiteSettings.model_fields.keys() - {"url", "webhook_secrets"}


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


async def test_how_a_team_works_is_part_of_its_site(service: Service) -> None:
    """As it was written it is shown again, and a share that is none is refused with its place."""
    away = {"from": "2026-12-24", "to": "2026-12-31", "share": 0.5}
    board = {
        "board": 7,
        "report_issue": "SHOP-1",
        "blocked_statuses": ["On hold"],
        "thresholds": {"blocked": 2},
        "absences": [away],
    }
    assert (await made(service, sprint_health=[board]))["settings"]["sprint_health"] == [board]
    assert service.app.state.doors.sites["acme"].habits[7].thresholds.blocked == 2
    edited = {**board, "absences": [{**away, "share": 0.25}]}
    answer = await service.http.patch(
        f"{SITES}/acme", json={"sprint_health": [edited]}, headers=await version(service)
    )
    assert answer.json()["settings"]["sprint_health"] == [edited]
    (absence,) = service.app.state.doors.sites["acme"].habits[7].absences
    assert absence.share == 0.25
    wrong = {**board, "absences": [{**away, "share": 25}]}
    refused = await service.http.patch(
        f"{SITES}/acme", json={"sprint_health": [wrong]}, headers=await version(service)
    )
    assert refused.status_code == 422
    assert "/body/sprint_health/0/absences/0/share" in refused.text


async def test_a_site_speaks_its_language_from_the_edit_on(service: Service) -> None:
    await made(service)
    assert await _language(service) == "english"
    answer = await service.http.patch(
        f"{SITES}/acme", json={"text_language": "german"}, headers=await version(service)
    )
    assert answer.status_code == 200, answer.text
    assert await _language(service) == "german"
    edit = {"text_language": "klingon"}
    refused = await service.http.patch(f"{SITES}/acme", json=edit, headers=await version(service))
    assert refused.status_code == 422
    assert "klingon" in refused.text


async def _language(service: Service) -> str:
    return (await service.database.call_read(lambda tx: get_site(tx, "acme"))).text_language
