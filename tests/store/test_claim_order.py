"""Which rows a claim takes: several of one issue in a row, projects in turn, sites that rest."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from app.domain.comments import LivingComment
from app.store import inbox, outbox
from app.store.claim import Claimed, claim, claim_in_turn, hand_back, settle
from app.store.database import Database
from app.store.tables import deliveries, effects
from tests.stores import LEASE, a_site, put, received


def batch(
    tx: Connection, now: datetime, *, limit: int = 10, worker: str = "w1", without: tuple[int, ...] = ()
) -> list[Claimed]:
    return claim(
        tx,
        deliveries,
        worker=worker,
        now=now,
        lease=LEASE,
        limit=limit,
        followers=True,
        without_sites=without,
    )


def numbers(claimed: list[Claimed]) -> list[str]:
    return [work.row["identity"].removeprefix("id:") for work in claimed]


def test_a_batch_takes_what_stands_behind_the_first_of_an_issue_in_order(
    tx: Connection, now: datetime
) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:1", "issue:2", "issue:1", at=now)
    assert numbers(batch(tx, now)) == ["1", "2", "3", "4"]


def test_a_batch_fills_up_with_followers_only_when_every_issue_had_its_turn(
    tx: Connection, now: datetime
) -> None:
    put(tx, a_site(tx).id, *["issue:1"] * 9, "issue:2", at=now)
    assert numbers(batch(tx, now, limit=4)) == ["1", "2", "3", "10"]


def test_nothing_of_an_issue_is_taken_while_another_worker_has_some_of_it(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    put(tx, site.id, "issue:1", "issue:1", at=now)
    first = batch(tx, now, worker="w1")
    inbox.put(tx, [received(site.id, 3, at=now, subject="issue:1")])
    assert batch(tx, now, worker="w2") == []
    assert settle(tx, *first, state=inbox.APPLIED, now=now)
    assert numbers(batch(tx, now, worker="w2")) == ["3"]


def test_a_follower_that_is_not_due_holds_up_those_behind_it(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:1", "issue:1", at=now)
    later = update(deliveries).where(deliveries.c.identity == "id:2").values(due_at=now + LEASE)
    tx.execute(later)
    assert numbers(batch(tx, now)) == ["1"]


def test_the_batch_of_a_dead_worker_is_taken_over_one_by_one(tx: Connection, now: datetime) -> None:
    """So that the one that kills counts its deaths alone."""
    put(tx, a_site(tx).id, "issue:1", "issue:1", "issue:2", "issue:3", at=now)
    batch(tx, now, limit=3)
    later, taken = now + LEASE, []
    while claimed := batch(tx, later, worker="w2"):
        taken.append([(work.row["identity"], work.row["deaths"]) for work in claimed])
        assert settle(tx, *claimed, state=inbox.APPLIED, now=later)
    assert taken == [[("id:1", 1)], [("id:2", 0)], [("id:3", 1)], [("id:4", 1)]]


def test_a_batch_is_settled_whole_or_not_at_all(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", "issue:2", at=now)
    claimed = batch(tx, now)
    tx.execute(update(deliveries).where(deliveries.c.id == claimed[1].id).values(attempts=7))
    assert not settle(tx, *claimed, state=inbox.APPLIED, now=now), "one is no longer ours"


def test_a_failure_is_counted_and_a_mere_return_is_not(tx: Connection, now: datetime) -> None:
    put(tx, a_site(tx).id, "issue:1", at=now)
    assert hand_back(tx, *batch(tx, now), due_at=now, failed=True)
    (again,) = batch(tx, now)
    assert again.row["failures"] == 1
    assert hand_back(tx, again, due_at=now)
    assert batch(tx, now)[0].row["failures"] == 1


def test_sites_that_rest_are_left_alone(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    inbox.put(tx, [received(one.id, 1, at=now), received(other.id, 2, at=now)])
    assert numbers(batch(tx, now, without=(one.id,))) == ["2"]


subjects = st.lists(st.sampled_from(["issue:1", "issue:2", "issue:3"]), min_size=1, max_size=25)


@given(subjects=subjects, limits=st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_whatever_the_limits_everything_is_taken_once_and_each_issue_in_order(
    sqlite_template: object, tmp_path_factory: pytest.TempPathFactory, subjects: list[str], limits: list[int]
) -> None:
    path = tmp_path_factory.mktemp("order") / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())  # type: ignore[attr-defined]
    database = Database(f"sqlite:///{path}")
    now = datetime.fromisoformat("2026-03-11T12:00:00+00:00")
    taken: list[tuple[str, int]] = []
    with database.write() as tx:
        put(tx, a_site(tx).id, *subjects, at=now)
        turn = 0
        while claimed := batch(tx, now, limit=limits[turn % len(limits)]):
            assert len(claimed) <= limits[turn % len(limits)]
            taken += [(work.row["subject"], work.id) for work in claimed]
            assert settle(tx, *claimed, state=inbox.APPLIED, now=now)
            turn += 1
    database.close()
    assert len(taken) == len(subjects)
    for subject in set(subjects):
        ids = [number for about, number in taken if about == subject]
        assert ids == sorted(ids)


# --- projects in turn -----------------------------------------------------------------------------


def owe(tx: Connection, site_id: int, *keys: str, now: datetime) -> None:
    for number, key in enumerate(keys):
        effect = LivingComment(key, f"m{number}", {})
        cause = {"key": f"{site_id}:{number}:{key}", "cause": "test", "correlation": "run:1"}
        outbox.put(tx, site_id, effect, now=now, **cause)


def in_turn(tx: Connection, now: datetime, *, rounds: int, without: tuple[int, ...] = ()) -> list[str]:
    after, taken = (0, ""), []
    for _ in range(rounds):
        for work in claim_in_turn(
            tx, effects, worker="w", now=now, lease=LEASE, after=after, without_sites=without
        ):
            after = (work.row["site_id"], work.row["project_key"])
            taken.append(work.row["subject"].removeprefix("issue:"))
    return taken


def test_a_flood_in_one_project_does_not_hold_up_the_others(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    owe(tx, one.id, *(f"BURN-{number}" for number in range(1, 50)), now=now)
    owe(tx, one.id, "SHOP-1", "SHOP-2", now=now)
    owe(tx, other.id, "BURN-1", now=now)
    assert in_turn(tx, now, rounds=6) == ["BURN-1", "SHOP-1", "BURN-1", "BURN-2", "SHOP-2", "BURN-3"]


def test_two_effects_on_one_issue_are_never_under_way_together(tx: Connection, now: datetime) -> None:
    owe(tx, a_site(tx).id, "BURN-1", "BURN-1", now=now)
    assert in_turn(tx, now, rounds=3) == ["BURN-1"]


def test_a_paused_site_and_what_is_not_due_lose_their_turn(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    owe(tx, one.id, "BURN-1", now=now)
    owe(tx, other.id, "SHOP-1", now=now)
    assert in_turn(tx, now - timedelta(seconds=1), rounds=2) == []
    assert in_turn(tx, now, rounds=2, without=(one.id,)) == ["SHOP-1"]


def test_an_old_row_that_is_tried_again_waits_for_the_newer_one_that_is_under_way(
    tx: Connection, now: datetime
) -> None:
    """Two effects on one issue are never under way together."""
    owe(tx, a_site(tx).id, "BURN-1", "BURN-1", now=now)
    old = effects.c.id == 1
    tx.execute(update(effects).where(old).values(state=outbox.DEAD))
    (newer,) = claim(tx, effects, worker="w1", now=now, lease=LEASE, limit=9)
    tx.execute(update(effects).where(old).values(state="waiting"))
    assert claim(tx, effects, worker="w2", now=now, lease=LEASE, limit=9) == []
    assert in_turn(tx, now, rounds=2) == []
    assert settle(tx, newer, state=outbox.DONE, now=now)
    assert in_turn(tx, now, rounds=2) == ["BURN-1"]
