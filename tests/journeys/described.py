"""Both processes, and in the end a look at all that passed between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from app.demo import Demo, running
from tests.connectors.request_log import ANSWERS, LOG, answer_violations, request_violations
from tests.connectors.specs import SPECS

OURS = "burnish"
"""How the name begins by which our client calls itself."""


@contextmanager
def described(folder: Path, *, opens_at: datetime, deployment: str = "cloud") -> Iterator[Demo]:
    """A journey; in the end its requests and answers are held against Atlassian's descriptions."""
    with running(folder, opens_at=opens_at, deployment=deployment) as demo:
        yield demo
        violations = violations_between(demo)
        assert not violations, "\n".join(violations)


def violations_between(demo: Demo) -> list[str]:
    """What is wrong with what our client asked, and with what the sandbox answered to anybody."""
    if not SPECS.is_dir():
        return []
    deployment = "cloud" if demo.is_cloud else "datacenter"
    log = demo.ask(demo.jira, "GET", LOG, params=ANSWERS)
    ours = asked_by_us(log)
    assert ours, "our client asked for something"
    return request_violations(deployment, ours) + answer_violations(deployment, log)


def asked_by_us(log: dict[str, Any]) -> list[dict[str, Any]]:
    """The requests of our client; the test itself asks too."""
    return [entry for entry in log["requests"] if entry["headers"].get("user-agent", "").startswith(OURS)]
