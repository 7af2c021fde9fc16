"""Grooming reports of a backlog in the store: what is found, remembered, proposed and told."""

import json
from collections import Counter
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
from app.errors import NotFound, NotPossible
from app.services.backlog_grooming import asked_of, backlog_health, described, keep
from app.services.grooming_wish import Wish, read_wish
from app.services.rendering import FORMATS, render
from app.services.similarity import Learnt
from app.store import boards, grooming, sites, tables
from app.store.sites import Site
from tests.factories import DONE, TO_DO, a_board, a_change, day, moved
from tests.payloads import as_jira_writes
from tests.services.stored_backlog import BOARD, NOW, STATUSES, filled, save, say
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture
from tests.stores import a_site, rows


def health(tx: Connection, site: Site, at: datetime = NOW, **parameters: Any) -> Any:
    return backlog_health(
        tx, site, board_id=1, at=at, calendar=Calendar(), wish=read_wish(parameters) if parameters else Wish()
    )


def found_at(tx: Connection, at: datetime) -> Counter[str]:
    """How many findings of each check stood at an instant, as runs saw it."""
    return Counter(
        one["check_name"]
        for one in rows(tx, tables.grooming_findings)
        if one["found_at"] <= at and (one["gone_at"] is None or one["gone_at"] > at)
    )


def test_what_was_found_is_remembered_until_it_is_gone(tx: Connection, site: Site) -> None:
    filled(tx, site)
    first = health(tx, site)
    keep(tx, site, first)
    before = found_at(tx, NOW)
    assert before == {name: count for name, count in first.review.counts.items() if count}
    later = NOW + timedelta(days=7)
    save(tx, site, 1, duedate=None, assignee=None, updated=later)
    second = health(tx, site, later)
    keep(tx, site, second)
    assert "overdue" not in found_at(tx, later)
    assert found_at(tx, NOW) == before
    keep(tx, site, first)  # an older run that was late changes nothing
    assert "overdue" not in found_at(tx, later)


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
