"""The whole of it: a world under load and in trouble, then quiet, then the verdict, then the counts."""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.clock import utc_now
from app.store.database import Database
from tests.soak import facts, verdict
from tests.soak.chaos import Chaos
from tests.soak.load import Loop, Readers, Team, Witness, calm, disturb, disturb_webhooks, report_issues
from tests.soak.post import PostOffice
from tests.soak.postgres import Postgres
from tests.soak.processes import until, until_none
from tests.soak.world import SERVE, World, running

SPRINTS = 6
"""Closed ones, which the sandbox begins with; each has a report of its own."""
_DAYS = 60
"""So long the team can work before it comes to today; reports know no future."""


@dataclass(frozen=True)
class Plan:
    """How hard, how long.

    Attributes:
        calm: shortest and longest pause between two blows, in seconds.
        seconds: the trouble lasts no longer.
        faults: share of Jira's requests.
        writes: whether Jira's faults hit writes too; whoever cannot know waits two minutes before he looks.
    """

    seed: int
    kills: int
    seconds: float
    crew: Sequence[Sequence[str]] = (SERVE,)
    calm: tuple[float, float] = (1.0, 4.0)
    freezes: float = 0.0
    crashes: float = 0.0
    writes: bool = False
    faults: float = 0.05
    reports_every: float = 1.0


def soak(plan: Plan, folder: Path, database_url: str, postgres: Postgres | None = None) -> Counter[str]:
    """Go through it; the counts for whoever reads along.

    Raises:
        AssertionError: something was lost, doubled, or is not as in Jira.
    """
    office = PostOffice(plan.seed, lose=0.05)
    with ExitStack() as stack:
        stack.callback(office.close)
        office.open()
        opens_at = utc_now() - timedelta(days=_DAYS + 1)
        world = stack.enter_context(
            running(folder, database_url, crew=plan.crew, opens_at=opens_at, told_at=office.address)
        )
        office.doors = tuple(world.doors)
        witness, readers, chaos = _under_load(plan, world, postgres)
        calm(world)
        office.hush()
        quiet(world)
        witness.look()
        counts = judge(world, office, readers, witness)
        counts.update(chaos.blows)
        counts["starts"] = sum(one.starts for one in world.replicas)
        return counts


def _under_load(plan: Plan, world: World, postgres: Postgres | None) -> tuple[Witness, Readers, Chaos]:
    chance = random.Random(plan.seed)
    witness = Witness(world)
    readers = Readers(world, random.Random(plan.seed), report_issues(world, SPRINTS))
    disturb(world, share=plan.faults, writes=plan.writes)
    disturb_webhooks(world, plan.seed)
    # However long it lasts, the team comes no further than today.
    minutes = min(120, int(_DAYS * 24 * 60 / (plan.seconds / 0.3)))
    team = Team(world, random.Random(plan.seed), minutes)
    chaos = Chaos(world, chance, plan.calm, postgres, plan.freezes, plan.crashes)
    with ExitStack() as stack:
        for work, rest in ((team.work, 0.25), (readers.ask, plan.reports_every), (witness.look, 5.0)):
            stack.callback(Loop(work, rest).stop)
        chaos.rage(kills=plan.kills, seconds=plan.seconds)
    return witness, readers, chaos


def quiet(world: World) -> None:
    """All has come to its end, and one more sync has looked at everything since the last one."""
    world.wait_until_ready()
    until("the webhooks", lambda: world.ask_jira("GET", "/_sandbox/webhooks")["drained"])
    database = Database(world.database_url)
    try:
        until_none("the end of all work", lambda: facts.unfinished(database))
        answer = world.ask(world.doors[0], "POST", "/api/v1/runs", json={"kind": "sync"})
        assert answer is not None
        assert answer.is_success
        until_none("the last sync", lambda: facts.unfinished(database))
    finally:
        database.close()


def judge(world: World, office: PostOffice, readers: Readers, witness: Witness) -> Counter[str]:
    """Hold the store against what was promised and against Jira."""
    jira = facts.of_jira(world)
    reports = [name for name, comment in jira.comments.items() if "words" not in comment]
    database = Database(world.database_url)
    try:
        queues, store = facts.queues(database), facts.of_store(database, without_words=reports)
    finally:
        database.close()
    complaints = [
        *verdict.on_deliveries(office.acknowledged, queues.deliveries),
        *verdict.on_runs(readers.acknowledged, queues.runs),
        *verdict.on_copies(store, jira),
        *verdict.on_effects(queues.effects, readers.standing(), witness.written),
    ]
    counts = _counts(queues, store, office, witness)
    assert not complaints, f"{verdict.shown(complaints)}\n{dict(counts)}\nlogs: {world.folder}"
    return counts


def _counts(queues: facts.Queues, store: facts.Held, office: PostOffice, witness: Witness) -> Counter[str]:
    counts = Counter(
        {f"answers to deliveries: {answer}": number for answer, number in office.answers.items()}
    )
    counts["deliveries acknowledged"] = len(office.acknowledged)
    counts["deliveries stored"] = len(queues.deliveries)
    for name, rows in (("deliveries", queues.deliveries), ("runs", queues.runs), ("effects", queues.effects)):
        for state, number in Counter(row["state"] for row in rows).items():
            counts[f"{name} {state}"] = number
        counts[f"{name}: attempts"] = sum(row["attempts"] for row in rows)
        counts[f"{name}: workers died or froze at them"] = sum(row["deaths"] for row in rows)
        counts[f"{name}: most deaths of one"] = max((row["deaths"] for row in rows), default=0)
    for name in ("issues", "histories", "sprints", "comments"):
        counts[f"{name} equal to Jira's"] = len(getattr(store, name))
    counts["requests to Jira"] = witness.requests
    counts["requests to Jira with a fault"] = witness.faults
    counts["living comments"] = sum(witness.written.values())
    return counts
