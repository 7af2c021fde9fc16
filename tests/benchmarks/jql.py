"""JQL over 100,000 issues with 2,000,000 changes and their texts: `python -m tests.benchmarks.jql`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, text

from app.domain.scrum.from_jira import SiteFields
from app.domain.scrum.issue_columns import columns_of
from app.domain.scrum.issue_terms import line_of
from app.errors import BurnishError
from app.services.jql import search
from app.store import schema, sites, tables, text_words
from app.store.database import Database
from tests.benchmarks.lines import Line

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
PROJECTS = [f"PRJ{number}" for number in range(20)]
STATUSES = {
    "1": ("To Do", "new"),
    "3": ("In Progress", "indeterminate"),
    "4": ("In Review", "indeterminate"),
    "5": ("Done", "done"),
}
CHANGES, BATCH = 20, 2_000
SPRINT, POINTS = "customfield_10001", "customfield_10002"
FIELDS = (
    {"id": SPRINT, "name": "Sprint", "custom": True, "schema": {"type": "array", "custom": "x:gh-sprint"}},
    {"id": POINTS, "name": "Story Points", "custom": True, "schema": {"type": "number"}},
)
EVERYDAY = (
    "project = PRJ1 AND status = 'In Progress'",
    "project = PRJ2 AND statusCategory != done ORDER BY priority",
    "project = PRJ3 AND assignee = acc-7 ORDER BY updated DESC",
    "assignee = acc-3 AND resolution IS EMPTY",
    "assignee = currentUser() AND statusCategory != done ORDER BY priority DESC, updated DESC",
    "project = PRJ4 AND created >= -7d ORDER BY created DESC",
    "project = PRJ5 AND updated >= -1d",
    "updated >= -1d ORDER BY updated DESC",
    "created >= startOfDay(-2)",
    "project = PRJ6 AND labels = red",
    "labels = blue AND status = 'In Review'",
    "project = PRJ7 AND sprint in openSprints()",
    "sprint = 5 AND statusCategory != done",
    "project = PRJ8 AND 'Story Points' > 5",
    "project = PRJ9 AND 'Story Points' IS EMPTY AND type = Story",
    "project = PRJ1 AND fixVersion = '1.0'",
    "fixVersion = '2.0' AND status != Done",
    "project = PRJ2 AND component = backend",
    "project = PRJ3 AND type = Bug AND priority = High",
    "priority = Highest AND resolution IS EMPTY",
    "project = PRJ4 AND due < now() AND statusCategory != done",
    "due >= startOfWeek() AND due <= endOfWeek()",
    "project = PRJ5 AND summary ~ invoice",
    "key in (PRJ1-21, PRJ2-42, PRJ3-63)",
    "key = PRJ1-21",
    "parent = PRJ1-1",
    "reporter = acc-9 AND created >= -30d",
    "project in (PRJ1, PRJ2) AND assignee IS EMPTY AND statusCategory = new",
    "project = PRJ6 AND status = Done AND resolved >= -2w",
    "project = PRJ7 AND NOT (status = Done OR labels = red) ORDER BY key",
)
HISTORIC = (
    "project = PRJ1 AND status WAS 'In Review'",
    "status CHANGED TO Done AFTER -1d",
    "project = PRJ2 AND status CHANGED FROM 'In Progress' TO 'To Do' DURING (-4w, now())",
    "status WAS 'In Progress' ON -3d AND project = PRJ3",
    "assignee CHANGED AFTER -12h",
    "project = PRJ4 AND assignee WAS acc-3 BEFORE -2w",
    "project = PRJ5 AND status WAS NOT 'In Review'",
    "status CHANGED BY acc-3 AFTER -2d",
    "project = PRJ6 AND sprint WAS 3",
    "status WAS 'In Review' AND assignee = acc-3",
    "assignee WAS currentUser()",
    "status CHANGED FROM 'In Progress' TO Done",
    "status CHANGED TO Done BY currentUser()",
)
RARE_WORDS = (
    "description ~ zebra",
    "comment ~ zebra",
    "text ~ zebra",
    "text ~ 'zebra crossing'",
    "description ~ 'zeb*'",
    "project = PRJ1 AND text ~ zebra",
    "text ~ zebra AND status = Done",
    "description !~ zebra AND project = PRJ4",
)
COMMON_WORDS = (
    "description ~ refund",
    "text ~ refund ORDER BY updated DESC",
    "project = PRJ2 AND description ~ refund",
    "project = PRJ3 AND description ~ customer",
    "description ~ customer",
)
SOME_TEXTS_HAVE = {"zebra": 10_000, "crossing": 5_000, "refund": 25}
"""One of so many. Four of five have "customer"."""
DESCRIBED, COMMENTED = 120, 30
"""Words of a description, and of a comment."""
_VOCABULARY = 30_000


def fill(tx: Connection, site: sites.Site, random: Random, numbers: range) -> None:
    rows, changes = [], []
    for number in numbers:
        row, history = _an_issue(site, random, number)
        rows.append(row)
        changes += history
    tx.execute(insert(tables.issue_texts), [_described(site, random, number) for number in numbers])
    tx.execute(insert(tables.issues), rows)
    tx.execute(insert(tables.changes), changes)
    tx.execute(insert(tables.comments), [_a_comment(site, random, number) for number in numbers])
    members = [
        {"site_id": site.id, "sprint_id": sprint["id"], "issue_id": row["id"]}
        for row in rows
        for sprint in row["fields"].get(SPRINT, ())
    ]
    if members:
        tx.execute(insert(tables.sprint_issues), members)


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Made words, and how often each and all before it stand in texts: by Zipf's law, as in languages."""
    chance = Random(2)
    parts = [first + then for first in "bcdfghklmnprstvw" for then in "aeiou"]
    words = ["".join(chance.choices(parts, k=chance.randint(1, 4))) for _ in range(_VOCABULARY)]
    return words, list(accumulate(1 / place for place in range(1, _VOCABULARY + 1)))


def _prose(random: Random, number: int, length: int) -> str:
    words, weights = _vocabulary()
    said = random.choices(words, cum_weights=weights, k=length)
    said += [each for each, one_of in SOME_TEXTS_HAVE.items() if number % one_of == 0]
    return " ".join([*said, "customers"] if number % 5 else said)


def _described(site: sites.Site, random: Random, number: int) -> dict[str, Any]:
    texts = {"description": _prose(random, number, DESCRIBED)}
    return {"site_id": site.id, "issue_id": str(number), "digest": number, "texts": texts}


def _a_comment(site: sites.Site, random: Random, number: int) -> dict[str, Any]:
    # Not on the issues whose descriptions have the same words.
    return {
        "site_id": site.id,
        "id": str(number),
        "issue_id": str(number),
        "author": "acc-1",
        "created": NOW,
        "updated": NOW,
        "body": _prose(random, number + 1, COMMENTED),
    }


def _an_issue(site: sites.Site, random: Random, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    project = PROJECTS[number % len(PROJECTS)]
    created = NOW - timedelta(days=730 * random.random())
    instants = sorted(created + (NOW - created) * random.random() for _ in range(CHANGES))
    status, assignee = "1", f"acc-{random.randint(1, 200)}"
    changes = []
    for place, at in enumerate(instants):
        what = random.random()
        if what < 0.35:
            new = random.choice([each for each in STATUSES if each != status])
            told, status = ("status", status, STATUSES[status][0], new, STATUSES[new][0]), new
        elif what < 0.5:
            new = f"acc-{random.randint(1, 200)}"
            told, assignee = ("assignee", assignee, assignee, new, new), new
        elif what < 0.6:
            told = (SPRINT, "3", "Sprint 3", str(random.randint(4, 9)), "Sprint")
        else:
            told = (random.choice(["description", "labels", "Rank", POINTS]), None, "a", None, "b")
        names = ("field", "before", "before_text", "after", "after_text")
        changes.append(
            {
                "site_id": site.id,
                "history_id": number * 100 + place,
                "position": 0,
                "issue_id": str(number),
                "at": at,
                "author": f"acc-{random.randint(1, 200)}",
                **dict(zip(names, told, strict=True)),
            }
        )
    return _row(site, random, number, project, created, instants[-1], status, assignee), changes


def _row(
    site: sites.Site,
    random: Random,
    number: int,
    project: str,
    created: datetime,
    updated: datetime,
    status: str,
    assignee: str,
) -> dict[str, Any]:
    words = " ".join(
        random.sample(["invoice", "login", "error", "page", "card", "late", "mail", "report"], 4)
    )
    done = status == "5"
    kind = random.choice(["Bug", "Story", "Task"])
    fields: dict[str, Any] = {
        "project": {"id": str(number % len(PROJECTS)), "key": project, "name": project},
        "summary": words,
        "status": {"id": status, "name": STATUSES[status][0], "statusCategory": {"key": STATUSES[status][1]}},
        "issuetype": {"id": "10", "name": kind, "subtask": False},
        "assignee": {"accountId": assignee, "displayName": assignee} if random.random() < 0.8 else None,
        "reporter": {"accountId": f"acc-{random.randint(1, 200)}", "displayName": "Somebody"},
        "creator": {"accountId": "acc-1", "displayName": "Somebody"},
        "priority": {
            "id": str(random.randint(1, 5)),
            "name": random.choice(["Highest", "High", "Medium", "Low"]),
        },
        "resolution": {"id": "1", "name": "Fixed"} if done else None,
        "resolutiondate": updated.isoformat() if done else None,
        "labels": random.sample(["red", "blue", "green"], random.randint(0, 2)),
        "fixVersions": [{"id": "1", "name": random.choice(["1.0", "2.0"])}] if random.random() < 0.3 else [],
        "components": [{"id": "1", "name": random.choice(["backend", "frontend"])}],
        "duedate": (created + timedelta(days=90)).date().isoformat() if random.random() < 0.4 else None,
        "parent": {"id": "1", "key": f"{project}-1"} if random.random() < 0.3 else None,
        "created": created.isoformat(),
        "updated": updated.isoformat(),
        SPRINT: [{"id": random.randint(1, 9), "name": "Sprint"}] if random.random() < 0.5 else None,
        POINTS: random.choice([None, 1, 3, 8]),
    }
    return {
        "site_id": site.id,
        "id": str(number),
        "key": f"{project}-{number}",
        "project_key": project,
        "summary": words,
        "type_name": kind,
        "is_subtask": False,
        "status_id": status,
        "status_name": STATUSES[status][0],
        "assignee": assignee,
        "flagged": False,
        "created": created,
        "updated": updated,
        "fields": {name: value for name, value in fields.items() if value is not None},
        "texts_digest": number,
        "history_complete": True,
        **columns_of(fields, fields["project"], epic_link=None, rank=None),
        "terms": line_of(fields, [each["id"] for each in fields[SPRINT] or ()]),
    }


def prepare(database: Database, number: int) -> sites.Site:
    schema.upgrade(database)
    with database.write() as tx:
        site = sites.ensure_site(tx, "bench", "https://bench.test")
        sites.replace_fields(tx, site.id, FIELDS, SiteFields(SPRINT, None))
        documents = [
            {"id": each, "name": name, "statusCategory": {"key": key}}
            for each, (name, key) in STATUSES.items()
        ]
        sites.replace_statuses(tx, site.id, documents)
        for place, key in enumerate(PROJECTS):
            sites.save_project(tx, site.id, {"id": str(place), "key": key, "name": key})
        tx.execute(
            insert(tables.sprints),
            [
                {
                    "site_id": site.id,
                    "id": each,
                    "name": f"Sprint {each}",
                    "state": "active" if each > 7 else "closed",
                    "goal": "",
                    "heard_at": NOW,
                }
                for each in range(1, 10)
            ],
        )
        site = sites.get_site(tx, "bench")
    random = Random(1)
    for start in range(1, number + 1, BATCH):
        with database.write() as tx:
            fill(tx, site, random, range(start, min(start + BATCH, number + 1)))
    text_words.index_here(database, site.id)
    with database.write() as tx:
        tx.execute(text("ANALYZE"))
    return site


def measure(
    database: Database, site: sites.Site, queries: Sequence[str], times: int
) -> Iterator[tuple[str, float, int]]:
    for query in queries:
        for _ in range(times):
            began = time.perf_counter()
            with database.read() as connection:
                found = search(connection, site, query, now=NOW, zone=ZoneInfo("UTC"), account="acc-5")
            yield query, (time.perf_counter() - began) * 1000, len(found)


def searching(
    url: str | None = None, number: int = 100_000, told: Callable[[str], object] = lambda _: None
) -> Iterator[Line]:
    """How long a search takes; without an address a new store is filled, which takes minutes.

    Args:
        url: of a store that was filled before.
        number: of issues.
        told: hears of each search.
    """
    with tempfile.TemporaryDirectory(prefix="burnish-jql-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            with database.read() as connection:
                site = sites.get_site(connection, "bench")
        except BurnishError:
            site = prepare(database, number)
        groups = (
            ("jql_everyday_p95", EVERYDAY),
            ("jql_history_p95", HISTORIC),
            ("jql_rare_words_p95", RARE_WORDS),
            ("jql_common_words_p95", COMMON_WORDS),
        )
        for name, queries in groups:
            found = list(measure(database, site, queries, 3))
            for query, milliseconds, matching in found:
                told(f"{milliseconds:8.1f} ms {matching:7} {query}\n")
            taken = sorted(milliseconds for _, milliseconds, _ in found)
            yield Line(name, taken[int(len(taken) * 0.95)], "ms")
        database.close()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--issues", type=int, default=100_000)
    options.add_argument("--url")
    options.add_argument("--each", action="store_true", help="print every search")
    asked = options.parse_args()
    for line in searching(asked.url, asked.issues, sys.stdout.write if asked.each else lambda _: None):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
