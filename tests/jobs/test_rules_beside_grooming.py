"""Two policies and a rule about one issue: each sees what the others did, and none does it twice."""

from typing import Any

from app.services import grooming_policies
from app.services.runs import SYNC
from app.store import sites, tables
from app.store.database import Database
from tests.jobs.support import OPENS, Clock, Sandboxed, carried_out, sandboxed
from tests.jobs.test_rules_in_jira import all_carried_out, made_live
from tests.stores import rows

POLICY = """
name: {name}
board: 1
mode: live
when: {when}
checks: {{missing_epic: {{used_by: 0}}}}
ladder: [{{step: label, label: {label}}}]
"""
RULE: dict[str, Any] = {
    "name": "Say why",
    "trigger": {"type": "field_changed", "fields": ["labels"]},
    "when": "labels = no-goal",
    "actions": [{"type": "comment", "text": "Which goal is {{ issue.key }} for?"}],
    "own_changes": True,
}


def touched(database: Database, key: str) -> list[tuple[str, str]]:
    """What was owed to the issue, in its order: by whom, and what."""
    with database.read() as tx:
        owed = [row for row in rows(tx, tables.effects) if row["payload"]["issue_key"] == key]
    return [(row["cause"].partition(", version")[0].rpartition("run ")[2], row["kind"]) for row in owed]


async def test_policies_and_a_rule_do_not_fight_over_an_issue(database: Database) -> None:
    clock = Clock(OPENS)
    async with sandboxed(database, clock=clock) as jira:
        await groomed(database, jira, clock)
        with database.read() as tx:
            found = [
                each for each in rows(tx, tables.grooming_findings) if each["check_name"] == "missing_epic"
            ]
            key = found[0]["issue_key"]
        with database.write() as tx:
            made_live(tx, jira, RULE)
            site = sites.get_site(tx, "demo")
            unlabelled = f"key = {key} AND (labels IS EMPTY OR labels != no-goal)"
            for name, when, label in (("A", f"key = {key}", "no-goal"), ("B", unlabelled, "lost")):
                source = POLICY.format(name=name, when=when, label=label)
                grooming_policies.save(tx, site, source, now=clock.at, by="test")
        for _ in range(4):
            await groomed(database, jira, clock)
            assert len(touched(database, key)) <= 2
            await all_carried_out(database, jira)
            await passes(database, jira, clock)
        policy, rule = touched(database, key)
        assert policy[0].endswith("grooming policy A")
        assert rule == ("rule 'Say why'", "living_comment")
        labels = (await jira.site.jira.issue(key))["fields"]["labels"]
        assert "no-goal" in labels
        assert "lost" not in labels, "the second policy sees what the first did"


async def groomed(database: Database, jira: Sandboxed, clock: Clock) -> None:
    await carried_out(database, jira, kind="backlog_grooming", board=1, at=clock.at)


async def passes(database: Database, jira: Sandboxed, clock: Clock) -> None:
    """An hour, and what a catch-up finds then; what a rule wants waits while policies look."""
    await jira.advance(hours=1)
    clock.pass_by(hours=1)
    await carried_out(database, jira, kind=SYNC, at=clock.at)
