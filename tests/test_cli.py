"""The command line: what it says, what it does, and what it leaves alone."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from click.testing import Result
from sqlalchemy import make_url
from typer.testing import CliRunner

from app import cli, main
from app.store import sites, tables
from app.store.database import Database
from jobs.deliveries import HANDLED
from tests.conftest import NOW
from tests.factories import day
from tests.jobs.support import scripted
from tests.services.test_sprint_health import fill
from tests.stores import rows

SITE: dict[str, Any] = {
    "url": "https://burnish.test",
    "email": "bot@burnish.test",
    "token": "planted-token",
    "webhook_secrets": ["planted-secret"],
    "projects": ["BURN", "ORDER"],
    "sprint_health": [{"board": 1, "report_issue": "BURN-1"}],
}
REPORT = ("report", "sprint-health", "--board", "1")


@pytest.fixture(autouse=True)
def as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def burnish(*words: str) -> Result:
    return CliRunner().invoke(cli.app, words)


def says(result: Result) -> str:
    """What is said of a command that was refused: one sentence and no trace."""
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "planted" not in result.output
    return " ".join(result.output.replace("\u2502", " ").split())


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def configure(url: str = "sqlite:///burnish.db", **site: Any) -> None:
        monkeypatch.setenv("BURNISH_DATABASE_URL", url)
        monkeypatch.setenv("BURNISH_SITES", json.dumps({"demo": {**SITE, **site}}))
        monkeypatch.setenv("BURNISH_API_KEYS", json.dumps(["planted-key"]))

    return configure


@pytest.fixture
def filled(database_url: str, configured: Callable[..., None]) -> str:
    """A store with a sprint, of the site in the settings."""
    configured(database_url)
    database = Database(database_url)
    with database.write() as tx:
        fill(tx)
    database.close()
    return database_url


@pytest.mark.parametrize("words", [("sync",), REPORT, ("webhook", "register", "https://burnish.example.com")])
def test_without_a_site_the_way_to_add_one_is_told(words: tuple[str, ...]) -> None:
    said = says(burnish(*words))
    assert "[sites.<name>] in burnish.toml" in said


def test_a_site_that_is_not_in_the_settings_is_refused_with_those_that_are(
    configured: Callable[..., None],
) -> None:
    configured()
    assert "There are: demo." in says(burnish(*REPORT, "--site", "other"))


def test_a_report_from_a_store_that_does_not_exist_says_so_and_makes_none(
    configured: Callable[..., None], tmp_path: Path
) -> None:
    configured()
    assert "There is no store at" in says(burnish(*REPORT))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki"])
def test_a_report_is_printed_in_each_format(filled: str, style: str) -> None:
    result = burnish(*REPORT, "--at", day(8).strftime("%Y-%m-%dT%H:%M:%S%z"), "--format", style)
    assert result.exit_code == 0, result.output
    assert "BURN-" in result.output


def test_another_format_is_refused_before_anything_is_opened(configured: Callable[..., None]) -> None:
    configured("postgresql+psycopg://nobody@127.0.0.1:1/none")
    said = says(burnish(*REPORT, "--format", "foo"))
    assert "foo" in said
    assert "markdown" in said


def test_a_board_on_which_no_sprint_ran_is_said_with_the_way_out(filled: str) -> None:
    said = says(burnish(*REPORT, "--at", "2020-01-01T00:00Z"))
    assert "No sprint ran on board 1 at 2020-01-01T00:00+00:00" in said
    assert "name a sprint by its id" in said


def test_a_store_of_another_version_is_refused_in_a_sentence(filled: str) -> None:
    database = Database(filled)
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    assert "Was it made by a newer Burnish?" in says(burnish("db", "upgrade"))


# --- posting --------------------------------------------------------------------------------------


def runs_of(url: str) -> list[dict[str, Any]]:
    database = Database(url)
    with database.read() as tx:
        found = rows(tx, tables.runs)
    database.close()
    return found


def test_posting_asks_the_service_that_has_the_file_and_says_where_none_runs(filled: str) -> None:
    if make_url(filled).get_backend_name() != "sqlite":
        return
    assert "No service runs on this store. Start it with `burnish serve`" in says(burnish(*REPORT, "--post"))
    database = Database(filled)
    database.claim_file({"address": "http://127.0.0.1:1"})
    database.close()
    assert "does not answer (ConnectError). Is it running?" in says(burnish(*REPORT, "--post"))
    assert runs_of(filled) == []


def test_posting_on_postgresql_asks_for_a_run_that_any_service_carries_out(filled: str) -> None:
    if make_url(filled).get_backend_name() == "sqlite":
        return
    result = burnish(*REPORT, "--post", "--sprint", "7", "--at", "2026-03-09T12:00Z")
    assert result.exit_code == 0, result.output
    (run,) = runs_of(filled)
    assert f"Run {run['id']} is asked for" in result.output
    assert (run["kind"], run["state"], run["at"]) == ("sprint_health", "waiting", day(8))
    assert run["parameters"] == {"board": 1, "sprint": 7, "post_to": "BURN-1"}


# --- webhooks ---------------------------------------------------------------------------------------

HOOK = "https://burnish.example.com/webhooks/jira/demo"


@pytest.fixture
def jira(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The webhooks of a Jira in memory."""
    hooks: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/rest/webhooks/1.0/webhook"
        if request.method == "GET":
            return httpx.Response(200, json=hooks)
        hook = {**json.loads(request.content), "self": f"{request.url}/{len(hooks) + 1}"}
        hooks.append(hook)
        return httpx.Response(201, json=hook)

    async def jira_of(stack: AsyncExitStack, _: object) -> Any:
        return await stack.enter_async_context(scripted(answer))

    monkeypatch.setattr(main, "jira_of", jira_of)
    return hooks


def register() -> Result:
    return burnish("webhook", "register", "https://burnish.example.com/")


def test_jira_is_asked_to_tell_what_is_handled_of_the_projects_that_are_kept(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured()
    result = register()
    assert result.exit_code == 0, result.output
    (hook,) = jira
    assert hook["url"] == HOOK
    assert set(hook["events"]) == HANDLED.keys()
    assert hook["filters"]["issue-related-events-section"] == 'project in ("BURN", "ORDER")'
    assert hook["secret"] == "planted-secret"
    assert "planted" not in result.output


def test_where_all_projects_are_kept_nothing_is_filtered(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured(projects=[])
    assert register().exit_code == 0
    assert "project" not in json.dumps(jira[0].get("filters", {}))


def test_a_second_webhook_for_the_same_address_is_refused(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    """Jira would tell everything twice."""
    configured()
    register()
    assert f"Jira already tells {HOOK}" in says(register())
    assert len(jira) == 1


def test_without_a_secret_no_webhook_is_registered(
    configured: Callable[..., None], jira: list[dict[str, Any]]
) -> None:
    configured(webhook_secrets=[])
    assert "Set `webhook_secrets` of site 'demo' first" in says(register())
    assert jira == []


# --- sync -----------------------------------------------------------------------------------------


def test_what_a_sync_could_not_read_is_named_and_the_command_fails(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> cli.Reading:
        return cli.Reading(NOW, {"issues": 5}, {"board 7": "hidden"})

    monkeypatch.setattr(cli, "sync_site", sync)
    said = says(burnish("sync"))
    assert "5 issues" in said
    assert "board 7 cannot be read: hidden" in said


def test_the_database_that_is_made_knows_the_sites_of_the_settings(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> cli.Reading:
        return cli.Reading(NOW, {"issues": 0})

    monkeypatch.setattr(cli, "sync_site", sync)
    assert burnish("sync").exit_code == 0
    database = Database("sqlite:///burnish.db")
    with database.read() as tx:
        assert sites.get_site(tx, "demo").base_url == "https://burnish.test"
    database.close()
