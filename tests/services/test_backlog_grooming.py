"""Grooming reports of a backlog in the store: what is found, remembered, proposed and told."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, select, update

from app.domain.grooming.health import Fate, Noted, differences
from app.domain.reports.backlog_as_json import to_json
from app.domain.scrum.board import Column
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.things_from_jira import read_links
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services.backlog_grooming import asked_of, backlog_health, described, keep
from app.services.backlog_priority import backlog_priority, described_priority
from app.services.grooming_proposals import accept
from app.services.grooming_wish import Wish, read_wish
from app.services.rendering import FORMATS, render
from app.services.similarity import Learnt
from app.store import boards, grooming, jira_tables, sites, tables, things
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, TO_DO, a_board, a_change, day, moved
from tests.payloads import as_jira_writes, sprint_object
from tests.services.stored_backlog import BOARD, NOW, SAME, STATUSES, save, say
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture
from tests.stores import a_site, rows


def health(tx: Connection, site: Site, at: datetime = NOW, **parameters: Any) -> Any:
    return backlog_health(
        tx, site, board_id=1, at=at, calendar=Calendar(), wish=read_wish(parameters) if parameters else Wish()
    )


def filled(tx: Connection, site: Site) -> None:
    save(tx, site, 1, duedate="2026-03-05", assignee=None)
    save(tx, site, 2, points=None)
    save(tx, site, 3, status=IN_PROGRESS, sprints=[sprint_object()])


def test_what_was_found_is_remembered_until_it_is_gone(tx: Connection, site: Site) -> None:
    filled(tx, site)
    first = health(tx, site)
    keep(tx, site, first)
    before = grooming.counts_at(tx, site.id, 1, NOW)
    assert before == {name: count for name, count in first.review.counts.items() if count}
    later = NOW + timedelta(days=7)
    save(tx, site, 1, duedate=None, assignee=None, updated=later)
    second = health(tx, site, later)
    keep(tx, site, second)
    assert "overdue" not in grooming.counts_at(tx, site.id, 1, later)
    assert grooming.counts_at(tx, site.id, 1, NOW) == before
    keep(tx, site, first)  # an older run that was late changes nothing
    assert "overdue" not in grooming.counts_at(tx, site.id, 1, later)


def test_a_run_reads_what_changed_since_the_last_one_and_finds_what_reading_all_finds(
    tx: Connection, site: Site
) -> None:
    filled(tx, site)
    for number in range(4, 12):
        save(tx, site, number, points=None, priority=None, parent={"id": "12", "key": "BURN-2"})
    first = health(tx, site)
    keep(tx, site, first, asked=asked_of(Wish(), Calendar()))
    later = NOW + timedelta(days=7)
    save(tx, site, 1, duedate=None, updated=later)
    save(tx, site, 4, status=DONE, updated=later)
    save(tx, site, 5, a_change("priority", later, None, "2"), points=3, updated=later)
    say(tx, site, 6, "/keep", at=later)
    save(tx, site, 6, points=None, updated=later)
    save(tx, site, 20, points=None, updated=later)
    gone_on = health(tx, site, later)
    memory = grooming.memory(tx, site.id, 1)
    assert memory is not None
    stamps = gone_on.backlog.stamps
    unchanged = {
        item.key
        for item, stamp in zip(memory.items, memory.stamps, strict=True)
        if stamp == stamps.get(item.id)
    }
    assert unchanged == {"BURN-2", "BURN-3", *(f"BURN-{number}" for number in range(7, 12))}
    tx.execute(delete(tables.grooming_memories))
    anew = health(tx, site, later)
    assert to_json(replace(gone_on, stood=anew.stood)) == to_json(anew)
    assert gone_on.review.exempted
    assert {one.key for one in differences_of(gone_on, Fate.CLOSED)} == {"BURN-4"}
    assert "BURN-20" in {one.key for one in differences_of(gone_on, Fate.NEW)}


def test_a_week_writes_what_changed_and_not_the_whole_backlog(tx: Connection, site: Site) -> None:
    for number in range(1, 12):
        save(tx, site, number, points=None)
    remembered(tx, site, NOW)
    first = parts(tx)
    assert len(first) == 1
    save(tx, site, 5, points=3, updated=NOW + timedelta(days=1))
    remembered(tx, site, NOW + timedelta(days=7))
    assert parts(tx) == {**first, 2: parts(tx)[2]}
    assert len(parts(tx)[2]) < len(first[1]) / 4
    for number in range(1, 9):
        save(tx, site, number, points=5, updated=NOW + timedelta(days=8))
    remembered(tx, site, NOW + timedelta(days=14))  # of the first part little is left: it is written again
    assert sorted(parts(tx)) == [1, 3]
    assert len(parts(tx)[1]) < len(first[1]) / 2


@pytest.mark.parametrize("other", ["memories", "issues", "parts", "no parts"])
def test_what_another_version_kept_is_no_memory_and_no_fault(tx: Connection, site: Site, other: str) -> None:
    filled(tx, site)
    remembered(tx, site, NOW)
    memory = grooming.memory(tx, site.id, 1)
    assert memory is not None
    if other == "memories":  # it had a list of all issues where the overview of them stands now
        body = [memory.facts, memory.asked, memory.at, memory.checks, tuple(memory.items), memory.stamps]
        rest: list[Any] = [memory.found, memory.proposed, memory.soon, memory.ready, memory.ranked]
        values = {"body": msgspec.msgpack.encode([*body, *rest, *([{}] * 14)])}
        tx.execute(update(tables.grooming_memories).values(values))
    elif other == "issues":
        values = {"body": msgspec.msgpack.encode(msgspec.structs.replace(memory, shape="other", bodies=[]))}
        tx.execute(update(tables.grooming_memories).values(values))
    elif other == "parts":
        tx.execute(update(tables.grooming_memory_parts).values(body=msgspec.msgpack.encode([1, 2])))
    else:
        tx.execute(delete(tables.grooming_memory_parts))
    assert grooming.memory(tx, site.id, 1) is None
    later = NOW + timedelta(days=7)
    found = remembered(tx, site, later)
    assert found.review.marks
    memory = grooming.memory(tx, site.id, 1)
    assert memory is not None
    assert memory.at == later


def test_a_run_that_another_one_overtook_keeps_all_of_its_issues(tx: Connection, site: Site) -> None:
    for number in range(1, 12):
        save(tx, site, number, points=None)
    remembered(tx, site, NOW)
    wish, later = Wish(), NOW + timedelta(days=7)
    slow = health(tx, site, later)
    for number in range(1, 9):
        save(tx, site, number, points=5, updated=NOW + timedelta(days=1))
    remembered(tx, site, NOW + timedelta(days=2))  # which writes the parts anew that the slow one began with
    keep(tx, site, slow, asked=asked_of(wish, Calendar()))
    memory = grooming.memory(tx, site.id, 1)
    assert memory is not None
    assert [one.id for one in memory.items] == [one.id for one in slow.backlog.items] == memory.overview.ids


def test_a_project_that_begins_to_use_components_is_asked_for_them_everywhere(
    tx: Connection, site: Site
) -> None:
    for number in range(1, 11):
        save(tx, site, number, components=[])
    assert not remembered(tx, site, NOW).review.counts["missing_component"]
    week = timedelta(days=7)
    for number in (1, 2):
        save(tx, site, number, components=[{"id": "1", "name": "Shop"}], updated=NOW + week)
    assert remembered(tx, site, NOW + week).review.counts["missing_component"] == 8
    save(tx, site, 2, components=[], updated=NOW + 2 * week)  # one of ten is no use
    assert not remembered(tx, site, NOW + 2 * week).review.counts["missing_component"]


def remembered(tx: Connection, site: Site, at: datetime) -> Any:
    """A run as a job makes it."""
    found = health(tx, site, at)
    keep(tx, site, found, asked=asked_of(Wish(), Calendar()))
    return found


def parts(tx: Connection) -> dict[int, bytes]:
    """What is kept of the issues, by the number of the part."""
    table = tables.grooming_memory_parts
    return {row.number: row.body for row in tx.execute(select(table.c.number, table.c.body))}


def test_new_issues_are_held_against_all_and_what_was_found_stays_until_it_is_linked(
    tx: Connection, site: Site
) -> None:
    kinds = [{"id": "2", "name": "Duplicate", "outward": "duplicates", "inward": "is duplicated by"}]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    filled(tx, site)
    save(tx, site, 10, summary=SAME)
    save(tx, site, 12, summary=f"{SAME} again")
    told = {one.finding.item.key: one.finding for one in duplicates(tx, site, Learnt())}
    assert set(told) == {"BURN-12"}
    assert f"like BURN-10, \u201c{SAME}\u201d, in To Do; both say" in told["BURN-12"].reason
    assert told["BURN-12"].proposal.words == "Link it as a duplicate of BURN-10"
    assert [one.finding.item.key for one in duplicates(tx, site, None)] == ["BURN-12"]
    accepted = {"check": "duplicate", "key": "BURN-12", "wish": Wish(), "calendar": Calendar()}
    accept(tx, site, board_id=1, now=NOW, by="dana", **accepted)
    assert [row["payload"]["link_type"] for row in rows(tx, tables.effects)] == ["Duplicate"]
    link = {"id": "1", "type_id": "2", "source_id": "112", "target_id": "110"}
    things.save(tx, site, jira_tables.issue_links, [link], NOW)
    assert duplicates(tx, site, Learnt()) == []


SUBTASK = {"issuetype": {"id": "10003", "name": "Sub-task", "subtask": True}}


def above(number: int) -> dict[str, Any]:
    return {"id": f"1{number}", "key": f"BURN-{number}"}


def test_what_belongs_to_one_family_is_no_duplicate_and_beside_it_the_real_one_is_found(
    tx: Connection, site: Site
) -> None:
    save(tx, site, 10, summary=f"{SAME}, all of it")
    save(tx, site, 11, summary=SAME, parent=above(10))
    for number in range(20, 30):
        save(tx, site, number, summary=f"{SAME} {number}", parent=above(11), **SUBTASK)
    assert {one.finding.item.key for one in duplicates(tx, site, Learnt())} == set()
    save(tx, site, 9, summary=f"{SAME} everywhere and in each of the shops of a large country")
    save(tx, site, 40, summary=f"{SAME} 21", parent=above(9), **SUBTASK)
    assert [one.finding.item.key for one in duplicates(tx, site, Learnt())] == ["BURN-40"]
    save(tx, site, 30, summary=f"{SAME} 21", parent=above(11), **SUBTASK)
    assert [one.finding.item.key for one in duplicates(tx, site, Learnt())] == ["BURN-40"]


def test_stories_of_one_epic_are_held_against_each_other(tx: Connection, site: Site) -> None:
    for number in (11, 12):
        save(tx, site, number, summary=SAME, parent=above(2))
    assert [one.finding.item.key for one in duplicates(tx, site, Learnt())] == ["BURN-12"]


def test_what_becomes_a_part_of_what_it_is_like_was_no_duplicate(tx: Connection, site: Site) -> None:
    save(tx, site, 10, summary=SAME)
    save(tx, site, 12, summary=SAME)
    assert [one.finding.item.key for one in duplicates(tx, site, Learnt())] == ["BURN-12"]
    save(tx, site, 12, summary=SAME, parent=above(10), updated=NOW, **SUBTASK)
    assert duplicates(tx, site, Learnt()) == []


def test_what_is_done_meanwhile_is_told_as_done_and_proposes_nothing_any_more(
    tx: Connection, site: Site
) -> None:
    kinds = [{"id": "2", "name": "Duplicate", "outward": "duplicates", "inward": "is duplicated by"}]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    sites.replace_statuses(tx, site.id, STATUSES)
    save(tx, site, 10, summary=SAME)
    save(tx, site, 12, summary=SAME)
    (told,) = duplicates(tx, site, Learnt())
    assert told.finding.proposal.words == "Link it as a duplicate of BURN-10"
    save(tx, site, 10, summary=SAME, status=DONE, updated=NOW, resolutiondate=as_jira_writes(NOW))
    (told,) = duplicates(tx, site, Learnt())
    assert "in Done" in told.finding.reason
    assert "See whether it is done already" in told.finding.todo
    assert told.finding.proposal is None


def duplicates(tx: Connection, site: Site, learnt: Learnt | None) -> list[Any]:
    told = backlog_health(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=Wish(), learnt=learnt)
    keep(tx, site, told, asked=asked_of(Wish(), Calendar()))
    return [one for one in told.review.judged if one.check.name == "duplicate"]


def test_an_estimate_is_proposed_where_the_teams_past_tells_and_not_otherwise(
    tx: Connection, site: Site
) -> None:
    chance = Random(3)
    for number in range(100, 190):
        big = number % 2
        words = (
            ("migrate", "database", "cluster", "replica") if big else ("typo", "label", "button", "colour")
        )
        summary = " ".join(chance.choices(words, k=5))
        created = as_jira_writes(day(0) + timedelta(hours=number))
        done = as_jira_writes(day(0) + timedelta(hours=number + 1))
        save(
            tx,
            site,
            number,
            summary=summary,
            points=13 if big else 1,
            status=DONE,
            created=created,
            resolutiondate=done,
        )
    save(tx, site, 1, summary="typo label colour", points=None)
    told = backlog_health(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=Wish(), learnt=Learnt())
    (found,) = [one.finding for one in told.review.judged if one.check.name == "missing_estimate"]
    assert "the team would probably say 1" in found.reason
    assert found.proposal is not None
    assert found.proposal.words == "Set Story Points to 1"
    silent = health(tx, site)
    (found,) = [one.finding for one in silent.review.judged if one.check.name == "missing_estimate"]
    assert (found.reason, found.proposal) == ("It has no Story Points.", None)


def differences_of(told: Any, fate: Fate) -> list[Noted]:
    return [noted for each, _, noted in differences(told.review, told.stood) if each is fate]


@pytest.mark.parametrize("style", sorted(FORMATS))
def test_every_format_is_rendered(tx: Connection, site: Site, style: str) -> None:
    filled(tx, site)
    text = render(described(health(tx, site)), style=style, base_url="https://burnish.test", draw=str)
    assert "BURN-1" in text
    assert "5 Mar 2026" in text
    if style in {"json", "adf"}:
        json.loads(text)


def test_checks_are_chosen_and_set_as_a_team_wants_them(tx: Connection, site: Site) -> None:
    filled(tx, site)
    sites.save_project(tx, site.id, {"id": "10000", "key": "BURN", "name": "Burnish"})
    only = {name: False for name in read_names() if name != "overdue"}
    told = health(tx, site, checks={**only, "overdue": {"days": 30}})
    assert tuple(told.review.judged) == ()
    told = health(tx, site, checks={**only, "overdue": {"exempt": {"types": ["story"]}}})
    assert tuple(told.review.judged) == ()
    assert told.review.exempted == {"type Story": 1}
    told = health(tx, site, checks={**only, "overdue": True}, query="project = BURN AND key != BURN-1")
    assert tuple(told.review.judged) == ()


def read_names() -> list[str]:
    return [each.check.name for each in Wish().wanted]


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"checks": {"stael": {}}}, "no check 'stael'"),
        ({"checks": {"stale": {"dais": 3}}}, "'dais' here; perhaps 'days' is meant. There are: days, "),
        (
            {"checks": {"stael": {}, "stale": {"days": "x", "exempt": {"lables": []}}}},
            "'stael'.*'x'.*'lables'",
        ),
        ({"checks": {"oversized": {"most": float("nan")}}}, r"'oversized': most: .*> 0.*; it was nan"),
        ({"checks": {"missing_epic": {"used_by": float("inf")}}}, "it was inf"),
        ({"checks": {"duplicate": {"likeness": 65}}}, r"likeness: .*<= 1.*; it was 65"),
        ({"ready": {"most": float("nan")}}, r"ready/most: .*> 0.*; it was nan"),
        ({"checks": {"stale": 3}}, "neither options by name nor false"),
        ({"checks": {"stale": {"weight": "huge"}}}, "huge"),
        (
            {"ready": {"otherwise": {"must": ["summary", "estimat", 3]}, "words": "three", "by_typ": {}}},
            (
                "ready/by_typ: there is no 'by_typ' here; perhaps 'by_type'.*"
                "ready/otherwise/must/2: expected `str`, got `int`; it was 3.*"
                "ready/words: expected `int`, got `str`; it was 'three'.*"
                "ready/otherwise/must/1: 'estimat' is no criterion .*; perhaps 'estimate'.*field:NAME"
            ),
        ),
        (
            {"ready": {"by_type": {"Bug": {"mus": ["steps"]}, "Story": {"must": ["step"]}}}},
            (
                "ready/by_type/Bug/mus: there is no 'mus' here; perhaps 'must'.*"
                "ready/by_type/Story/must/0: 'step' is no criterion .*'steps'"
            ),
        ),
        (
            {"priority": {"formula": 3, "fields": {"reach": 7}, "otherwise": {"reach": "much"}, "link": {}}},
            (
                "priority/link: there is no 'link' here; perhaps 'links'.*"
                "priority/formula: expected `str`, got `int`; it was 3.*priority/fields.*priority/otherwise"
            ),
        ),
        (
            {"priority": {"formula": "ask", "links": {"ask": {"typ": "Request"}}}},
            "priority/links/ask/typ: there is no 'typ' here; perhaps 'type'",
        ),
        ({"priority": {"formula": "reach **"}}, "priority/formula: .* is no formula"),
        ({"priority": {}}, "priority/formula: it is missing"),
        # A mistake in two parts is told with both.
        (
            {"ready": {"words": "x"}, "priority": {"formula": "votes +"}, "checks": {"stael": {}}},
            "'stael'.*ready/words.*priority/formula",
        ),
    ],
)
def test_a_wish_that_cannot_be_read_names_what_is_wrong(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read_wish(parameters)


FIELDS_OF = {
    "rice": {"reach": "Reach", "impact": "Impact", "confidence": "Confidence", "effort": "Effort"},
    "ice": {"impact": "Impact", "confidence": "Confidence", "ease": "Ease"},
    "wsjf": {
        "value": "Value",
        "time_criticality": "Time Criticality",
        "risk_reduction": "Risk",
        "size": "Story Points",
    },
    "moscow": {"moscow": "MoSCoW"},
    "wanted * 2 + votes": {"wanted": "Wanted"},
}


@pytest.mark.parametrize("formula", FIELDS_OF)
def test_what_is_said_of_a_name_that_a_formula_does_not_have_is_refused(formula: str) -> None:
    """`Confidance` under `otherwise` was taken, and an empty confidence left the issue without a score."""
    fields = FIELDS_OF[formula]
    name = next(iter(fields))
    right = {"formula": formula, "fields": fields, "otherwise": {name: 1}}
    assert read_wish({"priority": right}).scoring is not None
    for part, value in (("fields", "A field"), ("otherwise", 2.5)):
        wrong = {**right, part: {**right[part], f"{name}s": value}}  # type: ignore[dict-item]
        says = (
            f"priority/{part}/{name}s: the formula has no '{name}s', so {value!r} means nothing; "
            f"perhaps '{name}' is meant. There are: "
        )
        with pytest.raises(NotUnderstood, match=re.escape(says)) as refused:
            read_wish({"priority": wrong})
        assert refused.value.field == f"/priority/{part}/{name}s"


def test_what_the_store_lacks_is_named_with_the_way_out(tx: Connection) -> None:
    site = a_site(tx)
    with pytest.raises(NotFound, match="burnish sync"):
        health(tx, site)
    boards.save_board(tx, site.id, BOARD, heard_at=day(0))
    with pytest.raises(NotPossible, match="as `query`"):
        health(tx, site)


def test_what_jira_calls_done_is_not_open_though_it_stands_before_the_last_column(
    tx: Connection, site: Site
) -> None:
    """A board with a column Released after Done."""
    sites.replace_statuses(tx, site.id, STATUSES)
    columns = (*BOARD.columns, Column("Released", ("900",)))
    boards.save_board(tx, site.id, a_board(columns=columns), heard_at=day(8), project_key="BURN")
    at = as_jira_writes(day(5))
    save(tx, site, 1, moved(day(5), TO_DO, DONE), status=DONE, resolutiondate=at)
    save(tx, site, 2, status=TO_DO, resolutiondate=at)
    health = backlog_health(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=Wish())
    keys = [one.finding.item.key for one in health.review.judged if one.check.name == "resolved_but_open"]
    assert keys == ["BURN-2"]


def test_linked_issues_reach_the_formula_from_both_ends_of_a_link(tx: Connection, site: Site) -> None:
    blocks = {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}

    def link(number: int, other: int) -> dict[str, Any]:
        mention = {"id": f"1{other}", "key": f"BURN-{other}", "fields": {"summary": "x"}}
        return {"id": str(number), "type": blocks, "outwardIssue": mention}

    for number in (1, 2, 3):
        save(tx, site, number, customfield_99={"value": f"{number}00"})
    listed = {"12": [link(71, 1)], "13": [link(72, 1)]}
    at = day(8)
    things.replace_links(
        tx, site, {one: things.OfIssue(read_links(one, links), at) for one, links in listed.items()}
    )
    for formula, links, values in (
        ("asked", {"asked": {"type": "is blocked by"}}, [2, 0, 0]),
        ("asked", {"asked": {"type": "Blocks", "sum": "customfield_99"}}, [500, 100, 100]),
        ("asked", {"asked": {"project": "OTHER"}}, [0, 0, 0]),
    ):
        wish = read_wish({"priority": {"formula": formula, "links": links}})
        told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
        found = {one.item.key: one.value for one in told.ranking.scored}
        assert found == dict(zip(("BURN-1", "BURN-2", "BURN-3"), values, strict=True))
    wish = read_wish({"priority": {"formula": "asked", "links": {"asked": {"type": "Request"}}}})
    with pytest.raises(NotPossible, match=r"counts links 'Request', and Jira has none\. There are: Blocks\."):
        backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)


def test_votes_and_watchers_reach_the_formula_from_what_jira_wrote(tx: Connection, site: Site) -> None:
    save(tx, site, 1, votes={"votes": 7, "hasVoted": False}, watches={"watchCount": 3, "isWatching": True})
    save(tx, site, 2, votes={"votes": 0, "hasVoted": False}, watches={"watchCount": 1, "isWatching": False})
    wish = read_wish({"priority": {"formula": "votes * 10 + watchers"}})
    told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
    found = {one.item.key: (one.value, dict(one.parts)) for one in told.ranking.scored}
    assert found == {
        "BURN-1": (73, {"votes": 7, "watchers": 3}),
        "BURN-2": (1, {"votes": 0, "watchers": 1}),
    }


def test_a_formula_that_no_issue_has_values_for_is_no_order(tx: Connection, site: Site) -> None:
    """Its report said in green that the backlog stands as its scores say."""
    said = {}
    save(tx, site, 1)
    for formula, fields in (("value", {"value": "Business Value"}), ("age_days", {})):
        wish = read_wish({"priority": {"formula": formula, "fields": fields}})
        told = backlog_priority(tx, site, board_id=1, at=NOW, calendar=Calendar(), wish=wish)
        text = render(described_priority(told), style="markdown", base_url="", draw=str)
        said[formula] = "No issue has a score" in text, "stands as its scores say" in text
    assert said == {"value": (True, False), "age_days": (False, True)}
