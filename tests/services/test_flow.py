"""The flow of a Kanban board, from the store: which issues count, at which instant, and what is said."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection, select

from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.errors import DoneColumnUnknown
from app.errors import NotFound, NotPossible
from app.store import boards, issues, jira_tables, tables
from app.store.sites import Site
from tests.factories import DONE, IN_PROGRESS, STATUS_NAMES, TO_DO, a_change, moved
from tests.services.kanban import (
    NOW,
    SUB_QUERY,
    a_team,
    ago,
    as_text,
    begun,
    finished,
    flow_of,
    kanban,
    keys_begun,
    keys_done,
    put,
)

# --- which issues count ---------------------------------------------------------------------------


def test_a_board_without_sprints_tells_what_is_in_progress_and_what_was_finished(tx: Connection) -> None:
    site = a_team(tx)
    finished(tx, site, 1, begun=12, done=5)
    begun(tx, site, 2, since=9)
    put(tx, site, 3, created=ago(3))
    begun(tx, site, 4, since=9, project="SHOP")
    told = flow_of(tx, site)
    assert (keys_done(told), keys_begun(told), told.issues) == (["BURN-1"], ["BURN-2"], 2)


def test_what_is_done_counts_though_the_sub_query_hides_it_and_what_is_open_does_not(tx: Connection) -> None:
    """A Kanban board hides what was released: that is no reason to forget that it was finished."""
    site = a_team(tx, sub_query=SUB_QUERY)
    finished(tx, site, 1, begun=12, done=5, labels=["released"])
    begun(tx, site, 2, since=9, labels=["released"])
    begun(tx, site, 3, since=8)
    told = flow_of(tx, site)
    assert (keys_done(told), keys_begun(told)) == (["BURN-1"], ["BURN-3"])


def test_what_was_finished_before_the_window_is_not_measured(tx: Connection) -> None:
    site = a_team(tx)
    finished(tx, site, 1, begun=40, done=33)
    # Done long ago, and moved on to another done status since.
    finished(tx, site, 2, begun=150, done=140)
    issue_id = tx.scalar(tables.issues.select().with_only_columns(tables.issues.c.id).filter_by(key="BURN-2"))
    late = moved(ago(2), DONE, "6")
    issues.save_changes(tx, site, {str(issue_id): [late]}, final=True)
    tx.execute(tables.issues.update().filter_by(key="BURN-2").values(status_id="6"))
    assert keys_done(flow_of(tx, site)) == ["BURN-1"]
    assert keys_done(flow_of(tx, site, weeks=4)) == []


OFF = "77"
"""A status that no column shows, and that is called done: Released, Won't do."""


@pytest.fixture
def team(tx: Connection, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setitem(STATUS_NAMES, OFF, "Off the board")
    return a_team(tx)


def test_what_was_done_and_moved_on_to_a_status_off_the_board_was_finished_when_it_was_done(
    tx: Connection, team: Site
) -> None:
    """To be released is no reason to be forgotten; nor is it a second end."""
    history = moved(ago(12), TO_DO, IN_PROGRESS), moved(ago(5), IN_PROGRESS, DONE), moved(ago(1), DONE, OFF)
    put(tx, team, 1, *history, created=ago(30), status=OFF)
    told = flow_of(tx, team)
    assert (keys_done(told), keys_begun(told), told.issues) == (["BURN-1"], [], 0)
    assert told.flow.finished[0].done_at == ago(5)
    assert [key for week in told.weeks for key in week.finished] == ["BURN-1"]
    assert keys_done(flow_of(tx, team, ago(3))) == ["BURN-1"]
    assert keys_begun(flow_of(tx, team, ago(7))) == ["BURN-1"]
    assert keys_done(flow_of(tx, team, weeks=0)) == [], "done last week, released this week"


def test_what_was_put_away_was_not_finished_and_is_not_open(tx: Connection, team: Site) -> None:
    history = moved(ago(12), TO_DO, IN_PROGRESS), moved(ago(1), IN_PROGRESS, OFF)
    put(tx, team, 1, *history, created=ago(30), status=OFF)
    begun(tx, team, 2, since=9)
    told = flow_of(tx, team)
    assert (keys_done(told), keys_begun(told), told.issues) == ([], ["BURN-2"], 1)
    assert [key for week in told.weeks for key in week.arrived] == ["BURN-2"]
    assert keys_begun(flow_of(tx, team, ago(3))) == ["BURN-1", "BURN-2"]


def test_what_was_done_after_it_was_put_away_is_finished(tx: Connection, team: Site) -> None:
    """And what was taken up again from there is in progress."""
    put(tx, team, 1, moved(ago(2), TO_DO, OFF), created=ago(30), status=OFF)
    again = moved(ago(8), TO_DO, IN_PROGRESS), moved(ago(6), IN_PROGRESS, OFF), moved(ago(3), OFF, DONE)
    put(tx, team, 2, *again, created=ago(20), status=DONE)
    taken_up = moved(ago(9), IN_PROGRESS, DONE), moved(ago(8), DONE, OFF), moved(ago(2), OFF, IN_PROGRESS)
    begun(tx, team, 3, 12, *taken_up)
    told = flow_of(tx, team)
    assert (keys_done(told), keys_begun(told)) == (["BURN-2"], ["BURN-3"])
    assert told.flow.finished[0].done_at == ago(3)


def test_epics_sub_tasks_and_issues_that_carry_reports_are_left_out(tx: Connection) -> None:
    site = a_team(tx)
    types = ({"id": "7", "name": "Initiative", "level": 1}, {"id": "8", "name": "Epic", "level": None})
    for one in types:
        row = {"id": one["id"], "name": one["name"], "is_subtask": False, "hierarchy_level": one["level"]}
        tx.execute(jira_tables.issue_types.insert().values(site_id=site.id, heard_at=NOW, **row))
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, since=9, issuetype={"id": "7", "name": "Initiative", "subtask": False})
    begun(tx, site, 3, since=9, issuetype={"id": "8", "name": "Epic", "subtask": False})
    begun(tx, site, 4, since=9, issuetype={"id": "9", "name": "Sub-task", "subtask": True})
    begun(tx, site, 5, since=9)
    assert keys_begun(flow_of(tx, site, leave_out={"BURN-5"})) == ["BURN-1"]


def test_a_sub_query_that_cannot_be_answered_hides_nothing_and_that_is_said(tx: Connection) -> None:
    site = a_team(tx, sub_query="fixVersion in unreleasedVersions() OR fixVersion is EMPTY")
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, since=9, project="SHOP")
    told = flow_of(tx, site)
    assert keys_begun(told) == ["BURN-1"]
    (note,) = told.notes
    assert note.flaw is Flaw.FILTER_UNKNOWN
    assert "`fixVersion in unreleasedVersions()`" in note.text
    assert "so nothing is hidden that its filter finds" in as_text(told)


@pytest.mark.parametrize("at", [NOW, ago(0.5)])
def test_on_a_site_without_versions_jiras_usual_sub_query_hides_nothing(tx: Connection, at: datetime) -> None:
    """Once Jira's lists were read, it is known that there are none."""
    site = a_team(tx, sub_query="fixVersion in unreleasedVersions() OR fixVersion is EMPTY")
    row = {"id": "10001", "name": "Story", "is_subtask": False, "heard_at": NOW}
    tx.execute(jira_tables.issue_types.insert().values(site_id=site.id, **row))
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, 9, a_change("assignee", ago(0.2), "dana", "kim"))
    told = flow_of(tx, site, at)
    assert (keys_begun(told), told.notes) == (["BURN-1", "BURN-2"], ())


@pytest.mark.parametrize("jql", [None, "filter = 12", "labels = web AND"])
def test_without_its_filter_the_issues_of_the_boards_project_count_and_that_is_said(
    tx: Connection, jql: str | None
) -> None:
    site = a_team(tx, filter_jql=jql)
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, since=9, project="SHOP")
    told = flow_of(tx, site)
    assert keys_begun(told) == ["BURN-1"]
    assert "so all issues of BURN count" in as_text(told)


def test_of_a_board_that_was_imported_without_its_filter_the_issues_of_its_project_count(
    tx: Connection,
) -> None:
    site = a_team(tx, filter_id=None, filter_jql=None)
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, since=9, project="SHOP")
    told = flow_of(tx, site)
    assert keys_begun(told) == ["BURN-1"]
    assert "The board's filter is not known here; so all issues of BURN count." in as_text(told)


def test_a_board_of_which_nothing_tells_its_issues_is_refused_with_the_way_out(tx: Connection) -> None:
    site = a_team(tx, filter_jql=None)
    tx.execute(tables.boards.update().values(project_key=None))
    with pytest.raises(NotPossible, match="Share the filter with Burnish's account"):
        flow_of(tx, site)


def test_a_board_that_is_not_there_or_tells_not_what_is_done_is_refused(tx: Connection) -> None:
    site = a_team(tx)
    with pytest.raises(NotFound):
        flow_of(tx, site, board_id=5)
    boards.save_board(tx, site.id, replace(kanban(id=3), columns=()), heard_at=ago(200), project_key="BURN")
    with pytest.raises(DoneColumnUnknown):
        flow_of(tx, site, board_id=3)


# --- as it was ------------------------------------------------------------------------------------


def test_it_tells_of_any_instant_what_was_true_then(tx: Connection) -> None:
    """Two days ago 1 was in progress, 2 was hidden and 3 was not there."""
    site = a_team(tx, sub_query=SUB_QUERY)
    finished(tx, site, 1, begun=12, done=1)
    shown = a_change("labels", ago(1), "", "")._replace(
        before=None, after=None, before_text="released", after_text=""
    )
    begun(tx, site, 2, 9, shown)
    begun(tx, site, 3, since=1, created=ago(1))
    now, then = flow_of(tx, site), flow_of(tx, site, ago(2))
    assert (keys_done(now), keys_begun(now)) == (["BURN-1"], ["BURN-2", "BURN-3"])
    assert (keys_done(then), keys_begun(then)) == ([], ["BURN-1"])


def test_what_was_deleted_since_was_there_then(tx: Connection) -> None:
    site = a_team(tx)
    begun(tx, site, 1, since=9)
    tx.execute(tables.issues.update().values(deleted_at=ago(1), gone_reason="deleted"))
    assert keys_begun(flow_of(tx, site)) == []
    assert keys_begun(flow_of(tx, site, ago(2))) == ["BURN-1"]


def test_a_filter_that_no_history_answers_is_asked_of_the_issues_as_they_are(tx: Connection) -> None:
    """Comments have no past; a report whose instant is a minute old should not fail for that."""
    site = a_team(tx, filter_jql='project = BURN AND comment ~ "agreed"')
    begun(tx, site, 1, since=9)
    begun(tx, site, 2, since=9)
    words = {"body": "Agreed.", "created": ago(8), "updated": ago(8), "author": "dana"}
    number = tx.scalar(select(tables.issues.c.id).where(tables.issues.c.key == "BURN-1"))
    tx.execute(tables.comments.insert().values(site_id=site.id, id="5", issue_id=number, **words))
    now, then = flow_of(tx, site), flow_of(tx, site, ago(9.5))
    assert (keys_begun(now), now.notes) == (["BURN-1"], ())
    (note,) = then.notes
    assert "so it is asked of the issues as they are now" in note.text
    assert then.issues == 1
