"""kill -9 at the worst moments; started again, the run completes and one comment stands."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.clock import utc_now
from app.demo import BOARD, Demo, opening
from tests.journeys.described import described
from tests.journeys.test_sprint_report import comments

COMMENT = r"^/rest/api/3/issue/[^/]+/comment"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with described(tmp_path / "here", opens_at=opening(utc_now())) as running_demo:
        yield running_demo


def kill(demo: Demo) -> None:
    """No chance to tidy up."""
    assert demo.service.running is not None
    demo.service.running.send_signal(signal.SIGKILL)
    demo.service.running.wait()


def wait_for(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def requests(demo: Demo, method: str, part: str) -> list[dict[str, Any]]:
    sent = demo.ask(demo.jira, "GET", "/_sandbox/requests")["requests"]
    return [one for one in sent if one["method"] == method and part in one["path"]]


def ask_for_report(demo: Demo) -> int:
    run = demo.ask(demo.burnish, "POST", "/api/v1/runs", json={"kind": "sprint_health", "board": BOARD})
    return int(run["id"])


def finished(demo: Demo, run_id: int) -> dict[str, Any]:
    return dict(demo.until("the report", lambda: demo._posted(run_id)))


def settled(demo: Demo, run_id: int) -> None:
    """Carried out, or left out because a newer report was about to be written."""

    def effects() -> bool:
        run = demo.ask(demo.burnish, "GET", f"/api/v1/runs/{run_id}")
        states = {one["state"] for one in run["effects"]}
        return bool(states) and states <= {"done", "skipped"}

    demo.until("the effects", effects)


def test_killed_after_jira_wrote_the_comment_and_before_we_heard(demo: Demo) -> None:
    demo.first_sync()
    fault = {"kind": "delay_after", "method": "POST", "path": COMMENT, "seconds": 5, "times": 1}
    demo.ask(demo.jira, "POST", "/_sandbox/faults", json=fault)
    run_id = ask_for_report(demo)
    wait_for(lambda: comments(demo))
    kill(demo)
    run = finished(demo, run_id)
    assert len(comments(demo)) == 1
    assert run["effects"][0]["outcome"]["comment_id"] == comments(demo)[0]["id"]
    assert len(requests(demo, "POST", "/comment")) == 1


def test_killed_while_the_first_sync_reads_its_pages(demo: Demo) -> None:
    wait_for(lambda: requests(demo, "POST", "/search/jql"))
    kill(demo)
    demo.first_sync()
    finished(demo, ask_for_report(demo))
    assert len(comments(demo)) == 1


def test_killed_before_the_comment_is_written(demo: Demo) -> None:
    demo.first_sync()
    fault = {"kind": "delay_after", "method": "GET", "path": COMMENT, "seconds": 5, "times": 1}
    demo.ask(demo.jira, "POST", "/_sandbox/faults", json=fault)
    run_id = ask_for_report(demo)
    wait_for(lambda: requests(demo, "GET", "BURN-1/comment"))
    kill(demo)
    finished(demo, run_id)
    assert len(comments(demo)) == 1


def test_killed_many_times_while_the_team_works_and_reports_are_asked_for(demo: Demo) -> None:
    demo.first_sync()
    runs = []
    for pause in (0.0, 0.05, 0.1, 0.2):
        runs.append(ask_for_report(demo))
        demo.ask(demo.jira, "POST", "/_sandbox/clock/advance", json={"hours": 6})
        time.sleep(pause)
        kill(demo)
    for run_id in runs:
        settled(demo, run_id)
    last = finished(demo, runs[-1])
    assert [one["id"] for one in comments(demo)] == [last["effects"][0]["outcome"]["comment_id"]]
    issue = demo.ask(demo.jira, "GET", "/rest/api/3/issue/BURN-1", params={"fields": "attachment"})
    assert len(issue["fields"]["attachment"]) == 1, "and one picture"
