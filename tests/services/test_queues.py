"""What may be done by hand about work in the queues, whatever the queue."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.comments import LivingComment
from app.errors import NotFound, NotPossible
from app.services import effects as effects_service
from app.services import queues
from app.services.queues import DELIVERIES, EFFECTS, RUNS, Policy
from app.store import inbox, outbox, runs
from app.store.claim import claim
from app.store.database import Database
from tests.stores import LEASE, a_site, received

POLICIES = [DELIVERIES, EFFECTS, RUNS]
STATES = {"deliveries": inbox.STATES, "effects": outbox.STATES, "runs": runs.STATES}
EVERY_STATE = [(policy, state) for policy in POLICIES for state in STATES[policy.table.name]]
each_state = pytest.mark.parametrize(
    ("policy", "state"), EVERY_STATE, ids=lambda one: one.called if isinstance(one, Policy) else one
)


def put(tx: Connection, policy: Policy, now: datetime, **columns: Any) -> int:
    """A row of the queue; a site is made."""
    site = a_site(tx)
    if policy is DELIVERIES:
        inbox.put(tx, [received(site.id, 1, at=now)])
    elif policy is EFFECTS:
        comment = LivingComment("BURN-1", "m", {"type": "doc", "version": 1, "content": []})
        outbox.put(tx, site.id, comment, key="k", cause="a test", correlation="run:1", now=now)
    else:
        runs.request(tx, site.id, "sync", {}, at=now, now=now, requested_by="a test")
    held = {"claimed_by": "w", "claimed_until": now + LEASE} if columns.get("state") == "claimed" else {}
    if columns:
        tx.execute(policy.table.update().values(**columns, **held))
    return 1


@each_state
def test_whatever_state_a_row_is_in_what_comes_next_is_said(
    tx: Connection, now: datetime, policy: Policy, state: str
) -> None:
    assert queues.look(tx, policy.table, put(tx, policy, now, state=state), now=now).next


@each_state
def test_a_row_is_tried_again_from_the_states_that_allow_it_and_from_no_other(
    tx: Connection, now: datetime, policy: Policy, state: str
) -> None:
    number = put(tx, policy, now, state=state, reason="why", attempts=3, failures=3, deaths=10)
    if state not in policy.retry_from and not (state == "waiting" and policy is RUNS):
        with pytest.raises(NotPossible, match=f"{number} is {state}; only one that is"):
            queues.retry(tx, policy, number, now=now)
        return
    later = now + timedelta(days=9)
    row = queues.retry(tx, policy, number, now=later).row
    assert (row["state"], row["reason"], row["settled_at"]) == ("waiting", None, None)
    assert (row["attempts"], row["failures"], row["deaths"], row["due_at"]) == (3, 0, 0, later)
    assert row["give_up_at"] == (later + policy.patience if policy.patience else None)
    assert claim(tx, policy.table, worker="w", now=later, lease=LEASE, limit=1)


def test_a_run_that_waits_for_its_time_and_never_failed_is_not_brought_forward(
    tx: Connection, now: datetime
) -> None:
    """A rule that waits two days does so, whoever is impatient."""
    number = put(tx, RUNS, now, due_at=now + timedelta(days=2))
    with pytest.raises(NotPossible, match=r"is waiting; only one that is .* or postponed after it failed"):
        queues.retry(tx, RUNS, number, now=now)


@each_state
def test_a_row_is_called_off_in_the_states_that_allow_it_and_in_no_other(
    tx: Connection, now: datetime, policy: Policy, state: str
) -> None:
    number = put(tx, policy, now, state=state, reason="why")
    if state not in policy.end_from:
        with pytest.raises(NotPossible, match=f"{number} is {state}; only one that is"):
            queues.end(tx, policy, number, now=now, reason="So.")
        return
    row = queues.end(tx, policy, number, now=now, reason="So.").row
    assert (row["state"], row["reason"], row["settled_at"]) == (policy.ended, "So. Before: why", now)
    assert (row["claimed_by"], row["claimed_until"]) == (None, None)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda one: one.called)
def test_a_row_that_is_not_there_is_not_found(tx: Connection, now: datetime, policy: Policy) -> None:
    for act in (queues.retry, lambda *words, now: queues.end(*words, now=now, reason="")):
        with pytest.raises(NotFound, match=f"There is no {policy.called} 7"):
            act(tx, policy, 7, now=now)
    with pytest.raises(NotFound, match="no site 'nowhere'"):
        queues.retry_all(tx, policy, state="dead", site="nowhere", now=now)
    with pytest.raises(NotFound, match="no site 'nowhere'"):
        queues.listed(tx, policy.table, site="nowhere", before=None, limit=1)


def test_of_two_edits_of_the_same_version_at_once_one_is_refused(database: Database, now: datetime) -> None:
    with database.write() as tx:
        number = put(tx, EFFECTS, now, state="dead")
        seen = effects_service.version_of(queues.look(tx, EFFECTS.table, number, now=now).row)
    outcomes: list[str] = []

    def edit(issue: str) -> None:
        try:
            with database.write() as tx:
                effects_service.edit(
                    tx, number, issue_key=issue, body=None, parts=None, seen=f'"{seen}"', now=now
                )
        except Exception as error:  # noqa: BLE001 - which one it is, is the question
            outcomes.append(type(error).__name__)
        else:
            outcomes.append(issue)

    threads = [Thread(target=edit, args=[issue]) for issue in ("BURN-2", "BURN-3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = {"BURN-2", "BURN-3"}.intersection(outcomes)
    assert "ChangedMeanwhile" in outcomes
    with database.read() as tx:
        assert queues.look(tx, EFFECTS.table, number, now=now).row["payload"]["issue_key"] == won


def test_a_row_that_an_admin_holds_is_taken_by_no_worker(database: Database, now: datetime) -> None:
    if database.has_one_writer:
        return  # its writers wait for each other
    with database.write() as tx:
        number = put(tx, EFFECTS, now)
    with database.write() as admin, database.write() as worker:
        queues.end(admin, EFFECTS, number, now=now, reason="So.")
        assert claim(worker, EFFECTS.table, worker="w", now=now, lease=LEASE, limit=1) == []
