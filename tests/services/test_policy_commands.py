"""Who may command a policy by comments, where it says so itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.grooming.health import BacklogHealth
from app.domain.grooming.ladder import NotHeeded, Plan, Planned
from app.domain.grooming.policy import Policy
from app.domain.reports.backlog_as_json import plan_as_json
from app.domain.reports.policies import policies_told
from app.domain.scrum.calendar import Calendar
from app.services import grooming_policies
from app.services.backlog_grooming import asked_of, backlog_health, keep
from app.services.commanders import not_read, roles_asked
from app.services.grooming_wish import read_wish
from app.store import jira_tables, project_roles, things
from app.store.sites import Site
from tests.factories import day
from tests.services.stored_backlog import BOARD, NOW, save
from tests.services.stored_backlog import say as write
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture

DUPLICATES = """
name: Duplicates go
board: 1
checks: {duplicate: {only_said: true}}
ladder: [{step: accept}]
"""
OVERDUE = """
name: Overdue
board: 1
checks: {overdue: {}}
ladder: [{step: report}]
"""
LEADS = ["Leads"]


@pytest.fixture
def team(tx: Connection, site: Site) -> Site:
    """Lena leads; Dan and Lena develop; a customer called Cora has no role."""
    kinds = [{"id": "2", "name": "Duplicate", "outward": "duplicates", "inward": "is duplicated by"}]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    project_roles.keep(tx, site, "BURN", "Developers", ["dan", "lena"], day(1))
    project_roles.keep(tx, site, "BURN", "Leads", ["lena"], day(1))
    for number in range(1, 6):
        save(tx, site, number, duedate="2026-03-05")
    return site


def looked(tx: Connection, site: Site, **wished: Any) -> BacklogHealth:
    wish = read_wish(wished)
    return backlog_health(tx, site, board_id=BOARD.id, at=NOW, calendar=Calendar(), wish=wish)


def planned(tx: Connection, site: Site, source: str, **wished: Any) -> Plan:
    policy = Policy(grooming_policies.read_source(source))
    review = looked(tx, site, **wished).review
    return grooming_policies.plan(tx, site, policy, review, read_wish(wished)).plan


def taken(plan: Plan) -> set[str]:
    return {take.item.key for take in plan.takes}


def test_a_policy_does_what_its_own_roles_say_and_the_page_tells_what_anybody_says(
    tx: Connection, team: Site
) -> None:
    write(tx, team, 1, "/duplicate BURN-5", at=day(8), by="dan")
    write(tx, team, 2, "/duplicate BURN-5", at=day(8), by="cora")
    assert looked(tx, team).review.counts["duplicate"] == 2
    assert taken(planned(tx, team, DUPLICATES)) == {"BURN-1", "BURN-2"}
    plan = planned(tx, team, f"{DUPLICATES}command_roles: [developers]")
    assert taken(plan) == {"BURN-1"}
    assert plan.not_heeded == (NotHeeded("BURN-2", "duplicate", "cora"),)


def test_it_stands_above_the_settings_in_both_directions(tx: Connection, team: Site) -> None:
    write(tx, team, 1, "/keep", at=day(8), by="dan")
    write(tx, team, 2, "/keep", at=day(8), by="lena")
    write(tx, team, 3, "/keep", at=day(8), by="cora")
    for roles, wished, found in (
        (None, (), {4, 5}),
        (None, LEADS, {1, 3, 4, 5}),
        (LEADS, (), {1, 3, 4, 5}),
        (["Developers"], LEADS, {3, 4, 5}),
        ([], LEADS, {4, 5}),
        (["Wizards"], (), {1, 2, 3, 4, 5}),
    ):
        source = OVERDUE if roles is None else f"{OVERDUE}command_roles: {roles}"
        plan = planned(tx, team, source, command_roles=list(wished))
        assert taken(plan) == {f"BURN-{number}" for number in found}, (roles, wished)


def test_commands_that_it_does_not_name_go_by_the_settings(tx: Connection, team: Site) -> None:
    for number, by in ((1, "dan"), (2, "lena")):
        write(tx, team, number, "/keep", at=day(8), by=by)
    for number, by in ((3, "dan"), (4, "lena"), (5, "cora")):
        write(tx, team, number, "/snooze 9w", at=day(8), by=by)
    source = f"{OVERDUE}command_roles: {{snooze: [Developers]}}"
    assert taken(planned(tx, team, source, command_roles=LEADS)) == {"BURN-1", "BURN-5"}
    assert taken(planned(tx, team, source)) == {"BURN-5"}


def test_what_was_remembered_of_the_last_run_changes_nothing(tx: Connection, team: Site) -> None:
    write(tx, team, 1, "/duplicate BURN-5", at=day(8), by="dan")
    write(tx, team, 2, "/duplicate BURN-5", at=day(8), by="cora")
    source = f"{DUPLICATES}command_roles: [Leads]"
    before = planned(tx, team, source, command_roles=["Developers"])
    wish = read_wish({"command_roles": ["Developers"]})
    keep(tx, team, looked(tx, team, command_roles=["Developers"]), asked=asked_of(wish, Calendar()))
    assert planned(tx, team, source, command_roles=["Developers"]) == before
    assert before.not_heeded == (NotHeeded("BURN-1", "duplicate", "dan"),), "the page tells of cora's"


def lines(policy: Policy, plan: Plan) -> Iterator[str]:
    for block in policies_told((Planned(policy, plan),)):
        yield str(block)


def test_the_page_says_which_commands_only_the_policy_does_not_heed(tx: Connection, team: Site) -> None:
    """Not of issues that it is not about; and of a comment for some readers not whose it is."""
    write(tx, team, 1, "/keep", at=day(8), by="dan")
    write(tx, team, 2, "/keep", at=day(8), by="cora", limited=True)
    write(tx, team, 3, "/keep", at=day(8), by="dan")
    source = f"{OVERDUE}when: key != BURN-3\ncommand_roles: [Leads]"
    plan = planned(tx, team, source)
    policy = Policy(grooming_policies.read_source(source))
    text = " ".join(lines(policy, plan))
    assert "does not heed 2 commands, since the writer has no role that may give it" in text
    assert "/keep by dan on " in text
    assert "/keep by somebody in a comment for some readers on " in text
    for told in (text, str(plan_as_json(Planned(policy, plan)))):
        assert "cora" not in told
        assert ("BURN-1" in told, "BURN-2" in told) == (True, True)
    assert "BURN-3" not in {one.key for one in plan.not_heeded}


def test_nobody_called_it_a_duplicate_of_a_restricted_issue(tx: Connection, team: Site) -> None:
    save(tx, team, 7, security={"id": "10100", "name": "Board only"})
    write(tx, team, 1, "/duplicate BURN-7", at=day(7), by="lena")
    write(tx, team, 1, "/duplicate BURN-5", at=day(8), by="dan")
    assert not planned(tx, team, f"{DUPLICATES}command_roles: [Leads]").takes
    (take,) = planned(tx, team, DUPLICATES).takes
    assert take.judged[0].finding.reason == "dan wrote that it is a duplicate of BURN-5."


def test_a_preview_says_which_roles_nobody_has_read_yet(tx: Connection, team: Site) -> None:
    document = grooming_policies.read_source(f"{OVERDUE}command_roles: [Leads, Wizards]")
    (told,) = not_read(tx, team, document, looked(tx, team).backlog)
    assert told.startswith("Who has the role 'Wizards' in project BURN has not been read from Jira yet")


def test_every_role_is_asked_for_once() -> None:
    policies = [
        Policy(grooming_policies.read_source(f"{OVERDUE}command_roles: {roles}"))
        for roles in ("[leads, Testers]", "{keep: [Owners], ready: [Testers]}", "[]")
    ]
    assert roles_asked(read_wish({"command_roles": LEADS}), policies) == ["Leads", "Testers", "Owners"]
