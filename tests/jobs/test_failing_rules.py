"""A rule that fails says so where an admin looks, and not only to who asks why."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app.errors import StoreUnavailable
from app.services import rules as service
from app.services import ruling
from app.services.doctor_store import judge_store
from app.services.doctor_visit import look_at_store
from app.services.findings import Finding, Level
from app.store import rule_decisions
from app.store.database import Database
from tests.factories import day
from tests.jobs.ruled import Ruled, moved
from tests.stores import LEASE

FAILS = [{"type": "comment", "text": "{{ 1 / (issue.key | length - issue.key | length) }}"}]


def told(ruled: Ruled) -> list[Finding]:
    facts = look_at_store(ruled.database, now=ruled.clock.now(), lease=LEASE)
    assert facts.trouble == ""
    return [one for one in judge_store(facts) if one.check == "rules"]


async def test_the_doctor_tells_of_rules_that_failed_in_the_last_day(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule()
    assert told(ruled) == []
    failing = ruled.rule(name="Divides", actions=FAILS)
    in_shadow = ruled.rule(name="Divides, too", actions=FAILS, mode="shadow")
    await ruled.tell(moved(at=day(4), history=100), moved(at=day(4), history=100, number=2))
    first, second = told(ruled)
    assert (first.level, first.site) == (Level.WARNING, "demo")
    assert f"Rule {failing}, 'Divides', failed 2 times in the last day, at last: " in first.seen
    assert "division by zero" in first.seen
    assert f"`burnish rules explain --rule {failing} --outcome failed`" in first.mend
    assert f"Rule {in_shadow}, 'Divides, too', failed 2 times" in second.seen
    ruled.clock.at += timedelta(days=1)
    assert told(ruled) == []


async def test_a_rule_that_was_deleted_is_not_told_of(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    failing = ruled.rule(name="Divides", actions=FAILS)
    await ruled.tell(moved(at=day(4), history=100))
    with database.read() as tx:
        (one,) = rule_decisions.failing(tx, since=day(4))
        assert (one.rule_id, one.number) == (failing, 1)
        assert rule_decisions.failing(tx, since=day(4), rule_ids=[failing + 1]) == []
    with database.write() as tx:
        service.delete(tx, failing, service.Change(author="Dana", now=day(5), seen="*"))
    assert told(ruled) == []


async def test_trouble_of_the_store_is_no_fault_of_a_rule(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the rule would have failed for good, and the issue it was for would never hear of it."""
    ruled = Ruled(database, at=day(5))
    ruled.rule()

    def broken(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(ruling, "decide", broken)
        with pytest.raises(StoreUnavailable):
            await ruled.tell(moved(at=day(4), history=100))
    assert ruled.decisions == []
    await ruled.tell(moved(at=day(4), history=100))
    assert [each["outcome"] for each in ruled.decisions] == ["acted"]
