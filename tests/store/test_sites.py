from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.domain.scrum.from_jira import SiteFields
from app.domain.scrum.sprint import SprintState
from app.errors import NotFound, NotPossible
from app.store import sites
from tests.factories import END, SPRINT_FIELD, START, a_board, a_sprint, day
from tests.stores import FIELDS, a_site


def test_a_site_is_made_once(tx: Connection) -> None:
    site = sites.ensure_site(tx, "demo", "https://a.test")
    assert sites.ensure_site(tx, "demo", "https://a.test") == site
    assert sites.get_site(tx, "demo") == sites.site_by_id(tx, site.id) == site


def test_a_name_that_stood_for_another_jira_is_refused(tx: Connection) -> None:
    sites.ensure_site(tx, "demo", "https://a.test")
    with pytest.raises(NotPossible, match="in the settings"):
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
        sites.save_sprint(tx, site.id, sprint, heard_at=heard_at)
    assert sites.get_sprint(tx, site, 7) == closed


def test_when_a_sprint_was_really_started_is_not_forgotten_for_an_event_that_does_not_say(
    tx: Connection,
) -> None:
    """REST may tell `activatedDate`, events never do; the report begins with it."""
    site = a_site(tx)
    told = a_sprint(activated=None, name="Renamed")
    read = a_sprint(activated=START + timedelta(hours=1))
    for first, second in ((told, read), (read, told)):
        sites.save_sprint(tx, site.id, first, heard_at=day(2))
        sites.save_sprint(tx, site.id, second, heard_at=day(1))
        assert sites.get_sprint(tx, site, 7).activated == read.activated
    sites.save_sprint(tx, site.id, told, heard_at=day(3))
    assert sites.get_sprint(tx, site, 7).activated == read.activated
    assert sites.get_sprint(tx, site, 7).name == "Renamed"


def test_of_parallel_sprints_the_one_that_ends_first_is_the_running_one(tx: Connection) -> None:
    site = a_site(tx)
    sites.save_sprint(tx, site.id, a_sprint(id=8, end=END + timedelta(days=7)), heard_at=day(1))
    sites.save_sprint(tx, site.id, a_sprint(id=9), heard_at=day(1))
    sites.save_sprint(tx, site.id, a_sprint(id=10, state=SprintState.FUTURE), heard_at=day(1))
    assert sites.active_sprint(tx, site, 1).id == 9
    sites.mark_sprint_deleted(tx, site.id, 9, day(2))
    assert sites.active_sprint(tx, site, 1).id == 8
    with pytest.raises(NotFound, match="no sprint 9"):
        sites.get_sprint(tx, site, 9)


def test_no_running_sprint_is_said_with_the_way_out(tx: Connection) -> None:
    with pytest.raises(NotFound, match="Start one in Jira"):
        sites.active_sprint(tx, a_site(tx), 1)


def test_a_board_comes_back_as_it_was(tx: Connection) -> None:
    site = a_site(tx)
    with pytest.raises(NotFound, match="burnish sync"):
        sites.get_board(tx, site, 1)
    sites.save_board(tx, site.id, a_board(), "BURN")
    assert sites.get_board(tx, site, 1) == a_board()
    sites.save_board(tx, site.id, a_board(name="Renamed"))
    assert sites.get_board(tx, site, 1).name == "Renamed"


def test_how_far_a_project_was_read_survives_its_renaming(tx: Connection) -> None:
    site = a_site(tx)
    sites.save_project(tx, site.id, {"id": "1", "key": "BURN", "name": "Burnish"})
    sites.update_project(tx, site.id, "1", read_until=day(1))
    sites.save_project(tx, site.id, {"id": 1, "key": "BRN", "name": "Burnish"})
    assert sites.projects_of(tx, site.id) == [sites.Project("1", "BRN", "Burnish", day(1), None)]
