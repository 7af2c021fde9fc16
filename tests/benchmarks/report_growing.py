"""What a sprint report costs in a small store and in a large one: it should follow the sprint, not the store.

The small store is that of `reports`: one board of 10,000 issues, a hundred sprints, 50 changes an issue. The
large one is the same, copied inside the database: a hundred boards of as many projects, a million issues.
Copies have those changes that move work and no others. The report is about the first board in both, and its
filter is asked. Processor time is compared, in alternating turns, so that other work on the machine counts
for neither.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, insert, text

from app import interpreter
from app.domain.scrum.calendar import Calendar
from app.services.closed_sprints import ClosedSprints, save
from app.services.sprint_health import sprint_health
from app.store import boards, schema, statistics, tables
from app.store.base import metadata
from app.store.database import Database
from app.store.sites import Site
from tests.benchmarks.databases import folder
from tests.benchmarks.lines import Line
from tests.benchmarks.reports import BEGIN, ISSUES_EACH, SPRINTS, fill, start_of
from tests.factories import POINTS_FIELD, SPRINT_FIELD, a_board

BOARDS, ROUNDS = 100, 40
_APART = 1_000_000
"""Between the id of an issue and that of its next copy; sprints' are `SPRINTS` apart, boards' one."""


def growing() -> Iterator[Line]:
    """Processor time of a first report of a process in both stores, and how much more the large one takes."""
    interpreter.tune()
    with folder() as here, ExitStack() as stack:
        small, large = here / "small.db", here / "large.db"
        site = _make(small)
        shutil.copy(small, large)
        _multiply(large)
        stores = [Database(f"sqlite:///{path}") for path in (small, large)]
        for store in stores:
            stack.callback(store.close)
        yield from _lines("with_nothing_kept", _in_turns(stores, site))
        for store in stores:
            _keep(store, site)
        yield from _lines("with_outlook", _in_turns(stores, site))


def _lines(way: str, took: Sequence[Sequence[float]]) -> Iterator[Line]:
    issues = (SPRINTS * ISSUES_EACH, SPRINTS * ISSUES_EACH * BOARDS)
    for number, each in zip(issues, took, strict=True):
        yield Line(f"report_{way}_over_{number}_issues_cpu_p95", _p95(each) * 1000, "ms")
    few, many = (median(each) for each in took)
    yield Line(f"report_{way}_over_{issues[1]}_issues_cpu", many * 1000, "ms", many / few, "ten_thousand")


def _in_turns(stores: Sequence[Database], site: Site) -> list[list[float]]:
    """Processor seconds of each report, by store; one of each beforehand, for what is read once."""
    took: list[list[float]] = [[] for _ in stores]
    for turn in range(ROUNDS + 1):
        for store, times in zip(stores, took, strict=True):
            begun = time.process_time()
            _report(store, site, ClosedSprints(most_issues=0))
            if turn:
                times.append(time.process_time() - begun)
    return took


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * len(times)) - 1]


def _keep(store: Database, site: Site) -> None:
    """What is worked out of closed sprints, for later processes."""
    closed = ClosedSprints(saves=True)
    _report(store, site, closed)
    with store.write() as connection:
        save(connection, closed.unsaved())


def _make(path: Path) -> Site:
    """A store with one board that has a filter."""
    database = Database(f"sqlite:///{path}")
    try:
        schema.upgrade(database)
        with database.write() as connection:
            site = fill(connection, SPRINTS)
            filtered = a_board(filter_id="1", filter_jql="project = BURN ORDER BY Rank")
            boards.save_board(connection, site.id, filtered, heard_at=BEGIN + timedelta(days=1))
            project = {"site_id": site.id, "id": "1", "key": "BURN", "name": "Burnish"}
            connection.execute(insert(tables.projects), [project])
        statistics.take_here(database)
    finally:
        database.close()
    return site


def _multiply(path: Path) -> None:
    """Copies of the board with all that is on it, each in a project of its own."""
    database = Database(f"sqlite:///{path}")
    try:
        for number in range(1, BOARDS):
            with database.write() as connection:
                for table, own in _COPIED.items():
                    _copy(connection, table, own, number)
        statistics.take_here(database)
    finally:
        database.close()


_KEY = "'P' || :n"
_COPIED: Mapping[str, Mapping[str, str]] = {
    "projects": {"id": "CAST(id + :n AS TEXT)", "key": _KEY},
    "boards": {"id": "id + :n", "project_key": _KEY, "filter_jql": "'project = P' || :n"},
    "sprints": {"id": "id + :n * :sprints", "board_id": "board_id + :n"},
    "board_sprints": {"board_id": "board_id + :n", "sprint_id": "sprint_id + :n * :sprints"},
    "issues": {
        "id": "CAST(id + :n * :apart AS TEXT)",
        "key": f"{_KEY} || '-' || id",
        "project_key": _KEY,
        "fields": f"json_set(fields, '$.{SPRINT_FIELD}[0].id', "
        f"json_extract(fields, '$.{SPRINT_FIELD}[0].id') + :n * :sprints)",
    },
    "sprint_issues": {
        "sprint_id": "sprint_id + :n * :sprints",
        "issue_id": "CAST(issue_id + :n * :apart AS TEXT)",
    },
    "changes": {
        "history_id": "history_id + :n * :apart * 100",
        "issue_id": "CAST(issue_id + :n * :apart AS TEXT)",
        "after": f"CASE field WHEN '{SPRINT_FIELD}' THEN CAST(after + :n * :sprints AS TEXT) ELSE after END",
    },
}
"""By table, what is another in copy number n than in the first board's rows."""
_OF_THE_FIRST = {
    "projects": "id = '1'",
    "boards": "id = 1",
    "sprints": "board_id = 1",
    "board_sprints": "board_id = 1",
    "issues": "project_key = 'BURN'",
    "sprint_issues": "sprint_id <= :sprints",
    "changes": f"field IN ('status', '{SPRINT_FIELD}', '{POINTS_FIELD}') AND history_id < :apart * 100",
}


def _copy(connection: Connection, table: str, own: Mapping[str, str], number: int) -> None:
    columns = [column.name for column in metadata.tables[table].c]
    chosen = ", ".join(own.get(name, name) for name in columns)
    copied = f"SELECT {chosen} FROM {table} WHERE {_OF_THE_FIRST[table]}"
    values = {"n": number, "sprints": SPRINTS, "apart": _APART}
    connection.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) {copied}"), values)


def _report(database: Database, site: Site, closed: ClosedSprints) -> None:
    with database.read() as connection:
        sprint_health(
            connection,
            site,
            board_id=1,
            sprint_id=SPRINTS,
            at=start_of(SPRINTS) + timedelta(days=4),
            calendar=Calendar(),
            closed_sprints=closed,
        )
