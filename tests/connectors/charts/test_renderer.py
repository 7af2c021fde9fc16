"""Charts drawn by the real thing, in its own process."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest

from connectors.charts.renderer import MOST_FORESEEN, NotDrawn, Renderer

BARS: dict[str, Any] = {
    "data": {"values": [{"what": "<b>&committed", "points": 8}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "what", "type": "nominal"},
        "y": {"field": "points", "type": "quantitative"},
    },
}


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


def test_a_chart_becomes_svg_and_png(renderer: Renderer) -> None:
    svg = renderer.svg(BARS)
    assert svg.startswith("<svg")
    assert "&lt;b&gt;&amp;committed" in svg
    assert "<script" not in svg
    assert renderer.png(BARS).startswith(b"\x89PNG\r\n\x1a\n")
    assert renderer.svg(BARS) == svg, "the same each time"


def test_charts_that_will_be_wanted_are_drawn_before_somebody_asks(renderer: Renderer) -> None:
    drawn = renderer.svg(BARS)
    renderer.draw_soon()
    renderer.draw_soon([BARS, {"mark": "nonsense"}])
    process = renderer._process
    assert process is not None
    done, _ = wait(list(renderer._foreseen.values()), timeout=30)
    assert len(done) == 2
    os.kill(process.pid, signal.SIGSTOP)  # who draws now draws no more
    assert renderer.svg(BARS) == drawn
    with pytest.raises(NotDrawn):
        renderer.svg({"mark": "nonsense"})
    os.kill(process.pid, signal.SIGCONT)
    assert renderer.svg(BARS) == drawn, "a second time it is drawn anew"


def test_charts_that_nobody_asks_for_are_forgotten(renderer: Renderer) -> None:
    renderer.draw_soon([{**BARS, "title": f"{number}"} for number in range(3 * MOST_FORESEEN)])
    assert len(renderer._foreseen) == MOST_FORESEEN
    assert renderer.svg(BARS)


def test_what_is_no_chart_is_said_and_the_next_one_is_drawn(renderer: Renderer) -> None:
    with pytest.raises(NotDrawn):
        renderer.svg({"mark": "nonsense"})
    assert renderer.svg(BARS)


def test_a_process_that_died_is_replaced(renderer: Renderer) -> None:
    renderer.svg(BARS)
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert renderer.svg(BARS)


def test_a_process_that_ended_between_two_charts_is_replaced(renderer: Renderer) -> None:
    renderer.svg(BARS)
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)  # not waited for: it may still look alive
    assert renderer.svg(BARS)


def test_one_that_hangs_is_given_up(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    renderer.svg(BARS)
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr("connectors.charts.renderer.LONGEST_SECONDS", 0.2)
    with pytest.raises(NotDrawn, match="longer than"):
        renderer.svg(BARS)
    monkeypatch.undo()
    assert renderer.svg(BARS)
