"""Holds what a sandbox was asked, and what it answered, against Atlassian's descriptions: all of its log."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from tests.connectors.spec_defects import DELIBERATE
from tests.connectors.specs import SPECS, SpecChecker, load_cloud_specs, load_data_center_specs

LOG = "/_sandbox/requests"
ANSWERS = {"expand": "answers"}
TURNED_AWAY = frozenset({401, 403, 404, 405})
"""What a path that no description has may be answered: nobody is let in, or nothing is there."""

Entry = Mapping[str, Any]

ANSWERED: dict[str, set[str]] = {"cloud": set(), "datacenter": set()}
"""By edition: the operations whose answers, by sandboxes, were held against the descriptions in this run."""
OF_OUR_CLIENT: dict[str, set[str]] = {}
"""By edition: the operations that our client can ask for."""


def checker_of(deployment: str) -> SpecChecker:
    """The descriptions of an edition, read once per test run."""
    return load_cloud_specs() if deployment == "cloud" else load_data_center_specs()


async def violations_of(jira: httpx.AsyncClient, deployment: str = "cloud") -> list[str]:
    """What is wrong with the answers that this sandbox has given so far; nothing without the descriptions."""
    if not SPECS.is_dir():
        return []
    return answer_violations(deployment, (await jira.get(LOG, params=ANSWERS)).json())


def answer_violations(deployment: str, log: Mapping[str, Any]) -> list[str]:
    """What is wrong with the answers in a log, each said once."""
    assert not log["forgotten"], "the log is too short for this test"
    found = (
        f"{entry['method']} {entry['path']}: {one}"
        for entry in log["requests"]
        for one in _answer_violations(deployment, entry)
    )
    return sorted(set(found))


def operation_of(deployment: str, entry: Entry) -> str | None:
    """The operation that was asked for; None where no description has it."""
    return checker_of(deployment).operation(entry["method"], _described(deployment, entry["path"]))


def request_violations(deployment: str, sent: Iterable[Entry]) -> list[str]:
    """What is wrong with these requests."""
    return [
        violation
        for entry in sent
        for violation in checker_of(deployment).check_request(
            entry["method"], entry["path"], entry["headers"], entry["body"].encode()
        )
    ]


def _answer_violations(deployment: str, entry: Entry) -> list[str]:
    if "/rest/" not in entry["path"] or DELIBERATE.keys() & set(entry["faults"]):
        return []
    status, answer = entry["status"], entry["answer"]
    if answer is None:  # still being thought about, or the sandbox fell over
        return [] if status is None else [f"answered {status}"]
    checker, url = checker_of(deployment), _described(deployment, entry["path"])
    operation = operation_of(deployment, entry)
    if status in TURNED_AWAY and operation is None:
        return []
    ANSWERED[deployment].update({operation} if operation else ())
    body = answer["body"]
    if body is None and "json" in answer["headers"].get("content-type", ""):
        return ["its JSON was not kept"]
    return checker.check_response(entry["method"], url, status, answer["headers"], (body or "").encode())


def _described(deployment: str, path: str) -> str:
    """The address under which a description has it: Cloud's is of version 3, Data Center's of version 2."""
    old, new = ("2", "3") if deployment == "cloud" else ("latest", "2")
    return path.replace("/rest/api/latest/", "/rest/api/2/").replace(f"/rest/api/{old}/", f"/rest/api/{new}/")


def told() -> list[str]:
    """What was held against the descriptions in this run, a line for each edition."""
    return [_told(deployment, answered) for deployment, answered in ANSWERED.items() if answered]


def _told(deployment: str, answered: set[str]) -> str:
    said = f"{deployment}: answers to {len(answered)} operations"
    if deployment not in OF_OUR_CLIENT:
        return said
    ours = OF_OUR_CLIENT[deployment]
    never = ", ".join(sorted(ours - answered)) or "none"
    return f"{said}; of the {len(ours)} that our client asks for, never answered: {never}"
