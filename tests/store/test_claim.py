from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy import Connection, update

from app.store import inbox, outbox
from app.store.claim import Claimed, claim, hand_back, next_due, release_all, renew, settle
from app.store.database import Database
from app.store.tables import deliveries, effects
from tests.stores import LEASE, a_site, put, rows, states


def take(tx: Connection, now: datetime, *, worker: str = "w1", limit: int = 10) -> list[Claimed]:
    return claim(tx, deliveries, worker=worker, now=now, lease=LEASE, limit=limit)


def subjects(claimed: list[Claimed]) -> list[str]:
    return [work.row["subject"] for work in claimed]


def test_work_on_one_issue_is_claimed_in_order_one_at_a_time(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    put(tx, site.id, "issue:1", "issue:2", "issue:1", at=now)
    first = take(tx, now)
    assert subjects(first) == ["issue:1", "issue:2"]
    assert take(tx, now) == []
    assert settle(tx, first[0], state=inbox.APPLIED, now=now)
    assert subjects(take(tx, now)) == ["issue:1"]


def test_the_same_issue_number_on_another_site_waits_for_nobody(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    put(tx, one.id, "issue:1", at=now)
    put(tx, other.id, "issue:1", at=now)
    assert len(take(tx, now)) == 2


def test_work_is_not_claimed_before_it_is_due(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    assert take(tx, now - timedelta(seconds=1)) == []
    assert len(take(tx, now)) == 1


def test_a_claim_takes_no_more_than_its_limit(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, *(f"issue:{n}" for n in range(7)), at=now)
    assert len(take(tx, now, limit=3)) == 3
    assert len(take(tx, now, limit=100)) == 4


def test_work_of_a_dead_worker_is_taken_over_when_its_lease_ends(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    assert len(take(tx, now)) == 1
    assert take(tx, now + LEASE - timedelta(seconds=1), worker="w2") == []
    taken = take(tx, now + LEASE, worker="w2")
    assert [work.attempts for work in taken] == [2]


def test_a_renewed_lease_is_not_taken_over(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    work = take(tx, now)[0]
    assert renew(tx, work, until=now + 2 * LEASE)
    assert take(tx, now + LEASE, worker="w2") == []


def test_whoever_comes_too_late_writes_nothing(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    late = take(tx, now, worker="w1")[0]
    later = now + LEASE
    owner = take(tx, later, worker="w2")[0]
    before = rows(tx, deliveries)
    assert not settle(tx, late, state=inbox.APPLIED, now=later, reason="late")
    assert not renew(tx, late, until=later + LEASE)
    assert not hand_back(tx, late, due_at=later)
    assert rows(tx, deliveries) == before
    assert settle(tx, owner, state=inbox.APPLIED, now=later)
    assert not settle(tx, owner, state=inbox.DEAD, now=later), "once settled, always settled"
    assert states(tx) == [inbox.APPLIED]


def test_the_same_worker_is_fenced_off_from_its_own_earlier_claim(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    earlier = take(tx, now)[0]
    again = take(tx, now + LEASE)[0]
    assert not settle(tx, earlier, state=inbox.APPLIED, now=now)
    assert settle(tx, again, state=inbox.APPLIED, now=now)


def test_dead_letters_do_not_block_their_issue(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:1", at=now)
    poisoned = take(tx, now)[0]
    assert settle(tx, poisoned, state=inbox.DEAD, now=now, reason="cannot be read")
    assert [work.id for work in take(tx, now)] == [poisoned.id + 1]
    assert rows(tx, deliveries)[0]["reason"] == "cannot be read"


def test_work_handed_back_keeps_its_place_before_later_work_of_its_issue(
    tx: Connection, now: datetime
) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:1", at=now)
    first = take(tx, now)[0]
    assert hand_back(tx, first, due_at=now + timedelta(minutes=1), reason="Jira is down")
    assert take(tx, now) == []
    assert [work.id for work in take(tx, now + timedelta(minutes=1))] == [first.id]


def test_a_reason_with_signs_that_no_database_takes_is_stored_all_the_same(
    tx: Connection, now: datetime
) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:2", at=now)
    first, second = take(tx, now)
    assert settle(tx, first, state=inbox.DEAD, now=now, reason="Project A\0B \ud800")
    assert hand_back(tx, second, due_at=now, reason="\0")
    assert (
        rows(tx, deliveries)[0]["reason"] == "Project A\N{REPLACEMENT CHARACTER}B \N{REPLACEMENT CHARACTER}"
    )


def test_the_next_look_is_due_at_the_first_waiting_row_or_the_end_of_a_lease(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    assert next_due(tx, deliveries, now=now) is None
    put(tx, site.id, "issue:1", at=now)
    assert next_due(tx, deliveries, now=now) == now
    work = take(tx, now)[0]
    assert next_due(tx, deliveries, now=now) == now + LEASE
    settle(tx, work, state=inbox.APPLIED, now=now)
    assert next_due(tx, deliveries, now=now) is None


def test_a_lone_writer_frees_what_it_held_before_it_died(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:2", at=now)
    take(tx, now, limit=1)
    assert release_all(tx, deliveries, now=now) == 1
    assert len(take(tx, now)) == 2


def test_what_a_dying_process_held_rests_longer_after_each_death(tx: Connection, now: datetime) -> None:
    """A crash loop of a minute leaves a row most of the deaths that it is allowed."""
    put(tx, a_site(tx).id, "issue:1", at=now)
    rests = []
    for _ in range(10):
        assert len(take(tx, now)) == 1
        release_all(tx, deliveries, now=now)
        due = next_due(tx, deliveries, now=now)
        assert due is not None
        rests.append((due - now).total_seconds())
        now = due
    assert rests == [0, 2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_what_dying_replicas_held_rests_longer_after_each_death(tx: Connection, now: datetime) -> None:
    """Whoever is killed says nothing: its lease lapses."""
    put(tx, a_site(tx).id, "issue:1", at=now)
    rests = []
    for deaths in range(10):
        (work,) = take(tx, now)
        assert work.row["deaths"] == deaths
        lapsed, due = now + LEASE, next_due(tx, deliveries, now=now)
        assert due is not None
        rests.append((due - lapsed).total_seconds())
        assert take(tx, due - timedelta(milliseconds=1)) == []
        now = due
    assert rests == [0, 2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_two_workers_never_share_a_row(database: Database, now: datetime) -> None:
    """On PostgreSQL both claim at the same moment, each in a transaction of its own."""
    with database.write() as tx:
        put(tx, a_site(tx).id, *(f"issue:{n % 40}" for n in range(120)), at=now)
    start = Barrier(4)

    def work_off(name: str) -> list[tuple[str, int]]:
        done: list[tuple[str, int]] = []
        start.wait()
        while True:
            with database.write() as tx:
                mine = take(tx, now, worker=name, limit=5)
            if not mine:
                with database.read() as tx:
                    if next_due(tx, deliveries, now=now) is None:
                        return done
                continue
            with database.write() as tx:
                for work in mine:
                    assert settle(tx, work, state=inbox.APPLIED, now=now)
            done += [(work.row["subject"], work.id) for work in mine]

    with ThreadPoolExecutor(4) as pool:
        done = [entry for part in pool.map(work_off, ["a", "b", "c", "d"]) for entry in part]
    assert sorted(number for _, number in done) == list(range(1, 121))
    with database.read() as tx:
        assert {row["attempts"] for row in rows(tx, deliveries)} == {1}


def test_a_locked_row_is_skipped_rather_than_waited_for(database: Database, now: datetime) -> None:
    if database.is_sqlite:  # one writer: there is nobody to wait for
        return
    with database.write() as tx:
        put(tx, a_site(tx).id, "issue:1", "issue:1", "issue:2", at=now)
    with database.write() as first:
        assert subjects(take(first, now, limit=1)) == ["issue:1"]
        with database.write() as second:
            assert subjects(take(second, now, worker="w2")) == ["issue:2"]


def test_effects_are_claimed_by_the_same_rules(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    for key in ("k1", "k2"):
        values = {"site_id": site.id, "kind": "living_comment", "idempotency_key": key, "cause": "test"}
        due = {"payload": {}, "created_at": now, "due_at": now, "subject": "issue:BURN-1"}
        tx.execute(effects.insert().values(**values, **due, state="waiting", attempts=0))
    first = claim(tx, effects, worker="w1", now=now, lease=LEASE, limit=10)
    assert [work.row["idempotency_key"] for work in first] == ["k1"]
    assert settle(tx, first[0], state=outbox.DEAD, now=now, reason="refused")
    tx.execute(update(effects).values(due_at=now))
    assert len(claim(tx, effects, worker="w1", now=now, lease=LEASE, limit=10)) == 1
