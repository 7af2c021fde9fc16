"""`burnish keys` and `burnish audit`: made, used, revoked, on record."""

import json
from collections.abc import Callable

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import Connection, select

from app.cli.caller import Caller
from app.services.secrets import Keyring, new_key
from app.services.site_settings import create
from app.settings import SiteSettings
from app.store import admin_tables, runs
from app.store.database import Database
from app.store.sites import ensure_site, get_site
from tests.cli.support import burnish, says
from tests.conftest import NOW
from tests.stores import a_site


@pytest.fixture
def store(database_url: str, configured: Callable[..., None]) -> None:
    configured(database_url)
    database = Database(database_url)
    with database.write() as tx:
        a_site(tx)
    database.close()


def documents(*words: str) -> list[dict[str, object]]:
    result = burnish(*words, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_key_is_printed_once_listed_and_revoked(store: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "alice")
    made = burnish("keys", "create", "ci", "--role", "editor", "--site", "demo", "--days", "7")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert token.startswith("burnish_")
    (listed,) = documents("keys", "list")
    assert token not in str(listed)
    assert (listed["name"], listed["role"], listed["sites"]) == ("ci", "editor", ["demo"])
    assert (listed["created_by"], listed["revoked_at"]) == ("CLI alice", None)
    assert listed["expires_at"]
    assert "revoked" in burnish("keys", "revoke", str(listed["id"])).stdout
    assert documents("keys", "list")[0]["revoked_by"] == "CLI alice"
    entries = documents("audit", "--actor", "CLI alice", "--resource", "key")
    assert [one["action"] for one in entries] == ["key.revoked", "key.created"]
    assert "ci" in burnish("audit").stdout
    assert token not in burnish("audit", "--json").stdout


def test_commands_take_nothing_of_what_replicas_let_through(store: None, database_url: str) -> None:
    """Each would take its share and go: ten commands, and nobody could ask any more that minute."""
    documents("keys", "list")
    database = Database(database_url)
    with database.read() as tx:
        assert tx.execute(select(admin_tables.rate_shares)).all() == []
    database.close()


@pytest.mark.parametrize(("said", "rests"), [("3", 3), ("Fri, 27 Nov 2026 21:00:00 GMT", 5), (None, 5)])
def test_who_asks_too_often_is_told_and_asks_again(
    said: str | None, rests: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": said} if said else {}), httpx.Response(200)])
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    monkeypatch.setattr("app.cli.caller.anyio.sleep", rest)
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: next(answers)), base_url="http://burnish"
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(http):
        assert Caller(http, portal, "").get("/keys").status_code == httpx.codes.OK
    assert rested == [rests]
    assert capsys.readouterr().err == f"Asked too often; going on in {rests} s.\n"


def test_what_cannot_be_is_said_in_a_sentence(store: None) -> None:
    assert "There is no site 'nowhere'. There are: demo." in says(
        burnish("keys", "create", "ci", "--role", "viewer", "--site", "nowhere")
    )
    assert "There is no key 7." in says(burnish("keys", "revoke", "7"))


def test_a_key_made_through_the_service_opens_it(served: str) -> None:
    token = burnish("keys", "create", "ci", "--role", "viewer").stdout.strip()
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{served}/api/v1/runs", headers=bearer).status_code == 200
    assert httpx.post(f"{served}/api/v1/runs", headers=bearer, json={"kind": "sync"}).status_code == 403


def test_a_key_that_locks_secrets_is_printed_and_secrets_are_locked_anew(
    store: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = burnish("secrets", "new-key").stdout.strip()
    assert len(key) == 44
    monkeypatch.setenv("BURNISH_SECRET_KEY", key)
    assert burnish("secrets", "list").stdout == "None.\n"
    assert "Locked anew: 0 secrets; all that open" in burnish("secrets", "rotate").stdout
    monkeypatch.setenv("BURNISH_SECRET_KEY", "planted-no-key")
    assert "secret_key: a key is 32 random bytes" in says(burnish("secrets", "list"))


def test_what_servers_answered_is_locked_anew_and_what_no_key_opens_is_named(
    store: None, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    newest, old, lost = new_key(), new_key(), new_key()
    database = Database(database_url)
    with database.write() as tx:
        site, numbers = get_site(tx, "demo"), []
        for key in (old, lost):
            sealed = Keyring([key]).lock("planted", purpose="answer of a server of site demo")
            goes_on = {"rule": 1, "version": 1, "event": {"kept": {"sealed": sealed}}}
            numbers.append(
                runs.request(tx, site.id, runs.RULE, goes_on, at=NOW, now=NOW, requested_by="test")
            )
    database.close()
    monkeypatch.setenv("BURNISH_SECRET_KEY", f"{newest} {old}")
    done = burnish("secrets", "rotate")
    assert done.exit_code == 1
    assert "Of what servers answered rules are locked anew: 1." in done.stdout
    assert f"they cannot go on: run {numbers[1]} of site demo." in says(done)
    monkeypatch.setenv("BURNISH_SECRET_KEY", f"{newest} {lost}")
    assert burnish("secrets", "rotate").exit_code == 0


def test_a_site_that_was_made_over_the_api_is_one_for_every_command(
    store: None, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    key = new_key()
    monkeypatch.setenv("BURNISH_SECRET_KEY", key)
    site = SiteSettings(url="https://acme.test", email="bot@acme.test", token="planted", projects=["SHOP"])
    database = Database(database_url)
    with database.write() as tx:
        create(tx, Keyring([key]), "acme", site, adopt=adopted, now=NOW)
    database.close()
    assert "Say which site with --site. There are: acme, demo." in says(burnish("jql", "search", "key = A-1"))
    assert burnish("jql", "search", "--site", "acme", "order by key").exit_code == 0
    assert "must not be mixed with it" in says(burnish("import", "--site", "acme", __file__))


def adopted(tx: Connection, name: str, site: SiteSettings) -> None:
    ensure_site(tx, name, site.url)
