"""Reports in properties of their sprint: for other apps, with or without an issue for people."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.domain.effects import SetSprintProperty
from app.domain.reports.fitted_json import LIMIT
from app.domain.reports.target import Target
from app.errors import NotUnderstood
from app.services import effects as service
from app.store import outbox, tables
from app.store.claim import claim, settle
from app.store.database import Database
from connectors.jira.properties import Kind, Owner
from jobs.effects import carry_out
from tests.jobs.posted import done, targeted
from tests.jobs.support import OPENS, Sandboxed, carried_out, run_of, sandboxed
from tests.stores import LEASE, rows

KEY = "burnish.sprint"


async def value(jira: Sandboxed, sprint: int, kind: str) -> Any:
    return await jira.site.jira.property_of(Owner(Kind.SPRINT, sprint), f"{KEY}.{kind}")


def sprint_of(database: Database, number: int) -> int:
    with database.read() as tx:
        (report,) = (one for one in rows(tx, tables.reports) if one["run_id"] == number)
    return int(report["document"]["sprint"]["id"])


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_a_report_is_kept_with_its_sprint_and_no_issue_is_needed(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as untold:
        jira = targeted(untold, Target(sprint_property=KEY))
        number = await carried_out(database, jira, board=1, **Target(sprint_property=KEY).wish())
        (effect,) = await done(database, jira)
        sprint = sprint_of(database, number)
        assert effect["state"] == "done"
        assert effect["outcome"] == {"sprint_id": sprint, "key": f"{KEY}.daily"}
        assert effect["subject"] == f"sprint:{sprint}"
        kept = await value(jira, sprint, "daily")
        assert len(json.dumps(kept, ensure_ascii=False)) <= LIMIT
        with database.read() as tx:
            document = rows(tx, tables.reports)[-1]["document"]
        assert kept["kind"] == "daily"
        for name in ("sprint", "verdict", "timing", "ratios"):
            assert kept[name] == document[name]
        assert kept["ledger"]["commitment"]["points"] == document["ledger"]["commitment"]["points"]


@pytest.mark.parametrize("kind", ["sprint_start", "sprint_end", "velocity"])
async def test_each_kind_of_report_has_a_property_of_its_own_beside_the_comment(
    database: Database, kind: str
) -> None:
    async with sandboxed(database) as untold:
        target = Target("BURN-1", KEY)
        jira = targeted(untold, target)
        number = await carried_out(database, jira, kind=kind, board=1, **target.wish())
        effects = await done(database, jira)
        assert {one["kind"]: one["state"] for one in effects} == {
            "living_comment": "done",
            "set_sprint_property": "done",
        }
        (told,) = (one["outcome"] for one in effects if one["kind"] == "set_sprint_property")
        short = kind.removeprefix("sprint_")
        assert told["key"] == f"{KEY}.{short}"
        assert (await value(jira, told["sprint_id"], short))["kind"] == short
        assert run_of(database, number)["state"] == "done"


@pytest.mark.parametrize(
    "parameters", [{"post_to": None}, {"post_to": "BURN-2"}], ids=["computed only", "tried out elsewhere"]
)
async def test_a_report_that_goes_elsewhere_leaves_the_property_alone(
    database: Database, parameters: Mapping[str, Any]
) -> None:
    async with sandboxed(database) as untold:
        jira = targeted(untold, Target("BURN-1", KEY))
        await carried_out(database, jira, board=1, **parameters)
        kinds = [one["kind"] for one in await done(database, jira)]
    assert "set_sprint_property" not in kinds


async def test_an_older_report_that_was_held_up_does_not_write_over_a_newer_one(database: Database) -> None:
    async with sandboxed(database) as jira:
        with database.write() as tx:
            for number in (1, 2):
                effect = SetSprintProperty(1, f"{KEY}.daily", {"number": number})
                outbox.put(
                    tx, jira.site.id, effect, key=f"run:{number}", cause="", correlation="run", now=OPENS
                )
            (old,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=9)
        assert (await carry_out(jira.context, old)).state == outbox.SKIPPED, "the newer one waits"
        with database.write() as tx:
            assert settle(tx, old, state=outbox.DEAD, now=OPENS)
        await done(database, jira)
        finished = await carry_out(jira.context, old)  # an admin tries it again
        assert (finished.state, finished.reason) == (
            outbox.SKIPPED,
            "A newer one was written meanwhile (effect 2).",
        )
        assert await value(jira, 1, "daily") == {"number": 2}
        with database.write() as tx, pytest.raises(NotUnderstood, match="is about no issue"):
            service.edit(tx, old.id, issue_key="BURN-2", body=None, parts=None, seen="*", now=OPENS)
