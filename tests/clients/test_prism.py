"""A validating proxy between our client and the sandbox has nothing to object to. Run with `make clients`."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.demo import BOARD, EMAIL, REPORT_ISSUE, Process, free_port
from tests.clients.test_clients import TOKEN, install_node, violations_at
from tests.clients.waiting import until_answered
from tests.connectors.spec_defects import DEFECTS
from tests.connectors.specs import CLOUD, SPECS

PRISM = "@stoplight/prism-cli@5.14.2"

pytestmark = [
    pytest.mark.skipif(
        "BURNISH_CLIENTS" not in os.environ, reason="needs the package registries: make clients"
    ),
    pytest.mark.timeout(600),
]


def one_description() -> dict[str, Any]:
    """Both Cloud descriptions as one, known defects mended; who may call is left out, it is not looked at."""
    merged: dict[str, Any] = {"openapi": "3.0.1", "info": {"title": "Jira", "version": "1"}, "paths": {}}
    schemas: dict[str, Any] = {}
    for number, name in enumerate(CLOUD):
        document = json.loads((SPECS / name).read_text("utf-8"))
        for defect in DEFECTS[name]:
            place = document
            for key in defect.at[:-1]:
                place = place[key]
            place[defect.at[-1]] = defect.should_be
        told_apart = json.dumps(document).replace("#/components/schemas/", f"#/components/schemas/A{number}")
        document = json.loads(told_apart)
        merged["paths"] |= document["paths"]
        schemas |= {f"A{number}{key}": schema for key, schema in document["components"]["schemas"].items()}
    for operations in merged["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return {**merged, "components": {"schemas": schemas}}


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address of the proxy before a sandbox, and its log."""
    if not SPECS.is_dir():
        pytest.skip("Atlassian's API descriptions are not at hand")
    (tmp_path / "jira.json").write_text(json.dumps(one_description()))
    prism = install_node(PRISM) / "node_modules" / ".bin" / "prism"
    port, sandbox_port = free_port(), free_port()
    sandbox = Process(
        ("sandbox", "--port", str(sandbox_port)), {"SANDBOX_TOKEN": TOKEN}, tmp_path, tmp_path / "sandbox.log"
    )
    sandbox.keep_alive()
    jira = f"http://127.0.0.1:{sandbox_port}"
    until_answered(f"{jira}/rest/api/2/serverInfo")
    log = tmp_path / "prism.log"
    command = [prism, "proxy", tmp_path / "jira.json", jira, "--errors"]
    with log.open("wb") as output:
        running = subprocess.Popen([*command, "--port", str(port)], stdout=output, stderr=output)
    until_answered(f"http://127.0.0.1:{port}/rest/api/3/serverInfo", seconds=120)
    yield f"http://127.0.0.1:{port}", log
    running.terminate()
    running.wait()
    violations = violations_at(jira, "cloud")
    sandbox.stop()
    assert violations == []


def test_a_validating_proxy_finds_no_violation_from_the_first_sync_to_the_comment(
    proxy: tuple[str, Path], tmp_path: Path
) -> None:
    url, log = proxy
    port = free_port()
    site = {"url": url, "email": EMAIL, "token": TOKEN, "projects": ["BURN"]}
    service = Process(
        ("serve", "--port", str(port)),
        {
            "BURNISH_DATABASE_URL": f"sqlite:///{tmp_path}/burnish.db",
            "BURNISH_API_KEYS": '["key"]',
            "BURNISH_SITES": json.dumps({"demo": site}),
        },
        tmp_path,
        tmp_path / "service.log",
    )
    service.keep_alive()
    until_answered(f"http://127.0.0.1:{port}/health/live")
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer key"}
    ) as burnish:
        wanted = {"kind": "sprint_health", "board": BOARD, "post_to": REPORT_ISSUE}
        run = burnish.post("/api/v1/runs", json=wanted).json()
        outcome = _outcome(burnish, run["id"])
    service.stop()
    assert outcome == ("done", ["done"])
    said = log.read_text("utf-8", "replace")
    assert len(re.findall("upstream call", said)) > 10
    assert re.findall(r"✖.*|.*Violation.*|.*VIOLATIONS.*", said) == []


def _outcome(burnish: httpx.Client, run_id: int) -> tuple[str, list[str]]:
    """How the run and its effects ended."""
    until = time.monotonic() + 120
    while True:
        run = burnish.get(f"/api/v1/runs/{run_id}").json()
        effects = [effect["state"] for effect in run["effects"]]
        settled = run["state"] in {"done", "failed"} and not {"waiting", "claimed"} & set(effects)
        if settled or time.monotonic() > until:
            return run["state"], effects
        time.sleep(0.2)
