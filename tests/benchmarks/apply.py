"""How many events a second are folded into the store, filing, claiming and settling included.

One process, the real path, as many batches abreast as the service has. Each event is of about 12 KB and of
another issue, with two items of history; one in twenty changes the description. The peer writes the same
documents and changes by the driver's own `executemany`, and does nothing else.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select, text

from app import interpreter
from app.domain.scrum.from_jira import read_issue
from app.main import QUEUES
from app.store import arrivals, issues, sites, tables
from app.store.arrivals import Arrived
from app.store.database import Database
from app.store.sites import Site
from app.store.types import as_json
from jobs.context import Context
from jobs.deliveries import apply_batch, take_in
from jobs.handling import Queue
from tests.benchmarks import databases
from tests.benchmarks.lines import Line
from tests.factories import DONE, IN_PROGRESS, TO_DO, day
from tests.jobs.support import Clock, context_of, unconnected
from tests.payloads import issue, issue_event, item, sprint_object, status_item
from tests.stores import LEASE

EVENTS, ROUNDS, AT_THE_DOOR = 12_000, 3, 32
DELIVERIES = next(queue for queue in QUEUES if queue.table is tables.deliveries)
FEW, MANY = 10_000, 1_000_000
_FIRST_ID = 10_000_000
_TEXT = (
    "customers abroad pay by invoice while the basket still shows last week's discount and nobody in "
    "the shop can tell which of the two prices the ledger took so support answers every mail by hand "
    "until the nightly export of orders was read again and the difference appears in the report"
)
WORDS = _TEXT.split()
_DESCRIPTION = " ".join(random.Random(3).choices(WORDS, k=800))
_NEW_DESCRIPTIONS = 0.05


def person(number: int) -> dict[str, Any]:
    """One of 400, with a face, as Jira writes people."""
    face = f"https://avatars.burnish.test/initials/{number}/5f0a/{number * 7919 % 997:03d}"
    return {
        "self": f"https://burnish.test/rest/api/2/user?accountId=5f0:{number:024x}",
        "accountId": f"5f0:{number:024x}",
        "avatarUrls": {f"{size}x{size}": f"{face}?size={size}&s={size}" for size in (48, 24, 16, 32)},
        "displayName": f"Person {number} of the team",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def _linked(number: int, chance: random.Random) -> dict[str, Any]:
    status = {"self": "https://burnish.test/rest/api/2/status/3", "id": "3", "name": "In Progress"}
    return {
        "id": str(30_000 + number),
        "self": f"https://burnish.test/rest/api/2/issueLink/{30_000 + number}",
        "type": {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
        "outwardIssue": {
            "id": str(number),
            "key": f"BURN-{number}",
            "self": f"https://burnish.test/rest/api/2/issue/{number}",
            "fields": {
                "summary": _prose(chance, 10),
                "status": {**status, "iconUrl": "https://burnish.test/images/icons/statuses/inprogress.png"},
                "priority": {
                    "id": "3",
                    "name": "Medium",
                    "iconUrl": "https://burnish.test/images/medium.svg",
                },
                "issuetype": {"id": "10001", "name": "Story", "subtask": False, "avatarId": 10_315},
            },
        },
    }


def a_document(number: int, chance: random.Random, *, updated: datetime, status: str) -> dict[str, Any]:
    """An issue of the size and shape that Jira sends: people with faces, links, text, many empty fields."""
    people = [person(chance.randrange(400)) for _ in range(3)]
    fields = {
        "creator": people[0],
        "reporter": people[1],
        "assignee": people[2],
        "description": _DESCRIPTION if chance.random() > _NEW_DESCRIPTIONS else _prose(chance, 800),
        "environment": _DESCRIPTION[:400],
        "priority": {"self": "https://burnish.test/rest/api/2/priority/3", "id": "3", "name": "Medium"},
        "labels": chance.sample(WORDS, 3),
        "issuelinks": [_linked(chance.randrange(90_000), chance) for _ in range(4)],
        "components": [
            {"id": "10010", "name": "Checkout", "self": "https://burnish.test/rest/api/2/component/1"}
        ],
        "timetracking": {},
        "aggregateprogress": {"progress": 0, "total": 0},
        "customfield_10019": f"0|i{number:05x}:",
        "customfield_10030": {"id": "10100", "value": "Berlin", "self": "https://burnish.test/option/10100"},
        **{f"customfield_{field}": None for field in range(10_100, 10_150)},
    }
    document = issue(0, updated=updated, status=status, sprints=[sprint_object(7)], points=3.0, **fields)
    key = f"BURN-{number}"
    return {**document, "id": str(_FIRST_ID + number), "key": key}


def an_event(number: int, history: int, chance: random.Random, *, at: datetime) -> dict[str, Any]:
    """`jira:issue_updated` of about 12 KB with two items of history."""
    before, after = chance.choice([(TO_DO, IN_PROGRESS), (IN_PROGRESS, DONE), (DONE, TO_DO)])
    document = a_document(number, chance, updated=at, status=after)
    people = chance.sample(range(400), 2)
    assignees = [(f"5f0:{one:024x}", f"Person {one} of the team") for one in people]
    items = [status_item(before, after), item("assignee", "assignee", assignees[0], assignees[1])]
    event = issue_event("jira:issue_updated", document, at=at, history=history, items=items)
    return event | {"issue_event_type_name": "issue_generic", "user": person(people[0])}


# --- a store with a past --------------------------------------------------------------------------

_UP_TO = {
    "sqlite": "WITH RECURSIVE t(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM t WHERE n < :last) "
    "SELECT n FROM t",
    "postgresql": "SELECT generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n",
}
_STEP = 50_000


def fill(database: Database, site: Site, count: int) -> None:
    """Issues with real-sized documents, copied inside the database: the way there is not what is measured."""
    document = a_document(0, random.Random(2), updated=day(1), status=TO_DO)
    record = read_issue({**document, "id": "template"}, site.fields)
    assert record is not None
    with database.write() as tx:
        issues.save_issues(tx, site, [record], history_complete=True)
    for first in range(1, count + 1, _STEP):
        with database.write() as tx:
            for table in (tables.issues, tables.issue_texts):
                _copy(tx, table, first, min(first + _STEP - 1, count))
    with database.write() as tx:
        tx.execute(text("DELETE FROM issues WHERE id = 'template'"))
        tx.execute(text("DELETE FROM issue_texts WHERE issue_id = 'template'"))
        tx.execute(text("ANALYZE"))


def _copy(tx: Connection, table: Table, first: int, last: int) -> None:
    number = f"CAST({_FIRST_ID} + n AS varchar)"
    own = {"id": number, "issue_id": number, "key": "'BURN-' || n"}
    columns = [column.name for column in table.c]
    chosen = ", ".join(own.get(name, name) for name in columns)
    of_issue = "id" if table is tables.issues else "issue_id"
    numbers = _UP_TO[tx.dialect.name]
    copied = f"SELECT {chosen} FROM {table.name}, ({numbers}) AS numbers WHERE {of_issue} = 'template'"
    tx.execute(
        text(f"INSERT INTO {table.name} ({', '.join(columns)}) {copied}"), {"first": first, "last": last}
    )


def some(count: int, stored: int, chance: random.Random) -> list[int]:
    """Numbers of stored issues, spread over all of them."""
    return (chance.sample(range(1, stored + 1), min(count, stored)) * -(-count // stored))[:count]


def deliver(database: Database, site: Site, stored: int, *, first: int, at: datetime) -> None:
    """Events of other issues each, as the door stores them."""
    chance = random.Random(first)
    arrived = [
        Arrived(site.id, f"id:{history}", 0, at, orjson.dumps(an_event(number, history, chance, at=at)))
        for history, number in enumerate(some(EVENTS, stored, chance), first)
    ]
    with database.write() as tx:
        for begun in range(0, EVENTS, AT_THE_DOOR):
            arrivals.keep(tx, arrived[begun : begun + AT_THE_DOOR])
    with database.write() as tx:
        tx.execute(text("ANALYZE"))


# --- what is measured -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """One turn.

    Attributes:
        rate: events a second.
        cpu: microseconds of this process's processor for each event.
        written: kilobytes that this process wrote for each event, to SQLite's log and to its file.
    """

    rate: float
    cpu: float
    written: float = 0.0


def _queue(database: Database) -> Queue:
    """As the service works it off on such a store."""
    return DELIVERIES.paced(one_writer=database.has_one_writer)


async def apply_all(context: Context, filing: asyncio.Lock) -> int:
    """File, claim, apply and settle until nothing is left; how many."""
    done, at_once = 0, _queue(context.database).at_once
    while True:
        async with filing:
            claimed = await take_in(context, worker="benchmark", lease=LEASE, limit=at_once)
        if not claimed:
            return done
        await apply_batch(context, claimed)
        done += len(claimed)


async def _side_by_side(context: Context) -> int:
    filing, abreast = asyncio.Lock(), _queue(context.database).abreast
    return sum(await asyncio.gather(*(apply_all(context, filing) for _ in range(abreast))))


def _timed(done: int, wall: float, cpu: float) -> Round:
    assert done == EVENTS
    return Round(done / (time.perf_counter() - wall), (time.process_time() - cpu) / done * 1e6)


def _ours(database: Database, site: Site) -> Round:
    context = context_of(database, unconnected(site), clock=Clock(day(20)))
    wall, cpu, before = time.perf_counter(), time.process_time(), _written()
    timed = _timed(asyncio.run(_side_by_side(context)), wall, cpu)
    return replace(timed, written=(_written() - before) / EVENTS / 1024)


def _written() -> int:
    """Bytes that this process wrote so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


_ISSUES = """INSERT INTO issues (site_id, id, key, project_key, summary, type_name, is_subtask,
status_id, status_name, flagged, created, updated, fields, history_complete)
VALUES (?, ?, ?, 'BURN', ?, 'Story', ?, ?, 'Done', ?, ?, ?, ?, ?)
ON CONFLICT (site_id, id) DO UPDATE SET summary = excluded.summary, status_id = excluded.status_id,
updated = excluded.updated, fields = excluded.fields WHERE excluded.updated >= issues.updated"""
_CHANGES = """INSERT INTO changes (site_id, history_id, field, position, issue_id, at, after)
VALUES (?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING"""


def _bare(database: Database, site: Site, stored: int, *, first: int, at: datetime) -> Round:
    """The documents of as many events, read and written as text before the clock runs."""
    chance = random.Random(first)
    documents, changes = [], []
    for history, number in enumerate(some(EVENTS, stored, chance), first):
        key, issue_id = f"BURN-{number}", str(_FIRST_ID + number)
        document = an_event(number, history, chance, at=at)["issue"]
        record = read_issue(document, site.fields)
        assert record is not None
        documents.append(
            (
                site.id,
                issue_id,
                key,
                key,
                False,
                DONE,
                False,
                _stored(day(0)),
                _stored(at),
                as_json(record.fields),
                False,
            )
        )
        changes += [
            (site.id, history, field, issue_id, _stored(at), DONE) for field in ("status", "assignee")
        ]
    at_once = _queue(database).at_once
    wall, cpu = time.perf_counter(), time.process_time()
    for begun in range(0, EVENTS, at_once):
        with database.write() as tx:
            _run(tx, _ISSUES, documents[begun : begun + at_once])
            _run(tx, _CHANGES, changes[2 * begun : 2 * (begun + at_once)])
    return _timed(len(documents), wall, cpu)


def _stored(at: datetime) -> str:
    """As SQLite keeps instants, for we read them again; PostgreSQL takes it, too."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def _run(connection: Connection, statement: str, rows: Sequence[Any]) -> None:
    """By the driver alone."""
    cursor = connection.connection.cursor()
    sign = "?" if connection.dialect.name == "sqlite" else "%s"
    cursor.executemany(statement.replace("?", sign), sorted(rows))
    cursor.close()


def applying(kind: str) -> Iterator[Line]:
    """With few issues in the store, and with a million."""
    rates = {}
    for stored in (FEW, MANY):
        ours, bare = _rounds(kind, stored)
        rates[stored] = median(one.rate for one in ours)
        ratio = median(mine.rate / peer.rate for mine, peer in zip(ours, bare, strict=True))
        name = f"apply_{kind}_{stored}"
        yield Line(name, rates[stored], "events/s", ratio, "bare_executemany")
        yield Line(f"{name}_cpu", median(one.cpu for one in ours), "us/event")
        if kind == "sqlite":
            yield Line(f"{name}_written", median(one.written for one in ours), "KB/event")
    yield Line(f"apply_{kind}_million", rates[MANY], "events/s", rates[MANY] / rates[FEW], "ten_thousand")


def _rounds(kind: str, stored: int) -> tuple[list[Round], list[Round]]:
    """Ours and the peer take turns, so that a noisy machine disturbs both."""
    ours, bare = [], []
    with ExitStack() as stack:
        here = stack.enter_context(databases.folder())
        server = stack.enter_context(databases.postgresql(here)) if kind == "postgresql" else None
        database = Database(databases.store(kind, here, server))
        stack.callback(database.close)
        with database.read() as tx:
            site = sites.get_site(tx, tx.scalar(select(tables.sites.c.name)) or "")
        fill(database, site, stored)
        interpreter.tune()
        for turn in range(ROUNDS):
            first = 1 + 2 * turn * EVENTS
            deliver(database, site, stored, first=first, at=day(2 + 2 * turn))
            ours.append(_ours(database, site))
            bare.append(_bare(database, site, stored, first=first + EVENTS, at=day(3 + 2 * turn)))
    return ours, bare
