"""Issues with a security level in what is told of a backlog: they count, and nobody learns which they are."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.grooming.memory import Memory
from app.domain.grooming.policy import Policy
from app.domain.reports.backlog_as_json import plan_as_json
from app.domain.reports.digest import called
from app.domain.scrum.calendar import Calendar
from app.services import grooming_policies
from app.services.backlog_grooming import (
    as_call,
    as_comment,
    asked_of,
    backlog_health,
    described,
    described_digest,
    keep,
)
from app.services.backlog_priority import backlog_priority, described_priority
from app.services.grooming_proposals import accept
from app.services.grooming_wish import read_wish
from app.services.rendering import FORMATS, render
from app.services.restricted import hidden_plan
from app.services.similarity import Learnt
from app.settings import BacklogGroomingSettings
from app.store import grooming, jira_tables, reports, tables, things
from app.store.sites import Site
from tests.factories import DONE, TO_DO, day
from tests.services.stored_backlog import NOW, SAME, save, say
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture
from tests.stores import rows

EPIC = {"issuetype": {"id": "1", "name": "Epic", "subtask": False}}
SECRET = "Vault of Atlantis"
RESTRICTED = {"security": {"id": "10100", "name": "Board only"}}
GRACE = {"accountId": "grace", "displayName": "Grace Hopper"}
FIELDS = {"priority": {"formula": "age_days"}}
POLICY = """
name: Nudge
board: 1
mode: live
checks: {blocked_by_done: {}, circular_blocks: {}, duplicate: {}, overdue: {}}
ladder: [{step: comment, text: Look at this.}]
"""


def restricted(tx: Connection, site: Site, number: int, **fields: Any) -> None:
    save(tx, site, number, **{"summary": f"{SECRET} {number}", **RESTRICTED, **fields})


@pytest.fixture
def secret(tx: Connection, site: Site) -> Site:
    """Of each way in which one issue names another, one whose other is restricted: 71 to 79."""
    kinds = [
        {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"},
        {"id": "2", "name": "Duplicate", "outward": "duplicates", "inward": "is duplicated by"},
    ]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    save(tx, site, 1, duedate="2026-03-05", assignee=GRACE)
    save(tx, site, 2, assignee=GRACE, points=None)
    save(tx, site, 3, parent={"id": "174", "key": "BURN-74"})
    save(tx, site, 80, summary=f"{SAME} again")
    restricted(tx, site, 71, duedate="2026-03-05", assignee=GRACE, points=None, priority={"id": "1"})
    restricted(tx, site, 72, status=DONE)
    restricted(tx, site, 73)
    restricted(tx, site, 74, **EPIC)
    restricted(tx, site, 75, summary=f"{SAME} {SECRET}")
    for source, target in (("172", "12"), ("173", "11"), ("11", "173")):
        link = {"id": f"{source}{target}", "type_id": "1", "source_id": source, "target_id": target}
        things.replace_links(tx, site, {target: things.OfIssue([link], day(5))})
    say(tx, site, 3, "/duplicate BURN-73", at=day(8))
    return site


def everything(tx: Connection, site: Site, memory: Memory | None = None, **wished: Any) -> Iterator[str]:
    """All that anybody could read of it."""
    wish = read_wish({**FIELDS, **wished})
    asked: dict[str, Any] = {"board_id": 1, "calendar": Calendar(), "at": NOW, "wish": wish}
    health = backlog_health(tx, site, **asked, learnt=Learnt())
    policy = Policy(grooming_policies.read_source(POLICY))
    plan = grooming_policies.plan(tx, site, policy, health.review, wish)
    planned = grooming_policies.Planned(policy, plan)
    health = replace(health, policies=(hidden_plan(tx, site, health.backlog, planned),))
    told = [
        described(health),
        described_digest(health, None),
        described_digest(health, "grace"),
        described_priority(backlog_priority(tx, site, **asked)),
    ]
    for each in told:
        yield from (render(each, style=style, base_url="", draw=json.dumps) for style in FORMATS)
        yield json.dumps(each.document())
    yield json.dumps(plan_as_json(health.policies[0]))
    yield json.dumps(called(health))
    yield repr(as_comment(health, site, "BURN-1"))
    yield repr(as_call(health, site, "BURN-1"))
    own = {f"BURN-{number}" for number in range(71, 80)}
    for effect in grooming_policies.effects_of(tx, site, policy, plan):
        key = getattr(effect, "issue_key", "")
        assert key
        if key not in own:
            yield repr(effect)


def named_in(text: str) -> set[str]:
    return {word for word in (SECRET, *(f"BURN-{number}" for number in range(71, 80))) if word in text}


def test_nothing_names_them(tx: Connection, secret: Site) -> None:
    texts = list(everything(tx, secret))
    assert [found for text in texts if (found := named_in(text))] == []
    assert "BURN-1" in texts[0]
    whole = "\n".join(texts)
    for sentence in (
        "duplicate of a restricted issue",
        "% like a restricted issue.",
        "a restricted issue wait for each other",
        "Restricted epics",
        "blocked by a restricted issue",
    ):
        assert sentence in whole
    shown = "\n".join(everything(tx, secret, show_restricted=True))
    assert named_in(shown) >= {SECRET, "BURN-71", "BURN-72", "BURN-73", "BURN-75"}
    assert "restricted issue" not in shown.replace("restricted_issues", "")


def test_a_board_says_whether_they_are_told() -> None:
    told: dict[str, Any] = {"board": 1, "report_issue": "BURN-1"}
    assert not read_wish(BacklogGroomingSettings(**told).wish).show_restricted
    assert read_wish(BacklogGroomingSettings(**told, show_restricted=True).wish).show_restricted


def test_all_numbers_stay_and_lists_say_how_many_they_are(tx: Connection, secret: Site) -> None:
    asked: dict[str, Any] = {"board_id": 1, "calendar": Calendar(), "at": NOW}
    hidden = backlog_health(tx, secret, **asked, wish=read_wish({}))
    shown = backlog_health(tx, secret, **asked, wish=read_wish({"show_restricted": True}))
    assert hidden.figures == shown.figures
    assert hidden.review.counts == shown.review.counts
    assert len(hidden.review.hidden) + len(hidden.review.worst) == len(shown.review.worst)
    text = render(described(hidden), style="markdown", base_url="", draw=str)
    assert f"{len(hidden.review.hidden)} restricted issues need something" in text
    assert "BURN-1, and a restricted issue." in text
    person = render(described_digest(hidden, "grace"), style="markdown", base_url="", draw=str)
    assert "3 issues of yours need something." in person
    assert "Among them: a restricted issue." in person
    assert described_digest(hidden, "grace").document()["restricted_issues"] == 1


def test_a_key_that_was_new_or_mended_is_not_told_either(tx: Connection, secret: Site) -> None:
    wish, asked = read_wish({}), {"board_id": 1, "calendar": Calendar()}
    first = backlog_health(tx, secret, **asked, at=NOW, wish=wish)
    reports.save(
        tx,
        site_id=secret.id,
        run_id=None,
        kind="backlog_grooming",
        board_id=1,
        sprint_id=None,
        at=NOW,
        now=NOW,
        document=described(first).document(),
    )
    keep(tx, secret, first, asked=asked_of(wish, Calendar()))
    later = day(12)
    restricted(tx, secret, 71, duedate=None, status=DONE, updated=day(11))
    restricted(tx, secret, 76, points=None, updated=day(11))
    second = backlog_health(tx, secret, **asked, at=later, wish=wish)
    assert second.changes is not None
    assert second.changes.new
    assert second.changes.closed
    text = json.dumps(described(second).document())
    assert named_in(text) == set()
    assert "a restricted issue" in render(described(second), style="markdown", base_url="", draw=str)
    keep(tx, secret, second, asked=asked_of(wish, Calendar()))
    kept = {one.key for one in grooming.standing(tx, secret.id, 1)}
    assert "BURN-76" in kept  # what is remembered is told to nobody


def test_one_that_becomes_restricted_after_the_last_look_is_hidden(tx: Connection, secret: Site) -> None:
    wish = read_wish({})
    asked: dict[str, Any] = {"board_id": 1, "calendar": Calendar(), "at": NOW, "wish": wish}
    keep(tx, secret, backlog_health(tx, secret, **asked), asked=asked_of(wish, Calendar()))
    restricted(tx, secret, 2, status=TO_DO, points=None, updated=day(9))
    after = backlog_health(tx, secret, **asked)
    assert "BURN-2" not in {one.item.key for one in after.review.troubled}
    assert "12" in after.review.hidden
    keep(tx, secret, after, asked=asked_of(wish, Calendar()))
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-1").values(security_id="1"))
    assert "11" in backlog_health(tx, secret, **asked).review.hidden, "Jira need not call that an update"


def test_a_policy_works_on_them_and_accepting_does_what_was_meant(tx: Connection, secret: Site) -> None:
    health = backlog_health(
        tx, secret, board_id=1, calendar=Calendar(), at=NOW, wish=read_wish({}), learnt=Learnt()
    )
    policy = Policy(grooming_policies.read_source(POLICY))
    plan = grooming_policies.plan(tx, secret, policy, health.review, read_wish({}))
    assert "BURN-71" in {take.item.key for take in plan.takes}
    told = accept(
        tx,
        secret,
        board_id=1,
        check="duplicate",
        key="BURN-3",
        wish=read_wish({}),
        calendar=Calendar(),
        now=NOW,
        by="dana",
    )
    assert told.words == "Link it as a duplicate of a restricted issue and move it to Done"
    payloads = [row["payload"] for row in rows(tx, tables.effects)]
    assert "BURN-73" in json.dumps(payloads)
