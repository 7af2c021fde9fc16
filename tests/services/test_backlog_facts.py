"""The facts of a backlog from the store are those of Jira's documents, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Connection

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import STATUS, Change, Gone
from app.services.backlog_grooming import backlog_health, described
from app.services.grooming_wish import read_wish
from app.store import boards, issues, jira_tables, presence, project_roles, things
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, SPRINT_FIELD, TO_DO, a_change, a_sprint, day, moved
from tests.payloads import as_jira_writes, sprint_object
from tests.services.stored_backlog import BOARD, BOT, NOW, US, read, save, say, the
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture

# --- what a person did ----------------------------------------------------------------------------


def test_only_what_people_do_resets_the_clock(tx: Connection, site: Site) -> None:
    labels = a_change("labels", day(2), None, "pay", author="dana")
    save(tx, site, 1, labels, a_change("labels", day(7), "pay", "stale", author=BOT))
    save(tx, site, 2, a_change("priority", day(6), "3", "2", author=None))
    save(
        tx,
        site,
        3,
        a_change(SPRINT_FIELD, day(6), None, "7", author="dana"),
        a_change("Rank", day(7), "", ""),
    )
    say(tx, site, 3, "Still wanted?", at=day(5), by=US)
    save(tx, site, 4)
    say(tx, site, 4, "Yes, it is.", at=day(4), by="eve")
    save(tx, site, 5, a_change("labels", day(3), None, "needs-info", author=BOT))
    found = read(tx, site)
    assert the(found, 5).labelled_since == day(3)
    assert the(found, 1).touched_at == day(2)
    assert the(found, 1).labelled_since == day(2)
    for automatic in (2, 3):
        assert the(found, automatic).touched_at == the(found, automatic).created
    assert the(found, 4).touched_at == day(4)


def test_a_way_is_told_by_status_ids_and_the_last_move_says_since_when(tx: Connection, site: Site) -> None:
    moves = (moved(day(2), TO_DO, IN_PROGRESS), moved(day(3), IN_PROGRESS, DONE), moved(day(4), DONE, TO_DO))
    save(tx, site, 1, *moves)
    save(tx, site, 2)
    found = read(tx, site)
    assert the(found, 1).way == (TO_DO, IN_PROGRESS, DONE, TO_DO)
    assert the(found, 1).status_since == day(4)
    assert the(found, 2).way == (TO_DO,)
    assert the(found, 2).status_since == the(found, 2).created


def test_commands_of_people_count_and_those_of_bots_do_not(tx: Connection, site: Site) -> None:
    for number in range(1, 5):
        save(tx, site, number, description=None)
    say(tx, site, 1, "Not now.\n/snooze 30d", at=day(8))
    adf = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "/keep"}]}]}
    say(tx, site, 2, adf, at=day(8))
    say(tx, site, 3, "/keep", at=day(8), by=US)
    say(tx, site, 4, "see https://x.test/keep and /keep it", at=day(8))
    found = read(tx, site)
    assert sorted(found.said) == ["11", "12", "14"]
    assert found.said["11"].is_quiet(NOW)
    assert not found.said["11"].is_quiet(day(8) + timedelta(days=30))
    assert found.said["12"].is_quiet(NOW + timedelta(days=9999))
    assert not found.said["14"].is_quiet(NOW)


def test_where_roles_are_named_only_their_members_commands_count(tx: Connection, site: Site) -> None:
    for number in (1, 2):
        save(tx, site, number, description=None)
    project_roles.keep(tx, site, "BURN", "Developers", ["dana"], day(1))
    project_roles.keep(tx, site, "OTHER", "Developers", ["jonas"], day(1))
    say(tx, site, 1, "/keep", at=day(8), by="dana")
    say(tx, site, 1, "/groom", at=day(8) + timedelta(hours=1), by="jonas")
    say(tx, site, 2, "/keep", at=day(8), by="jonas")
    found = read(tx, site, commanders=project_roles.members(tx, site, ["developers"]))
    assert found.said["11"].is_quiet(NOW)
    assert not found.said["12"].is_quiet(NOW)
    assert {one: told.refused and told.refused.word for one, told in found.said.items()} == {
        "11": "groom",
        "12": "keep",
    }
    wish = read_wish({"command_roles": ["Developers"]})
    health = backlog_health(tx, site, board_id=BOARD.id, at=NOW, calendar=Calendar(), wish=wish)
    assert [(item.key, command.by) for item, command in health.refused] == [
        ("BURN-1", "jonas"),
        ("BURN-2", "jonas"),
    ]
    assert "/groom by jonas" in str(described(health).report)
    everybody = backlog_health(tx, site, board_id=BOARD.id, at=NOW, calendar=Calendar(), wish=read_wish({}))
    assert everybody.refused == ()


# --- what stands around ---------------------------------------------------------------------------


def test_done_and_deleted_issues_belong_to_no_backlog(tx: Connection, site: Site) -> None:
    for number, status in ((1, TO_DO), (2, DONE), (3, TO_DO)):
        save(tx, site, number, status=status)
    save(tx, site, 4, project="OTHER")
    issues.bury_issues(tx, site, {"13": day(5)})
    assert [item.key for item in read(tx, site).items] == ["BURN-1"]
    assert not read(tx, site, leave_out=frozenset({"BURN-1"})).items
    assert [item.key for item in read(tx, site, keys=["OTHER-4", "BURN-2"]).items] == ["OTHER-4"]


def test_parents_children_and_blockers_are_known_done_or_not(tx: Connection, site: Site) -> None:
    epic = {"issuetype": {"id": "1", "name": "Epic", "subtask": False}}
    save(tx, site, 1, status=DONE, **epic)
    save(tx, site, 2, **epic)
    save(tx, site, 3, parent={"id": "11", "key": "BURN-1"})
    save(
        tx, site, 4, parent={"id": "12", "key": "BURN-2"}, status=DONE, resolutiondate=as_jira_writes(day(3))
    )
    save(tx, site, 5, parent={"id": "12", "key": "BURN-2"}, project="OTHER")
    save(tx, site, 6, parent={"id": "99", "key": "BURN-99"})
    link = {"id": "1", "type_id": "1", "source_id": "14", "target_id": "13"}
    things.replace_links(tx, site, {"13": things.OfIssue([link], day(5))})
    found = read(tx, site)
    assert found.by_id["11"].done
    assert [child.key for child in found.children_of(found.by_id["11"])] == ["BURN-3"]
    assert [blocker.key for blocker in found.blockers(the(found, 3))] == ["BURN-4"]
    has = found.all_children["12"]
    assert (has.done, has.open, has.last_at) == (1, 1, day(3))
    assert the(found, 6).parent == "99"
    assert found.gone == frozenset()


def test_blockers_are_those_that_the_site_reads_as_such_from_either_end(tx: Connection, site: Site) -> None:
    kinds = [
        {"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"},
        {"id": "2", "name": "Order", "outward": "Depends on", "inward": "is needed by"},
    ]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    for number in (1, 2, 3):
        save(tx, site, number)
    links = [
        {"id": "1", "type_id": "1", "source_id": "12", "target_id": "11"},
        {"id": "2", "type_id": "2", "source_id": "11", "target_id": "13"},
    ]
    things.replace_links(tx, site, {"11": things.OfIssue(links, day(5))})

    def blockers(*words: str) -> list[str]:
        found = read(tx, replace(site, blocked_by_links=words))
        return [blocker.key for blocker in found.blockers(the(found, 1))]

    assert blockers("is blocked by") == ["BURN-2"]
    assert blockers("depends on") == ["BURN-3"]
    assert blockers("is blocked by", "depends on") == ["BURN-2", "BURN-3"]
    assert blockers("is needed by") == []


def test_only_a_deleted_parent_is_gone(tx: Connection, site: Site) -> None:
    """What was moved to a project that we do not read, archived or hidden from us is there all the same."""
    for number, reason in enumerate(Gone, 1):
        save(tx, site, number)
        save(tx, site, number + 10, parent={"id": f"1{number}", "key": f"BURN-{number}"})
        presence.bury(tx, site, {f"1{number}": day(9)}, reason=reason)
    assert next(iter(Gone)) is Gone.DELETED
    assert read(tx, site).gone == {"11"}


def test_an_epic_that_is_not_here_is_an_epic_all_the_same(tx: Connection, site: Site) -> None:
    """Data Center's Epic Link gives a key alone, and the epic may be of a project that is not read."""
    center = replace(site, fields=replace(site.fields, epic_link="customfield_10008"))
    save(tx, center, 1, customfield_10008="ELSE-9")
    save(tx, center, 2)
    found = read(tx, center)
    assert (the(found, 1).parent, the(found, 2).parent) == ("ELSE-9", None)


# --- the same as without SQL ----------------------------------------------------------------------


def a_past(random: Random) -> Iterator[Change]:
    """Changes of all kinds by people, bots and nobody, oldest first."""
    status, at = TO_DO, day(-9)
    for _ in range(random.randrange(8)):
        at += timedelta(hours=random.randrange(1, 60))
        author = random.choice(["dana", "eve", BOT, US, None])
        if random.random() < 0.5:
            after = random.choice([one for one in (TO_DO, IN_PROGRESS, DONE) if one != status])
            yield moved(at, status, after, author=author)
            status = after
        else:
            field = random.choice(["labels", "assignee", "Rank", SPRINT_FIELD, "summary"])
            yield a_change(field, at, "a", "b", author=author)


@pytest.mark.parametrize("seed", range(3))
def test_facts_of_any_past_are_those_of_a_naive_reading(tx: Connection, site: Site, seed: int) -> None:
    random = Random(seed)
    pasts: dict[int, list[Change]] = {}
    for number in range(1, 40):
        past = pasts[number] = list(a_past(random))
        moves = [one for one in past if one.field == STATUS]
        status = moves[-1].after if moves else TO_DO
        save(tx, site, number, *past, status=status, created=as_jira_writes(day(-10)))
    found = read(tx, site)
    for number, past in pasts.items():
        moves = [one for one in past if one.field == STATUS]
        if moves and moves[-1].after == DONE:
            assert f"BURN-{number}" not in {item.key for item in found.items}
            continue
        item = the(found, number)
        meant = [
            one.at
            for one in past
            if one.author not in {None, BOT, US} and one.field not in {"Rank", SPRINT_FIELD}
        ]
        assert item.touched_at == max(meant, default=day(-10))
        assert item.status_since == (moves[-1].at if moves else day(-10))
        assert item.way == ((TO_DO, *(one.after for one in moves)) if moves else (TO_DO,))
        assigned = [one.at for one in past if one.field == "assignee"]
        assert item.assigned_since == (max(assigned) if assigned else None)


# --- what the store says of done ------------------------------------------------------------------


def test_children_without_a_resolution_date_are_done_since_they_were_moved(
    tx: Connection, site: Site
) -> None:
    save(tx, site, 1)
    save(tx, site, 2, moved(day(7), TO_DO, DONE), status=DONE, parent={"id": "11"})
    save(tx, site, 3, moved(day(5), TO_DO, DONE), status=DONE, parent={"id": "11"})
    has = read(tx, site).all_children["11"]
    assert (has.done, has.open, has.last_at) == (2, 0, day(7))


def test_a_sprint_at_whose_end_an_issue_was_done_is_not_one_that_closed_without_it(
    tx: Connection, site: Site
) -> None:
    for number, end in ((5, day(3)), (6, day(6))):
        closed = a_sprint(
            id=number, name=f"Sprint {number}", start=day(1), activated=day(1), end=end, completed=end
        )
        boards.save_sprint(tx, site.id, closed, heard_at=day(7))
    way = (moved(day(2), TO_DO, DONE), moved(day(4), DONE, IN_PROGRESS))
    both = [sprint_object(5), sprint_object(6)]
    save(tx, site, 1, *way, status=IN_PROGRESS, sprints=both)
    save(tx, site, 2, moved(day(2), TO_DO, IN_PROGRESS), status=IN_PROGRESS, sprints=both)
    found = read(tx, site)
    assert [one.id for one in found.closed_sprints(the(found, 1))] == [6]
    assert [one.id for one in found.closed_sprints(the(found, 2))] == [5, 6]
