"""How often a key may ask, and what it is told beyond it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.errors import TooManyRequests
from app.services.access import Caller, Role
from app.services.rate_limits import RateLimits
from app.store.database import Database
from tests.api.keyed import bearer, made
from tests.api.queued import RUNS
from tests.api.support import is_problem, serving
from tests.conftest import NOW


async def test_who_asks_too_often_is_told_for_how_long_to_wait(database_url: str) -> None:
    async with serving(database_url, api_requests_per_minute=3) as service:
        key = await made(service)
        answers = [await service.http.get(RUNS, headers=bearer(key)) for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        problem = is_problem(answers[-1], 429)
        assert problem["detail"].startswith("A key may ask 3 times a minute. Wait 20 s")
        assert answers[-1].headers["retry-after"] == "20"
        assert (await service.http.get(RUNS)).status_code == 200, "each key by itself"


async def test_requests_come_back_evenly_and_refused_ones_do_not_count() -> None:
    waits: set[int] = set()
    limits, caller = RateLimits(60), Caller("key a", Role.VIEWER, None, 1)

    async def allowed(after: float, times: int) -> int:
        done, waited = await count(limits, caller, times, now=NOW + timedelta(seconds=after))
        waits.update(waited)
        return done

    assert [await allowed(after, 100) for after in (0, 0, 0.5, 1, 10, 1000)] == [60, 0, 0, 1, 9, 60]
    assert waits == {1}


async def count(limits: RateLimits, caller: Caller, times: int, *, now: datetime) -> tuple[int, set[int]]:
    """How many of so many requests at once may come, and how long the others have to wait."""

    async def one() -> int:
        try:
            await limits.count(caller, now=now)
        except TooManyRequests as error:
            return error.retry_after_seconds
        return 0

    waits = await asyncio.gather(*(one() for _ in range(times)))
    return waits.count(0), {wait for wait in waits if wait}


async def test_replicas_share_what_a_key_may_ask_and_write_little_for_it(
    postgresql_only: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more than was said; less by what single ones hold and do not use."""
    store, writes = postgresql_only, 0
    write = store.call_write

    async def counted(work: Any) -> Any:
        nonlocal writes
        writes += 1
        return await write(work)

    monkeypatch.setattr(store, "call_write", counted)
    replicas = [RateLimits(100, shared=store, store_now=lambda _: NOW) for _ in range(3)]
    key, other = Caller("key a", Role.VIEWER, None, 1), Caller("key b", Role.VIEWER, None, 2)
    done = [await count(one, key, 15, now=NOW) for one in replicas]
    assert [number for number, _ in done] == [15, 15, 15]
    done += [await count(one, key, 50, now=NOW) for one in replicas]
    total = sum(number for number, _ in done)
    assert 90 <= total <= 100
    assert max(wait for _, waits in done for wait in waits) <= 60
    assert writes <= 10 + len(replicas)
    assert (await count(replicas[0], other, 50, now=NOW))[0] == 50, "each key by itself"
    later = NOW + timedelta(minutes=2)
    replicas = [RateLimits(100, shared=store, store_now=lambda _: later) for _ in range(3)]
    assert (await count(replicas[0], key, 200, now=later))[0] == 100, "the next minute is another"


async def test_without_its_store_a_replica_counts_alone() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    limits = RateLimits(20, shared=gone, store_now=lambda _: NOW)
    try:
        assert (await count(limits, Caller("key a", Role.VIEWER, None, 1), 30, now=NOW))[0] == 20
    finally:
        gone.close()


async def test_who_guesses_a_rules_token_hinders_nobody_who_has_one() -> None:
    limits = RateLimits(2)
    guessing, rule = Caller("calls without a token", Role.VIEWER), Caller("rule 7", Role.VIEWER)
    assert (await count(limits, guessing, 9, now=NOW))[0] == 2
    assert (await count(limits, rule, 9, now=NOW))[0] == 2
    assert (await count(limits, Caller("rule 8", Role.VIEWER), 9, now=NOW))[0] == 2
