"""Like issues of a backlog: what is told as a duplicate, what is not, and until when."""

from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.services.backlog_grooming import asked_of, backlog_health, keep
from app.services.grooming_proposals import accept
from app.services.grooming_wish import Wish
from app.services.similarity import Learnt
from app.store import jira_tables, sites, tables, things
from app.store.sites import Site
from tests.factories import DONE, day
from tests.payloads import as_jira_writes
from tests.services.stored_backlog import NOW, SAME, STATUSES, filled, save
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture
from tests.stores import rows


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
