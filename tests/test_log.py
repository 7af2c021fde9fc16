import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from anyio import to_thread
from opentelemetry.sdk.trace import TracerProvider

from app import log
from app.tracing import Tracing
from tests.logs import logging_as_before

PLANTED = "planted-0ken-7f3a"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    with logging_as_before():
        yield


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


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in logged(capsys).splitlines()]


def test_every_line_inside_carries_the_ids_that_were_bound_and_none_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.set_up(level="info", style="json")
    with log.bound(delivery=7, correlation="delivery:7", reason=None):
        log.get("one").info("delivery.applied")
        with log.bound(effect=9):
            logging.getLogger("some.library").warning("inner")
        log.get("one").info("outer")
    log.get("one").info("after")
    applied, inner, outer, after = lines(capsys)
    assert (applied["delivery"], applied["correlation"]) == (7, "delivery:7")
    assert "reason" not in applied
    assert (inner["delivery"], inner["effect"]) == (7, 9)
    assert "effect" not in outer
    assert "delivery" not in after


async def test_ids_go_along_into_tasks_and_threads_and_not_to_neighbours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.set_up(level="info", style="json")

    async def work(row: int) -> None:
        with log.bound(row=row):
            await asyncio.sleep(0)
            await to_thread.run_sync(lambda: log.get("one").info("in a thread", expected=row))
            await asyncio.create_task(said(row))

    async def said(row: int) -> None:
        log.get("one").info("in a task", expected=row)

    await asyncio.gather(*(work(row) for row in range(5)))
    told = lines(capsys)
    assert len(told) == 10
    assert all(line["row"] == line["expected"] for line in told)


def test_what_is_bound_is_hidden_like_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(level="info", style="json")
    with log.bound(api_key=PLANTED):
        log.get("one").info("tried")
    assert PLANTED not in logged(capsys)


def test_a_line_names_the_trace_that_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(level="info", style="json")
    with Tracing(TracerProvider(shutdown_on_exit=False)).span("burnish.effects"):
        log.get("one").info("inside")
    log.get("one").info("outside")
    inside, outside = lines(capsys)
    assert len(str(inside["trace_id"])) == 32
    assert len(str(inside["span_id"])) == 16
    assert "trace_id" not in outside
