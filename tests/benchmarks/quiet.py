"""A service that nobody troubles: how fast it answers the first event, and what it costs to wait."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

import httpx

from connectors.sandbox.config import SandboxConfig
from tests.benchmarks import databases, servers
from tests.benchmarks.lines import Line
from tests.benchmarks.servers import Server
from tests.factories import START
from tests.payloads import encoded, issue, issue_event, signed

EVENTS, PAUSE_SECONDS, IDLE_SECONDS = 60, 0.3, 60
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.002, 30
_AUTH = (SandboxConfig().email, SandboxConfig().token)


def quiet(kind: str) -> Iterator[Line]:
    """From the POST of a webhook to the comment in Jira; then a minute of nothing."""
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        server = stack.enter_context(databases.postgresql(here)) if kind == "postgresql" else None
        jira = stack.enter_context(servers.sandbox(here))
        url = databases.store(kind, here, server, jira=f"http://127.0.0.1:{jira.port}")
        service = stack.enter_context(servers.answering(url, here, jira))
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{jira.port}", auth=_AUTH))
        took = [_answered(client, service, f"BURN-{number}") for number in range(1, EVENTS + 1)]
        by_hand = [_by_hand(client, f"BURN-{number}") for number in range(1, EVENTS + 1)]
        used, memory = _idle(service)
    name, p95 = f"event_to_comment_{kind}", quantiles(took, n=20)[-1]
    yield Line(f"{name}_p50", median(took) * 1000, "ms", median(took) / median(by_hand), "comment_by_hand")
    yield Line(f"{name}_p95", p95 * 1000, "ms", p95 / quantiles(by_hand, n=20)[-1], "comment_by_hand")
    yield Line(f"idle_{kind}_cpu", used * 100, "%_of_a_core")
    yield Line(f"idle_{kind}_memory", memory, "MB")


def _answered(jira: httpx.Client, service: Server, key: str) -> float:
    """Seconds from the event about an issue to the comment that it leads to."""
    body = encoded(issue_event("jira:issue_updated", {**issue(), "key": key}, at=START))
    headers = {**signed(body), "x-atlassian-webhook-identifier": key, "content-type": "application/json"}
    began = time.perf_counter()
    answer = httpx.post(f"http://127.0.0.1:{service.port}/webhooks/jira/demo", content=body, headers=headers)
    answer.raise_for_status()
    while not _heard(jira, key):
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            message = f"no comment on {key}"
            raise RuntimeError(message)
        time.sleep(_LOOK_SECONDS)
    took = time.perf_counter() - began
    time.sleep(PAUSE_SECONDS)
    return took


def _heard(jira: httpx.Client, key: str) -> bool:
    comments = jira.get(f"/rest/api/3/issue/{key}/comment").raise_for_status().json()["comments"]
    return any("Heard of it" in str(comment["body"]) for comment in comments)


def _by_hand(jira: httpx.Client, key: str) -> float:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "By hand."}]}
    document = {"type": "doc", "version": 1, "content": [paragraph]}
    began = time.perf_counter()
    jira.post(f"/rest/api/3/issue/{key}/comment", json={"body": document}).raise_for_status()
    return time.perf_counter() - began


def _idle(service: Server) -> tuple[float, float]:
    """The share of a core, and the resident memory in megabytes, while nothing happens."""
    time.sleep(2)
    before = service.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    status = Path(f"/proc/{service.pid}/status").read_text()
    resident = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return (service.cpu_seconds() - before) / IDLE_SECONDS, int(resident) / 1024
