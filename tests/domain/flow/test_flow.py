"""How work flows: the sprint's days are working days from Monday 2 March; 7 and 8, 14 and 15 are free."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.domain.flow.flow import Flow, flow
from app.domain.flow.path import BlockedBy, Path, Policy, path_of, time_in_status
from app.domain.flow.spent import Spent, where_time_goes
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.issue import LINKS, Issue
from tests.domain.team import OPENED, team_history
from tests.factories import (
    BEFORE_START,
    CLOSED,
    DONE,
    FLAG_FIELD,
    IN_PROGRESS,
    TO_DO,
    UNMAPPED,
    a_board,
    a_change,
    an_issue,
    day,
    moved,
)

DAY = timedelta(days=1)
NOW = day(12)
POLICY = Policy(flag_field=FLAG_FIELD)


def path(issue: Issue, at: datetime = NOW, policy: Policy = POLICY) -> Path:
    found = path_of(issue, a_board(), policy, at=at, clock=WorkingClock(Calendar(), BEFORE_START, at))
    assert found is not None
    return found


def flowing(*issues: Issue, at: datetime = NOW, **values: object) -> Flow:
    policy = values.pop("policy", POLICY)
    return flow(issues, a_board(), at=at, calendar=Calendar(), policy=policy, **values)  # type: ignore[arg-type]


def worked(number: int, first: int, last: int) -> Issue:
    changes = (moved(day(first), TO_DO, IN_PROGRESS), moved(day(last), IN_PROGRESS, DONE))
    return an_issue(f"BURN-{number}", status=DONE, changes=changes)


def test_cycle_time_runs_from_the_first_work_to_the_end_over_working_days() -> None:
    """From Thursday to Tuesday are three working days."""
    found = path(worked(1, 4, 9))
    assert (found.started_at, found.done_at) == (day(4), day(9))
    assert found.cycle_time == 3 * DAY
    clock = WorkingClock(Calendar(), BEFORE_START, day(9))
    assert time_in_status(found, at=day(9), clock=clock)["In Progress"] == 3 * DAY


def test_reopened_work_ends_with_its_last_end_and_keeps_its_first_start() -> None:
    changes = (
        moved(day(2), TO_DO, IN_PROGRESS),
        moved(day(3), IN_PROGRESS, DONE),
        moved(day(4), DONE, TO_DO),
        moved(day(5), TO_DO, DONE),
        moved(day(6), DONE, CLOSED),
    )
    found = path(an_issue(status=CLOSED, changes=changes))
    assert (found.started_at, found.done_at) == (day(2), day(5))


def test_work_that_was_taken_back_is_in_progress_no_more() -> None:
    changes = (moved(day(2), TO_DO, IN_PROGRESS), moved(day(3), IN_PROGRESS, TO_DO))
    assert not path(an_issue(changes=changes)).in_progress


def test_done_without_ever_being_in_progress_has_a_lead_time_only() -> None:
    found = path(an_issue(status=DONE, changes=(moved(day(3), TO_DO, DONE),)))
    assert found.cycle_time is None
    assert found.lead_time is not None


def test_start_is_configurable() -> None:
    policy = Policy(started_in=frozenset({"To Do"}))
    assert path(worked(1, 4, 9), policy=policy).started_at == BEFORE_START


def test_an_issue_that_is_not_there_yet_or_gone_has_no_path() -> None:
    clock = WorkingClock(Calendar(), BEFORE_START, day(12))
    for issue in (an_issue(created=day(13)), an_issue(deleted_at=day(5))):
        assert path_of(issue, a_board(), POLICY, at=day(12), clock=clock) is None


def test_blocked_by_flag_status_or_link_counts_once_where_they_overlap() -> None:
    changes = (
        moved(day(2), TO_DO, IN_PROGRESS),
        a_change(FLAG_FIELD, day(3), "", "1"),
        a_change(LINKS, day(4), None, "BURN-9", after_text="This issue is blocked by BURN-9"),
        a_change(FLAG_FIELD, day(5), "1", ""),
        a_change(LINKS, day(6), "BURN-9", None, before_text="This issue is blocked by BURN-9"),
        moved(day(9), IN_PROGRESS, UNMAPPED),
    )
    policy = Policy(flag_field=FLAG_FIELD, blocked_statuses=frozenset({UNMAPPED}))
    issue = an_issue(status=IN_PROGRESS, changes=(*changes, moved(day(10), UNMAPPED, IN_PROGRESS)))
    found = path(issue, policy=policy)
    assert [(b.by, b.what, b.since, b.until) for b in found.blocks] == [
        (BlockedBy.FLAG, "", day(3), day(5)),
        (BlockedBy.LINK, "BURN-9", day(4), day(6)),
        (BlockedBy.STATUS, "Waiting for customer", day(9), day(10)),
    ]
    # Friday noon to Saturday midnight: half a day of the link's last one is worked.
    assert found.blocked_time == 2.5 * DAY + 1 * DAY
    assert found.flow_efficiency == pytest.approx(1 - 3.5 / 8)


def test_taking_a_link_of_another_kind_away_unblocks_nothing() -> None:
    blocks, relates = ("This issue is blocked by BURN-9", "This issue relates to BURN-9")
    changes = (
        a_change(LINKS, day(3), None, "BURN-9", after_text=blocks),
        a_change(LINKS, day(4), None, "BURN-9", after_text=relates),
        a_change(LINKS, day(5), "BURN-9", None, before_text=relates),
    )
    assert [(b.what, b.until) for b in path(an_issue(changes=changes)).blocks] == [("BURN-9", None)]
    gone = a_change(LINKS, day(6), "BURN-9", None, before_text=blocks)
    assert [b.until for b in path(an_issue(changes=(*changes, gone))).blocks] == [day(6)]


def test_links_block_as_the_site_reads_them() -> None:
    """Its admins named the types of links, and in the language of their team."""
    links = (
        a_change(LINKS, day(3), None, "BURN-7", after_text="This issue Depends on BURN-7"),
        a_change(LINKS, day(4), None, "BURN-8", after_text="Dieser Vorgang wird blockiert von (A) BURN-8"),
        a_change(LINKS, day(5), None, "BURN-9", after_text="This issue is blocked by BURN-9"),
        a_change(LINKS, day(6), None, "BURN-10", after_text="This issue no longer depends onwards BURN-10"),
    )
    policy = replace(POLICY, blocked_by=("depends on", "wird blockiert von (A)"))
    found = path(an_issue(changes=links), policy=policy)
    assert [block.what for block in found.blocks] == ["BURN-7", "BURN-8"]


def test_what_is_stopped_now_is_named_with_its_cause_the_longest_first() -> None:
    first = an_issue("BURN-1", flagged=True, changes=(a_change(FLAG_FIELD, day(5), "", "1"),))
    link = a_change(LINKS, day(3), None, "BURN-9", after_text="This issue is blocked by BURN-9")
    found = flowing(first, an_issue("BURN-2", changes=(link,)), worked(3, 2, 4))
    assert [(each.key, each.block.by) for each in found.blocked] == [("BURN-2", "link"), ("BURN-1", "flag")]
    assert found.blocked[0].days == 7


def test_what_a_done_issue_blocked_it_blocks_no_more() -> None:
    """Nobody takes the link away: it ends with its blocker, and one that is made later stops nothing."""
    words = "This issue is blocked by BURN-9"
    early, late = (a_change(LINKS, day(n), None, "BURN-9", after_text=words) for n in (3, 5))
    begun = moved(day(2), TO_DO, IN_PROGRESS)
    issues = [
        an_issue("BURN-1", status=IN_PROGRESS, changes=(begun, early)),
        an_issue("BURN-2", status=IN_PROGRESS, changes=(begun, late)),
    ]
    assert {each.key for each in flowing(*issues).blocked} == {"BURN-1", "BURN-2"}
    found = flowing(*issues, worked(9, 2, 4))
    assert found.blocked == ()
    assert [each.key for each in found.stalled] == ["BURN-1", "BURN-2"]
    done = replace(issues[0], status_id=DONE, changes=(begun, early, moved(day(6), IN_PROGRESS, DONE)))
    path = next(each for each in flowing(done, worked(9, 2, 4)).finished if each.issue.key == "BURN-1")
    assert path.blocked_time == DAY


def test_time_back_in_the_first_column_is_no_work() -> None:
    """A day of work, six working days back in To Do, a day of work."""
    changes = (
        moved(day(2), TO_DO, IN_PROGRESS),
        moved(day(3), IN_PROGRESS, TO_DO),
        moved(day(11), TO_DO, IN_PROGRESS),
        moved(day(12), IN_PROGRESS, DONE),
    )
    found = path(an_issue(status=DONE, changes=changes))
    assert found.cycle_time == 8 * DAY
    assert found.flow_efficiency == pytest.approx(2 / 8)


def test_old_work_is_measured_by_the_teams_own_pace() -> None:
    """Ten issues left In Progress after a day; one stands there for a week."""
    slow = an_issue("BURN-99", status=IN_PROGRESS, changes=(moved(day(4), TO_DO, IN_PROGRESS),))
    fresh = an_issue("BURN-98", status=IN_PROGRESS, changes=(moved(day(12, 8), TO_DO, IN_PROGRESS),))
    known = [worked(number, 3, 4) for number in range(1, 11)]
    found = flowing(*known, slow, fresh)
    assert [each.key for each in found.outliers] == ["BURN-99"]
    assert found.aging[0].usual == 1
    assert (found.aging[0].age, found.wip) == (6, 2)
    assert found.cycle_times is not None
    assert (found.cycle_times.days[85], found.cycle_times.sample) == (1, 10)
    assert flowing(*known[:9], slow).outliers == ()


def test_started_work_that_nobody_moves_is_named_unless_it_is_blocked() -> None:
    move = moved(day(4), TO_DO, IN_PROGRESS)
    quiet = an_issue("BURN-1", status=IN_PROGRESS, changes=(move,))
    flag = a_change(FLAG_FIELD, day(5), "", "1")
    blocked = an_issue("BURN-2", status=IN_PROGRESS, flagged=True, changes=(move, flag))
    assert [each.key for each in flowing(quiet, blocked).stalled] == ["BURN-1"]
    assert flowing(quiet, at=day(6)).stalled == ()


def test_who_has_too_much_at_once_is_named() -> None:
    move = moved(day(4), TO_DO, IN_PROGRESS)
    many = [an_issue(f"BURN-{n}", status=IN_PROGRESS, assignee="Dana", changes=(move,)) for n in range(1, 4)]
    handed_over = a_change("assignee", day(13), "d", "e", before_text="Dana", after_text="Eli")
    last = an_issue("BURN-4", status=IN_PROGRESS, assignee="Eli", changes=(move, handed_over))
    assert flowing(*many, last).per_person == {"Dana": ("BURN-1", "BURN-2", "BURN-3", "BURN-4")}
    assert flowing(*many[:2]).per_person == {}


def test_throughput_is_told_by_working_day() -> None:
    found = flowing(worked(1, 2, 4), worked(2, 3, 4), worked(3, 3, 5), since=day(1, 0))
    by_day = {str(each.day): (each.finished, each.in_progress) for each in found.days}
    assert by_day["2026-03-05"] == (("BURN-1", "BURN-2"), 1)
    assert by_day["2026-03-03"] == ((), 1)
    assert len(found.days) == 10
    assert found.throughput == pytest.approx(3 / 10)


def test_what_is_finished_on_a_free_day_is_finished() -> None:
    """On Saturday 7 and Sunday 8 March, and on a Saturday from which on it is told."""
    found = flowing(worked(1, 2, 6), worked(2, 3, 7), worked(3, 3, 8), since=day(1, 0))
    assert {str(each.day): each.finished for each in found.days if each.finished} == {
        "2026-03-06": ("BURN-1", "BURN-2"),
        "2026-03-09": ("BURN-3",),
    }
    assert found.throughput == pytest.approx(3 / 10)
    assert flowing(worked(1, 2, 7), since=day(6, 0)).days[0].finished == ("BURN-1",)


def test_what_happens_later_changes_nothing() -> None:
    team = team_history(30)
    at = team.closed[20].completed
    assert at is not None
    policy = Policy(flag_field=team.fields.flagged)
    now = flow(team.issues, team.board, at=at, calendar=Calendar(), policy=policy)
    issues = [issue for issue in team.issues if issue.created <= at]
    again = flow(reversed(issues), team.board, at=at, calendar=Calendar(), policy=policy)
    assert now == again
    assert all(each.done_at and each.done_at <= at for each in now.finished)
    assert at < OPENED
    clock = WorkingClock(Calendar(), min(issue.created for issue in issues), at)
    for each in now.finished:
        spent = time_in_status(each, at=at, clock=clock)
        assert sum(spent.values(), start=timedelta()) >= (each.cycle_time or timedelta())
        assert each.flow_efficiency is None or 0 <= each.flow_efficiency <= 1


def test_the_time_from_start_to_done_is_told_by_status_to_the_last_hour() -> None:
    """Of the team's finished issues, statuses add up to the mean cycle time, and no time is told twice."""
    team = team_history(30)
    policy = Policy(flag_field=team.fields.flagged)
    now = flow(team.issues, team.board, at=OPENED, calendar=Calendar(), policy=policy)
    spent = where_time_goes(now.finished, Calendar())
    assert spent is not None
    times = [one.cycle_time / DAY for one in now.finished if one.cycle_time]
    assert spent.whole == pytest.approx(sum(times) / spent.sample)
    assert sum(spent.statuses.values()) == pytest.approx(spent.whole)
    assert list(spent.statuses.values()) == sorted(spent.statuses.values(), reverse=True)
    assert next(iter(spent.statuses)) == "In Progress"
    assert 0 < spent.blocked < spent.whole


def test_time_before_work_began_and_after_it_ended_is_nobody_s() -> None:
    """Four days in To Do, then three working days in progress; what nobody began counts in nothing."""
    never_begun = an_issue("BURN-2", status=DONE, changes=(moved(day(6), TO_DO, DONE),))
    found = flowing(worked(1, 4, 9), never_begun)
    assert where_time_goes(found.finished, Calendar()) == Spent(3.0, {"In Progress": 3.0}, 0.0, 1)
    assert where_time_goes((), Calendar()) is None


def test_ways_that_were_walked_before_change_nothing() -> None:
    """Whatever was asked before, of an earlier or a later instant, and whoever's age is told now."""
    team, known = team_history(30), dict[str, Path]()
    policy = Policy(flag_field=team.fields.flagged)
    for place, every in ((20, True), (25, False), (22, False), (25, True), (28, False)):
        sprint = team.closed[place]
        assert sprint.completed is not None
        at = sprint.completed - timedelta(days=4)
        only = None if every else frozenset(one.id for one in team.issues if sprint.id in one.sprint_ids)
        told = partial(flow, team.issues, team.board, at=at, calendar=Calendar(), policy=policy, only=only)
        again = told(paths=known)
        finished = tuple(replace(path, seen_at=at) for path in again.finished)
        assert replace(again, finished=finished) == told()
