"""The grooming of a backlog from the store: the facts are those of Jira's documents, on both databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from app.domain.flow.path import Policy
from app.domain.grooming.definitions import Definitions
from app.domain.grooming.facts import Backlog, Item
from app.domain.grooming.health import Fate, Noted, differences
from app.domain.reports.backlog_as_json import to_json
from app.domain.scrum.board import Column
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import STATUS, Change, Gone
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services.backlog_grooming import asked_of, backlog_health, backlog_priority, described, keep
from app.services.grooming_proposals import accept
from app.services.grooming_wish import Wish, read_wish
from app.services.rendering import FORMATS, render
from app.services.similarity import Learnt
from app.store import boards, grooming, issues, jira_tables, presence, project_roles, sites, tables, things
from app.store.backlog import Scope, read_backlog
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, SPRINT_FIELD, TO_DO, a_board, a_change, a_sprint, day, moved
from tests.payloads import as_jira_writes, issue, sprint_object
from tests.stores import a_site, rows

NOW = day(9)
STATUSES = [
    {"id": TO_DO, "name": "To Do", "statusCategory": {"key": "new"}},
    {"id": DONE, "name": "Done", "statusCategory": {"key": "done"}},
]
BOT, US = "bot-1", "burnish-account"
BOARD = a_board()


@pytest.fixture
def site(tx: Connection) -> Site:
    found = replace(a_site(tx), account_id=US)
    boards.save_board(tx, found.id, BOARD, heard_at=day(0), project_key="BURN")
    boards.save_sprint(tx, found.id, a_sprint(), heard_at=day(1))
    things.replace_all(
        tx,
        found,
        jira_tables.link_types,
        [{"id": "1", "name": "Blocks", "outward": "blocks", "inward": "is blocked by"}],
        at=day(0),
    )
    return found


def save(tx: Connection, site: Site, number: int, *changes: Change, **fields: Any) -> None:
    fields.setdefault("sprints", None)
    record = read_issue(issue(number, **{"updated": day(8), **fields}), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)
    numbered = [one._replace(history_id=number * 1000 + place) for place, one in enumerate(changes)]
    issues.save_changes(tx, site, {record.id: numbered}, final=True)


def say(tx: Connection, site: Site, number: int, body: Any, *, at: datetime, by: str | None = "dana") -> None:
    row = {
        "id": f"{number}-{at.timestamp()}",
        "issue_id": f"1{number}",
        "author": by,
        "created": at,
        "updated": at,
        "body": body,
    }
    issues.save_comments(tx, site, [row])


def read(tx: Connection, site: Site, **scope: Any) -> Backlog:
    return read_backlog(
        tx,
        site,
        BOARD,
        Scope(**{"project_keys": ("BURN",), "bots": frozenset({US, BOT}), **scope}),
        calendar=Calendar(),
        now=NOW,
        definitions=Definitions(),
        policy=Policy(),
    )


def the(backlog: Backlog, number: int) -> Item:
    return next(item for item in backlog.items if item.key == f"BURN-{number}")


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
    issues.mark_deleted(tx, site, "13", day(5))
    assert [item.key for item in read(tx, site).items] == ["BURN-1"]
    assert read(tx, site, leave_out=frozenset({"BURN-1"})).items == ()
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
    assert [child.key for child in found.children["11"]] == ["BURN-3"]
    assert [blocker.key for blocker in found.blockers(the(found, 3))] == ["BURN-4"]
    has = found.all_children["12"]
    assert (has.done, has.open, has.last_at) == (1, 1, day(3))
    assert the(found, 6).parent == "99"
    assert found.gone == frozenset()


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


# --- reports --------------------------------------------------------------------------------------


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
    unchanged = {one.item.key for one in memory.items if one.stamp == stamps.get(one.item.id)}
    assert unchanged == {"BURN-2", "BURN-3", *(f"BURN-{number}" for number in range(7, 12))}
    tx.execute(delete(tables.grooming_memories))
    anew = health(tx, site, later)
    assert to_json(replace(gone_on, stood=anew.stood)) == to_json(anew)
    assert gone_on.review.exempted
    assert {one.key for one in differences_of(gone_on, Fate.CLOSED)} == {"BURN-4"}
    assert "BURN-20" in {one.key for one in differences_of(gone_on, Fate.NEW)}


SAME = "The stock display flickers when a customer orders abroad with several currencies"


def test_new_issues_are_held_against_all_and_what_was_found_stays_until_it_is_linked(
    tx: Connection, site: Site
) -> None:
    kinds = [{"id": "2", "name": "Duplicate", "outward": "duplicates", "inward": "is duplicated by"}]
    things.replace_all(tx, site, jira_tables.link_types, kinds, at=day(1))
    filled(tx, site)
    save(tx, site, 10, summary=SAME, status=DONE)
    save(tx, site, 12, summary=f"{SAME} again")
    told = {one.finding.item.key: one.finding for one in duplicates(tx, site, Learnt())}
    assert set(told) == {"BURN-12"}
    assert f"like BURN-10, \u201c{SAME}\u201d, in Done; both say" in told["BURN-12"].reason
    assert told["BURN-12"].proposal.words == "Link it as a duplicate of BURN-10"
    assert [one.finding.item.key for one in duplicates(tx, site, None)] == ["BURN-12"]
    accepted = {"check": "duplicate", "key": "BURN-12", "wish": Wish(), "calendar": Calendar()}
    accept(tx, site, board_id=1, now=NOW, by="dana", **accepted)
    assert [row["payload"]["link_type"] for row in rows(tx, tables.effects)] == ["Duplicate"]
    link = {"id": "1", "type_id": "2", "source_id": "112", "target_id": "110"}
    things.save(tx, site, jira_tables.issue_links, [link], NOW)
    assert duplicates(tx, site, Learnt()) == []


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
        ({"checks": {"stale": {"dais": 3}}}, "dais"),
        ({"checks": {"stale": 3}}, "neither options by name nor false"),
        ({"checks": {"stale": {"weight": "huge"}}}, "huge"),
        ({"ready": {"otherwise": {"must": ["estimat"]}}}, "'estimat' is no criterion"),
    ],
)
def test_a_wish_that_cannot_be_read_names_what_is_wrong(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read_wish(parameters)


def test_what_the_store_lacks_is_named_with_the_way_out(tx: Connection) -> None:
    site = a_site(tx)
    with pytest.raises(NotFound, match="burnish sync"):
        health(tx, site)
    boards.save_board(tx, site.id, BOARD, heard_at=day(0))
    with pytest.raises(NotPossible, match="as `query`"):
        health(tx, site)


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
