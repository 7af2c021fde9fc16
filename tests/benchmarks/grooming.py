"""All checks over 100,000 open issues with 1,000,000 changes: `python -m tests.benchmarks.grooming`.

On SQLite; beside them as many done ones. The store is filled by this process. Each look is a process of its
own, with all that a run does: read, ask all checks, word the report, keep. Told is its largest memory,
interpreter, libraries and all. The first look knows nothing; the second comes a week and 2,000 changed issues
later. Then the like of one new issue is asked for through the service.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, text, update

from app import interpreter
from app.domain.grooming.health import assess
from app.domain.reports.backlog import report
from app.domain.reports.backlog_as_json import summary_as_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.services.backlog_grooming import asked_of, backlog_review, keep, stands
from app.services.grooming_wish import Wish
from app.services.similarity import Learnt
from app.store import boards, issues, jira_tables, schema, sites, tables, things
from app.store import grooming as grooming_store
from app.store.comments import save_comments
from app.store.database import Database
from app.store.sites import Site
from tests.benchmarks.lines import Line
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, a_sprint, day
from tests.payloads import as_jira_writes, issue, sprint_object
from tests.stores import a_site

OPEN, CHANGES, BATCH = 100_000, 10, 2_000
NOW = day(9)
WORDS = (
    "pay",
    "invoice",
    "customer",
    "order",
    "basket",
    "voucher",
    "return",
    "search",
    "login",
    "price",
    "stock",
)
FIELDS = ("labels", "assignee", "priority", "description", "Rank", "summary", "status")


def grooming(number: int = OPEN) -> Iterator[Line]:
    """Fill a store, then look at it from a process of its own."""
    with tempfile.TemporaryDirectory(prefix="burnish-grooming-") as folder:
        path = Path(folder) / "burnish.db"
        _fill(path, number)
        yield from _told(path, "--first", "grooming")
        _pass_a_week(path, number)
        yield from _told(path, "--week", "grooming_week")
        yield from _told(path, "--like", "grooming_like")


def _told(path: Path, what: str, name: str) -> Iterator[Line]:
    """What a process of its own says: a name, a number and a unit a line."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.grooming", what, str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for line in told:
        what, value, unit = line.split()
        yield Line(f"{name}_{what}", float(value), unit)


def _look(path: Path, at: datetime) -> None:
    database, calendar, wish = Database(f"sqlite:///{path}"), Calendar(), Wish(bots=frozenset({"bot"}))
    interpreter.tune()
    told = _Told()
    with database.read() as tx:
        site = sites.get_site(tx, "demo")
        board = boards.get_board(tx, site, 1)
        memory = grooming_store.memory(tx, site.id, board.id)
        found = backlog_review(tx, site, board, wish, at=at, calendar=calendar, memory=memory)
        told.step("checks")
        stood = stands(tx, site, found, memory)
        del memory  # as in a run
        health = assess(found, scope="", velocity=None, stood=stood)
        assert report(health).blocks
        assert summary_as_json(health)
        told.step("report")
    with database.write() as tx:
        keep(tx, site, health, asked=asked_of(wish, calendar))
    told.step("keep")
    told.whole()
    print("findings", health.figures.findings, "findings")
    database.close()


class _Told:
    """Prints what each step took, of the clock and of the processor."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic(), time.process_time()

    def step(self, name: str) -> None:
        now = time.monotonic(), time.process_time()
        self._print(name, self._last, now)
        self._last = now

    def whole(self) -> None:
        self._print("whole", self._begun, self._last)
        print("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")

    def _print(self, name: str, since: tuple[float, float], now: tuple[float, float]) -> None:
        print(name, now[0] - since[0], "s")
        print(f"{name}_cpu", now[1] - since[1], "s")


def _like(path: Path) -> None:
    """The like of issues that have just come, with the index that the service keeps."""
    database, learnt, chance = Database(f"sqlite:///{path}"), Learnt(), Random(7)
    with database.read() as tx:
        site = sites.get_site(tx, "demo")
        begun = time.monotonic()
        learnt.duplicates(tx, site, "BURN-1", limit=10)
        print("index", time.monotonic() - begun, "s")
    taken = []
    for number in range(2 * OPEN * 2, 2 * OPEN * 2 + 20):
        document = issue(
            number, updated=NOW, summary=" ".join(chance.choices(WORDS, k=6)), description=_text(chance, 1)
        )
        record = read_issue(document, site.fields)
        assert record is not None
        with database.write() as tx:
            issues.save_issues(tx, site, [record], history_complete=True)
        begun = time.monotonic()
        with database.read() as tx:
            learnt.duplicates(tx, site, record.key, limit=10)
        taken.append(1000 * (time.monotonic() - begun))
    print("one", statistics.median(taken), "ms")
    print("one_at_most", max(taken), "ms")
    database.close()


# --- the store ------------------------------------------------------------------------------------


def _fill(path: Path, number: int) -> None:
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    chance = Random(5)
    with database.write() as tx:
        site = a_site(tx)
        boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
        boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
        kinds = [{"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}]
        things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(0))
    for start in range(1, 2 * number + 1, BATCH):
        with database.write() as tx:
            _save(tx, site, chance, range(start, start + BATCH), number)
    with database.write() as tx:
        tx.execute(text("PRAGMA optimize = 0x10002"))
    database.close()


def _pass_a_week(path: Path, number: int) -> None:
    """People touch 2,000 of the issues; a third of them is done."""
    database, chance = Database(f"sqlite:///{path}"), Random(6)
    with database.write() as tx:
        table = tables.issues
        for one in chance.sample(range(1, number + 1), number // 50):
            status = chance.choice([TO_DO, IN_PROGRESS, DONE])
            at = NOW + timedelta(minutes=chance.randint(1, 7 * 1440))
            values = {"updated": at, "status_id": status, "due_on": None}
            tx.execute(update(table).where(table.c.site_id == 1, table.c.id == f"1{one}").values(values))
    database.close()


def _save(tx: Connection, site: Site, chance: Random, numbers: Sequence[int], first_done: int) -> None:
    records, histories, links, comments = [], {}, [], []
    for number in numbers:
        status = DONE if number > first_done else chance.choice([TO_DO, TO_DO, TO_DO, IN_PROGRESS])
        created = NOW - timedelta(days=chance.randint(20, 900))
        is_epic = number % 50 == 0
        document = issue(
            number,
            status=status,
            created=as_jira_writes(created),
            updated=NOW - timedelta(minutes=chance.randint(0, 20 * 1440)),
            points=chance.choice([None, 1, 2, 3, 5, 8, 20]),
            sprints=[sprint_object()] if number % 300 == 0 else None,
            summary=" ".join(chance.choices(WORDS, k=6)),
            description=_text(chance, number),
            issuetype={
                "id": "1" if is_epic else "2",
                "name": "Epic" if is_epic else "Story",
                "subtask": False,
            },
            labels=chance.sample(["web", "api", "needs-info", "debt"], chance.randint(0, 2)),
            duedate=chance.choice([None, None, None, "2026-03-01", "2026-04-01"]),
            parent=None
            if is_epic or number % 3 == 0
            else {"id": f"1{(number // 50) * 50 or 50}", "key": "x"},
        )
        record = read_issue(document, site.fields)
        assert record is not None
        records.append(record)
        histories[record.id] = list(_changes(chance, number, status, created))
        if number % 20 == 1:
            links.append((str(number), f"1{number}", f"1{number + 1}"))
        comments += [
            {
                "id": f"{number}-{place}",
                "issue_id": record.id,
                "author": chance.choice(["dana", "eve", "bot"]),
                "created": created + timedelta(days=place),
                "updated": created + timedelta(days=place),
                "body": "/keep" if number % 500 == 0 else _text(chance, number)[:200],
            }
            for place in range(number % 3)
        ]
    issues.save_issues(tx, site, records, history_complete=True)
    issues.save_changes(tx, site, histories, final=True)
    save_comments(tx, site, comments)
    rows = [
        {"id": one, "type_id": "1", "source_id": source, "target_id": target} for one, source, target in links
    ]
    things.save(tx, site, tables.metadata.tables["issue_links"], rows, NOW)


def _text(chance: Random, number: int) -> str:
    if number % 7 == 0:
        return "h2. As a …\nI want …\nso that …"
    lines = [" ".join(chance.choices(WORDS, k=12)) for _ in range(10)]
    return "\n".join([*lines, "h3. Acceptance criteria", "* it works"] if number % 2 else lines)


def _changes(chance: Random, number: int, status: str, created: Any) -> Iterator[Change]:
    moment = created
    for place in range(CHANGES):
        moment += timedelta(hours=chance.randint(1, 40))
        field = chance.choice(FIELDS)
        before, after = (TO_DO, IN_PROGRESS) if place % 2 else (IN_PROGRESS, TO_DO)
        one = Change(number * 100 + place, 0, moment, field, before, before, after, after, "dana")
        yield one._replace(author=chance.choice(["dana", "eve", "bot", None]))
    if status != TO_DO:
        last = number * 100 + 99
        yield Change(last, 0, moment + timedelta(hours=1), "status", TO_DO, None, status, None, "dana")


LOOKS = {
    "--first": lambda path: _look(path, NOW),
    "--week": lambda path: _look(path, NOW + timedelta(days=7)),
    "--like": _like,
}

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in LOOKS:
        LOOKS[sys.argv[1]](Path(sys.argv[2]))
    else:
        for line in grooming(int(sys.argv[1]) if sys.argv[1:] else OPEN):
            print(line)
