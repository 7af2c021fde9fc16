"""What the doctor says of the store, its workers and its dead letters."""

from datetime import timedelta
from typing import Any, Literal

from app.services.doctor import Stored
from app.services.doctor_store import StoreFacts, judge_store
from app.services.doctor_visit import look_at_store, stored_site
from app.services.findings import Level
from app.store import inbox, schema, sweeps, tables, workers
from app.store.database import Database
from tests.jobs.support import OPENS
from tests.services.told_findings import bad, of
from tests.stores import a_site, received

Edition = Literal["cloud", "datacenter"]


LEASE = timedelta(seconds=30)


def test_the_store_its_workers_and_its_dead_letters_are_judged(database: Database) -> None:
    facts = look_at_store(database, now=OPENS, lease=LEASE)
    assert bad(list(judge_store(facts))) == [("workers", Level.WARNING)]
    with database.write() as tx:
        site = a_site(tx)
        workers.seen(tx, "w", OPENS)
        inbox.put(tx, [received(site.id, 1, at=OPENS)])
        tx.execute(tables.deliveries.update().values(state=inbox.DEAD))
        tx.execute(tables.sites.update().values(synced_at=OPENS))
    found = list(judge_store(look_at_store(database, now=OPENS, lease=LEASE)))
    assert bad(found) == [("dead letters", Level.WARNING)]
    assert of(found, "dead letters")[0].seen.startswith("1 deliveries")
    assert stored_site(database, "demo") == Stored(synced_at=OPENS)
    with database.write() as tx:
        for days, project in enumerate(("10000", "10001")):
            at, keys = OPENS - timedelta(days=days), [f"BURN-{days}"]
            sweeps.note_unannounced(tx, site, project, found_by="catch-up", keys=keys, at=at)
    last = Stored(synced_at=OPENS, untold="BURN-0", untold_at=OPENS)
    assert stored_site(database, "demo") == last, "of all projects"
    assert stored_site(database, "other") == Stored()


def test_beside_a_running_service_the_store_is_looked_at_all_the_same(database: Database) -> None:
    database.claim_file({"address": "http://127.0.0.1:1"})
    other = Database(database.engine.url.render_as_string(hide_password=False))
    try:
        assert look_at_store(other, now=OPENS, lease=LEASE).not_writable == ""
    finally:
        other.close()


def test_a_store_of_another_version_is_a_fault(database: Database) -> None:
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    (found,) = judge_store(look_at_store(database, now=OPENS, lease=LEASE))
    assert (found.check, found.level) == ("schema", Level.FAULT)
    assert str(schema.head()) in found.seen


def test_a_store_that_is_not_there_or_takes_no_writes_is_a_fault(tmp_path: Any) -> None:
    nowhere = Database(f"sqlite:///{tmp_path}/nowhere.db")
    (found,) = judge_store(look_at_store(nowhere, now=OPENS, lease=LEASE))
    nowhere.close()
    assert (found.level, "There is no store" in found.seen) == (Level.FAULT, True)
    full = StoreFacts("", "a", "a", "The disk is full.", 1)
    assert ("store", Level.FAULT) in bad(list(judge_store(full)))


def test_a_disk_that_is_nearly_full_is_told_before_webhooks_are_refused() -> None:
    def level(free: int | None) -> Level:
        facts = StoreFacts(schema_found="1", schema_wanted="1", workers=1, free=free)
        (store,) = of(list(judge_store(facts)), "store")
        return store.level

    assert [level(free) for free in (None, 2**33, 2**28, 2**20)] == [
        *(Level.OK, Level.OK),
        *(Level.WARNING, Level.FAULT),
    ]


def test_what_was_given_up_is_let_go_of_by_a_command_that_there_is() -> None:
    facts = StoreFacts(
        schema_found="1", schema_wanted="1", given_up={"runs": 2, "effects": 1, "deliveries": 1}
    )
    said = [one.mend for one in judge_store(facts) if one.check == "dead letters"]
    ends = [("runs", "failed", "cancel"), ("effects", "dead", "cancel"), ("deliveries", "dead", "discard")]
    assert said == [
        f"See why with `burnish {queue} list --state {state}`, then `{queue} retry` or `{queue} {end}`."
        for queue, state, end in ends
    ]
