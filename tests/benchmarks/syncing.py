"""How fast a whole Jira is read into SQLite: ours, dlt, tap-jira's extract, and fetching and parsing alone.

All ask the same sandbox, in turns, in one run. The sandbox keeps its answers (`kept`), and everybody's pages
are asked for once before the clock runs: otherwise its own slowness would be what is measured. The peers run
in environments of their own, which pip makes. `rendered` asks the sandbox as it is: it makes about a thousand
issues a second, a real Jira some hundred.
"""

import json
import os
import random
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import orjson

from connectors.sandbox.config import SandboxConfig
from tests.benchmarks import databases, servers
from tests.benchmarks.apply import WORDS, a_document, person
from tests.benchmarks.lines import Line
from tests.factories import DONE, IN_PROGRESS, STATUS_NAMES, TO_DO, day
from tests.payloads import as_jira_writes

ISSUES = int(os.environ.get("BENCH_ISSUES", "10000"))
CHANGES, ROUNDS = 20, 3
PEERS: Mapping[str, Sequence[str]] = {"dlt": ["dlt[sqlalchemy]==1.31.0"], "tap": ["tap-jira==2.6.0"]}
_HERE = Path(__file__).parent
_ACCOUNT = SandboxConfig()
_STATUSES = (TO_DO, IN_PROGRESS, DONE)


def peers_can_be_installed() -> bool:
    """Whether pip finds them; without a package index there is nobody to compare with."""
    wanted = [one for packages in PEERS.values() for one in packages]
    asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--quiet", *wanted]
    return subprocess.run(asked, capture_output=True, check=False, timeout=300).returncode == 0


def side_by_side() -> Iterator[Line]:
    """Issues a second of each; ratios are of neighbours in time."""
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        pythons = {name: environment(here / f"with-{name}", packages) for name, packages in PEERS.items()}
        file = here / "issues.jsonl"
        write_issues(file, ISSUES)
        jira = stack.enter_context(servers.kept(file, here))
        url = f"http://127.0.0.1:{jira.port}"
        _peer(pythons["dlt"], "with_dlt", url, "warm")
        _peer(pythons["tap"], "with_tap", url, "warm")
        ours(url, here)
        spent: dict[str, list[float]] = {"ours": [], "bare": [], "dlt": [], "tap": []}
        for turn in range(ROUNDS):
            spent["bare"].append(bare(url))
            spent["ours"].append(float(ours(url, here)["seconds"]))
            spent["bare"].append(bare(url))
            if turn == 0:  # they are so much slower that one round says it
                spent["tap"].append(_peer(pythons["tap"], "with_tap", url)["seconds"])
                spent["dlt"].append(_peer(pythons["dlt"], "with_dlt", url, str(here))["seconds"])
    mine = median(spent["ours"])
    yield Line("sync_sqlite", ISSUES / mine, "issues/s", median(spent["bare"]) / mine, "fetch_and_parse")
    for name, peer in (("dlt", "dlt"), ("tap_jira", "tap")):
        yield Line(f"sync_by_{name}", ISSUES / median(spent[peer]), "issues/s")
        yield Line(f"sync_sqlite_beside_{name}", ISSUES / mine, "issues/s", median(spent[peer]) / mine, name)
    yield Line("fetch_and_parse", ISSUES / median(spent["bare"]), "issues/s")


def rendered() -> Iterator[Line]:
    """How much longer a sync takes than fetching and parsing, where the sandbox makes each page anew."""
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        file = here / "issues.jsonl"
        write_issues(file, ISSUES)
        jira = stack.enter_context(servers.kept(file, here, renders=True))
        url = f"http://127.0.0.1:{jira.port}"
        before = bare(url)
        mine = float(ours(url, here)["seconds"])
        beside = (before + bare(url)) / 2
    yield Line("sync_rendered_sqlite", ISSUES / mine, "issues/s", beside / mine, "fetch_and_parse")
    yield Line("fetch_and_parse_rendered", ISSUES / beside, "issues/s")


SIZES = tuple(int(one) for one in os.environ.get("BENCH_SIZES", "10000,50000,200000").split(","))


def growing() -> Iterator[Line]:
    """Memory and speed as a site grows; ratios compare with the smallest site.

    On a machine with other work, processor time says whether time grows linearly, and the speed does not.
    """
    first = cpu_of_first = 0.0
    for size in SIZES:
        with ExitStack() as stack:
            here = stack.enter_context(databases.folder())
            template = here / "template.json"
            template.write_bytes(orjson.dumps(_issue(1, random.Random(1))))
            jira = stack.enter_context(servers.made(template, size, here))
            said = ours(f"http://127.0.0.1:{jira.port}", here, count=size)
        each = said["seconds"] / size
        cpu = said["cpu"] / size
        first, cpu_of_first = first or each, cpu_of_first or cpu
        yield Line(f"sync_{size // 1000}k", 1 / each, "issues/s", first / each, f"of_{SIZES[0] // 1000}k")
        yield Line(
            f"sync_{size // 1000}k_cpu", cpu * 1e6, "us/issue", cpu / cpu_of_first, f"of_{SIZES[0] // 1000}k"
        )
        yield Line(f"sync_{size // 1000}k_memory", said["peak_mb"], "MB")


# --- a site ---------------------------------------------------------------------------------------


def write_issues(path: Path, count: int) -> None:
    """Issues in REST shape with `CHANGES` entries of history each."""
    chance = random.Random(1)
    with path.open("wb") as file:
        for number in range(1, count + 1):
            file.write(orjson.dumps(_issue(number, chance)) + b"\n")


def _issue(number: int, chance: random.Random) -> dict[str, Any]:
    last = _STATUSES[CHANGES % len(_STATUSES)]
    updated = day(1) + timedelta(seconds=number)
    document = a_document(number, chance, updated=updated, status=last)
    document["fields"]["created"] = as_jira_writes(day(0) + timedelta(seconds=number))
    document["fields"]["description"] = " ".join(chance.choices(WORDS, k=150))
    del document["fields"]["issuelinks"], document["fields"]["environment"]
    histories = [_entry(number, place, chance) for place in range(CHANGES)]
    return {**document, "changelog": {"total": CHANGES, "histories": histories}}


def _entry(number: int, place: int, chance: random.Random) -> dict[str, Any]:
    before, after = (_STATUSES[(place + step) % len(_STATUSES)] for step in (0, 1))
    item = {"field": "status", "fieldtype": "jira", "fieldId": "status", "from": before, "to": after}
    return {
        "id": str(number * 100 + place),
        "created": as_jira_writes(day(0) + timedelta(seconds=number, minutes=place)),
        "author": person(chance.randrange(400)),
        "items": [{**item, "fromString": STATUS_NAMES[before], "toString": STATUS_NAMES[after]}],
    }


# --- who reads it ---------------------------------------------------------------------------------


def ours(url: str, here: Path, count: int = ISSUES) -> dict[str, Any]:
    """Our sync into a new file, in a process of its own."""
    file = here / "ours.db"
    for one in here.glob("ours.db*"):
        one.unlink()
    said = told([sys.executable, "-m", "tests.benchmarks.sync_once", url, str(file)])
    assert said["issues"] == count, said
    assert said["changes"] == count * CHANGES, said
    return said


def bare(url: str) -> float:
    """Seconds to fetch and parse what our sync asks for, one page after the other, and nothing else."""
    query: dict[str, Any] = {
        "jql": 'project = "BURN" ORDER BY updated ASC',
        "maxResults": 100,
        "fields": ["*all"],
        "expand": "changelog",
    }
    begun, found = time.perf_counter(), 0
    with httpx.Client(base_url=url, auth=(_ACCOUNT.email, _ACCOUNT.token), timeout=60) as client:
        while True:
            page = orjson.loads(client.post("/rest/api/3/search/jql", json=query).raise_for_status().content)
            found += len(page["issues"])
            if "nextPageToken" not in page:
                break
            query["nextPageToken"] = page["nextPageToken"]
    assert found == ISSUES, found
    return time.perf_counter() - begun


def environment(folder: Path, packages: Sequence[str]) -> Path:
    """The Python of a new environment with these packages."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, capture_output=True)
    return python


def _peer(python: Path, name: str, url: str, *more: str) -> dict[str, Any]:
    command = [str(python), str(_HERE / "peers" / f"{name}.py"), url, _ACCOUNT.email, _ACCOUNT.token, *more]
    said = told(command)
    assert said["issues"] >= ISSUES, said
    return said


def told(command: Sequence[str]) -> dict[str, Any]:
    """The last line that a process prints, which is a JSON document."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=servers.ROOT, timeout=900)
    if done.returncode:
        message = f"{command[:3]} failed:\n{done.stderr[-2000:]}"
        raise RuntimeError(message)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
