import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app import log

PLANTED = "planted-0ken-7f3a"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("name", ["token", "webhook_secret", "Authorization", "api_key", "db_password"])
def test_what_is_named_like_a_secret_is_hidden(
    capsys: pytest.CaptureFixture[str], style: str, name: str
) -> None:
    log.set_up(level="info", style="json" if style == "json" else "console")
    log.get("test").info("tried", **{name: PLANTED}, headers={name: PLANTED}, tried=[{"x": {name: PLANTED}}])
    said = logged(capsys)
    assert PLANTED not in said
    assert said.count(log.HIDDEN) == 3


def test_a_failure_is_logged_without_the_values_it_had_in_hand(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(level="info", style="console")
    token = PLANTED

    def fail() -> None:
        assert token
        raise RuntimeError

    try:
        fail()
    except RuntimeError:
        log.get("test").exception("failed")
    said = logged(capsys)
    assert "RuntimeError" in said
    assert PLANTED not in said


def test_a_line_of_json_has_its_event_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(level="info", style="json")
    log.get("test").info("delivery.accepted", issue="BURN-1", keys=["a", "b"])
    log.get("test").debug("not shown")
    line = json.loads(logged(capsys))
    assert (line["event"], line["level"], line["issue"]) == ("delivery.accepted", "info", "BURN-1")
    assert line["keys"] == ["a", "b"]
    assert line["timestamp"].endswith("Z")


def test_libraries_log_the_same_way_and_requests_are_not_named_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.set_up(level="info", style="json")
    logging.getLogger("httpx").info("GET https://example.com?token=%s", PLANTED)
    logging.getLogger("some.library").warning("something %s", "odd")
    assert json.loads(logged(capsys))["event"] == "something odd"
