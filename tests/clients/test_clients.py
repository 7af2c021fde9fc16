"""Clients that others wrote, unchanged, take the sandbox for a Jira. Run with `make clients`.

Each gets an environment of its own below `.clients/`, at a pinned version.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.demo import EMAIL, Process, free_port
from tests.clients.waiting import until_answered
from tests.connectors.request_log import ANSWERS, LOG, answer_violations
from tests.connectors.specs import SPECS

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".clients"
JIRA, ATLASSIAN, JIRA_JS = "jira==3.10.5", "atlassian-python-api==5.0.5", "jira.js@5.4.0"
TOKEN = "a-token-of-this-test"

pytestmark = [
    pytest.mark.skipif(
        "BURNISH_CLIENTS" not in os.environ, reason="needs the package registries: make clients"
    ),
    pytest.mark.timeout(600),
]


@dataclass(frozen=True)
class Site:
    """A sandbox that is running; in the end its answers are held against Atlassian's descriptions."""

    url: str
    deployment: str


def install_python(requirement: str) -> Path:
    """The interpreter of an environment that holds this client."""
    folder = ENVIRONMENTS / requirement
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", requirement], check=True)
        (folder / "done").touch()
    return folder / "bin" / "python"


def install_node(requirement: str) -> Path:
    """The folder that holds this client."""
    folder = ENVIRONMENTS / requirement
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, requirement], check=True)
        (folder / "done").touch()
    return folder


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    port = free_port()
    arguments = ("sandbox", "--port", str(port), "--deployment", request.param)
    sandbox = Process(arguments, {"SANDBOX_TOKEN": TOKEN}, tmp_path, tmp_path / "sandbox.log")
    url = f"http://127.0.0.1:{port}"
    try:
        sandbox.keep_alive()
        until_answered(f"{url}/rest/api/2/serverInfo")
        yield Site(url, request.param)
        assert not (violations := violations_at(url, request.param)), "\n".join(violations)
    finally:
        sandbox.stop()


def violations_at(url: str, deployment: str) -> list[str]:
    """What is wrong with the answers of the sandbox at `url`; nothing without Atlassian's descriptions."""
    if not SPECS.is_dir():
        return []
    log = httpx.get(f"{url}{LOG}", params=ANSWERS, timeout=60).json()
    print(f"{len(log['requests'])} requests")
    return answer_violations(deployment, log)


def failures(command: list[str | Path]) -> list[str]:
    """The calls that failed, with the reason; every call is printed, and how many there were."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    calls = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for call in calls:
        print(f"{'ok    ' if call['ok'] else 'FAILED'} {call['call']:28} {call.get('why', '')}")
    print(f"{len(calls)} calls")
    assert calls, done.stderr
    assert done.returncode == 0, done.stderr
    return [f"{call['call']}: {call['why']}" for call in calls if not call["ok"]]


def test_pycontribs_jira_works_against_both_editions(site: Site) -> None:
    python = install_python(JIRA)
    assert failures([python, HERE / "with_jira.py", site.url, EMAIL, TOKEN, site.deployment]) == []


def test_atlassian_python_api_works_against_both_editions(site: Site) -> None:
    python = install_python(ATLASSIAN)
    assert failures([python, HERE / "with_atlassian.py", site.url, EMAIL, TOKEN, site.deployment]) == []


@pytest.mark.parametrize("site", ["cloud"], indirect=True)
def test_jira_js_works_against_cloud(site: Site) -> None:
    folder = install_node(JIRA_JS)
    assert failures(["node", HERE / "with_jira_js.mjs", folder, site.url, EMAIL, TOKEN]) == []
