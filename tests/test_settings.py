"""An admin's mistakes are named, all at once, and no secret is repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import SettingsInvalid
from app.settings import Settings, load_settings

PLANTED = "planted-0ken-7f3a"
SITE: dict[str, Any] = {"url": "https://example.atlassian.net", "email": "bot@example.com", "token": PLANTED}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def site(**changes: Any) -> dict[str, Any]:
    return {"demo": {**SITE, **changes}}


def report(**changes: Any) -> dict[str, Any]:
    return site(sprint_health=[{"board": 1, "report_issue": "BURN-1", **changes}])


def refused(monkeypatch: pytest.MonkeyPatch, sites: dict[str, Any]) -> str:
    monkeypatch.setenv("BURNISH_SITES", json.dumps(sites))
    with pytest.raises(SettingsInvalid) as error:
        load_settings()
    assert PLANTED not in str(error.value)
    return str(error.value)


def test_without_any_setting_there_is_a_file_beside_us_and_no_site() -> None:
    settings = load_settings()
    assert settings.database_url.get_secret_value() == "sqlite:///burnish.db"
    assert (settings.sites, settings.api_keys) == ({}, ())


def test_the_environment_wins_over_the_file(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "burnish.toml").write_text(
        'catch_up_minutes = 5\nlog_level = "debug"\n'
        '[sites.demo]\nurl = "https://example.atlassian.net"\nemail = "bot@example.com"\ntoken = "old"\n'
    )
    monkeypatch.setenv("BURNISH_LOG_LEVEL", "error")
    monkeypatch.setenv("BURNISH_SITES__DEMO__TOKEN", PLANTED)
    settings = load_settings()
    assert (settings.catch_up_minutes, settings.log_level) == (5, "error")
    assert settings.sites["demo"].token.get_secret_value() == PLANTED
    assert settings.sites["demo"].email == "bot@example.com"


def test_secrets_do_not_show() -> None:
    settings = Settings(
        database_url=f"postgresql+psycopg://user:{PLANTED}@host/db",
        api_keys=(PLANTED,),
        sites=site(webhook_secrets=[PLANTED]),
    )
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert PLANTED not in shown


@pytest.mark.parametrize("url", ["https://example.com/jira", "http://127.0.0.1:8080", "http://localhost:1"])
def test_jira_is_reached_safely_or_on_this_machine(url: str) -> None:
    assert Settings(sites=site(url=f"{url}/")).sites["demo"].url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://jira.example.com", "in the clear"),
        (f"https://bot:{PLANTED}@jira.example.com", "must not carry credentials"),
        (f"https://jira.example.com?token={PLANTED}", "must not carry credentials"),
        (PLANTED, "not an address"),
        (f"ftp://{PLANTED}", "not an address"),
        ("https://jira.example.com?", "must not carry credentials"),
        (f"https://{PLANTED}\n.example.com", "a line break"),
        (f"https://jira.example.com/{PLANTED}\0", "another sign"),
        (f"https://jira.example.com:{PLANTED}", "the host or the port is none"),
        ("https://jira.example.com:99999", "the host or the port is none"),
        ("https://999.999.1.1", "the host or the port is none"),
        ("https://xn--/", "the host or the port is none"),
    ],
)
def test_an_address_that_would_leak_the_token_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    message = refused(monkeypatch, site(url=url))
    assert "sites.demo.url" in message
    assert says in message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\0", "\t"])
def test_a_token_with_a_line_break_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    message = refused(monkeypatch, site(token=PLANTED + end))
    assert "sites.demo.token: it has a line break" in message


@pytest.mark.parametrize("field", ["cron", "timezone", "report_issue", "board", "new_comment"])
def test_a_token_in_the_wrong_place_is_not_repeated(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    assert f"sprint_health.0.{field}" in refused(monkeypatch, report(**{field: PLANTED}))


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refused(monkeypatch, report(cron="at eight", timezone="Berlin"))
    assert "sites.demo.sprint_health.0.cron" in message
    assert "sites.demo.sprint_health.0.timezone" in message
    assert "0 8 * * mon-fri" in message
    assert "Europe/Berlin" in message


def test_days_of_the_week_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler counts from Monday, cron from Sunday: 1-5 would report from Tuesday to Saturday."""
    assert "mon-fri" in refused(monkeypatch, report(cron="0 8 * * 1-5"))
    assert Settings(sites=report(cron="*/5 8 1 * *")).sites


@pytest.mark.parametrize("cron", ["0 8 30 feb *", "0 8 30 2 *", "0 8 31 4,6,9,11 *"])
def test_a_cron_line_that_never_fires_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, cron: str) -> None:
    message = refused(monkeypatch, report(cron=cron))
    assert "sites.demo.sprint_health.0.cron" in message
    assert f"{cron!r} never fires" in message
    assert Settings(sites=report(cron="0 8 29 feb *")).sites, "that fires in leap years"


def test_a_board_has_one_report(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [{"board": 1, "report_issue": "BURN-1"}, {"board": 1, "report_issue": "BURN-2"}]
    assert "named twice" in refused(monkeypatch, site(sprint_health=twice))


def test_a_report_goes_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, site(sprint_health=[{"board": 7}]))
    assert "board 7 goes nowhere; set `report_issue`" in said
    assert Settings(sites=site(sprint_health=[{"board": 7, "sprint_property": "burnish"}])).sites
    assert "sprint_property" in refused(monkeypatch, report(sprint_property="no such key"))


def test_an_issue_for_each_sprint_is_described_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"board": 7, "sprint_issue": {"project": "SHOP", "summary": "{sprint} of {board}, 100 %"}}
    assert Settings(sites=site(sprint_health=[own])).sites
    both = {**own, "report_issue": "SHOP-1"}
    assert "leave one of them out" in refused(monkeypatch, site(sprint_health=[both]))
    for summary in ("{team}", "{sprint!r}", "{sprint:9999}", "{", " ", "{0}", "{sprint.__class__}"):
        wrong = {"board": 7, "sprint_issue": {"project": "SHOP", "summary": summary}}
        said = refused(monkeypatch, site(sprint_health=[wrong]))
        assert "sprint_issue.summary: it is no summary" in said
        assert "only {sprint} and {board}" in said


def test_readers_are_a_role_or_a_group_and_no_property_goes_around_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings(sites=report(visible_to={"role": "Developers"})).sites
    for wrong in ({}, {"role": "Developers", "group": "leads"}):
        assert "name either a `role` or a `group`" in refused(monkeypatch, report(visible_to=wrong))
    said = refused(monkeypatch, report(visible_to={"group": "leads"}, sprint_property="burnish"))
    assert "only for leads, but everybody who sees a sprint can read its properties" in said


def test_a_language_without_stems_is_refused_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refused(monkeypatch, site(text_language="klingon"))
    assert "klingon" in said
    assert "english, esperanto" in said


def test_a_setting_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "sites.demo.tokn" in refused(monkeypatch, site(tokn=PLANTED))


def test_a_misspelt_setting_is_told_with_the_one_that_is_meant_or_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refused(monkeypatch, report(thresholds={"behnd": 1}, visible_to={"persons": "all"}))
    assert "sprint_health.0.thresholds.behnd: there is no such setting; perhaps `behind` is meant" in said
    assert "sprint_health.0.visible_to.persons: there is no such setting; here are group, role" in said


def test_a_wrong_entry_of_a_list_does_not_make_the_list_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, report(reports=["daly"]))
    assert "reports.0: Input should be 'daily'" in said
    assert "at least 1" not in said
    assert "reports: Tuple should have at least 1" in refused(monkeypatch, report(reports=[]))


def test_catch_up_is_set_from_the_environment_where_all_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_CATCH_UP_MINUTES", "30")
    assert load_settings().catch_up_minutes == 30


@pytest.mark.parametrize("minutes", [0, 7, 8, 25, 45, 60])
def test_catch_up_comes_in_equal_parts_of_an_hour(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """`*/7` would come after 56 minutes, and then after 4."""
    for possible in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30):
        assert Settings(catch_up_minutes=possible).catch_up_minutes == possible
    monkeypatch.setenv("BURNISH_CATCH_UP_MINUTES", str(minutes))
    with pytest.raises(SettingsInvalid, match="catch_up_minutes"):
        load_settings()


@pytest.mark.parametrize("seconds", ["0", "nan", "inf", "1e9"])
def test_a_lease_is_a_time_that_ends(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("BURNISH_LEASE_SECONDS", seconds)
    with pytest.raises(SettingsInvalid, match="lease_seconds"):
        load_settings()


@pytest.mark.parametrize("name", ["my-site", "Demo", "_demo", "", "a" * 65])
def test_a_site_has_a_name_that_an_environment_variable_can_carry(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert Settings(sites={"my_site2": SITE}).sites
    assert "sites" in refused(monkeypatch, {name: SITE})


def test_a_body_of_26_million_bytes_is_above_the_limit() -> None:
    assert Settings().webhook_body_limit == 25_999_999


def test_a_missing_token_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {"demo": {key: value for key, value in SITE.items() if key != "token"}}
    assert "sites.demo: auth = 'api_token' also needs token" in (said := refused(monkeypatch, without))
    assert "BURNISH_SITES__<NAME>__TOKEN" in said


def test_a_variable_that_is_not_json_is_named_and_not_blamed_on_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BURNISH_SITES", f'{{"{PLANTED}')
    with pytest.raises(SettingsInvalid, match=r"BURNISH_\* variables.*sites") as error:
        load_settings()
    assert PLANTED not in str(error.value)


def test_of_nested_variables_the_one_that_is_not_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first secret of everybody who sets one: written as it is, and not as a list."""
    monkeypatch.setenv("BURNISH_SITES__DEMO__URL", SITE["url"])
    monkeypatch.setenv("BURNISH_SITES__DEMO__WEBHOOK_SECRETS", PLANTED)
    with pytest.raises(SettingsInvalid, match="BURNISH_SITES__DEMO__WEBHOOK_SECRETS is not JSON") as error:
        load_settings()
    assert PLANTED not in str(error.value)


def test_a_file_that_is_not_toml_is_named(empty_folder: Path) -> None:
    (empty_folder / "burnish.toml").write_text(f"token {PLANTED}")
    with pytest.raises(SettingsInvalid, match=r"burnish\.toml cannot be read") as error:
        load_settings()
    assert PLANTED not in str(error.value)


# --- flow -----------------------------------------------------------------------------------------


def test_how_a_team_works_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sprints = [{"board": 1, "report_issue": "BURN-1"}]
    plain = {"board": 1, "report_issue": "BURN-2", "cron": "0 9 * * mon", "timezone": "Europe/Berlin"}
    assert Settings(sites=site(sprint_health=sprints, flow=[plain])).sites
    assert Settings(sites=site(flow=[{**plain, "working_days": [1, 2]}])).sites
    said = refused(monkeypatch, site(sprint_health=sprints, flow=[{**plain, "working_days": [1, 2]}]))
    assert "move working_days from `flow` to `sprint_health`" in said


def test_flow_is_reported_of_each_board_once_to_channels_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = {"board": 1, "report_issue": "BURN-2"}
    assert "named twice" in refused(monkeypatch, site(flow=[one, one]))
    assert "names the channel 'team'" in refused(monkeypatch, site(flow=[{**one, "channels": ["team"]}]))
