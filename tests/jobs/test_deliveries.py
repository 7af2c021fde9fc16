"""Every event has a home, and what one batch does to its deliveries."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import InternalError

from app.errors import StoreUnavailable
from app.store import arrivals, inbox, issues, tables
from app.store.claim import Claimed, claim
from app.store.database import Database
from app.store.inbox import Received
from app.store.sites import Site
from connectors.jira.webhook import JIRA_EVENTS
from jobs import rules
from jobs.deliveries import HANDLED, apply_batch
from jobs.ignored_events import IGNORED
from jobs.lease import ClaimLostError
from jobs.told import Outcome
from tests.factories import DONE, TO_DO, day
from tests.jobs.support import context_of, unconnected
from tests.jobs.telling import tell
from tests.payloads import (
    board_event,
    comment,
    comment_event,
    encoded,
    issue,
    issue_event,
    item,
    sprint_event,
    status_item,
)
from tests.stores import LEASE, a_site, received, rows, states


def test_every_jira_event_is_handled_or_ignored_on_purpose() -> None:
    assert HANDLED.keys().isdisjoint(IGNORED)
    assert HANDLED.keys() | IGNORED.keys() >= JIRA_EVENTS
    assert all(IGNORED.values()), "whoever wonders why nothing happened gets a reason"


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_what_is_not_kept_is_ignored_with_its_reason(name: str, tx: Connection) -> None:
    site = a_site(tx)
    assert tell(tx, site, {"webhookEvent": name}) == Outcome(inbox.IGNORED, IGNORED[name])


def test_an_event_that_nobody_knows_is_kept_and_counted(tx: Connection) -> None:
    site = a_site(tx)
    outcome = tell(tx, site, {"webhookEvent": "jira:issue_teleported", "issue": issue()})
    assert outcome.state == inbox.UNKNOWN
    assert "jira:issue_teleported" in (outcome.reason or "")
    assert tell(tx, site, {}).state == inbox.UNKNOWN


# --- batches --------------------------------------------------------------------------------------


def store(database: Database, now: datetime, *documents: Any, first: int = 1) -> tuple[Site, list[Claimed]]:
    """Deliveries as they were received, all of them claimed."""

    def put(tx: Connection, site: Site) -> None:
        inbox.put(
            tx,
            [
                replace(_delivery(site, number, document, now), event=None)
                for number, document in enumerate(documents, first)
            ],
        )

    with database.write() as tx:
        site = a_site(tx)
        put(tx, site)
        return site, claim(tx, tables.deliveries, worker="w", now=now, lease=LEASE, limit=100)


def _delivery(site: Site, number: int, document: Any, now: datetime) -> Received:
    body = document if isinstance(document, bytes) else encoded(document)
    return replace(received(site.id, number, at=now), body=body)


POISON: dict[str, Any] = {
    "an issue without id": issue_event("jira:issue_updated", {"key": "BURN-9", "fields": {}}, at=day(1)),
    "an instant that is none": issue_event("jira:issue_updated", issue(created="yesterday"), at=day(1)),
    "fields of another shape": issue_event("jira:issue_updated", issue(), at=day(1))
    | {"issue": {"id": "11", "key": "BURN-1", "fields": ["?"]}, "changelog": {"id": "9", "items": "?"}},
    "a sprint in an unknown state": sprint_event("sprint_updated", at=day(1), state="paused"),
    "a sprint without id": sprint_event("sprint_updated", at=day(1), id=None),
    "a board whose id is text": board_event("board_updated", at=day(1), id="one"),
    "no JSON any more": b"{",
    "a history id beyond all bounds": issue_event(
        "jira:issue_updated", issue(), at=day(1), history=10**30, items=[status_item(TO_DO, DONE)]
    ),
}


@pytest.mark.parametrize("poison", [pytest.param(body, id=name) for name, body in POISON.items()])
async def test_a_poisoned_delivery_dies_with_its_reason_and_its_neighbours_go_on(
    database: Database, now: datetime, poison: Any
) -> None:
    good = issue_event("jira:issue_updated", issue(2), at=day(1))
    site, claimed = store(database, now, good, poison, issue_event("jira:issue_updated", issue(3), at=day(1)))
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        assert [row["key"] for row in rows(tx, tables.issues)] == ["BURN-2", "BURN-3"]
        found = rows(tx, tables.deliveries)
        assert [row["state"] for row in found] == [inbox.APPLIED, inbox.DEAD, inbox.APPLIED]
        assert found[1]["reason"]
        assert rows(tx, tables.changes) == [], "half of a delivery is nothing"


async def test_after_a_poisoned_delivery_the_next_of_the_same_issue_is_applied(
    database: Database, now: datetime
) -> None:
    """Also where only the database finds out, in the middle of a batch."""
    beyond = issue_event(
        "jira:issue_updated", issue(), at=day(1), history=2**63, items=[status_item(TO_DO, DONE)]
    )
    broken = issue_event("jira:issue_updated", issue(created="?"), at=day(1))
    before, after = (
        issue_event("jira:issue_updated", issue(status=status, updated=at), at=at)
        for status, at in ((TO_DO, day(1)), (DONE, day(2)))
    )
    site, claimed = store(database, now, before, beyond, broken, after)
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        assert states(tx) == [inbox.APPLIED, inbox.DEAD, inbox.DEAD, inbox.APPLIED]
        assert rows(tx, tables.issues)[0]["status_id"] == DONE
        assert rows(tx, tables.changes) == []


async def test_nothing_of_a_batch_is_written_once_somebody_else_took_one_of_it_over(
    database: Database, now: datetime
) -> None:
    site, claimed = store(
        database, now, *(issue_event("jira:issue_updated", issue(n), at=day(1)) for n in (1, 2, 3))
    )
    late = now + LEASE + timedelta(seconds=1)
    with database.write() as tx:
        (taken,) = claim(tx, tables.deliveries, worker="other", now=late, lease=LEASE, limit=1)
    with pytest.raises(ClaimLostError):
        await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        assert rows(tx, tables.issues) == []
        found = rows(tx, tables.deliveries)
        assert {row["claimed_by"] for row in found if row["id"] == taken.id} == {"other"}
        assert sorted(row["state"] for row in found) == ["claimed", "waiting", "waiting"]


async def test_a_batch_asks_and_writes_in_as_many_statements_as_two_deliveries(
    database: Database, now: datetime
) -> None:
    """Else a flood of events is worked off by the hundred a second, not by the thousand."""

    async def statements(first: int, number: int) -> int:
        events = [
            issue_event(
                "jira:issue_updated",
                issue(first + n, project=("BURN", "OTHER")[n % 2]),
                at=day(1),
                history=first + n,
                items=[status_item(TO_DO, DONE)],
            )
            for n in range(number)
        ]
        site, claimed = store(database, now, *events, first=first)
        counted: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
        await apply_batch(context_of(database, unconnected(site, ("BURN",))), claimed)
        return len(counted)

    few = await statements(1, 2)
    assert await statements(100, 60) == few
    with database.read() as tx:
        assert len(rows(tx, tables.issues)) == 31


async def test_signs_that_a_database_refuses_do_not_stop_the_worker(
    database: Database, now: datetime
) -> None:
    """In a reason and in what is stored, they become a question mark on both databases."""
    nul = issue_event("jira:issue_updated", issue(project="A\0B"), at=day(1))
    words = issue_event(
        "jira:issue_updated", issue(2, summary="\0 \ud83d", customfield_1={"\0": ["\udfff"]}), at=day(1)
    )
    said = comment_event("comment_created", comment(at=day(1), body="\0\ud800"), at=day(1))
    site, claimed = store(database, now, nul, words, said)
    await apply_batch(context_of(database, unconnected(site, ("BURN",))), claimed)
    unknown = "\N{REPLACEMENT CHARACTER}"
    with database.read() as tx:
        assert states(tx) == [inbox.IGNORED, inbox.APPLIED, inbox.APPLIED]
        (row,) = rows(tx, tables.issues)
        assert row["summary"] == f"{unknown} {unknown}"
        assert row["fields"]["customfield_1"] == {unknown: [unknown]}
        assert rows(tx, tables.comments)[0]["body"] == unknown * 2


async def test_a_delivery_that_the_database_refuses_dies_without_its_content_in_reason_or_log(
    database: Database, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    """A history id beyond 64 bits; the statement that fails holds the whole issue."""
    planted = issue(summary="planted-content")
    event = issue_event(
        "jira:issue_updated",
        planted,
        at=day(1),
        history=2**63,
        items=[item("Reason", "reason", "", "planted-content")],
    )
    site, claimed = store(database, now, event)
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
    assert row["state"] == inbox.DEAD
    assert row["reason"]
    assert "planted-content" not in row["reason"]
    said = capsys.readouterr()
    assert "delivery.dead" in said.out
    assert "planted-content" not in said.out + said.err


async def test_a_batch_that_met_trouble_of_the_store_is_claimed_again_soon_and_not_dead(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, claimed = store(database, now, issue_event("jira:issue_updated", issue(), at=day(1)))

    def broken(*_: Any, **__: Any) -> None:
        raise InternalError("UPDATE", {}, Exception("read-only"))

    with monkeypatch.context() as patch:
        patch.setattr(issues, "save_pictures", broken)
        with pytest.raises(StoreUnavailable):
            await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
    assert (row["state"], row["due_at"]) == ("waiting", now + timedelta(seconds=2))


async def test_a_refused_delivery_keeps_nobody_from_writing_for_longer_than_its_batch(
    database: Database, now: datetime
) -> None:
    """On SQLite the door waits for the end of each transaction."""
    counted = [0]
    event.listen(database.engine, "begin", lambda _: counted.append(0))

    def count(*_: object) -> None:
        counted[-1] += 1

    event.listen(database.engine, "before_cursor_execute", count)
    longest, good = [], {n: issue_event("jira:issue_updated", issue(n), at=day(1)) for n in range(1, 41)}
    beyond = issue_event(
        "jira:issue_updated", issue(7), at=day(1), history=2**63, items=[status_item(TO_DO, DONE)]
    )
    for first, events in ((1, good), (101, good | {7: beyond})):
        site, claimed = store(database, now, *events.values(), first=first)
        counted[:] = [0]
        await apply_batch(context_of(database, unconnected(site)), claimed)
        longest.append(max(counted))
    assert longest[1] <= longest[0] + 2
    with database.read() as tx:
        assert [state for state in states(tx) if state != inbox.APPLIED] == [inbox.DEAD]


@pytest.mark.parametrize("where", ["what is known of its issue", "rules"])
async def test_what_cannot_be_worked_out_for_one_delivery_holds_up_no_other(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    react = rules.react

    def broken(context: Any, tx: Connection, of: Site, heard: Sequence[Any], index: Any) -> int:
        if "BURN-2" in {row["key"] for row in rows(tx, tables.issues)}:
            message = "the database refuses a decision"
            raise ValueError(message)
        return react(context, tx, of, heard, index)

    poison = issue_event("jira:issue_updated", issue(2), at=day(1))
    if where == "rules":
        monkeypatch.setattr(rules, "react", broken)
    else:  # a word that PostgreSQL cannot even be asked for
        document = issue(2, project="OTHER") | {"id": "2\0"}
        poison = issue_event("jira:issue_updated", document, at=day(1))
    good = [issue_event("jira:issue_updated", issue(n), at=day(1)) for n in (1, 3, 4)]
    site, claimed = store(database, now, good[0], poison, *good[1:])
    await apply_batch(context_of(database, unconnected(site, ("BURN",))), claimed)
    with database.read() as tx:
        assert [row["key"] for row in rows(tx, tables.issues)] == ["BURN-1", "BURN-3", "BURN-4"]
        found = states(tx)
    assert found.pop(1) in {inbox.DEAD, inbox.IGNORED}
    assert found == [inbox.APPLIED] * 3


async def test_deliveries_that_are_too_large_together_are_applied_one_after_the_other(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few hundred of the size that Jira may send would fill the memory of any machine."""
    monkeypatch.setattr(arrivals, "_TOGETHER", 10_000)
    events = [
        issue_event("jira:issue_updated", issue(n, description="w" * size), at=day(1))
        for n, size in ((1, 20_000), (2, 8_000), (3, 10), (4, 8_000))
    ]
    site, claimed = store(database, now, *events)
    with database.read() as tx:
        assert list(arrivals.bodies_of(tx, [1, 2, 3, 4])) == [1]
        assert list(arrivals.bodies_of(tx, [2, 3, 4])) == [2, 3]
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        assert states(tx) == [inbox.APPLIED] * 4
        assert len(rows(tx, tables.issues)) == 4


async def test_deliveries_of_a_site_that_left_the_settings_die_with_that_reason(
    database: Database, now: datetime
) -> None:
    _, claimed = store(database, now, issue_event("jira:issue_updated", issue(), at=day(1)))
    await apply_batch(context_of(database), claimed)
    with database.read() as tx:
        assert "no longer in the settings" in rows(tx, tables.deliveries)[0]["reason"]


async def test_an_unknown_event_is_kept_whole(database: Database, now: datetime) -> None:
    strange = {"webhookEvent": "jira:new_thing", "what": [1, 2]}
    site, claimed = store(database, now, strange)
    await apply_batch(context_of(database, unconnected(site)), claimed)
    with database.read() as tx:
        (row,) = rows(tx, tables.deliveries)
        assert row["state"] == inbox.UNKNOWN
        assert json.loads(arrivals.bodies_of(tx, [row["id"]])[row["id"]]) == strange
