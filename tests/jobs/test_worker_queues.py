"""Who gets a worker's next free hand: sites in turn, rest while a quota is used up, rows that kill."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.services import sites as services
from app.store import inbox, outbox, runs, sites, tables, workers
from app.store.claim import Claimed, settle
from app.store.database import Database
from app.store.sites import Site
from connectors.errors import NotAuthenticated, RateLimited
from connectors.jira.client import JiraClient
from jobs.context import Context
from jobs.handling import Finished, Queue
from jobs.settle import MOST_DEATHS
from jobs.worker import Worker
from tests.jobs.crew import LEASE, ask, done, is_state, shown, working, working_with
from tests.jobs.support import Clock, context_of, unconnected, until
from tests.stores import a_site, put, received, rows


async def test_a_used_up_quota_rests_the_whole_site_until_jira_grants_more(
    database: Database, now: datetime
) -> None:
    asked = []

    async def handle(_: Context, work: Claimed) -> Finished:
        asked.append(work.row["site_id"])
        if len(asked) == 1:
            raise RateLimited("POST /x", retry_after=timedelta(hours=1), reason="jira-quota-global-based")
        return Finished(runs.DONE)

    clock = Clock(now)
    with database.write() as tx:
        site = a_site(tx)
        for subject in ("one", "two"):
            runs.request(tx, site.id, "sync", {}, at=now, now=now, requested_by="t", subject=subject)
    queue = Queue(tables.runs, at_once=1, failed_state=runs.FAILED, handle=handle)
    worker = Worker(context_of(database, clock=clock), [queue], lease=LEASE, poll=timedelta(milliseconds=20))
    task = asyncio.create_task(worker.run())

    def paused() -> dict[int, datetime]:
        with database.read() as tx:
            return sites.paused(tx, clock.now())

    assert await until(paused) == {site.id: now + timedelta(hours=1)}
    await asyncio.sleep(0.1)
    assert len(asked) == 1, "the other run of the site is not even tried"
    clock.pass_by(hours=1)
    worker.wake()
    await until(is_state(database, runs.DONE))
    assert [row["failures"] for row in shown(database)] == [0, 0], "to be told to wait is no failure"
    worker.stop()
    await task


async def test_refused_credentials_pause_the_site_and_nothing_is_lost_until_they_are_mended(
    database: Database, now: datetime
) -> None:
    """For days, longer than an effect that fails is tried: all that waits is carried out in the end."""
    accepted, asked = False, []

    async def handle(_: Context, work: Claimed) -> Finished:
        asked.append(work.id)
        if not accepted:
            raise NotAuthenticated("POST /x")
        return Finished(outbox.DONE)

    clock = Clock(now)
    with database.write() as tx:
        site = a_site(tx)
        for number in range(6):
            effect = LivingComment(f"BURN-{number}", "m", {})
            outbox.put(tx, site.id, effect, key=f"k{number}", cause="test", correlation="run:1", now=now)
    queue = Queue(tables.effects, at_once=2, failed_state=outbox.DEAD, handle=handle, in_turn=True)
    async with working_with(context_of(database, clock=clock), queue, poll=0.02) as worker:

        def effects() -> list[dict[str, Any]]:
            with database.read() as tx:
                return rows(tx, tables.effects)

        def paused() -> dict[int, datetime]:
            with database.read() as tx:
                return sites.paused(tx, clock.now())

        def none_under_way() -> bool:
            return {row["state"] for row in effects()} == {"waiting"}

        for tries in range(1, 6):
            assert await until(paused)
            await until(none_under_way)  # one that was refused later would pause the site from later on
            assert len(asked) <= 2 * tries, "the others of the site are not even tried"
            before = len(asked)
            clock.pass_by(hours=23)
            worker.wake()
            await until(lambda: len(asked) > before)  # noqa: B023 - asked in this round
        await until(none_under_way)
        assert [row["failures"] for row in effects()] == [0] * 6
        accepted = True
        with database.write() as tx:
            sites.resume_mended(tx, site.id)
        worker.wake()
        await until(lambda: [row["state"] for row in effects()] == [outbox.DONE] * 6)


@asynccontextmanager
async def four_hands(
    database: Database, both: Sequence[Site], now: datetime
) -> AsyncIterator[tuple[Worker, list[int]]]:
    """A worker that takes sites in turn and does not end what it begins, and whose work it has begun."""
    release, begun = asyncio.Event(), list[int]()

    async def handle(_: Context, work: Claimed) -> Finished:
        begun.append(work.row["site_id"])
        await release.wait()
        return Finished(outbox.DONE)

    queue = Queue(tables.effects, at_once=4, failed_state=outbox.DEAD, handle=handle, in_turn=True)
    context = context_of(database, *map(unconnected, both), clock=Clock(now))
    worker = Worker(
        context, [queue], lease=LEASE, poll=timedelta(milliseconds=20), grace=timedelta(seconds=5)
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker, begun
    finally:
        release.set()
        worker.stop()
        await task


def owe(tx: Connection, site: Site, issue: str, now: datetime) -> None:
    effect = LivingComment(issue, "m", {})
    outbox.put(tx, site.id, effect, key=issue, cause="test", correlation="run:1", now=now)


async def test_one_site_gets_all_hands_but_one_while_no_other_has_work(
    database: Database, now: datetime
) -> None:
    with database.write() as tx:
        both = [a_site(tx), a_site(tx, "other")]
        for number in range(9):
            owe(tx, both[0], f"BURN-{number}", now)
    async with four_hands(database, both, now) as (worker, begun):
        await until(lambda: len(begun) == 3)
        await asyncio.sleep(0.1)
        assert begun == [both[0].id] * 3, "while nobody else has work, all hands but one"
        with database.write() as tx:
            owe(tx, both[1], "SHOP-1", now)
        worker.wake()
        await until(lambda: len(begun) == 4)
        assert begun[-1] == both[1].id


async def test_one_site_gets_at_most_half_of_the_hands_while_another_has_as_much_to_do(
    database: Database, now: datetime
) -> None:
    with database.write() as tx:
        both = [a_site(tx), a_site(tx, "other")]
        for number in range(9):
            for site in both:
                owe(tx, site, f"BURN-{number}", now)
    async with four_hands(database, both, now) as (_, begun):
        await until(lambda: len(begun) == 4)
        assert sorted(begun) == [both[0].id] * 2 + [both[1].id] * 2


async def test_a_row_at_which_workers_keep_dying_is_given_up(database: Database, now: datetime) -> None:
    ask(database, now, 2)
    with database.write() as tx:
        tx.execute(tables.runs.update().where(tables.runs.c.id == 1).values(deaths=MOST_DEATHS))
    async with working(database, done, clock=Clock(now)):
        await until(lambda: [row["state"] for row in shown(database)] == [runs.FAILED, runs.DONE])
    assert f"{MOST_DEATHS} workers died" in shown(database)[0]["reason"]


async def test_a_delivery_that_kills_counts_its_deaths_alone(database: Database, now: datetime) -> None:
    """A worker that dies holds up to hundreds; all but one of them are innocent."""
    deadly, clock = 7, Clock(now)

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        if deadly in [work.id for work in claimed]:
            raise asyncio.CancelledError  # as far as the store can tell, the worker is gone
        with database.write() as tx:
            assert settle(tx, *claimed, state=inbox.APPLIED, now=now)

    with database.write() as tx:
        put(tx, a_site(tx).id, *(f"issue:{number}" for number in range(12)), at=now)
    queue = Queue(tables.deliveries, at_once=9, failed_state=inbox.DEAD, handle_batch=handle)
    context = context_of(database, clock=clock)

    def ended() -> bool:
        with database.read() as tx:
            return {row["state"] for row in rows(tx, tables.deliveries)} <= {inbox.APPLIED, inbox.DEAD}

    while not ended():
        worker = Worker(context, [queue], lease=LEASE, grace=timedelta())
        task = asyncio.create_task(worker.run())
        await asyncio.sleep(0.1)
        worker.stop()
        await asyncio.wait([task])
        clock.pass_by(seconds=31)
    with database.read() as tx:
        assert {
            row["id"]: row["deaths"] for row in rows(tx, tables.deliveries) if row["state"] == "dead"
        } == {deadly: MOST_DEATHS}


async def test_a_worker_shows_that_it_lives_and_says_when_it_ends(database: Database, now: datetime) -> None:
    def seen() -> list[str]:
        with database.read() as tx:
            return [row["name"] for row in workers.seen_since(tx, now)]

    async with working(database, done, clock=Clock(now)) as worker:
        assert await until(seen) == [worker.name]
    assert seen() == []


async def test_work_put_in_by_another_process_is_begun_without_waiting_for_the_next_look(
    postgresql_only: Database, now: datetime
) -> None:
    """PostgreSQL tells every process that listens; with the slow look alone this takes ten seconds."""
    database = postgresql_only
    from_elsewhere = Database(database.engine.url.render_as_string(hide_password=False))
    with database.write() as tx:
        site = a_site(tx)

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        with database.write() as tx:
            assert settle(tx, *claimed, state=inbox.APPLIED, now=now)

    queue = Queue(tables.deliveries, at_once=9, failed_state=inbox.DEAD, handle_batch=handle)
    context = context_of(database, clock=Clock(now))
    async with working_with(context, queue, poll=10):
        await asyncio.sleep(0.3)  # it looked, found nothing, and rests
        with from_elsewhere.write() as tx:
            inbox.put(tx, [received(site.id, 1, at=now)])

        def applied() -> bool:
            with database.read() as tx:
                return [row["state"] for row in rows(tx, tables.deliveries)] == [inbox.APPLIED]

        await until(applied, seconds=5)
    from_elsewhere.close()


async def test_a_batch_that_takes_long_keeps_the_others_waiting_for_nothing(
    database: Database, now: datetime
) -> None:
    """Each call wakes one that rests, whoever else is at work; none of them would look by itself in a day."""
    begun: list[str] = []
    may_end = asyncio.Event()

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        begun.extend(work.row["subject"] for work in claimed)
        await may_end.wait()
        with database.write() as tx:
            assert settle(tx, *claimed, state=inbox.APPLIED, now=now)

    with database.write() as tx:
        site = a_site(tx)
    queue = Queue(tables.deliveries, at_once=9, abreast=4, failed_state=inbox.DEAD, handle_batch=handle)
    async with working_with(context_of(database, clock=Clock(now)), queue, poll=86_400) as worker:
        await asyncio.sleep(0.1)  # all looked, found nothing, and rest
        for number in range(1, 5):
            with database.write() as tx:
                inbox.put(tx, [received(site.id, number, at=now, subject=f"issue:{number}")])
            worker.wake("deliveries")
            await until(lambda: len(begun) == number, seconds=5)  # noqa: B023 - asked before it changes
        may_end.set()
    assert begun == [f"issue:{number}" for number in range(1, 5)]
    with database.read() as tx:
        assert {row["state"] for row in rows(tx, tables.deliveries)} == {inbox.APPLIED}


async def test_a_store_with_one_writer_is_given_fewer_and_larger_batches(
    database: Database, now: datetime
) -> None:
    sizes: list[int] = []
    under_way, most = 0, 0

    async def handle(_: Context, claimed: Sequence[Claimed]) -> None:
        nonlocal under_way, most
        sizes.append(len(claimed))
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        with database.write() as tx:
            assert settle(tx, *claimed, state=inbox.APPLIED, now=now)
        under_way -= 1

    with database.write() as tx:
        put(tx, a_site(tx).id, *(f"issue:{number}" for number in range(24)), at=now)
    queue = Queue(
        tables.deliveries,
        at_once=4,
        abreast=3,
        by_one_writer=(8, 1),
        failed_state=inbox.DEAD,
        handle_batch=handle,
    )
    async with working_with(context_of(database, clock=Clock(now)), queue, poll=1):
        await until(lambda: sum(sizes) == 24 and not under_way, seconds=5)
    assert (max(sizes), most) == ((8, 1) if database.has_one_writer else (4, 3))


async def test_a_pause_that_an_admin_ends_is_over_at_once_for_the_work_and_for_the_client(
    database: Database, now: datetime
) -> None:
    """Jira asked for an hour, and grants more before: what waits does not wait for the hour."""
    answers = [httpx.Response(429, headers={"Retry-After": "3600", "RateLimit-Reason": "jira-quota-global"})]

    async def answer(_: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else httpx.Response(200, json=[])

    async def handle(context: Context, work: Claimed) -> Finished:
        await context.sites[work.row["site_id"]].jira.fields()
        return Finished(runs.DONE)

    with database.write() as tx:
        site = a_site(tx)
        for number in range(2):
            runs.request(tx, site.id, f"sync{number}", {}, at=now, now=now, requested_by="t")
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://burnish.test")
    jira_site = replace(unconnected(site), jira=JiraClient(client))
    context = context_of(database, jira_site, clock=Clock(now))
    queue = Queue(tables.runs, at_once=1, failed_state=runs.FAILED, handle=handle)
    async with working_with(context, queue, poll=0.02) as worker:

        def rests() -> bool:
            with database.read() as tx:
                return bool(sites.paused(tx, now)) and {row["state"] for row in shown(database)} == {
                    "waiting"
                }

        await until(rests)
        await asyncio.sleep(0.1)  # the worker looks, and sees the pause
        with database.write() as tx:
            services.resume(tx, site.name)
        worker.wake()
        await until(is_state(database, runs.DONE))
