"""Reports and sites on the command line: what it says, and what it leaves alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.clock import utc_now
from app.services import site_settings
from app.services.secrets import Keyring, new_key
from app.settings import SiteSettings
from app.store.database import Database
from tests.cli.support import REPORT, SITE, burnish, runs_of, says
from tests.factories import day
from tests.services.test_sprint_health import fill


@pytest.mark.parametrize("words", [("sync",), REPORT, ("webhook", "register", "https://burnish.example.com")])
def test_without_a_site_the_way_to_add_one_is_told(words: tuple[str, ...]) -> None:
    said = says(burnish(*words))
    assert "[sites.<name>] in burnish.toml" in said


def test_a_site_that_is_not_in_the_settings_is_refused_with_those_that_are(
    configured: Callable[..., None],
) -> None:
    configured()
    assert "There are: demo." in says(burnish(*REPORT, "--site", "other"))


def test_tokens_that_could_not_be_kept_are_not_bought(configured: Callable[..., None]) -> None:
    app = {"client_id": "app", "client_secret": "planted-secret", "token_file": "nowhere/tokens.json"}
    configured(auth="oauth", email=None, token=None, oauth=app)
    said = says(burnish("oauth", "connect"))
    assert "nowhere cannot be written. Make it, or choose another." in said
    assert "Open this address" not in said


def test_a_report_from_a_store_that_does_not_exist_says_so_and_makes_none(
    configured: Callable[..., None], tmp_path: Path
) -> None:
    configured()
    assert "There is no store at" in says(burnish(*REPORT))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki", "html"])
def test_a_report_is_printed_in_each_format(filled: str, style: str) -> None:
    result = burnish(*REPORT, "--at", day(8).strftime("%Y-%m-%dT%H:%M:%S%z"), "--format", style)
    assert result.exit_code == 0, result.output
    assert "BURN-" in result.output


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki", "html"])
def test_velocity_is_printed_in_each_format(filled: str, style: str) -> None:
    result = burnish("report", "velocity", "--board", "1", "--format", style)
    assert result.exit_code == 0, result.output
    assert "sprints" in result.output if style == "json" else "No closed sprint" in result.output


@pytest.mark.parametrize("style", ["markdown", "json", "adf", "wiki", "html"])
def test_flow_is_printed_in_each_format(filled: str, style: str) -> None:
    words = ("report", "flow", "--board", "1", "--at", "2026-03-13T12:00Z", "--weeks", "6", "--issues", "3")
    result = burnish(*words, "--format", style)
    assert result.exit_code == 0, result.output
    assert "BURN-" in result.output
    told = "2026-01-26T00:00:00Z" if style == "json" else "26 Jan"
    assert told in result.output


def test_flow_is_posted_where_its_settings_say(database_url: str, configured: Callable[..., None]) -> None:
    configured(database_url, flow=[{"board": 1, "report_issue": "BURN-7"}])
    database = Database(database_url)
    with database.write() as tx:
        fill(tx)
    database.close()
    result = burnish("report", "flow", "--board", "1", "--post")
    assert result.exit_code == 0, result.output
    (run,) = (one for one in runs_of(database_url) if one["kind"] == "flow")
    assert run["parameters"]["post_to"] == "BURN-7"


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


def test_a_sprint_is_asked_for_by_its_name_and_a_day_as_its_end(filled: str) -> None:
    evening = ("--at", "2026-03-09T23:59:59Z")
    by_id = burnish(*REPORT, "--sprint", "7", *evening)
    assert by_id.exit_code == 0, by_id.output
    assert burnish(*REPORT, "--sprint", "sprint 7", *evening).output == by_id.output
    assert burnish(*REPORT, "--sprint", "Sprint 7", "--at", "2026-03-09").output == by_id.output
    assert burnish(*REPORT, "--sprint", "Sprint 7", "--at", "2026-03-09T00:00Z").output != by_id.output
    assert "There is no sprint 'Sprnt 7'. Did you mean Sprint 7?" in says(
        burnish(*REPORT, "--sprint", "Sprnt 7")
    )
    posted = burnish(*REPORT, "--post", "--sprint", "Sprint 7", "--at", "2026-03-09")
    assert posted.exit_code == 0, posted.output
    (run,) = runs_of(filled)
    assert run["parameters"]["sprint"] == 7
    assert f"{run['at']:%Y-%m-%d %H:%M}" == "2026-03-09 23:59"


# --- posting --------------------------------------------------------------------------------------


def test_posting_without_a_service_asks_for_a_run_that_the_next_one_carries_out(filled: str) -> None:
    result = burnish(*REPORT, "--post", "--sprint", "7", "--at", "2026-03-09T12:00Z")
    assert result.exit_code == 0, result.output
    (run,) = runs_of(filled)
    assert f"Run {run['id']} is asked for; a service on this store" in result.output
    assert (run["kind"], run["state"], run["at"]) == ("sprint_health", "waiting", day(8))
    assert run["parameters"] == {"board": 1, "sprint": 7, "post_to": "BURN-1"}


def test_posting_asks_the_service_that_has_the_file(served: str, url: str) -> None:
    result = burnish(*REPORT, "--post")
    assert result.exit_code == 0, result.output
    assert f"is under way at {served}: `burnish runs show {runs_of(url)[-1]['id']}`." in result.output
    result = burnish("report", "sprint-health", "--board", "2", "--post")
    assert "It will post nothing: the settings name no `report_issue` for board 2." in result.output


@pytest.mark.parametrize("what", ["backlog", "digest", "priority"])
def test_what_is_told_of_a_backlog_is_what_a_site_made_over_the_api_wants(
    filled: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Its settings stand in the store alone; here they ask for a field that there is not."""
    monkeypatch.setenv("BURNISH_SITES", "{}")
    monkeypatch.setenv("BURNISH_SECRET_KEY", key := new_key())
    grooming = {
        "board": 1,
        "report_issue": "BURN-1",
        "query": "nonsense = 1",
        "priority": {"formula": "votes"},
    }
    site = SiteSettings.model_validate({**SITE, "backlog_grooming": [grooming]})
    database = Database(filled)
    with database.write() as tx:
        site_settings.create(tx, Keyring([key]), "demo", site, adopt=lambda *_: None, now=utc_now())
    database.close()
    assert "nonsense" in says(burnish("report", what, "--board", "1"))
