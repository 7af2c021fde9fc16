"""Issues with a security level in what is told of a backlog: how many they are, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.grooming.health import BacklogHealth
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
from app.services.similarity import Learnt
from app.settings import BacklogGroomingSettings
from app.store import grooming, jira_tables, reports, tables, things
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, day
from tests.services.stored_backlog import NOW, SAME, from_nothing, looked, save, say, the
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
    health = replace(health, policies=(plan,))
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
    for effect in grooming_policies.effects_of(tx, site, policy, plan.whole):
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
    assert "5 restricted issues are not counted here." in whole
    for sentence in ("duplicate of", "% like", "wait for each other", "blocked by", "a restricted issue"):
        assert sentence not in whole
    shown = "\n".join(everything(tx, secret, show_restricted=True))
    assert named_in(shown) >= {SECRET, "BURN-71", "BURN-72", "BURN-73", "BURN-75"}
    assert "restricted issue" not in shown.replace("restricted_issues", "")


LOOKS: tuple[dict[str, Any], ...] = (
    {
        "summary": f"{SAME} {SECRET}",
        "duedate": "2026-03-05",
        "assignee": GRACE,
        "points": None,
        "priority": {"id": "1"},
        "labels": ["board"],
        "parent": {"id": "13", "key": "BURN-3"},
        "updated": day(2),
    },
    {"summary": "Nothing", "points": 90, "status": IN_PROGRESS, "updated": day(8), "rank": "0|aaaa:"},
)


def test_whatever_they_say_every_report_is_the_same_letter_by_letter(tx: Connection, secret: Site) -> None:
    """With what they are linked with, too, and whether they stand above others."""

    def as_dressed(look: dict[str, Any], links: bool) -> list[str]:
        with tx.begin_nested() as aside:
            for number in (71, 73, 75):
                restricted(tx, secret, number, **look)
            restricted(tx, secret, 74, **EPIC, **{**look, "parent": None})
            if not links:
                tx.execute(jira_tables.issue_links.delete())
                save(tx, secret, 3)
            texts = list(everything(tx, secret))
            aside.rollback()
        return texts

    one, other = as_dressed(LOOKS[0], links=True), as_dressed(LOOKS[1], links=False)
    assert one == other


def test_one_that_teaches_is_not_asked_where_it_is_hidden(tx: Connection, site: Site) -> None:
    """Nor whether another issue is like it, nor what it was estimated at."""
    save(tx, site, 75, summary=SAME)
    save(tx, site, 80, summary=f"{SAME} again")

    def told() -> str:
        asked: dict[str, Any] = {"board_id": 1, "calendar": Calendar(), "at": NOW, "wish": read_wish({})}
        return json.dumps(described(backlog_health(tx, site, **asked, learnt=Learnt())).document())

    assert "% like BURN-75" in told()
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-75").values(security_id="1"))
    assert "% like" not in told()


def test_a_board_says_whether_they_are_told() -> None:
    told: dict[str, Any] = {"board": 1, "report_issue": "BURN-1"}
    assert not read_wish(BacklogGroomingSettings(**told).wish).show_restricted
    assert read_wish(BacklogGroomingSettings(**told, show_restricted=True).wish).show_restricted


def test_a_persons_digest_does_not_tell_of_theirs(tx: Connection, secret: Site) -> None:
    asked: dict[str, Any] = {"board_id": 1, "calendar": Calendar(), "at": NOW}
    hidden = backlog_health(tx, secret, **asked, wish=read_wish({}))
    shown = backlog_health(tx, secret, **asked, wish=read_wish({"show_restricted": True}))
    person = render(described_digest(hidden, "grace"), style="markdown", base_url="", draw=str)
    assert "2 issues of yours need something." in person
    person = render(described_digest(shown, "grace"), style="markdown", base_url="", draw=str)
    assert "3 issues of yours need something." in person
    assert (hidden.backlog.restricted, shown.backlog.restricted) == (5, 0)
    assert hidden.figures.open_issues + 3 == shown.figures.open_issues
    for each in (described(hidden), described_digest(hidden, None), described_digest(hidden, "grace")):
        assert each.document()["restricted_issues"] == 5


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
    text = json.dumps(described(second).document())
    assert named_in(text) == set()
    assert "a restricted issue" not in text
    keep(tx, secret, second, asked=asked_of(wish, Calendar()))
    assert "BURN-76" not in {one.key for one in grooming.standing(tx, secret.id, 1)}


def test_one_that_becomes_restricted_is_gone_without_a_word(tx: Connection, secret: Site) -> None:
    """Jira need not call that an update, neither of the issue nor of those below it."""
    wish = read_wish({})
    restricted(tx, secret, 74, **EPIC, security=None)

    def seen() -> BacklogHealth:
        return looked(tx, secret, NOW, wish)[0]

    before = seen()
    assert the(before.backlog, 3).parent == "174"
    for key in ("BURN-1", "BURN-74"):
        tx.execute(tables.issues.update().where(tables.issues.c.key == key).values(security_id="1"))
    after = seen()
    assert not {"BURN-1", "BURN-74"} & {item.key for item in after.backlog.items}
    assert the(after.backlog, 3).parent is None
    assert after.backlog.restricted == before.backlog.restricted + 2
    assert after.review.marks == from_nothing(tx, secret, NOW, wish)[0].review.marks
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-74").values(security_id=None))
    assert the(seen().backlog, 3).parent == "174"


def test_a_policy_works_on_them_and_accepting_does_what_was_meant(tx: Connection, secret: Site) -> None:
    health = backlog_health(
        tx, secret, board_id=1, calendar=Calendar(), at=NOW, wish=read_wish({}), learnt=Learnt()
    )
    policy = Policy(grooming_policies.read_source(POLICY))
    plan = grooming_policies.plan(tx, secret, policy, health.review, read_wish({}))
    assert "BURN-71" in {take.item.key for take in plan.apart.takes}
    assert not {take.item.key for take in plan.plan.takes} & {f"BURN-{number}" for number in range(71, 80)}
    assert len(plan.whole.takes) == len(plan.plan.takes) + len(plan.apart.takes)
    say(tx, secret, 75, "/duplicate BURN-1", at=day(8))
    told = accept(
        tx,
        secret,
        board_id=1,
        check="duplicate",
        key="BURN-75",
        wish=read_wish({}),
        calendar=Calendar(),
        now=NOW,
        by="dana",
    )
    assert told.words == "Link it as a duplicate of BURN-1 and move it to Done"
    payloads = [row["payload"] for row in rows(tx, tables.effects)]
    assert "BURN-75" in json.dumps(payloads)
