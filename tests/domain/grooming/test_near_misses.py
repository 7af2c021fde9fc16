"""What looks wrong at first sight and is not, as a team would see it."""

from dataclasses import replace

from app.domain.grooming.definitions import Definition, Definitions
from app.domain.grooming.facts import Children
from app.domain.grooming.readiness import readiness
from tests.domain.grooming.backlogs import BOARD, SPRINTS, ago, backlog, children, epic, found, item, keys
from tests.factories import IN_PROGRESS, TO_DO, UNMAPPED


def test_an_epic_is_not_stale_while_its_children_get_done() -> None:
    """Done children are in no backlog any more; that they were done is known."""
    quiet = epic("BURN-1", touched_at=ago(200))
    for days, expected in ((100, ["BURN-1"]), (1, [])):
        done = children(BURN_1=Children(done=3, last_at=ago(days)))
        assert keys(found("stale", backlog(quiet, all_children=done))) == expected
    (told,) = found("stale", backlog(quiet, all_children=children(BURN_1=Children(done=3, last_at=ago(100)))))
    assert "for 100 days" in told.reason


def test_nothing_is_called_stale_whose_history_was_not_read() -> None:
    """Somebody may have touched it yesterday; a policy would close it."""
    assert keys(found("stale", backlog(item(touched_at=ago(200))))) == ["BURN-1"]
    assert found("stale", backlog(item(touched_at=ago(200), history_complete=False))) == []
    child = item("BURN-2", parent="id-BURN-1", touched_at=ago(200), history_complete=False)
    assert found("stale", backlog(epic("BURN-1", touched_at=ago(200)), child)) == []


def test_what_was_assigned_in_the_planning_is_not_idle_on_the_first_day_of_its_sprint() -> None:
    mine = item(assignee="dana", assigned_since=ago(7), status_since=ago(15), sprints=frozenset({8}))
    begun = {days: {**SPRINTS, 8: replace(SPRINTS[8], start=ago(days))} for days in (0.5, 4.9, 5)}
    assert found("assigned_idle", backlog(mine, sprints=begun[0.5])) == []
    assert found("assigned_idle", backlog(mine, sprints=begun[4.9])) == []
    (told,) = found("assigned_idle", backlog(mine, sprints=begun[5]))
    assert told.reason == "Dana has it for 7 days, and it is still in To Do."


def test_where_an_issue_began_is_not_known_from_half_a_history() -> None:
    way = (IN_PROGRESS, TO_DO)
    assert keys(found("begun_at_once", backlog(item(way=way)))) == ["BURN-1"]
    assert found("begun_at_once", backlog(item(way=way, history_complete=False))) == []


def test_what_is_in_progress_already_needs_no_higher_rank() -> None:
    lows = [item(f"BURN-{n}", priority="Low", priority_place=3) for n in range(10, 21)]
    for status, expected in ((TO_DO, ["BURN-99"]), (IN_PROGRESS, [])):
        high = item("BURN-99", priority="High", priority_place=1, status=status)
        assert keys(found("rank_inversion", backlog(*lows, high))) == expected
    begun = [item(f"BURN-{n}", priority="Low", priority_place=3, status=IN_PROGRESS) for n in range(10, 21)]
    assert found("rank_inversion", backlog(*begun, item("BURN-99", priority="High", priority_place=1))) == []


def test_a_team_managed_board_without_sprints_has_none_to_be_outside_of() -> None:
    """Other boards of the site have sprints; a Scrum board may show theirs."""
    others = {number: replace(sprint, board_id=77) for number, sprint in SPRINTS.items()}
    own = {**others, 8: replace(SPRINTS[8], board_id=BOARD.id)}
    begun = item(status=IN_PROGRESS)
    for kind, sprints, expected in (("simple", others, 0), ("simple", own, 1), ("scrum", others, 1)):
        of = backlog(begun, board=replace(BOARD, kind=kind), sprints=sprints)
        assert keys(found("in_progress_no_sprint", of)) == ["BURN-1"] * expected


def test_epics_have_their_own_place_on_boards() -> None:
    assert keys(found("not_on_board", backlog(item(status=UNMAPPED)))) == ["BURN-1"]
    assert found("not_on_board", backlog(epic("BURN-1", status=UNMAPPED))) == []


def test_zero_is_a_value_that_somebody_gave() -> None:
    asked = Definitions(otherwise=Definition(must=("field:Risk",)), by_type={})
    given = {0: True, 3: True, "low": True, "": False, None: False}
    for value, ready in given.items():
        one = item(fields={"Risk": value})
        assert readiness(backlog(one, definitions=asked), one).ready is ready
