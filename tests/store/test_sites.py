from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.domain.scrum.from_jira import SiteFields
from app.domain.scrum.sprint import SprintState
from app.errors import NotFound, NotPossible
from app.store import boards, sites, tables
from tests.factories import END, SPRINT_FIELD, START, a_board, a_sprint, day
from tests.stores import FIELDS, a_site, rows

AT = day(8)


def test_a_site_is_made_once(tx: Connection) -> None:
    site = sites.ensure_site(tx, "demo", "https://a.test")
    assert sites.ensure_site(tx, "demo", "https://a.test") == site
    assert sites.get_site(tx, "demo") == sites.site_by_id(tx, site.id) == site


def test_a_name_that_stood_for_another_jira_is_refused(tx: Connection) -> None:
    sites.ensure_site(tx, "demo", "https://a.test")
    with pytest.raises(NotPossible, match="Give the new Jira a new name"):
        sites.ensure_site(tx, "demo", "https://b.test")


def test_an_unknown_site_says_where_sites_are_named(tx: Connection) -> None:
    with pytest.raises(NotFound, match=r"\[sites\.<name>\]"):
        sites.get_site(tx, "nowhere")


def test_a_field_deleted_in_jira_is_forgotten(tx: Connection) -> None:
    site = a_site(tx)
    assert site.fields.by_name == {
        "Sprint": SPRINT_FIELD,
        "Story Points": "customfield_10016",
        "Flagged": "customfield_10021",
    }
    sites.replace_fields(tx, site.id, FIELDS[:1], SiteFields(SPRINT_FIELD))
    assert sites.get_site(tx, "demo").fields == SiteFields(SPRINT_FIELD, None, {"Sprint": SPRINT_FIELD})


def test_a_field_name_that_is_doubled_names_nothing(tx: Connection) -> None:
    site = a_site(tx)
    double = {**FIELDS[1], "id": "customfield_1"}
    sites.replace_fields(tx, site.id, [*FIELDS, double], site.fields)
    assert "Story Points" not in (sites.get_site(tx, "demo").fields.by_name or {})


def test_the_newest_word_on_a_sprint_wins_in_either_order(tx: Connection) -> None:
    site = a_site(tx)
    running, closed = a_sprint(), a_sprint(completed=END)
    words = [(running, day(1)), (closed, day(14)), (running, day(2))]
    for sprint, heard_at in words:
        boards.save_sprint(tx, site.id, sprint, heard_at=heard_at)
    assert boards.get_sprint(tx, site, 7) == closed


def test_when_a_sprint_was_really_started_is_not_forgotten_for_an_event_that_does_not_say(
    tx: Connection,
) -> None:
    """REST may tell `activatedDate`, events never do; the report begins with it."""
    site = a_site(tx)
    told = a_sprint(activated=None, name="Renamed")
    read = a_sprint(activated=START + timedelta(hours=1))
    for first, second in ((told, read), (read, told)):
        boards.save_sprint(tx, site.id, first, heard_at=day(2))
        boards.save_sprint(tx, site.id, second, heard_at=day(1))
        assert boards.get_sprint(tx, site, 7).activated == read.activated
    boards.save_sprint(tx, site.id, told, heard_at=day(3))
    assert boards.get_sprint(tx, site, 7).activated == read.activated
    assert boards.get_sprint(tx, site, 7).name == "Renamed"


def ran(tx: Connection, site: sites.Site, at: datetime = AT, *, board: int = 1) -> int | None:
    found = boards.sprint_at(tx, site, board, at)
    return found and found.id


def test_of_parallel_sprints_the_one_that_ends_first_is_the_running_one(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_sprint(tx, site.id, a_sprint(id=8, end=END + timedelta(days=7)), heard_at=day(1))
    boards.save_sprint(tx, site.id, a_sprint(id=9), heard_at=day(1))
    boards.save_sprint(tx, site.id, a_sprint(id=10, state=SprintState.FUTURE), heard_at=day(1))
    assert ran(tx, site) == 9
    boards.mark_sprint_deleted(tx, site.id, 9, day(2))
    assert ran(tx, site) == 8
    with pytest.raises(NotFound, match="no sprint 9"):
        boards.get_sprint(tx, site, 9)


def test_the_sprint_of_an_instant_is_the_one_that_ran_then_also_when_closed_since(tx: Connection) -> None:
    site = a_site(tx)
    assert ran(tx, site) is None
    closed = a_sprint(completed=END)
    following = a_sprint(id=8, start=END + timedelta(days=3), end=END + timedelta(days=17))
    for sprint in (closed, following):
        boards.save_sprint(tx, site.id, sprint, heard_at=day(30))
    found = [ran(tx, site, at) for at in (START - timedelta(seconds=1), START, day(8), END, day(20))]
    assert found == [None, 7, 7, None, 8]


def test_a_sprint_that_was_started_late_did_not_run_before(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_sprint(tx, site.id, a_sprint(activated=day(3)), heard_at=day(4))
    assert (ran(tx, site, day(2)), ran(tx, site, day(4))) == (None, 7)


def test_a_board_runs_the_sprints_that_it_shows_whichever_board_they_belong_to(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_sprint(tx, site.id, a_sprint(board_id=1), heard_at=day(1))
    boards.save_sprint(tx, site.id, a_sprint(id=8, board_id=None), heard_at=day(1))
    boards.save_board_sprints(tx, site.id, 2, [7], at=day(1))
    boards.save_board_sprints(tx, site.id, 3, [8], at=day(1))
    assert [ran(tx, site, board=board) for board in (1, 2, 3, 4)] == [7, 7, 8, None]


def test_a_sprint_that_no_board_lists_any_more_is_a_tombstone(tx: Connection) -> None:
    site = a_site(tx)
    for board in (1, 2):
        boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(1))
        boards.save_board_sprints(tx, site.id, board, [7], at=day(1))
    boards.save_board_sprints(tx, site.id, 2, [], at=day(2))
    assert (ran(tx, site), ran(tx, site, board=2)) == (7, None), "another board still lists it"
    boards.save_board_sprints(tx, site.id, 1, [], at=day(3))
    assert ran(tx, site) is None
    with pytest.raises(NotFound, match="no sprint 7"):
        boards.get_sprint(tx, site, 7)
    assert rows(tx, tables.sprints)[0]["deleted_at"] == day(3)


def test_a_sprint_that_a_board_lists_again_is_back(tx: Connection) -> None:
    """Its own board was deleted; others show it only while one of its issues passes their filter."""
    site = a_site(tx)
    boards.save_sprint(tx, site.id, a_sprint(board_id=None), heard_at=day(1))
    for at, shown in ((1, [7]), (2, []), (3, [7])):
        boards.save_board_sprints(tx, site.id, 2, shown, at=day(at))
    assert ran(tx, site, board=2) == 7
    for board, shown in ((2, []), (3, [7])):  # one sync; the board that lacks it happens to come first
        boards.save_board_sprints(tx, site.id, board, shown, at=day(4))
    assert ran(tx, site, board=3) == 7
    boards.mark_sprint_deleted(tx, site.id, 7, day(6))
    boards.save_board_sprints(tx, site.id, 3, [7], at=day(5))
    assert ran(tx, site, board=3) is None, "the list is older than the deletion"


def test_of_a_sprint_heard_of_after_the_list_was_asked_for_the_list_says_nothing(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_sprint(tx, site.id, a_sprint(), heard_at=day(3))
    boards.save_board_sprints(tx, site.id, 1, [], at=day(2))
    assert ran(tx, site) == 7
    boards.save_board_sprints(tx, site.id, 1, [], at=day(4))
    assert ran(tx, site) is None


def test_the_newest_word_on_a_board_wins_in_either_order(tx: Connection) -> None:
    site = a_site(tx)
    for name, heard_at in (("second", day(2)), ("first", day(1)), ("third", day(3)), ("late", day(2))):
        boards.save_board(tx, site.id, a_board(name=name), heard_at=heard_at)
    assert boards.get_board(tx, site, 1).name == "third"


def test_a_deleted_board_is_not_served_until_a_newer_word_brings_it_back(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=day(1), project_key="BURN")
    boards.mark_board_deleted(tx, site.id, 1, day(2))
    boards.save_board(tx, site.id, a_board(), heard_at=day(1))
    with pytest.raises(NotFound, match="no board 1"):
        boards.get_board(tx, site, 1)
    boards.save_board(tx, site.id, a_board(), heard_at=day(3))
    assert boards.get_board(tx, site, 1) == a_board()
    assert rows(tx, tables.boards)[0]["project_key"] == "BURN", "who does not say it does not change it"
    boards.mark_board_deleted(tx, site.id, 1, day(2))
    assert boards.get_board(tx, site, 1) == a_board(), "a deletion that comes late is older than the board"


def test_a_board_comes_back_as_it_was(tx: Connection) -> None:
    site = a_site(tx)
    with pytest.raises(NotFound, match="burnish sync"):
        boards.get_board(tx, site, 1)
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
    assert boards.get_board(tx, site, 1) == a_board()
    boards.save_board(tx, site.id, a_board(name="Renamed"), heard_at=day(0))
    assert boards.get_board(tx, site, 1).name == "Renamed"


def test_how_far_a_project_was_read_survives_its_renaming(tx: Connection) -> None:
    site = a_site(tx)
    sites.save_project(tx, site.id, {"id": "1", "key": "BURN", "name": "Burnish"})
    sites.note_read_until(tx, site.id, "1", day(1))
    sites.save_project(tx, site.id, {"id": 1, "key": "BRN", "name": "Burnish"})
    assert sites.projects_of(tx, site.id) == [sites.Project("1", "BRN", "Burnish", day(1))]


def test_how_far_a_project_was_read_never_goes_back(tx: Connection) -> None:
    site = a_site(tx)
    sites.save_project(tx, site.id, {"id": "1", "key": "BURN", "name": "Burnish"})
    for until in (day(2), day(1), day(3), day(2)):
        sites.note_read_until(tx, site.id, "1", until)
    assert sites.projects_of(tx, site.id)[0].read_until == day(3)
