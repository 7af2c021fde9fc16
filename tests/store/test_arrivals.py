"""From the door to the queue: what arrived is filed in its order, each delivery once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.store import arrivals, inbox, tables
from app.store.arrivals import Arrived
from app.store.claim import Claimed, claim, settle
from app.store.database import Database
from app.store.inbox import Received
from tests.stores import LEASE, a_site, arrived, rows, states


def came(site_id: int, number: int, now: datetime, body: bytes = b"{}") -> Arrived:
    return Arrived(site_id, f"id:{number}", 0, now, body)


def read(one: Arrived, subject: str = "") -> Received:
    number = one.identity.removeprefix("id:")
    return Received(
        one.site_id, one.identity, "e", subject or f"issue:{number}", 0, one.received_at, one.body, "read"
    )


def take_in(tx: Connection, now: datetime, subjects: Sequence[str] = (), most: int = 1000) -> list[Claimed]:
    """All that arrived, as of the subjects given, or each of its own."""
    found = arrivals.unfiled(tx, most)
    together = [one for arrival in found for one in arrival.deliveries]
    named = [*subjects, *[""] * (len(together) - len(subjects))]
    received = [read(one, subject) for one, subject in zip(together, named, strict=True)]
    assert inbox.may_file(tx)
    return inbox.take_in(tx, found, received, worker="w", now=now, lease=LEASE)


def test_what_arrived_comes_back_in_its_order_and_byte_for_byte(tx: Connection, now: datetime) -> None:
    several = [came(1, number, now, bytes([number])) for number in range(150)]
    arrivals.keep(tx, several[:1])
    arrivals.keep(tx, several[1:])
    assert arrived(tx) == several
    assert arrivals.waiting(tx) == (150, now)


def test_large_deliveries_are_packed_apart(tx: Connection, now: datetime) -> None:
    """So that reading one again never unpacks more than a handful."""
    kept = arrivals.keep(tx, [came(1, number, now, b"x" * 500_000) for number in range(3)])
    assert [len(one.deliveries) for one in kept] == [1, 1, 1]


def test_no_more_is_read_at_once_than_memory_holds(tx: Connection, now: datetime) -> None:
    """At least one, whatever its size."""
    site = a_site(tx)
    sizes = [40, 1, 20, 20, 1]
    for number, size in enumerate(sizes):
        arrivals.keep(tx, [came(site.id, number, now, b"x" * size * 2**20)])
    read_at_once = []
    while arrivals.waiting(tx)[0]:
        read_at_once.append(len(take_in(tx, now)))
    assert read_at_once == [1, 2, 2]


def test_what_is_filed_is_claimed_at_once_with_what_was_read(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, number, now) for number in (1, 2)])
    works = take_in(tx, now)
    assert [(work.row["identity"], work.content) for work in works] == [("id:1", "read"), ("id:2", "read")]
    assert arrivals.waiting(tx) == (0, None)
    stored = rows(tx, tables.deliveries)
    assert [dict(work.row) for work in works] == stored
    assert {(row["state"], row["claimed_by"], row["claimed_until"]) for row in stored} == {
        ("claimed", "w", now + LEASE)
    }
    assert settle(tx, *works, state=inbox.APPLIED, now=now)


def test_a_repeat_gets_no_row_wherever_the_first_stands(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, number, now, b"first") for number in (1, 1, 2)])
    assert [work.row["identity"] for work in take_in(tx, now)] == ["id:1", "id:2"]
    arrivals.keep(tx, [came(site.id, number, now, b"again") for number in (2, 3)])
    assert [work.row["identity"] for work in take_in(tx, now)] == ["id:3"]
    ids = [row["id"] for row in rows(tx, tables.deliveries)]
    assert list(arrivals.bodies_of(tx, ids).values()) == [b"first", b"first", b"again"]


def test_behind_an_open_delivery_of_the_same_issue_the_next_one_waits(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, 1, now)])
    (first,) = take_in(tx, now, ["issue:7"])
    arrivals.keep(tx, [came(site.id, number, now) for number in (2, 3)])
    assert [work.row["subject"] for work in take_in(tx, now, ["issue:7", "issue:8"])] == ["issue:8"]
    assert states(tx) == ["claimed", "waiting", "claimed"]
    assert claim(tx, tables.deliveries, worker="w", now=now, lease=LEASE, limit=9) == []
    settle(tx, first, state=inbox.APPLIED, now=now)
    (next_one,) = claim(tx, tables.deliveries, worker="w", now=now, lease=LEASE, limit=9)
    assert next_one.row["identity"] == "id:2"


def test_the_same_issue_number_of_another_site_waits_for_nobody(tx: Connection, now: datetime) -> None:
    one, other = a_site(tx), a_site(tx, "other")
    arrivals.keep(tx, [came(one.id, 1, now)])
    take_in(tx, now, ["issue:7"])
    arrivals.keep(tx, [came(other.id, 1, now)])
    assert len(take_in(tx, now, ["issue:7"])) == 1


def test_deliveries_of_one_issue_that_arrived_together_are_claimed_together(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, number, now) for number in (1, 2, 3)])
    works = take_in(tx, now, ["issue:7"] * 3)
    assert [work.row["identity"] for work in works] == ["id:1", "id:2", "id:3"]


def test_no_more_is_taken_than_was_asked_for_but_always_something(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    for first in (0, 10, 20):
        arrivals.keep(tx, [came(site.id, number, now) for number in range(first, first + 10)])
    assert len(take_in(tx, now, most=25)) == 20
    assert len(take_in(tx, now, most=3)) == 10


def test_filing_the_same_twice_is_refused_whole(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, 1, now)])
    found = arrivals.unfiled(tx, 10)
    arrivals.mark_filed(tx, found, 1)
    with pytest.raises(RuntimeError, match="twice"):
        arrivals.mark_filed(tx, found, 2)


def test_bodies_go_when_their_last_delivery_is_gone(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    for pair in ((1, 2), (3, 4), (5, 6)):
        arrivals.keep(tx, [came(site.id, number, now) for number in pair])
        take_in(tx, now)
    assert arrivals.unneeded(tx, after=0, limit=9) == []
    gone = tables.deliveries.c.identity.in_(["id:1", "id:2", "id:3", "id:5", "id:6"])
    tx.execute(tables.deliveries.delete().where(gone))
    assert arrivals.forget(tx, arrivals.unneeded(tx, after=0, limit=9)) == 1
    assert len(rows(tx, tables.arrivals)) == len(rows(tx, tables.arrival_bodies)) == 2  # the newest stays
    kept = rows(tx, tables.deliveries)[0]["id"]
    assert arrivals.bodies_of(tx, [kept]) == {kept: b"{}"}


def test_an_id_is_never_given_twice_even_to_a_repeat(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    arrivals.keep(tx, [came(site.id, 1, now), came(site.id, 1, now)])
    take_in(tx, now)
    arrivals.keep(tx, [came(site.id, 2, now)])
    take_in(tx, now)
    assert [row["id"] for row in rows(tx, tables.deliveries)] == [1, 3]


def test_only_one_files_at_a_time(database: Database, now: datetime) -> None:
    """Two replicas that file side by side could put the second delivery of an issue before the first."""
    if database.has_one_writer:  # a second process is refused
        return
    with database.write() as tx:
        a_site(tx)
    with database.write() as one, database.write() as other:
        assert inbox.may_file(one)
        assert not inbox.may_file(other)
    with database.write() as tx:
        assert inbox.may_file(tx)


def test_unfiled_deliveries_count_as_waiting(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    inbox.put(tx, [read(came(site.id, 1, now + timedelta(minutes=1)))])
    arrivals.keep(tx, [came(site.id, number, now) for number in (2, 3)])
    assert inbox.counts(tx)["waiting"] == 3
