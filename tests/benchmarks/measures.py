"""All measures of 10,000 fetched issues: ours from the store, those of jira-agile-metrics from its objects.

Both have the same issues with the same 50 changes each. The peer (cycle times, percentiles, histogram,
scatterplot, cumulative flow, throughput, burn-up with its forecast, WIP, its age, net flow, impediments)
begins with issues in memory; ours is told from there, and from the store. Ours are, of each of a hundred
sprints, Jira's four sets, ledger, burndown, burn-up and signals with their receipts; the velocity;
cycle and lead times, pace, throughput, work in progress, its age, blocks and flow efficiency of all issues;
the chances of the running sprint and of each of its issues, and how good blind forecasts were. Nobody draws.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from sqlalchemy import Connection, select

from app import interpreter
from app.domain.flow.path import Policy
from app.domain.forecast.forecast import Forecast
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.memory import remember
from app.domain.sprint_health.outlook import look_ahead
from app.store import boards, schema, sprint_issues, tables
from app.store.database import Database
from app.store.sites import Site
from tests.benchmarks import databases
from tests.benchmarks.lines import Line
from tests.benchmarks.reports import fill, start_of
from tests.benchmarks.syncing import environment, told
from tests.factories import SPRINT_FIELD, a_board
from tests.payloads import as_jira_writes

SPRINTS = int(os.environ.get("BENCH_SPRINTS", "100"))
PACKAGES = ("jira-agile-metrics==0.24", "pandas<2", "numpy<2")
"""The last versions that it works with."""
_PEER = Path(__file__).parent / "peers" / "with_agile_metrics.py"


def peer_can_be_installed() -> bool:
    """Whether pip finds what it needs for this Python, ready made."""
    asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    wanted = [*asked, "--only-binary", "pandas,numpy", *PACKAGES]
    return subprocess.run(wanted, capture_output=True, check=False, timeout=300).returncode == 0


def measuring() -> Iterator[Line]:
    """Processor time of each, ours before and after; the ratio is how many times as long the peer takes.

    Garbage is looked for as seldom as in the service.
    """
    interpreter.tune()
    with databases.folder() as here:
        python = environment(here / "with-agile-metrics", PACKAGES)
        file = here / "issues.jsonl"
        database = Database(f"sqlite:///{here / 'burnish.db'}")
        try:
            schema.upgrade(database)
            with database.write() as connection:
                site = fill(connection, SPRINTS)
            with database.read() as connection:
                count = _write(connection, site, file)
                mine = [_ours(connection, site)]
                peer = told([str(python), str(_PEER), str(file), *map(str, interpreter.SELDOM)])
                mine.append(_ours(connection, site))
        finally:
            database.close()
    assert peer["issues"] == count, peer
    read, worked_out = (fmean(each) for each in zip(*mine, strict=True))
    name, theirs = f"measures_of_{count // 1000}k_issues", peer["seconds"]
    yield Line(f"{name}_by_jira_agile_metrics", theirs, "s")
    yield Line(f"{name}_fetched", worked_out, "s", theirs / worked_out, "jira_agile_metrics")
    yield Line(
        f"{name}_from_the_store", read + worked_out, "s", theirs / (read + worked_out), "jira_agile_metrics"
    )


def _ours(connection: Connection, site: Site) -> tuple[float, float]:
    """Seconds from the store to issues, and from these to all measures; nothing is kept from before."""
    begun = time.process_time()
    board, calendar = a_board(), Calendar()
    now = start_of(SPRINTS) + timedelta(days=4)
    fields = Fields(SPRINT_FIELD, board.estimation_field)
    sprints = [boards.get_sprint(connection, site, number) for number in range(1, SPRINTS + 1)]
    inside = sprint_issues.of_sprints(connection, site, board, sprints)
    read = time.process_time() - begun
    past = remember(inside[:-1], fields)
    ask = partial(assess, now=now, calendar=calendar, sprint_field=SPRINT_FIELD, histories=past.histories)
    assessed = [ask(sprint, board, issues) for sprint, issues in inside]
    running, issues = inside[-1]
    policy = Policy(flag_field=site.fields.flagged)
    health = look_ahead(assessed[-1], running, board, issues, past, sprint_field=SPRINT_FIELD, policy=policy)
    worked_out = time.process_time() - begun - read
    assert health.outlook is not None
    assert isinstance(health.outlook.forecast, Forecast)
    assert len(health.outlook.flow.finished) > SPRINTS
    return read, worked_out


def _write(connection: Connection, site: Site, file: Path) -> int:
    """The issues of the store as Jira would answer with them."""
    history = tables.changes
    rows = connection.execute(
        select(history).where(history.c.site_id == site.id).order_by(history.c.issue_id, history.c.at)
    ).mappings()
    changes = {one: list(group) for one, group in groupby(rows, key=lambda row: row["issue_id"])}
    issues = connection.execute(select(tables.issues).where(tables.issues.c.site_id == site.id)).mappings()
    documents = (_document(issue, changes.get(issue["id"], [])) for issue in issues)
    with file.open("w", encoding="utf-8") as lines:
        return sum(lines.write(json.dumps(one) + "\n") > 0 for one in documents)


def _document(issue: Any, changes: Sequence[Any]) -> dict[str, Any]:
    fields = {
        "summary": issue["summary"],
        "issuetype": {"name": issue["type_name"]},
        "status": {"id": issue["status_id"], "name": issue["status_name"]},
        "created": as_jira_writes(issue["created"]),
        "updated": as_jira_writes(issue["updated"]),
        "resolution": None,
        "resolutiondate": None,
        **issue["fields"],
    }
    histories = [
        {
            "id": str(change["history_id"]),
            "created": as_jira_writes(change["at"]),
            "author": {"accountId": change["author"]},
            "items": [
                {
                    "field": change["field"],
                    "fieldId": change["field"],
                    "from": change["before"],
                    "fromString": change["before_text"],
                    "to": change["after"],
                    "toString": change["after_text"],
                }
            ],
        }
        for change in changes
    ]
    changelog = {"total": len(histories), "histories": histories}
    return {"id": issue["id"], "key": issue["key"], "fields": fields, "changelog": changelog}
